"""What a replay says: the run's results, and for each team what happened, in order.

Seconds count from the event's start. Players, tiles, activities and bonuses go by the names and
keys that the snapshot gives them; rows are numbered from 0.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults


@dataclass(frozen=True, slots=True)
class Attempts:
    """An unbroken row of attempts by the same players at one source of a tile.

    Attributes:
        second: Start of the first.
        end: End of the last.
        players: Who made them, in roster order; more than one are a group.
        activity: Key of what they did.
        tile: Key of the tile for which they chose it; drops may have gone to others.
        attempts: How many; those of a group count once, those that the event's end cut short not.
    """

    kind: ClassVar = "attempts"
    second: int
    end: int
    players: tuple[str, ...]
    activity: str
    tile: str
    attempts: int

    @property
    def player_seconds(self) -> int:
        """The time it took, counted for each player."""
        return (self.end - self.second) * len(self.players)


@dataclass(frozen=True, slots=True)
class Grant:
    """A dropped stack that counted towards a tile.

    Attributes:
        second: When.
        player: Who is credited with it.
        activity: Key of what dropped it.
        tile: Key of the tile.
        units: What counted of it; what exceeded the need is lost.
        progress: Units of the tile with it.
        need: Units that the tile takes.
    """

    kind: ClassVar = "grant"
    second: int
    player: str
    activity: str
    tile: str
    units: int
    progress: int
    need: int


@dataclass(frozen=True, slots=True)
class TileCompleted:
    """A tile is completed.

    Attributes:
        second: When.
        tile: Its key.
        player: Who gave the last unit.
        points: What it is worth.
        total: The team's points with it.
    """

    kind: ClassVar = "tile"
    second: int
    tile: str
    player: str
    points: int
    total: int


@dataclass(frozen=True, slots=True)
class BonusPaid:
    """The last tile of a bonus is completed.

    Attributes:
        second: When.
        bonus: Its name.
        points: What it pays.
        total: The team's points with it.
    """

    kind: ClassVar = "bonus"
    second: int
    bonus: str
    points: int
    total: int


@dataclass(frozen=True, slots=True)
class RowOpened:
    """A row opens.

    Attributes:
        second: When.
        row: Its number; 0 is the first.
    """

    kind: ClassVar = "row"
    second: int
    row: int


Entry: TypeAlias = Attempts | Grant | TileCompleted | BonusPaid | RowOpened


@dataclass(frozen=True, slots=True)
class TileReplay:
    """What a team did for a tile in the whole run.

    Attributes:
        tile: Its key.
        completed: When it was completed, be it before the run began; None if never.
        progress: Units at the end, those of a starting state included.
        need: Units that it takes.
        attempts: Attempts for which it was chosen; those of a group count once.
        player_seconds: The time of these, counted for each player.
        units: Player -> units granted to it, in roster order; who gave none is left out.
    """

    tile: str
    completed: int | None
    progress: int
    need: int
    attempts: int
    player_seconds: int
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TeamReplay:
    """What a team came to, and how.

    Attributes:
        name: The team.
        strategy: What it played by.
        won: 1 for a win, 1/k for a win shared among k, 0 for none.
        points: Points of tiles and bonuses at the end.
        tiles_completed: How many tiles are completed at the end.
        rows_open: How many rows are open at the end.
        last_point: When the points last rose; None if never.
        tiles: Every tile, in the order of the board.
        timeline: What happened in the run, in order; attempts stand where the first one starts.
    """

    name: str
    strategy: str
    won: float
    points: int
    tiles_completed: int
    rows_open: int
    last_point: int | None
    tiles: tuple[TileReplay, ...]
    timeline: tuple[Entry, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain objects."""
        plain: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["tiles"] = [asdict(tile) for tile in self.tiles]
        plain["timeline"] = [_plain(entry) for entry in self.timeline]
        return plain


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One run of all teams, played again.

    Attributes:
        snapshot: The event.
        seed: The text of the seed.
        run: Index of the run.
        engine: Name of the engine.
        engine_version: What its results may depend on beside the snapshot and the seed.
        results: The run's columns: the same bits as in a batch.
        teams: What happened, in the order of the event's teams.
    """

    snapshot: Snapshot
    seed: str
    run: int
    engine: str
    engine_version: str
    results: RunResults
    teams: tuple[TeamReplay, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain objects, ready for JSON; `docs/results.md` says what each is."""
        return {
            "bingosim": version("bingosim"),
            "engine": self.engine,
            "engine_version": self.engine_version,
            "event": self.snapshot.name,
            "snapshot_sha256": self.snapshot.sha256,
            "start": self.snapshot.start.isoformat(),
            "timezone": self.snapshot.timezone,
            "duration": self.snapshot.duration,
            "seed": self.seed,
            "run": self.run,
            "teams": [team.to_dict() for team in self.teams],
        }


def _plain(entry: Entry) -> dict[str, Any]:
    plain = {"kind": entry.kind, **asdict(entry)}
    return plain | {"players": list(entry.players)} if isinstance(entry, Attempts) else plain
