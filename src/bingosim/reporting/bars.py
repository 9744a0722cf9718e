"""Where bars begin and end: intervals of chances, spans of times, distributions of points.

All are parts of a bar's length or height in percent, so that style sheets decide how large it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.report import RowReport, TeamReport, Win

LEAST_WIDTH = 0.6
"""Percent of a bar's length: an interval after many runs is narrower than a pixel."""
MOST_POINTS = 120
"""Points of a curve, and bars of a distribution."""


class Bins(NamedTuple):
    """How the points at the end are distributed, on one scale for all teams.

    Attributes:
        width: Points that a bin holds.
        edges: The least points of each bin.
        shares: Team by team, which part of the runs ends in each bin, in percent; empty where
            there are no runs.
    """

    width: int
    edges: Sequence[int]
    shares: Sequence[Sequence[float]]


def interval(win: Win) -> tuple[float, float, float]:
    """Return where a chance's interval begins, how long it is, and where the chance is: percent."""
    return _span(win["low"], win["probability"] or 0, win["high"])


def around(low: float, middle: float, high: float, reach: float) -> tuple[float, float, float]:
    """Return where an interval begins, its length, and a value, where 0 is half-way: percent.

    Args:
        low: Where it begins.
        middle: The value.
        high: Where it ends.
        reach: Of the bar's ends, either way from 0.
    """
    begin, at, end = ((value / reach + 1) / 2 for value in (low, middle, high))
    return _span(begin, at, end)


def opening(row: RowReport, duration: int) -> tuple[float, float, float]:
    """Return where the middle 80 % of a row's openings begin, how long they are, and the median.

    Args:
        row: A row that opens at times.
        duration: The event's, in seconds; the bar's length.
    """
    low, middle, high = ((row[key] or 0) / duration for key in ("p10_s", "p50_s", "p90_s"))
    return _span(low, middle, high)


def _span(low: float, middle: float, high: float) -> tuple[float, float, float]:
    """Return begin, length and middle in percent of what lies between 0 and 1."""
    width = max(100 * (high - low), LEAST_WIDTH)
    begin = min(max(0.0, (100 * (low + high) - width) / 2), 100 - width)
    return round(begin, 2), round(width, 2), round(100 * middle, 2)


def points_bins(teams: Sequence[TeamReport]) -> Bins:
    """Return how the points at the end are distributed."""
    points = [team["points"] for team in teams]
    low = min((one["min"] for one in points if one["min"] is not None), default=0)
    high = max((one["max"] for one in points if one["max"] is not None), default=0)
    width = max(1, -(-(high - low + 1) // MOST_POINTS))
    edges = range(low, high + 1, width)
    shares = []
    for one in points:
        counts = [0] * len(edges) if one["histogram"] else []
        for value, count in one["histogram"].items():
            counts[(int(value) - low) // width] += count
        shares.append([round(100 * count / sum(counts), 3) for count in counts])
    return Bins(width, edges, shares)


def outline(shares: Sequence[float]) -> str:
    """Return a team's distribution as an area of SVG, 100 high and a unit wide for each bin."""
    highest = max(shares, default=0)
    return f"M0 100{''.join(f'V{100 * (1 - share / highest):.1f}h1' for share in shares)}V100Z"
