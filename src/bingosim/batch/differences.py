"""Two stored batches side by side: what differs, and how sure that is.

`docs/results.md` says what each number is.
"""

from __future__ import annotations

from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from bingosim.batch.pairing import Side, pair_runs
from bingosim.statistics import (
    Interval,
    Mean,
    difference_of_chances,
    difference_of_means,
    mean_interval,
    paired_score_interval,
)

if TYPE_CHECKING:
    from bingosim.aggregates import Aggregates
    from bingosim.batch.pairing import Pair
    from bingosim.histograms import Tally
    from bingosim.report import Distribution, Report, TeamReport, Win
    from bingosim.storage.batches import Batch
    from bingosim.storage.database import Database


class Contender(NamedTuple):
    """A batch that is compared, and what it has come to so far."""

    batch: Batch
    aggregates: Aggregates
    report: Report


class Difference(TypedDict):
    """How much more the other batch's is, on average, and the 95 % interval of that."""

    mean: float | None
    low: float | None
    high: float | None


class TeamSide(TypedDict):
    """A team in one of the batches."""

    strategy: str
    win: Win
    points: Distribution


class TeamDifference(TypedDict):
    """What differs for a team; `more`, `equal`, `less`: parts of the common runs, by points."""

    win: Difference
    points: Difference
    more: float | None
    equal: float | None
    less: float | None


class ComparedTeam(TypedDict):
    """A team that both batches have, by its name."""

    name: str
    a: TeamSide
    b: TeamSide
    difference: TeamDifference


class ComparedBatch(TypedDict):
    """What is compared."""

    id: str
    name: str
    event: str
    snapshot_sha256: str
    seed: str
    engine: str
    engine_version: str
    runs: int
    complete: bool


class Comparison(TypedDict):
    """Two batches side by side.

    `paired` says whether differences were taken run by run, and `common_runs` over how many runs;
    `only_a` and `only_b` are the names of teams that the other batch does not have.
    """

    bingosim: str
    a: ComparedBatch
    b: ComparedBatch
    paired: bool
    common_runs: int
    teams: list[ComparedTeam]
    only_a: list[str]
    only_b: list[str]


_UNKNOWN: Difference = {"mean": None, "low": None, "high": None}


def compare(database: Database, one: Contender, other: Contender) -> Comparison:
    """Return two batches side by side, with what the other has more.

    With equal seeds, differences are taken run by run over the runs that both have: equal players
    have equal luck in both. Otherwise the runs are independent.

    Raises:
        InputError: A batch is not there any more.
        StoredDataError: What is stored of one is damaged.
    """
    ours, theirs = ({team["name"]: team for team in of.report["teams"]} for of in (one, other))
    names = [name for name in ours if name in theirs]
    places = [(list(ours).index(name), list(theirs).index(name)) for name in names]
    pairs: list[Pair] = []
    if one.batch.seed == other.batch.seed:
        sides = [Side(of.batch.id, of.aggregates) for of in (one, other)]
        pairs = pair_runs(database, sides[0], sides[1], places)
    common = pairs[0].runs if pairs else 0
    differences = (
        [_paired(pair) for pair in pairs]
        if common
        else [
            _independent(ours[name], theirs[name], one.aggregates.runs, other.aggregates.runs)
            for name in names
        ]
    )
    return {
        "bingosim": version("bingosim"),
        "a": _batch(one),
        "b": _batch(other),
        "paired": common > 0,
        "common_runs": common,
        "teams": [
            {
                "name": name,
                "a": _side(ours[name]),
                "b": _side(theirs[name]),
                "difference": difference,
            }
            for name, difference in zip(names, differences, strict=True)
        ],
        "only_a": [name for name in ours if name not in theirs],
        "only_b": [name for name in theirs if name not in ours],
    }


def _batch(of: Contender) -> ComparedBatch:
    batch, report = of.batch, of.report
    return {
        "id": str(batch.id),
        "name": batch.name,
        "event": report["event"],
        "snapshot_sha256": report["snapshot_sha256"],
        "seed": report["seed"],
        "engine": report["engine"],
        "engine_version": report["engine_version"],
        "runs": report["runs"],
        "complete": report["complete"],
    }


def _side(team: TeamReport) -> TeamSide:
    return {"strategy": team["strategy"], "win": team["win"], "points": team["points"]}


def _paired(pair: Pair) -> TeamDifference:
    """Return what differs between two teams in the same runs."""
    runs, (total, squares) = pair.runs, pair.score
    return {
        "win": _told(float(total / runs), paired_score_interval(total, squares, runs)),
        "points": _mean(pair.points),
        "more": _part(pair.points, 1),
        "equal": _part(pair.points, 0),
        "less": _part(pair.points, -1),
    }


def _mean(points: Tally) -> Difference:
    runs = points.count
    interval = mean_interval(points.mean, points.sd, runs) if runs > 1 else None
    return _told(points.mean, interval)


def _part(points: Tally, sign: int) -> float:
    """Return in which part of the runs a number is above, at or below 0."""
    these = points.values * sign > 0 if sign else points.values == 0
    return float(Fraction(int(points.counts[these].sum()), points.count))


def _independent(one: TeamReport, other: TeamReport, runs: int, other_runs: int) -> TeamDifference:
    """Return what differs between two teams whose runs have nothing to do with each other."""
    win = points = _UNKNOWN
    (chance, interval), (rival, higher) = _chance(one), _chance(other)
    if chance is not None and rival is not None:
        win = _told(rival - chance, difference_of_chances(rival, higher, chance, interval))
        means = _means(one, runs), _means(other, other_runs)
        known = difference_of_means(means[1], means[0]) if min(runs, other_runs) > 1 else None
        points = _told(means[1].mean - means[0].mean, known)
    return {"win": win, "points": points, "more": None, "equal": None, "less": None}


def _chance(team: TeamReport) -> tuple[float | None, Interval]:
    win = team["win"]
    return win["probability"], Interval(win["low"], win["high"])


def _means(team: TeamReport, runs: int) -> Mean:
    return Mean(team["points"]["mean"] or 0.0, team["points"]["sd"] or 0.0, runs)


def _told(mean: float, interval: Interval | None) -> Difference:
    low, high = interval or (None, None)
    return {"mean": mean, "low": low, "high": high}
