"""Players from CSV: pasted or opened, looked at line by line, and added as far as wanted."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from bingosim.errors import EventFileError, Finding
from bingosim.library.imports import add
from bingosim.library.roster import Member, Roster, names_there, read_roster
from bingosim.storage.tables import ItemKind
from bingosim.web.forms import TheForm, redirected
from bingosim.web.players import hours_of
from bingosim.web.site import Site, TheSite
from bingosim.web.templating import page, wants_part

router = APIRouter(prefix="/players/import")
CHANGED = "The text has changed since you looked at it: look at it once more."
NOBODY = "Choose whom to add."


class Offered(NamedTuple):
    """A player that can be added.

    Attributes:
        line: Where they stand.
        player: Their document.
        hours: Hours online in a week.
        there: Whether the library has somebody of this name.
        chosen: Whether they are to be added.
    """

    line: int
    player: dict[str, Any]
    hours: float | None
    there: bool
    chosen: bool


@router.get("")
def ask(request: Request) -> Response:
    """Show where to paste it."""
    return _shown(request, "")


@router.post("")
def look(request: Request, site: TheSite, sent: TheForm) -> Response:
    """Show who is in it, or add those who were chosen of what was shown before."""
    content: str | bytes = sent.files.get("file") or sent.last("csv")
    try:
        roster = read_roster(content)
    except EventFileError as error:
        return _shown(request, _text(content), findings=error.findings, status=422)
    text = _text(content)
    there = names_there(site.database)
    if sent.last("then") != "add":
        return _shown(request, text, roster, _offered(roster, there, None))
    chosen = {line for name, line in sent.fields if name == "line"}
    offered = _offered(roster, there, chosen)
    wanted = [one.player for one in offered if one.chosen]
    refused = CHANGED if sent.last("seen") != _mark(text) else NOBODY if not wanted else ""
    if refused:
        return _shown(request, text, roster, offered, refused=refused, status=422)
    return _added(request, site, wanted)


def _added(request: Request, site: Site, wanted: list[dict[str, Any]]) -> Response:
    add(site.database, ItemKind.PLAYER, wanted)
    return redirected(request, "/players?done=imported")


def _offered(roster: Roster, there: frozenset[str], chosen: set[str] | None) -> list[Offered]:
    """Return who can be added; without a choice, all whose name is not there yet."""

    def offer(member: Member) -> Offered:
        known = str(member.document["name"]).casefold() in there
        return Offered(
            member.line,
            member.document,
            hours_of(member.document.get("plays", ())),
            known,
            not known if chosen is None else str(member.line) in chosen,
        )

    return [offer(member) for member in roster.members]


def _text(content: str | bytes) -> str:
    if isinstance(content, bytes):
        content = content.decode("utf-8-sig", errors="replace")
    return content.replace("\r\n", "\n")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="replace")).hexdigest()[:16]


def _shown(
    request: Request,
    text: str,
    roster: Roster | None = None,
    offered: list[Offered] | None = None,
    *,
    findings: tuple[Finding, ...] = (),
    refused: str = "",
    status: int = 200,
) -> Response:
    template = "players/import-form.html" if wants_part(request) else "players/import.html"
    return page(
        request,
        template,
        status,
        text=text,
        lines=text.split("\n"),
        roster=roster,
        offered=offered or [],
        findings=roster.findings if roster else findings,
        refused=refused,
        seen=_mark(text),
    )
