"""The engine that jumps may look ahead as far as it likes (its law: `tests/equality`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings

from bingosim.compilation import compile_team
from bingosim.engine.arrays import NO_TRACE, Columns
from bingosim.engine.jump import jump_runs
from bingosim.engine.state import new_jump_state
from bingosim.results import COLUMNS, RunResults, Shape
from tests.random_events import crowded_snapshots, small_snapshots

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

_thorough = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def jumped(snapshot: Snapshot, runs: int, *, stepwise: bool) -> RunResults:
    shape = Shape.of(snapshot)
    results = RunResults.empty(np.arange(runs), shape)
    columns = Columns(*(getattr(results, name) for name in Columns._fields))
    for index in range(shape.teams):
        team = compile_team(snapshot, index)
        first = shape.players_of(index).start
        state, seed = new_jump_state(team), np.uint64(5)
        jump_runs(team, state, seed, results.run, index, first, columns, NO_TRACE, stepwise)
    return results


def assert_far_sight_changes_nothing(snapshot: Snapshot) -> None:
    far, near = jumped(snapshot, 3, stepwise=False), jumped(snapshot, 3, stepwise=True)
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(far, column.name), getattr(near, column.name))


@given(snapshot=small_snapshots())
@_thorough
def test_jumping_over_many_attempts_is_the_same_as_over_one(snapshot: Snapshot) -> None:
    """Whoever is interrupted too late, or credited twice, differs from who looks at every end."""
    assert_far_sight_changes_nothing(snapshot)


@given(snapshot=crowded_snapshots())
@_thorough
def test_coincidences_are_met_by_jumps_as_by_steps(snapshot: Snapshot) -> None:
    assert_far_sight_changes_nothing(snapshot)
