"""Snapshots: an event frozen with everything resolved, so that a run depends on nothing else.

A snapshot holds the board, the activities its tiles use, the teams with their players, and every
player's online intervals laid on the real calendar. Its canonical JSON (sorted keys, no floats, no
white space) is versioned and hashed; equal hashes mean equal results for equal seeds.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError

from bingosim.errors import InputError, UnknownKeyError
from bingosim.event.activities import find_activities
from bingosim.event.calendar import player_sessions
from bingosim.event.fields import Key, LocalTime, Name, Whole
from bingosim.event.model import Activity, Board, Event, Model, Player, Team
from bingosim.event.quantities import Attendance, Multiplier
from bingosim.event.strategies import find_strategy, normal_params

SNAPSHOT_VERSION: Final = 1

Second = Annotated[Whole, Field(ge=0)]


class SnapshotPlayer(Model):
    """A player with intervals in place of a schedule.

    Attributes:
        sessions: Sorted, disjoint `[start, end)` in seconds from the event's start.
        attends: Chance that a session takes place; 1 for who is always online.
    """

    name: Name
    speed: Multiplier
    speeds: Mapping[Key, Multiplier]
    has: tuple[Key, ...]
    attends: Attendance
    sessions: tuple[tuple[Second, Second], ...]

    def speed_at(self, activity: str) -> Multiplier:
        """Return the time multiplier that holds at an activity."""
        return self.speeds.get(activity, self.speed)


class TeamState(Model):
    """What a team has done before a run begins.

    Attributes:
        progress: Tile key -> drop key -> units. Tiles without `each` keep all under the key `""`.
        completed: Tile key -> the second it was completed; None counts as the state's second.
    """

    progress: Mapping[Key, Mapping[str, Whole]] = {}
    completed: Mapping[Key, Second | None] = {}


class StartingState(Model):
    """A run's beginning in the middle of an event: at which second, and what every team has."""

    at: Second
    teams: tuple[TeamState, ...]


class SnapshotTeam(Model):
    """A team with its players in roster order.

    Attributes:
        strategy_sha256: Of a user's own strategy: hex digest of its source, since results depend on
            it; left out of the JSON where the strategy is built in.
    """

    name: Name
    strategy: str
    strategy_sha256: str | None = Field(default=None, exclude_if=lambda digest: digest is None)
    params: Mapping[str, Any]
    players: tuple[SnapshotPlayer, ...]


class Snapshot(Model):
    """Everything a run depends on but seed and run index."""

    version: Literal[1] = SNAPSHOT_VERSION
    name: Name
    start: LocalTime
    timezone: str
    duration: Annotated[Whole, Field(ge=1)]
    board: Board
    activities: tuple[Activity, ...]
    teams: tuple[SnapshotTeam, ...]
    state: StartingState | None = None

    def activity(self, key: str) -> Activity:
        """Return an activity of the board by its key."""
        return next(activity for activity in self.activities if activity.key == key)

    def to_json(self) -> str:
        """Return the canonical JSON text."""
        data = self.model_dump(mode="json", by_alias=True)
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the canonical JSON in UTF-8."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, with other values where `update` has them; its hash is its own."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("sha256", None)  # the original's, if it was asked for
        return copy

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a snapshot back.

        Raises:
            InputError: The text is no snapshot, or one of another version.
        """
        try:
            data = json.loads(text)
            version = data.get("version")
        except (ValueError, AttributeError, RecursionError):
            raise InputError("this is not a snapshot: expected a JSON object") from None
        if version != SNAPSHOT_VERSION:
            raise InputError(
                f"the snapshot's version is {version!r}; this release reads {SNAPSHOT_VERSION}"
            )
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise InputError(f"the snapshot is damaged: {error}") from None


def make_snapshot(event: Event) -> Snapshot:
    """Resolve an event: its schedules on the calendar, its activities from file or catalog.

    Raises:
        InputError: The event names something that does not exist. Events read from a file have
            been checked for that.
    """
    board = event.board
    used = {source.activity for tile in board.tiles for source in tile.sources}
    activities = find_activities(used, event.activities)
    players = {player.name: player for player in event.players}
    return Snapshot(
        name=event.header.name,
        start=event.header.start,
        timezone=event.header.timezone,
        duration=event.header.duration,
        board=board,
        activities=tuple(activities[key] for key in sorted(activities)),
        teams=tuple(_snapshot_team(team, players, used, event) for team in event.teams),
    )


def with_strategy(snapshot: Snapshot, team: int, name: str) -> Snapshot:
    """Return the event with one team playing by another strategy, with its usual parameters.

    Args:
        snapshot: The event.
        team: Number of the team.
        name: Name of the strategy.

    Raises:
        InputError: There is no such strategy, or it needs parameters.
    """
    strategy = find_strategy(name)
    teams = list(snapshot.teams)
    try:
        params = normal_params(strategy, {})
    except ValidationError:
        raise InputError(f"strategy {name!r} cannot do without parameters") from None
    teams[team] = teams[team].model_copy(
        update={"strategy": name, "strategy_sha256": strategy.source_sha256, "params": params}
    )
    return snapshot.model_copy(update={"teams": tuple(teams)})


def _snapshot_team(
    team: Team, players: Mapping[str, Player], used: set[str], event: Event
) -> SnapshotTeam:
    for name in team.players:
        if name not in players:
            raise UnknownKeyError("player", name, players)
    strategy = find_strategy(team.strategy)
    try:
        params = normal_params(strategy, team.params)
    except ValidationError as error:
        details = "; ".join(detail["msg"] for detail in error.errors())
        raise InputError(f"the parameters of team {team.name!r} are wrong: {details}") from None
    return SnapshotTeam(
        name=team.name,
        strategy=team.strategy,
        strategy_sha256=strategy.source_sha256,
        params=params,
        players=tuple(_snapshot_player(players[name], used, event) for name in team.players),
    )


def _snapshot_player(player: Player, used: set[str], event: Event) -> SnapshotPlayer:
    return SnapshotPlayer(
        name=player.name,
        speed=player.speed,
        speeds={key: player.speeds[key] for key in sorted(used.intersection(player.speeds))},
        has=tuple(sorted(set(player.has))),
        attends=player.attends if player.plays else 1,
        sessions=player_sessions(player, event.header),
    )
