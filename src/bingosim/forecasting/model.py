"""What a forecast from the middle of an event says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bingosim.event.snapshot import StartingState
    from bingosim.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Change:
    """By how much a number rose, with its 95 % interval; None where it has none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TeamMoved:
    """How a team's prospects moved.

    Attributes:
        name: The team.
        win: Of the chance to win.
        points: Of the mean points at the end.
    """

    name: str
    win: Change
    points: Change


@dataclass(frozen=True, slots=True)
class Moved:
    """How prospects moved since an earlier forecast.

    Attributes:
        now: Local time of the earlier state.
        at_s: Its second.
        event_changed: Whether the event itself is another since: not all is the teams' doing.
        teams: Those that are in both.
    """

    now: str
    at_s: int
    event_changed: bool
    teams: tuple[TeamMoved, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected of the rest of an event.

    Attributes:
        simulation: What was simulated from the state on; its points count from the event's start.
        state: How far the teams are.
        now: Its local time.
        event_sha256: Hash of the event without the state.
        since: How things moved since an earlier forecast.
    """

    simulation: Simulation
    state: StartingState
    now: str
    event_sha256: str
    since: Moved | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain objects: what `bingosim forecast --json` prints.

        They are those of `bingosim run`, with `state`, `event_sha256` and `since` beside them.
        """
        snapshot = self.simulation.snapshot
        teams = [
            {"name": team.name, "tiles_completed": len(done.completed)}
            for team, done in zip(snapshot.teams, self.state.teams, strict=True)
        ]
        return {
            **self.simulation.to_dict(),
            "event_sha256": self.event_sha256,
            "state": {"now": self.now, "at_s": self.state.at, "teams": teams},
            "since": None if self.since is None else asdict(self.since),
        }
