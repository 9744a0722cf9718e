"""The compiled engine plays attempt by attempt as the reference engine does, on equal draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bingosim import reference
from bingosim.compilation import compile_team
from bingosim.engine.arrays import Columns
from bingosim.engine.attempt import play_runs
from bingosim.engine.rng import seed_number
from bingosim.engine.state import TRACED, new_state
from bingosim.results import RunResults, Shape
from tests.random_events import crowded_snapshots, small_snapshots

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

MOST_TRACED = 20_000


def play_compiled(
    snapshot: Snapshot, team: int, seed: str, run: int
) -> tuple[reference.TeamResult, list[reference.TraceLine]]:
    """Play one team with the compiled engine and say what happened as the reference does."""
    compiled = compile_team(snapshot, team)
    state = new_state(compiled)
    shape = Shape.of(snapshot)
    results = RunResults.empty([run], shape)
    columns = Columns(*(getattr(results, name) for name in Columns._fields))
    trace = np.zeros((MOST_TRACED, 5), dtype=np.int64)
    players = shape.players_of(team)
    play_runs(
        compiled,
        state,
        np.uint64(seed_number(seed)),
        results.run,
        team,
        players.start,
        columns,
        trace,
    )
    here = (0, team)
    result = reference.TeamResult(
        points=int(results.points[here]),
        tiles_completed=int(results.tiles_completed[here]),
        rows_open=int(results.rows_open[here]),
        last_point=int(results.last_point[here]),
        row_opened=results.row_opened[here].tolist(),
        tile_completed=results.tile_completed[here].tolist(),
        bonus_paid=results.bonus_paid[here].tolist(),
        units=results.units[players].tolist(),
    )
    traced = int(state.now[TRACED])
    assert traced < MOST_TRACED
    return result, [tuple(line) for line in trace[:traced].tolist()]


def assert_twins(snapshot: Snapshot, seed: str, run: int) -> None:
    for team in range(len(snapshot.teams)):
        expected_trace: list[reference.TraceLine] = []
        expected = reference.play_team(snapshot, team, seed, run, expected_trace)
        result, trace = play_compiled(snapshot, team, seed, run)
        assert trace == expected_trace
        assert result == expected


_thorough = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(snapshot=small_snapshots(), run=st.integers(0, 2**40))
@_thorough
def test_random_events_are_played_alike_attempt_by_attempt(snapshot: Snapshot, run: int) -> None:
    assert_twins(snapshot, "twins", run)


@given(snapshot=crowded_snapshots(), run=st.integers(0, 2**40))
@_thorough
def test_events_full_of_coincidences_are_played_alike(snapshot: Snapshot, run: int) -> None:
    """Attempts, sessions and waits that end together are where orders and groups go wrong."""
    assert_twins(snapshot, "coincidences", run)
