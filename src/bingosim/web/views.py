"""What the pages of a batch show, as plain objects for templates and charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.batch.comparison import Comparison, Difference
    from bingosim.histograms import Tally
    from bingosim.report import Report, RowReport, TeamReport, TileReport
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
LEAST_WIDTH = 0.6
"""Percent of a bar's length: an interval after many runs is narrower than a pixel."""
SHADES = 10
"""Steps of the heat map's colours from never to always; as many each way in a difference."""
MOST_POINTS = 120
"""Points of a curve, and bars of a distribution."""


class Cell(NamedTuple):
    """A tile of the heat map.

    Attributes:
        tile: What is known of it.
        points: What it is worth.
        shade: 0 (never) to SHADES (always); in a difference from -SHADES to SHADES.
        other: The other team's, in a difference.
    """

    tile: TileReport
    points: int
    shade: int
    other: TileReport | None = None

    @property
    def ahead(self) -> float:
        """Chance more (or less) than the other team's."""
        other = self.other["probability"] if self.other else None
        return (self.tile["probability"] or 0) - (other or 0)


class BoardRow(NamedTuple):
    """A row of the heat map."""

    number: int
    report: RowReport
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Heat:
    """The board of one team, or the difference of two.

    Attributes:
        team: Whose.
        minus: From which the difference is taken, if it is one.
        locked: Whether rows have to be opened.
        columns: Tiles of the longest row.
        rows: The rows.
    """

    team: TeamReport
    minus: TeamReport | None
    locked: bool
    columns: int
    rows: Sequence[BoardRow]


def heat_map(result: Result, team: int, minus: int | None) -> Heat:
    """Return the board as a heat map of one team, or of what it is ahead of another."""
    board, teams = result.snapshot.board, result.report["teams"]
    ours = teams[team]
    theirs = None if minus is None or minus == team else teams[minus]
    rows, at = [], 0
    for number, row in enumerate(board.rows):
        cells = []
        for tile in row:
            other = theirs["tiles"][at] if theirs else None
            cells.append(_cell(ours["tiles"][at], tile.points, other))
            at += 1
        rows.append(BoardRow(number, ours["rows"][number], cells))
    longest = max((len(row) for row in board.rows), default=1)
    return Heat(ours, theirs, not board.everything_open, longest, rows)


def _cell(tile: TileReport, points: int, other: TileReport | None) -> Cell:
    cell = Cell(tile, points, round((tile["probability"] or 0) * SHADES), other)
    return cell if other is None else cell._replace(shade=round(cell.ahead * SHADES))


def points_chart(result: Result) -> dict[str, Any]:
    """Return how the points at the end are distributed, for a chart of all teams."""
    tallies = result.aggregates.points
    low = min((int(tally.values[0]) for tally in tallies if len(tally.values)), default=0)
    high = max((int(tally.values[-1]) for tally in tallies if len(tally.values)), default=0)
    width = max(1, -(-(high - low + 1) // MOST_POINTS))
    edges = np.arange(low, high + width, width)
    return {
        "kind": "points",
        "width": width,
        "x": edges.tolist(),
        "series": [
            {"name": team["name"], "y": _shares(tally, edges, width)}
            for team, tally in zip(result.report["teams"], tallies, strict=True)
        ],
    }


def _shares(tally: Tally, edges: Any, width: int) -> list[float]:
    """Return which part of the runs ends in each bin, in percent."""
    if not tally.count:
        return []
    counts = np.zeros(len(edges), dtype=np.int64)
    np.add.at(counts, (tally.values - edges[0]) // width, tally.counts)
    return [round(float(share), 3) for share in 100 * counts / tally.count]


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


def around(of: Difference, reach: float) -> tuple[float, float, float]:
    """Return where a difference's interval begins, its length, and where it is: percent."""
    mean, low, high = (50 + 50 * (of[end] or 0.0) / reach for end in ("mean", "low", "high"))
    width = max(high - low, LEAST_WIDTH)
    return round((low + high - width) / 2, 2), round(width, 2), round(mean, 2)


def opening_rows(report: Report, team: int) -> list[int]:
    """Return the rows that are not open from the start."""
    return [
        row["row"]
        for row in report["teams"][team]["rows"]
        if row["probability"] != 1 or row["p90_s"]
    ]


def ranked(teams: Sequence[TeamReport]) -> Iterator[tuple[int, TeamReport]]:
    """Yield the teams with their numbers, the likeliest winner first."""
    order = sorted(range(len(teams)), key=lambda i: (-(teams[i]["win"]["probability"] or 0), i))
    return ((number, teams[number]) for number in order)
