"""The report: what command line, files and pages show of a simulation, as plain Python objects.

`docs/results.md` says what each number is. All of them follow from the aggregates by exact
arithmetic with one rounding at the end, so equal aggregates give equal bytes.
"""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING, NotRequired, TypedDict

from bingosim.precision import interval_after_looking, points_known
from bingosim.statistics import mean_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bingosim.aggregates import Aggregates
    from bingosim.event.snapshot import Snapshot
    from bingosim.histograms import Tally
    from bingosim.precision import Precision
    from bingosim.statistics import Interval


class Win(TypedDict):
    """Chance to win, its 95 % interval, and the chance that the win is shared."""

    probability: float | None
    low: float
    high: float
    shared: float | None


class Distribution(TypedDict):
    """How a whole number is distributed; None where there were no runs.

    `mean_low` and `mean_high` are the 95 % interval of the mean; None where there is one run.
    """

    mean: float | None
    mean_low: float | None
    mean_high: float | None
    sd: float | None
    min: int | None
    max: int | None
    p5: int | None
    p50: int | None
    p95: int | None
    histogram: dict[str, int]


class RowReport(TypedDict):
    """Whether and when a row opened; seconds among the runs in which it did."""

    row: int
    probability: float | None
    p10_s: int | None
    p50_s: int | None
    p90_s: int | None


class TileReport(TypedDict):
    """Whether and when a tile was completed; seconds among the runs in which it was."""

    key: str
    name: str
    probability: float | None
    mean_s: float | None
    p10_s: int | None
    p50_s: int | None
    p90_s: int | None


class BonusReport(TypedDict):
    """Chance that a bonus is paid."""

    name: str
    probability: float | None


class PlayerReport(TypedDict):
    """Mean points that a player's units earned, and their share of all such points of the team."""

    name: str
    points_mean: float | None
    share: float


class TeamReport(TypedDict):
    """What came out for one team."""

    name: str
    strategy: str
    win: Win
    points: Distribution
    tiles_completed: Distribution
    rows_open: Distribution
    rows: list[RowReport]
    tiles: list[TileReport]
    bonuses: list[BonusReport]
    players: list[PlayerReport]


class Timing(TypedDict):
    """Seconds on the clock; the only part that differs between equal calls."""

    compile_s: float
    simulate_s: float
    total_s: float


class PrecisionReport(TypedDict):
    """What a simulation that stops at a precision came to.

    `points` were asked for and `known` are there, both in percentage points; `look` is the number
    of looks that were taken.
    """

    points: float
    known: float
    reached: bool
    look: int
    min_runs: int
    max_runs: int


class _Asked(TypedDict, total=False):
    """What is in a report only if it was asked for."""

    precision: PrecisionReport


class Report(TypedDict):
    """The object that `bingosim run --json` prints.

    `time_bin_s` is the resolution of the quantiles of times; `precision` is there if it was asked
    for.
    """

    bingosim: str
    engine: str
    engine_version: str
    event: str
    snapshot_sha256: str
    seed: str
    runs: int
    complete: bool
    time_bin_s: int
    teams: list[TeamReport]
    precision: NotRequired[PrecisionReport]
    timing: Timing


def make_report(
    aggregates: Aggregates,
    snapshot: Snapshot,
    *,
    seed: str,
    engine: str,
    engine_version: str,
    complete: bool,
    timing: Timing,
    precision: Precision | None = None,
) -> Report:
    """Return what is to be said of a simulation.

    Args:
        aggregates: What was counted.
        snapshot: The event it was counted for.
        seed: The seed's text.
        engine: Name of the engine.
        engine_version: What identifies its code.
        complete: Whether all runs asked for were made.
        timing: How long it took.
        precision: How precise it was to be, if it was to stop by that; intervals are then those
            that allow for the looking.
    """
    interval = wilson_interval if precision is None else interval_after_looking
    asked: _Asked = {}
    if precision is not None:
        asked["precision"] = _precision(aggregates, precision)
    return {
        "bingosim": version("bingosim"),
        "engine": engine,
        "engine_version": engine_version,
        "event": snapshot.name,
        "snapshot_sha256": snapshot.sha256,
        "seed": seed,
        "runs": aggregates.runs,
        "complete": complete,
        "time_bin_s": aggregates.tiles.width,
        "teams": [
            _team(aggregates, snapshot, team, interval) for team in range(len(snapshot.teams))
        ],
        **asked,
        "timing": timing,
    }


def to_json(report: Report | Mapping[str, object]) -> str:
    """Return the text of a report, ending in a new line: equal reports give equal text."""
    return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _chance(count: int | Fraction, runs: int) -> float | None:
    return float(Fraction(count) / runs) if runs else None


def _precision(aggregates: Aggregates, asked: Precision) -> PrecisionReport:
    known = points_known(aggregates)
    return {
        "points": asked.points,
        "known": known,
        "reached": known <= asked.points,
        "look": sum(look <= aggregates.runs for look in asked.looks),
        "min_runs": asked.min_runs,
        "max_runs": asked.max_runs,
    }


def _team(
    aggregates: Aggregates, snapshot: Snapshot, team: int, interval: Callable[..., Interval]
) -> TeamReport:
    return {
        "name": snapshot.teams[team].name,
        "strategy": snapshot.teams[team].strategy,
        "win": _win(aggregates, team, interval),
        "points": _distribution(aggregates.points[team]),
        "tiles_completed": _distribution(aggregates.tiles_completed[team]),
        "rows_open": _distribution(aggregates.rows_open[team]),
        "rows": _rows(aggregates, team),
        "tiles": _tiles(aggregates, snapshot, team),
        "bonuses": [
            {"name": bonus.name, "probability": _chance(count, aggregates.runs)}
            for bonus, count in zip(
                snapshot.board.bonuses, aggregates.bonuses[team].tolist(), strict=True
            )
        ],
        "players": _players(aggregates, snapshot, team),
    }


def _win(aggregates: Aggregates, team: int, interval: Callable[..., Interval]) -> Win:
    runs = aggregates.runs
    score = aggregates.win_scores[team]
    low, high = interval(score, runs)
    return {
        "probability": _chance(score, runs),
        "low": low,
        "high": high,
        "shared": _chance(aggregates.shared_wins[team], runs),
    }


def _distribution(tally: Tally) -> Distribution:
    count = tally.count
    known = count > 0
    low, high = mean_interval(tally.mean, tally.sd, count) if count > 1 else (None, None)
    return {
        "mean": tally.mean if known else None,
        "mean_low": low,
        "mean_high": high,
        "sd": tally.sd if known else None,
        "min": int(tally.values[0]) if known else None,
        "max": int(tally.values[-1]) if known else None,
        "p5": tally.quantile(5) if known else None,
        "p50": tally.quantile(50) if known else None,
        "p95": tally.quantile(95) if known else None,
        "histogram": {str(value): count for value, count in tally.items()},
    }


def _rows(aggregates: Aggregates, team: int) -> list[RowReport]:
    times = aggregates.rows
    return [
        {
            "row": row,
            "probability": _chance(count, aggregates.runs),
            "p10_s": times.quantile(team, row, 10),
            "p50_s": times.quantile(team, row, 50),
            "p90_s": times.quantile(team, row, 90),
        }
        for row, count in enumerate(times.count[team].tolist())
    ]


def _tiles(aggregates: Aggregates, snapshot: Snapshot, team: int) -> list[TileReport]:
    times = aggregates.tiles
    return [
        {
            "key": tile.key,
            "name": tile.name,
            "probability": _chance(int(times.count[team, number]), aggregates.runs),
            "mean_s": times.mean(team, number),
            "p10_s": times.quantile(team, number, 10),
            "p50_s": times.quantile(team, number, 50),
            "p90_s": times.quantile(team, number, 90),
        }
        for number, tile in enumerate(snapshot.board.tiles)
    ]


def _players(aggregates: Aggregates, snapshot: Snapshot, team: int) -> list[PlayerReport]:
    """Share the points of completed tiles by the units that each player gave to them."""
    tiles = snapshot.board.tiles
    credited = aggregates.credited[aggregates.shape.players_of(team)].tolist()
    earned = [
        sum(
            (
                Fraction(tile.points * units, tile.need)
                for tile, units in zip(tiles, row, strict=True)
            ),
            Fraction(0),
        )
        for row in credited
    ]
    total = sum(earned, Fraction(0))
    return [
        {
            "name": player.name,
            "points_mean": _chance(points, aggregates.runs),
            "share": float(points / total) if total else 0.0,
        }
        for player, points in zip(snapshot.teams[team].players, earned, strict=True)
    ]
