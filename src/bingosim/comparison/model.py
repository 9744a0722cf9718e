"""What a comparison says: of each team and variant how it does, and by how much they differ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple


class Estimated(NamedTuple):
    """A number found by simulation, with the half width of its 95 % interval."""

    value: float
    margin: float

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.value - self.margin

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value + self.margin


@dataclass(frozen=True, slots=True)
class Entry:
    """How a team does under one variant.

    Attributes:
        variant: Number of the variant.
        win: Chance to win; a shared win counts in equal parts.
        points: Mean points at the end.
    """

    variant: int
    win: Estimated
    points: Estimated


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a team does better under one variant than under another.

    Attributes:
        better: Number of the variant that comes out ahead in wins; in points where those are equal.
        worse: Number of the other.
        win: Difference of the chances to win.
        points: Difference of the mean points.
        settled: Whether the order is certain, at 95 % for all differences and looks together.
        saved: Runs that two independent simulations would need for an interval of the chances'
            difference as narrow, for each of these; None where all runs came out alike.
    """

    better: int
    worse: int
    win: Estimated
    points: Estimated
    settled: bool
    saved: float | None


@dataclass(frozen=True, slots=True)
class TeamComparison:
    """One team under every variant.

    Attributes:
        team: Its name.
        ranking: The variants, the best first.
        differences: Of every pair of variants.
    """

    team: str
    ranking: tuple[Entry, ...]
    differences: tuple[Difference, ...]

    def difference(self, one: int, other: int) -> Difference:
        """Return the difference between two variants."""
        pair = {one, other}
        return next(found for found in self.differences if {found.better, found.worse} == pair)

    @property
    def steps(self) -> tuple[Difference, ...]:
        """From each variant of the ranking to the next one."""
        return tuple(
            self.difference(one.variant, other.variant) for one, other in pairwise(self.ranking)
        )

    @property
    def behind_best(self) -> tuple[Difference, ...]:
        """From the best variant to each of the others, in the order of the ranking."""
        best, *others = self.ranking
        return tuple(self.difference(best.variant, other.variant) for other in others)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Variants of an event, played under the same luck.

    Attributes:
        event: Name of the event.
        variants: What each variant is called.
        teams: What is compared of each team.
        seed: The text of the seed.
        engine: Name of the engine.
        engine_version: What the results may depend on beside events and seed.
        runs: Runs of each team.
        points: Percentage points to which differences were to be known.
        looks: How often it was looked at, at most.
        complete: Whether it ended by itself.
        seconds: How long it took.
    """

    event: str
    variants: tuple[str, ...]
    teams: tuple[TeamComparison, ...]
    seed: str
    engine: str
    engine_version: str
    runs: int
    points: float
    looks: int
    complete: bool
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain objects: what `bingosim compare --json` prints."""
        return {
            "bingosim": 1,
            "engine": self.engine_version,
            "event": self.event,
            "seed": self.seed,
            "runs": self.runs,
            "complete": self.complete,
            "precision": {"points": self.points, "looks": self.looks},
            "variants": list(self.variants),
            "teams": [self._team(team) for team in self.teams],
            "timing": {"total_s": round(self.seconds, 3)},
        }

    def _team(self, team: TeamComparison) -> dict[str, Any]:
        return {
            "name": team.team,
            "ranking": [
                {
                    "variant": self.variants[entry.variant],
                    "win": _interval(entry.win),
                    "points": _interval(entry.points),
                }
                for entry in team.ranking
            ],
            "differences": [
                {
                    "better": self.variants[found.better],
                    "worse": self.variants[found.worse],
                    "win": _interval(found.win),
                    "points": _interval(found.points),
                    "settled": found.settled,
                    "runs_saved": found.saved,
                }
                for found in team.differences
            ],
        }


def _interval(number: Estimated) -> dict[str, float]:
    return {"value": number.value, "low": number.low, "high": number.high}
