"""A table of players in CSV, as text: which column is what, and what stands on which line."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

from bingosim.errors import EventFileError, Finding
from bingosim.event.words import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_BYTES = 2**20
MOST_LINES = 2_000
DELIMITERS = (",", ";", "\t", "|")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "player", "username", "displayname", "playername", "rsn", "ign", "member"),
    "speed": ("speed",),
    "has": ("has", "capabilities"),
    "attends": ("attends", "attendance"),
    "timezone": ("timezone", "tz"),
    "plays": ("plays", "sessions", "schedule"),
    "away": ("away",),
}
"""Key of a player -> what a column with it may be called, in small letters and digits."""

_KEYS = {name: key for key, names in COLUMNS.items() for name in names}
_LONGEST_HEAD = 20_000
_TEAMS = {"rank", "players", "totalgained"}
_NOT_UTF8 = "not text in UTF-8: save it as “CSV UTF-8”"
_TEAM_TABLE = (
    "these are the teams of a competition: expected its participants, a line for each player"
)


class Table(NamedTuple):
    """A file's columns and lines.

    Attributes:
        columns: Key of a player -> position of its column.
        titles: What the columns are called; empty if they are not.
        delimiter: What stands between them.
        lines: Number and cells, without empty lines.
        broken: What keeps the rest from being read.
    """

    columns: Mapping[str, int]
    titles: Sequence[str]
    delimiter: str
    lines: Sequence[tuple[int, list[str]]]
    broken: tuple[Finding, ...]

    def titled(self, path: str) -> str:
        """Return what the file calls the column that a place of a player's document comes from."""
        position = self.columns.get(path.partition("[")[0])
        return path if position is None or not self.titles else self.titles[position]

    @property
    def unused(self) -> tuple[str, ...]:
        """Names of the columns that say nothing about a player here."""
        used = set(self.columns.values())
        return tuple(t for position, t in enumerate(self.titles) if t and position not in used)


def read_table(content: str | bytes, name: str = "") -> Table:
    """Read CSV; columns are told apart by comma, semicolon, tab or bar, whatever fits.

    A file with one column and no title for it is a list of names.

    Args:
        content: Text, or bytes in UTF-8.
        name: What findings call the file.

    Raises:
        EventFileError: It is too large, no UTF-8, or has no column of names.
    """
    text = _text(content, name)
    first, _, rest = text.partition("\n")
    named = re.fullmatch(r"sep=(.)\r?", first.strip(" "))  # how spreadsheets tell each other
    if named and named[1] in DELIMITERS:
        delimiter, begin, text = named[1], 1, rest
    else:
        delimiter, begin = _delimiter(text), 0
    lines, broken = _lines(text, delimiter, begin, name)
    if not lines:
        raise EventFileError(broken or [Finding("it names nobody: it is empty", file=name)])
    if len(lines) > MOST_LINES:
        said = f"expected at most {MOST_LINES:,} lines, found {len(lines):,}"
        raise EventFileError([Finding(said, file=name)])
    number, titles = lines[0]
    if all(len(cells) == 1 for _, cells in lines) and folded(titles[0]) not in _KEYS:
        return Table({"name": 0}, (), delimiter, lines, broken)
    columns = _columns(titles, number, name)
    if len(lines) == 1 and not broken:
        raise EventFileError([Finding("it names nobody: there is only its first line", file=name)])
    return Table(columns, titles, delimiter, lines[1:], broken)


def _text(content: str | bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        said = f"too large: {len(content):,} bytes, expected at most {MOST_BYTES:,}"
        raise EventFileError([Finding(said, file=name)])
    if isinstance(content, str):
        return content.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise EventFileError([Finding(_NOT_UTF8, file=name, line=line)]) from None


def _lines(
    text: str, delimiter: str, begin: int, name: str
) -> tuple[list[tuple[int, list[str]]], tuple[Finding, ...]]:
    """Return the lines that are not empty, with their numbers, and what ends them too early."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    number = 1
    try:
        for cells in reader:
            cleaned = [cell.replace("\N{NO-BREAK SPACE}", " ").strip() for cell in cells]
            if any(cleaned):
                found.append((begin + number, cleaned))
            number = reader.line_num + 1
    except csv.Error as error:
        said = f'from here on it cannot be read: {error}; is a quote (") left open?'
        return found, (Finding(said, file=name, line=begin + number),)
    return found, ()


def _delimiter(text: str) -> str:
    """Return what stands between the columns of the first line that has any text."""
    head = next((line for line in text.splitlines() if line.strip()), "")[:_LONGEST_HEAD]

    def known(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([head], delimiter=delimiter), [])
        return sum(folded(cell) in _KEYS for cell in cells), len(cells)

    return max(DELIMITERS, key=known)


def _columns(titles: Sequence[str], line: int, name: str) -> dict[str, int]:
    keys = [folded(title) for title in titles]
    if _TEAMS.issubset(keys):
        raise EventFileError([Finding(_TEAM_TABLE, file=name, line=line)])
    columns: dict[str, int] = {}
    findings = []
    for position, key in enumerate(map(_KEYS.get, keys)):
        if key is not None and key in columns:
            both = f"{titles[columns[key]]!r} and {titles[position]!r}"
            findings.append(Finding(f"both {both} would be a player's {key}", "", name, line))
        elif key is not None:
            columns[key] = position
    if "name" not in columns:
        called = listed([title for title in titles if title], "and")
        said = f"expected a column called name, player or username; the first line has {called}"
        findings.append(Finding(said, "", name, line))
    if findings:
        raise EventFileError(findings)
    return columns


def folded(title: str) -> str:
    """Return a column's title in small letters and digits only."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())
