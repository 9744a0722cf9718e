"""A document's pieces, each validated on its own: what is broken hides nothing else.

Checks that need more than one piece run over the pieces that are valid. A broken piece leaves its
name behind, so that what refers to it is not reported as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

from bingosim.event.bonuses import card_of, read_bonuses
from bingosim.event.model import (
    Activity,
    BoardHead,
    Bonus,
    Event,
    Header,
    Model,
    Player,
    Team,
    Tile,
)
from bingosim.event.quantities import shown
from bingosim.event.words import known_keys, unknown_key

if TYPE_CHECKING:
    from bingosim.event.document import Path
    from bingosim.event.findings import Findings

T = TypeVar("T", bound=Model)
Kind = Literal["tile", "activity", "player", "team"]

_NOT_THERE = object()
"""In place of a list whose key is missing, which is reported once."""


class Piece(NamedTuple, Generic[T]):
    """A valid part of the event, and where it stands."""

    value: T
    path: Path


@dataclass
class Names:
    """The names that pieces of one kind have.

    Attributes:
        valid: Those of valid pieces.
        broken: Those of broken pieces, as far as they can be read.
        complete: Whether every piece's name could be read.
    """

    valid: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    complete: bool = True

    def unknown(self, name: str) -> bool:
        """Whether certainly nothing has this name; nothing at all is an error of its own."""
        there_are_some = bool(self.valid or self.broken)
        known = name in self.valid or name in self.broken
        return self.complete and there_are_some and not known


@dataclass
class Draft:
    """What could be read of an event; `None` and gaps where something is broken.

    A row holds None in place of a broken tile.
    """

    header: Header | None = None
    head: BoardHead | None = None
    rows: list[list[Piece[Tile] | None]] = field(default_factory=list)
    bonuses: list[Piece[Bonus]] = field(default_factory=list)
    activities: list[Piece[Activity]] = field(default_factory=list)
    players: list[Piece[Player]] = field(default_factory=list)
    teams: list[Piece[Team]] = field(default_factory=list)
    names: dict[Kind, Names] = field(
        default_factory=lambda: {
            "tile": Names(),
            "activity": Names(),
            "player": Names(),
            "team": Names(),
        }
    )

    @property
    def tiles(self) -> list[Piece[Tile]]:
        """The valid tiles, row by row."""
        return [tile for row in self.rows for tile in row if tile is not None]


def draft_of(event: Event) -> Draft:
    """Take an event that was not read from a file apart."""
    draft = Draft(header=event.header)
    draft.head = BoardHead(kind=event.board.kind, unlock_points=event.board.unlock_points)
    draft.rows = [
        [Piece(tile, ("board", "rows", r, c)) for c, tile in enumerate(row)]
        for r, row in enumerate(event.board.rows)
    ]
    draft.bonuses = [
        Piece(bonus, ("board", "bonuses", i)) for i, bonus in enumerate(event.board.bonuses)
    ]
    draft.activities = [Piece(a, ("activities", i)) for i, a in enumerate(event.activities)]
    draft.players = [Piece(player, ("players", i)) for i, player in enumerate(event.players)]
    draft.teams = [Piece(team, ("teams", i)) for i, team in enumerate(event.teams)]
    draft.names["tile"].valid = {tile.key for tile in event.board.tiles}
    draft.names["activity"].valid = {activity.key for activity in event.activities}
    draft.names["player"].valid = {player.name for player in event.players}
    draft.names["team"].valid = {team.name for team in event.teams}
    return draft


def read_draft(data: Any, findings: Findings) -> Draft:
    """Validate a document piece by piece; what is wrong goes to `findings`."""
    draft = Draft()
    if not isinstance(data, Mapping):
        findings.error((), f"expected an event (`bingosim: 1` and so on), got {shown(data)}")
        for names in draft.names.values():
            names.complete = False
        return draft
    keys = known_keys(Event)
    for key in data:
        if key not in keys:
            findings.error((key,), unknown_key(key, keys))
    for key in keys:
        if key not in data and key != "activities":
            findings.error((), f"`{key}` is missing")
    reader = _Reader(draft, findings)
    if "bingosim" in data and (data["bingosim"] is True or data["bingosim"] != 1):
        found = shown(data["bingosim"])
        findings.error(("bingosim",), f"expected 1, the version of the format, got {found}")
    if "event" in data:
        draft.header = findings.validated(Header, data["event"], ("event",))
    reader.board(data.get("board"))
    draft.activities = reader.pieces("activity", Activity, data.get("activities"), ("activities",))
    draft.players = reader.pieces("player", Player, data.get("players", _NOT_THERE), ("players",))
    draft.teams = reader.pieces("team", Team, data.get("teams", _NOT_THERE), ("teams",))
    return draft


class _Reader:
    """Validates pieces, and keeps account of the names of the broken ones."""

    def __init__(self, draft: Draft, findings: Findings) -> None:
        self._draft = draft
        self._findings = findings

    def pieces(self, kind: Kind, model: type[T], data: Any, path: Path) -> list[Piece[T]]:
        """Validate a list; the broken pieces are left out."""
        return [piece for piece in self.row(kind, model, data, path) if piece is not None]

    def row(self, kind: Kind, model: type[T], data: Any, path: Path) -> list[Piece[T] | None]:
        """Validate a list; None stands for the broken pieces."""
        if data is None and kind == "activity":
            return []
        if data is _NOT_THERE:
            self._draft.names[kind].complete = False
            return []
        if not isinstance(data, list):
            self._findings.error(path, f"expected a list, got {shown(data)}")
            self._draft.names[kind].complete = False
            return []
        return [self._named(kind, model, item, (*path, i)) for i, item in enumerate(data)]

    def board(self, data: Any) -> None:
        """Read the board; a broken row or tile hides nothing else."""
        draft, findings = self._draft, self._findings
        if not isinstance(data, Mapping):
            draft.names["tile"].complete = False
            if data is not None:
                findings.validated(BoardHead, data, ("board",))
            return
        draft.head = findings.validated(BoardHead, data, ("board",))
        if draft.head is not None and draft.head.kind == "grid" and "unlock_points" in data:
            message = "a grid is open from the start: unlock_points belongs to kind: rows"
            findings.error(("board", "unlock_points"), message)
        rows = data.get("rows")
        if "rows" not in data:
            draft.names["tile"].complete = False
            findings.error(("board",), "`rows` is missing")
        elif rows is not None and not isinstance(rows, list):
            findings.error(("board", "rows"), f"expected a list of rows, got {shown(rows)}")
            draft.names["tile"].complete = False
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            self._row_of_tiles(row, ("board", "rows", number))
        card = card_of(data, draft.head.kind if draft.head else None)
        draft.bonuses = [Piece(bonus, path) for bonus, path in read_bonuses(data, card, findings)]

    def _row_of_tiles(self, row: Any, path: Path) -> None:
        if not isinstance(row, list):
            self._findings.error(path, f"expected a row: a list of tiles, got {shown(row)}")
            self._draft.names["tile"].complete = False
            self._draft.rows.append([None])
            return
        self._draft.rows.append(self.row("tile", Tile, row, path))

    def _named(self, kind: Kind, model: type[T], data: Any, path: Path) -> Piece[T] | None:
        value = self._findings.validated(model, data, path)
        names = self._draft.names[kind]
        field_name = "key" if kind in ("tile", "activity") else "name"
        if value is not None:
            names.valid.add(getattr(value, field_name))
            return Piece(value, path)
        name = data.get(field_name) if isinstance(data, Mapping) else None
        if isinstance(name, str):
            names.broken.add(name.strip())
        else:
            names.complete = False
        return None
