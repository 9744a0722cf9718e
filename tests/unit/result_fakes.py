"""Made-up results and small snapshots for tests of what is counted and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from bingosim.aggregates import Aggregates
from bingosim.event.snapshot import Snapshot
from bingosim.report import make_report
from bingosim.results import COLUMNS, RunResults, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bingosim.report import Report

MOST_SECONDS = {"s": 9_000, "points": 6, "tiles": 3, "rows": 3, "units": 10**6}
"""Greatest made-up number of each unit: few different points, so that ties are common."""


def fake_results(shape: Shape, runs: int, seed: int, first: int = 0) -> RunResults:
    """Return results of random numbers, each possible for its column."""
    rng = np.random.default_rng(seed)
    results = RunResults.empty(np.arange(first, first + runs), shape)
    for column in COLUMNS:
        if column.name != "run":
            array = getattr(results, column.name)
            most = MOST_SECONDS[column.unit]
            array[...] = rng.integers(column.start, most, array.shape, endpoint=True)
    # A last second out of few: equal points and equal seconds are what sharing a win needs.
    results.last_point[...] = rng.integers(-1, 2, results.last_point.shape)
    return results


def shapes() -> st.SearchStrategy[Shape]:
    """Return small shapes; bonuses may be missing."""
    return st.builds(
        Shape,
        team_sizes=st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple),
        rows=st.integers(1, 3),
        tiles=st.integers(1, 4),
        bonuses=st.integers(0, 2),
    )


def run_results(shape: Shape, least: int = 0, most: int = 12) -> st.SearchStrategy[RunResults]:
    """Return made-up results of a shape."""
    return st.builds(
        fake_results, st.just(shape), st.integers(least, most), st.integers(0, 2**32 - 1)
    )


def small_snapshot(teams: int = 2, **changes: Any) -> Snapshot:
    """Return two rows of two tiles and one bonus, with two players a team, always online."""

    def tile(key: str, points: int, need: int) -> dict[str, Any]:
        source = {"activity": "boss.cow", "accepts": {"item.hide": 1}}
        return {
            "key": key, "name": f"The {key}", "points": points, "need": need, "from": [source],
        }  # fmt: skip

    def player(name: str) -> dict[str, Any]:
        return {
            "name": name, "speed": "1", "speeds": {}, "has": [], "attends": "1",
            "sessions": [[0, 9_000]],
        }  # fmt: skip

    data: dict[str, Any] = {
        "version": 1,
        "name": "Small bingo",
        "start": "2026-12-05T12:00:00",
        "timezone": "UTC",
        "duration": 9_000,
        "board": {
            "kind": "rows",
            "unlock_points": 3,
            "rows": [
                [tile("one", 1, 2), tile("two", 2, 4)],
                [tile("three", 3, 5), tile("four", 4, 8)],
            ],
            "bonuses": [{"name": "first row", "tiles": ["one", "two"], "points": 2}],
        },
        "activities": [
            {
                "key": "boss.cow",
                "name": "Cow",
                "time": {"seconds": "60", "spread": "10", "law": "uniform"},
                "loot": [{"drops": [{"chance": "1/4", "gives": [["item.hide", "1"]]}]}],
            }
        ],
        "teams": [
            {
                "name": f"Team {number}",
                "strategy": "greedy",
                "params": {},
                "players": [player(f"Player {number}{letter}") for letter in "ab"],
            }
            for number in range(1, teams + 1)
        ],
    }
    return Snapshot.model_validate({**data, **changes})


def fake_report(
    snapshot: Snapshot, runs: int = 60, seed: int = 1, *, complete: bool = True, total_s: float = 0
) -> Report:
    """Return a report of random numbers."""
    shape = Shape.of(snapshot)
    aggregates = Aggregates.empty(shape, snapshot.duration)
    aggregates.add(fake_results(shape, runs, seed))
    return make_report(
        aggregates,
        snapshot,
        seed="a seed",
        engine="jump",
        engine_version="jump 0123abcd",
        complete=complete,
        timing={"compile_s": 0, "simulate_s": total_s, "total_s": total_s},
    )


def renamed(snapshot: Snapshot, name: Callable[[str], str]) -> Snapshot:
    """Return a snapshot in which event, teams, players, tiles and bonuses go by other names."""
    board = snapshot.board
    rows = tuple(
        tuple(tile.model_copy(update={"name": name(tile.name)}) for tile in row)
        for row in board.rows
    )
    bonuses = tuple(one.model_copy(update={"name": name(one.name)}) for one in board.bonuses)
    teams = tuple(
        team.model_copy(
            update={
                "name": name(team.name),
                "players": tuple(
                    player.model_copy(update={"name": name(player.name)}) for player in team.players
                ),
            }
        )
        for team in snapshot.teams
    )
    changed = board.model_copy(update={"rows": rows, "bonuses": bonuses})
    return snapshot.model_copy(
        update={"name": name(snapshot.name), "board": changed, "teams": teams}
    )


def column_bytes(results: RunResults) -> dict[str, bytes]:
    """Return the bytes of every column, to compare bit for bit."""
    return {column.name: array_of(results, column.name).tobytes() for column in COLUMNS}


def array_of(results: RunResults, name: str) -> NDArray[Any]:
    """Return a column by its name."""
    array: NDArray[Any] = getattr(results, name)
    return array
