"""The engine that jumps: it may look ahead as far as it likes, and plays by the same law."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from scipy import stats

from bingosim import load, simulate
from bingosim.compilation import compile_team
from bingosim.engine.arrays import NO_TRACE, Columns
from bingosim.engine.jump import jump_runs
from bingosim.engine.state import new_jump_state
from bingosim.results import COLUMNS, RunResults, Shape
from tests.random_events import crowded_snapshots, small_snapshots

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

EXAMPLES = Path(__file__).parents[2] / "examples"
FALSE_ALARM = 1e-6
"""Of a whole comparison of two engines, shared by its tests (Bonferroni)."""

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


def smallest_p_value(one: RunResults, other: RunResults) -> tuple[float, int]:
    """Compare two sets of runs in law; return the smallest p value, and of how many tests."""
    pairs = []
    for column in ("tile_completed", "row_opened", "bonus_paid", "points", "last_point"):
        width = getattr(one, column).reshape(len(one), -1).shape[1]
        for i in range(width):
            a = getattr(one, column).reshape(len(one), -1)[:, i].astype(np.int64)
            b = getattr(other, column).reshape(len(other), -1)[:, i].astype(np.int64)
            a, b = np.where(a < 0, 2**40, a), np.where(b < 0, 2**40, b)
            pairs.append(stats.ks_2samp(a, b, method="asymp").pvalue)
    return min(pairs), len(pairs)


def test_an_event_of_real_kind_has_the_law_of_every_attempt() -> None:
    event = load(EXAMPLES / "clan-card-5x5.yaml")
    every = simulate(event, 3_000, "one", engine="attempt", keep=True).results
    jump = simulate(event, 3_000, "two", engine="jump", keep=True).results
    smallest, tests = smallest_p_value(every, jump)
    assert smallest * tests > FALSE_ALARM


def test_the_comparison_tells_an_event_that_is_a_little_slower() -> None:
    """A control: attempts that take 6 % longer are caught by the same comparison."""
    event = load(EXAMPLES / "clan-card-5x5.yaml")
    slower = event.model_copy(
        update={
            "players": tuple(
                player.model_copy(update={"speed": player.speed * 106 / 100})
                for player in event.players
            )
        }
    )
    every = simulate(event, 3_000, "one", engine="attempt", keep=True).results
    jump = simulate(slower, 3_000, "two", engine="jump", keep=True).results
    smallest, tests = smallest_p_value(every, jump)
    assert smallest * tests < FALSE_ALARM
