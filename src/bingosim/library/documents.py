"""What is wrong with a document, field by field; and what the library has to know of a sound one.

Only what is malformed is wrong here. That an event is not finished (no tiles yet, a team without
players, a tile without a source), or that its pieces do not go together, `assemble.check` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bingosim.errors import DocumentError, EventFileError
from bingosim.event.catalog import entry_path
from bingosim.event.checks.context import Context
from bingosim.event.checks.numbers import check_quantities
from bingosim.event.checks.teams import check_strategies
from bingosim.event.document import Document as Places
from bingosim.event.draft import Draft, Piece, read_draft
from bingosim.event.findings import Findings
from bingosim.event.model import Activity, Bonus, Header, Player, Source, Team, Tile
from bingosim.event.positions import read_document
from bingosim.event.words import unknown_key
from bingosim.library.plain import to_json
from bingosim.storage.library import Content
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.library.plain import Document

Wrong = dict[str, str]
"""Path in a document, such as `loot[0].drops[1].chance` -> what is wrong there; empty if nothing.

A path that is empty is the document itself: a key is missing, for example."""

OWN_KEYS = ("bingosim", "event", "board", "teams")
"""What an event's document has; its players and activities are items of their own."""


def check_player(document: Any) -> Wrong:
    """Return what is wrong with a player."""
    return _wrong(document, lambda findings: findings.validated(Player, document, ()))


def check_activity(document: Any) -> Wrong:
    """Return what is wrong with an activity."""

    def look(findings: Findings) -> None:
        activity = findings.validated(Activity, document, ())
        if activity is not None:
            check_quantities(Context(Draft(activities=[Piece(activity, ())]), findings))

    return _wrong(document, look)


def check_tile(document: Any) -> Wrong:
    """Return what is wrong with a tile."""
    return _wrong(document, lambda findings: findings.validated(Tile, document, ()))


def check_source(document: Any) -> Wrong:
    """Return what is wrong with a tile's source, an entry of its `from`."""
    return _wrong(document, lambda findings: findings.validated(Source, document, ()))


def check_bonus(document: Any) -> Wrong:
    """Return what is wrong with a bonus that names its tiles."""
    return _wrong(document, lambda findings: findings.validated(Bonus, document, ()))


def check_team(document: Any) -> Wrong:
    """Return what is wrong with a team, its strategy and the parameters of that."""

    def look(findings: Findings) -> None:
        team = findings.validated(Team, document, ())
        if team is not None:
            check_strategies(Context(Draft(teams=[Piece(team, ())]), findings))

    return _wrong(document, look)


def check_header(document: Any) -> Wrong:
    """Return what is wrong with an event's name and time, its `event`."""
    return _wrong(document, lambda findings: findings.validated(Header, document, ()))


def check_event(document: Any) -> Wrong:
    """Return what is wrong with an event's document; it may be unfinished."""

    def look(findings: Findings) -> None:
        if not isinstance(document, dict):
            read_draft(document, findings)
            return
        for key in document:
            if key in ("players", "activities"):
                findings.error((key,), f"the {key} that an event uses stand beside its document")
            elif key not in OWN_KEYS:
                findings.error((key,), unknown_key(key, list(OWN_KEYS)))
        own = {key: document[key] for key in OWN_KEYS if key in document}
        read_draft({**own, "players": []}, findings)

    return _wrong(document, look)


CHECKS: dict[ItemKind, Callable[[Any], Wrong]] = {
    ItemKind.PLAYER: check_player,
    ItemKind.ACTIVITY: check_activity,
    ItemKind.EVENT: check_event,
}


def content_of(kind: ItemKind, document: Document) -> Content:
    """Return what is stored of a document.

    Raises:
        DocumentError: It is malformed.
    """
    wrong = CHECKS[kind](document)
    if wrong:
        raise DocumentError(wrong)
    name = name_of(kind, document)
    return Content(kind, name, to_json(document), "\n".join((name, *_words(kind, document))))


def name_of(kind: ItemKind, document: Document) -> str:
    """Return the name of a sound document."""
    if kind is ItemKind.EVENT:
        return Header.model_validate(document["event"]).name
    if kind is ItemKind.PLAYER:
        return str(document["name"]).strip()
    return str(document.get("name") or "").strip() or str(document["key"])


def new_event(
    name: str, start: str, timezone: str, duration: str | int, kind: str = "grid"
) -> Document:
    """Return the document of an event that has nothing yet; nothing is checked."""
    header = {"name": name, "start": start, "timezone": timezone, "duration": duration}
    return {"bingosim": 1, "event": header, "board": {"kind": kind, "rows": []}, "teams": []}


def catalog_activity(key: str) -> Document:
    """Return the document of a catalog's activity, to make one's own of it.

    Raises:
        UnknownKeyError: The catalog has no such key; the message names the nearest ones.
    """
    entry = read_document(entry_path(key).read_bytes())
    activity: Document = entry.data["activity"]
    return activity


def _words(kind: ItemKind, document: Document) -> list[str]:
    """Return what else an item is found by."""
    if kind is ItemKind.PLAYER:
        player = Player.model_validate(document)
        return [player.timezone or "", *player.has]
    if kind is ItemKind.ACTIVITY:
        activity = Activity.model_validate(document)
        return [activity.key, *sorted(activity.drop_keys)]
    return []


def _wrong(document: Any, look: Callable[[Findings], object]) -> Wrong:
    findings = Findings(document=Places(document))
    try:
        look(findings)
        found = findings.all
    except EventFileError as error:  # so much is wrong that nobody looked on
        found = error.findings
    wrong: Wrong = {}
    for one in found:
        wrong[one.path] = f"{wrong[one.path]}; {one.message}" if one.path in wrong else one.message
    return wrong
