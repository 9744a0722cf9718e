"""Event files -> items of the library; what is there already is used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bingosim.errors import EventFileError
from bingosim.event.checks import run_checks
from bingosim.event.checks.context import Context
from bingosim.event.checks.names import check_activity_keys, check_player_names
from bingosim.event.checks.numbers import check_quantities
from bingosim.event.draft import read_draft
from bingosim.event.file import read_content
from bingosim.event.findings import Findings
from bingosim.library.assemble import split
from bingosim.library.documents import content_of
from bingosim.library.items import Item
from bingosim.library.plain import as_plain
from bingosim.library.uses import MOST_USED
from bingosim.storage import library as stored
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from bingosim.errors import Finding
    from bingosim.event.draft import Draft
    from bingosim.library.plain import Document
    from bingosim.storage.database import Database
    from bingosim.storage.library import Content

_REFUSED = (check_activity_keys, check_player_names, check_quantities)
"""Checks of more than one piece whose errors no item of the library may have, unfinished or not."""


class Added(NamedTuple):
    """Documents that are in the library now.

    Attributes:
        ids: Of all of them, in order.
        created: Of those that were not there before.
    """

    ids: tuple[UUID, ...]
    created: frozenset[UUID]


class Imported(NamedTuple):
    """An event that was made from a file.

    Attributes:
        event: It.
        players: Those that it uses.
        activities: Those that it uses.
        findings: What is wrong with the whole event, with lines of the file; it may be unfinished.
    """

    event: Item
    players: Added
    activities: Added
    findings: tuple[Finding, ...]


def import_event(database: Database, content: str | bytes, name: str = "") -> Imported:
    """Make an event from the text of an event file, and what it needs.

    Players and activities that are in the library with exactly this document are used, all others
    are made; all of it or, after an error, nothing.

    Args:
        database: Where.
        content: YAML or JSON, as text or as bytes in UTF-8.
        name: What findings call the file.

    Raises:
        EventFileError: The text is no event file, or a piece of it is malformed; carries every
            finding. That the event could not be simulated yet is no error.
    """
    document = read_content(content, name)
    findings = Findings(name, document)
    draft = read_draft(document.data, findings)
    context = Context(draft, findings)
    for check in _REFUSED:
        check(context)
    for what, pieces in (("players", draft.players), ("activities", draft.activities)):
        if len(pieces) > MOST_USED:
            message = f"expected at most {MOST_USED:,} {what}, got {len(pieces):,}"
            findings.error((what,), message)
    findings.stop_at_errors()
    event, players, activities = split(as_plain(document.data))
    with stored.changing(database) as connection:
        people = _add(connection, _contents(ItemKind.PLAYER, players))
        deeds = _add(connection, _contents(ItemKind.ACTIVITY, activities))
        (id_,) = stored.insert_items(connection, [content_of(ItemKind.EVENT, event)])
        stored.replace_uses(connection, id_, [*people.ids, *deeds.ids])
        made = Item.of(stored.read_items(connection, [id_])[id_])
    return Imported(made, people, deeds, _all_findings(draft, findings))


def add(database: Database, kind: ItemKind, documents: Iterable[Document]) -> Added:
    """Make players or activities, all or none; those that are there already are not made again.

    Raises:
        DocumentError: One of them is malformed.
    """
    contents = _contents(kind, (as_plain(document) for document in documents))
    with stored.changing(database) as connection:
        return _add(connection, contents)


def _contents(kind: ItemKind, documents: Iterable[Document]) -> list[Content]:
    return [content_of(kind, document) for document in documents]


def _add(connection: Connection, contents: Sequence[Content]) -> Added:
    there = stored.find_equal(connection, contents)
    new = {content.sha256: content for content in contents if content.sha256 not in there}
    made = dict(zip(new, stored.insert_items(connection, list(new.values())), strict=True))
    known = {**there, **made}
    return Added(tuple(known[content.sha256] for content in contents), frozenset(made.values()))


def _all_findings(draft: Draft, findings: Findings) -> tuple[Finding, ...]:
    try:
        run_checks(draft, findings)
    except EventFileError as error:  # so much is wrong that nobody looked on
        return error.findings
    return findings.all
