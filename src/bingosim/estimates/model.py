"""What an estimate says: the work in every tile, for teams, players and their sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite
from typing import Any

HOUR_S = 3_600


@dataclass(frozen=True, slots=True)
class SourceEstimate:
    """What a player does for a tile at one of its sources.

    Attributes:
        activity: Key of what is done.
        group_size: Players of the unit, all like this one; its attempts are theirs together.
        attempts: Expected attempts.
        seconds: Expected seconds of one attempt.
    """

    activity: str
    group_size: int
    attempts: float
    seconds: float

    @property
    def hours(self) -> float:
        """Expected person-hours: those of all players of the unit."""
        return self.attempts * self.seconds * self.group_size / HOUR_S


@dataclass(frozen=True, slots=True)
class PlayerEstimate:
    """The work in a tile for one player who does all of it, with others like them in groups.

    Attributes:
        player: Name.
        hours: Expected person-hours; inf where the player cannot complete the tile so.
        exact: Whether `hours` is the expectation itself; if not, it is at least `hours`.
        sources: What the player does, best source first; nothing where there is nothing to do.
    """

    player: str
    hours: float
    exact: bool
    sources: tuple[SourceEstimate, ...]


@dataclass(frozen=True, slots=True)
class TileEstimate:
    """The work in a tile for a team.

    Attributes:
        key, name: Of the tile.
        row: Of the board, from 0.
        players: Roster order.
    """

    key: str
    name: str
    row: int
    players: tuple[PlayerEstimate, ...]

    @property
    def able(self) -> tuple[PlayerEstimate, ...]:
        """Who can complete it alone (or with others like them), the fastest first."""
        can = (player for player in self.players if isfinite(player.hours))
        return tuple(sorted(can, key=lambda player: player.hours))

    @property
    def hours(self) -> float:
        """Expected person-hours of the mean player; inf where nobody can do it alone.

        The harmonic mean over those who can: what it takes if they share the time evenly, since
        then it is their rates that add up.
        """
        able = self.able
        if not able or not able[0].hours:
            return 0.0 if able else inf
        return len(able) / sum(1 / player.hours for player in able)

    @property
    def exact(self) -> bool:
        """Whether `hours` is made of exact hours only; if not, it is a lower bound."""
        return all(player.exact for player in self.able)


@dataclass(frozen=True, slots=True)
class TeamEstimate:
    """The work on the board for a team, and the time it has.

    Attributes:
        name: Of the team.
        players: Names, in roster order.
        online_hours: Hours that each player is expected to be online, sessions times attendance.
        tiles: Board order.
    """

    name: str
    players: tuple[str, ...]
    online_hours: tuple[float, ...]
    tiles: tuple[TileEstimate, ...]

    def hours(self, row: int | None = None) -> float:
        """Return the person-hours of a row, or of the board, without tiles nobody can do alone."""
        return sum(
            tile.hours for tile in self.tiles if row in (None, tile.row) and isfinite(tile.hours)
        )


@dataclass(frozen=True, slots=True)
class Estimates:
    """The work on an event's board, team by team.

    Attributes:
        event: Name of the event.
        teams: In the order of the file.
    """

    event: str
    teams: tuple[TeamEstimate, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain objects for JSON; hours that nobody could spend are None."""
        return {"teams": [_team(team) for team in self.teams]}


def _team(team: TeamEstimate) -> dict[str, Any]:
    return {
        "name": team.name,
        "board_hours": team.hours(),
        "online_hours": sum(team.online_hours),
        "players": [
            {"name": name, "online_hours": hours}
            for name, hours in zip(team.players, team.online_hours, strict=True)
        ],
        "tiles": [_tile(tile) for tile in team.tiles],
    }


def _tile(tile: TileEstimate) -> dict[str, Any]:
    return {
        "key": tile.key,
        "name": tile.name,
        "row": tile.row,
        "hours": _finite(tile.hours),
        "exact": tile.exact,
        "players": [
            {
                "name": player.player,
                "hours": _finite(player.hours),
                "exact": player.exact,
                "sources": [asdict(source) for source in player.sources],
            }
            for player in tile.players
        ],
    }


def _finite(hours: float) -> float | None:
    return hours if isfinite(hours) else None
