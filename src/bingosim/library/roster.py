"""Players from CSV: a Wise Old Man group or competition, or any spreadsheet with a column of names.

Wise Old Man writes `Player, Role, Experience, Last progressed, Last updated` for a group and
`Rank, Username, Team, Start, End, Gained, Last Updated` for a competition. Neither says how fast
somebody is at a boss, so nobody's speed is made up of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bingosim.errors import Finding
from bingosim.event.findings import MOST_FINDINGS
from bingosim.event.positions import plain_value
from bingosim.library import store
from bingosim.library.documents import check_player
from bingosim.library.imports import add
from bingosim.library.table import COLUMNS, folded, read_table
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bingosim.library.plain import Document
    from bingosim.library.table import Table
    from bingosim.storage.database import Database

_A_PAGE = 500
_GROUP, _COMPETITION = {"role", "experience"}, {"rank", "start", "end", "gained"}
_BETWEEN = {"plays": re.compile(r"[\n;|]+"), "has": re.compile(r"[\s,;|]+")}
_BETWEEN["away"] = _BETWEEN["has"]


class Member(NamedTuple):
    """A player, and the line where they stand."""

    line: int
    document: Document


class Roster(NamedTuple):
    """Who is in a file.

    Attributes:
        kind: What the file is, in words.
        members: Those whose line has no error, in order.
        findings: What is wrong with other lines, by line.
        unused: Names of the columns that say nothing about a player here.
    """

    kind: str
    members: tuple[Member, ...]
    findings: tuple[Finding, ...]
    unused: tuple[str, ...]


class Joined(NamedTuple):
    """Who came into the library.

    Attributes:
        created: Ids of those who are new, in order.
        left: Names that it had already.
    """

    created: tuple[UUID, ...]
    left: tuple[str, ...]


def read_roster(content: str | bytes, name: str = "") -> Roster:
    """Read players from CSV; lines that are wrong are told, and the others read.

    Args:
        content: Text, or bytes in UTF-8; columns are told apart by comma, semicolon, tab or bar.
        name: What findings call the file.

    Raises:
        EventFileError: Nothing can be read of it: it is too large, no UTF-8, or names nobody.
    """
    table = read_table(content, name)
    findings = list(table.broken)
    members: list[Member] = []
    lines_of: dict[str, int] = {}
    for line, cells in table.lines:
        document = _document(table, cells)
        wrong = _wrong(table, cells, document)
        told = str(document["name"]).casefold()
        if told in lines_of:
            said = f"{document['name']} stands on line {lines_of[told]} already"
            wrong.append((table.titled("name"), said))
        elif told:
            lines_of[told] = line
        if not wrong:
            members.append(Member(line, document))
        findings += [Finding(said, path, name, line) for path, said in wrong]
        if len(findings) > MOST_FINDINGS:
            findings.append(Finding("there may be more errors: only the first are shown", "", name))
            break
    findings.sort(key=lambda finding: finding.line)
    return Roster(_kind(table), tuple(members), tuple(findings), table.unused)


def join(database: Database, documents: Sequence[Document]) -> Joined:
    """Put players into the library whose name it has not yet; the others stay as they are there.

    Raises:
        DocumentError: One of them is malformed.
    """
    there = names_there(database)
    known = [str(document["name"]).casefold() in there for document in documents]
    pairs = list(zip(documents, known, strict=True))
    added = add(database, ItemKind.PLAYER, [one for one, is_known in pairs if not is_known])
    left = tuple(str(one["name"]) for one, is_known in pairs if is_known)
    return Joined(tuple(id_ for id_ in added.ids if id_ in added.created), left)


def names_there(database: Database) -> frozenset[str]:
    """Return the names of all players in the library, case-folded: the game knows no case."""
    names: set[str] = set()
    offset: int | None = 0
    while offset is not None:
        found = store.page(database, ItemKind.PLAYER, most=_A_PAGE, offset=offset)
        names.update(one.item.name.casefold() for one in found.listed)
        offset = found.next
    return frozenset(names)


def _document(table: Table, cells: Sequence[str]) -> Document:
    document: Document = {"name": ""}
    for key in COLUMNS:
        position = table.columns.get(key, len(cells))
        cell = cells[position] if position < len(cells) else ""
        if not cell:
            continue
        if key in _BETWEEN:
            document[key] = [part for one in _BETWEEN[key].split(cell) if (part := one.strip())]
        elif key in ("speed", "attends"):
            # Where the comma does not part columns, it may be a decimal's.
            document[key] = plain_value(cell if table.delimiter == "," else cell.replace(",", "."))
        else:
            document[key] = cell
    return document


def _wrong(table: Table, cells: Sequence[str], document: Document) -> list[tuple[str, str]]:
    """Return what is wrong with a line: the column's title, and what was expected there."""
    count = len(table.titles) or 1
    if any(cells[count:]):
        return [("", f"expected {count} column{'s' * (count != 1)}, found {len(cells)}")]
    if not document["name"]:
        return [(table.titled("name"), "expected a name, got none")]
    return [(table.titled(path), said) for path, said in check_player(document).items()]


def _kind(table: Table) -> str:
    titles = {folded(title) for title in table.titles}
    if titles >= _GROUP:
        return "a Wise Old Man group"
    if titles >= _COMPETITION:
        return "a Wise Old Man competition"
    return "a table" if table.titles else "a list of names"
