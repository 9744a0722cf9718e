"""What the pages of a batch show, as plain objects for templates and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bingosim.reporting.bars import MOST_POINTS, points_bins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.batch.differences import Comparison
    from bingosim.report import Report
    from bingosim.web.results import Result

VIEWS = {
    "": "Result",
    "board": "Board",
    "rows": "Rows",
    "players": "Players",
    "runs": "One run",
    "files": "Files",
}
"""The views of a batch: the last part of their address, and what they are called."""


def points_chart(result: Result) -> dict[str, Any]:
    """Return how the points at the end are distributed, for a chart of all teams."""
    teams = result.report["teams"]
    bins = points_bins(teams)
    return {
        "kind": "points",
        "width": bins.width,
        "x": list(bins.edges),
        "series": [
            {"name": team["name"], "y": shares}
            for team, shares in zip(teams, bins.shares, strict=True)
        ],
    }


def rows_chart(result: Result, team: int) -> dict[str, Any]:
    """Return how likely each row is open by each hour, for a chart of one team."""
    times, runs = result.aggregates.rows, result.aggregates.runs
    bins = times.bins.shape[2]
    step = -(-bins // MOST_POINTS)
    ends = np.minimum(np.arange(step, bins + step, step), bins)
    series = []
    for row in opening_rows(result.report, team):
        opened = np.cumsum(times.bins[team, row])[ends - 1]
        shares = [round(float(share), 2) for share in 100 * opened / max(1, runs)]
        series.append({"name": f"Row {row + 1}", "y": [0.0, *shares]})
    last = result.snapshot.duration
    days = [0.0, *(round(min(float(end) * times.width, last) / 86_400, 4) for end in ends)]
    return {"kind": "rows", "x": days, "series": series}


def bars(numbers: Sequence[int]) -> list[float]:
    """Return heights of bars, 0 to 100; what is not nothing can be seen."""
    most = max(numbers, default=0)
    return [max(2.0, round(100 * number / most, 1)) if number else 0.0 for number in numbers]


def farthest(report: Comparison, what: Literal["win", "points"]) -> float:
    """Return how far from 0 a chart of differences must reach."""
    ends = (
        abs(of[end] or 0.0)
        for team in report["teams"]
        for of in (team["difference"][what],)
        for end in ("mean", "low", "high")
    )
    return 1.1 * max(ends, default=0.0) or 1.0


def opening_rows(report: Report, team: int) -> list[int]:
    """Return the rows that are not open from the start."""
    return [
        row["row"]
        for row in report["teams"][team]["rows"]
        if row["probability"] != 1 or row["p90_s"]
    ]
