"""When an order is settled: seldom wrongly, however often it is looked; and when to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import norm

from bingosim.comparison.judging import ERROR, Judge, Match
from bingosim.comparison.played import Solo
from bingosim.results import RunResults, Shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LOOKS = (200, 400, 800)


def solo(standing: ArrayLike) -> Solo:
    """Return a team that came to these standings; points are what they are without seconds."""

    def play(runs: NDArray[np.int64]) -> RunResults:
        return RunResults.empty(runs, Shape((1,), 1, 1, 0))

    numbers = np.array(standing, dtype=np.int64)
    return Solo(play, points=numbers, standing=numbers)


def test_error_is_divided_among_differences_and_looks() -> None:
    judge = Judge.of(0.5, differences=15, looks=19)
    exact = norm.isf(ERROR / 2 / (15 * 19))
    assert exact <= judge.z <= exact + 0.001


def test_equal_variants_are_seldom_told_apart() -> None:
    # Three variants of one law and their own luck, looked at three times. The bound is 5 % of the
    # 1,500 trials; by Bonferroni it is kept with room: 100 would be 2.9 standard errors above 75.
    rng = np.random.default_rng(7)
    judge = Judge.of(0.5, differences=3, looks=len(LOOKS))
    wrong = 0
    for _ in range(1_500):
        others = (solo(rng.integers(0, 100, LOOKS[-1])),)
        matches = [Match(solo(rng.integers(0, 100, LOOKS[-1])), others) for _ in range(3)]
        wrong += any(
            found.settled
            for runs in LOOKS
            for found in judge.compare("Red", matches, runs).differences
        )
    assert wrong <= 100


def test_what_differs_is_told_apart() -> None:
    rng = np.random.default_rng(8)
    judge = Judge.of(0.5, differences=1, looks=len(LOOKS))
    others = (solo(rng.integers(0, 100, 800)),)
    better, worse = (solo(rng.integers(0, 100, 800) + more) for more in (20, 0))
    found = judge.compare("Red", [Match(worse, others), Match(better, others)], 800)
    assert [entry.variant for entry in found.ranking] == [1, 0]
    (step,) = found.steps
    assert step.settled
    assert (step.better, step.worse) == (1, 0)
    assert step.win.value == pytest.approx(0.18, abs=0.06)  # 0.68 against 0.5
    assert step.points.value == pytest.approx(20, abs=6)


def test_equal_runs_are_no_difference_and_no_reason_to_go_on() -> None:
    judge = Judge.of(0.5, differences=1, looks=1)
    own, others = solo(range(100)), (solo(range(100)),)
    found = judge.compare("Red", [Match(own, others), Match(own, others)], 100)
    (step,) = found.steps
    assert step.win == (0, 0)
    assert step.saved is None
    assert not step.settled
    assert judge.is_done(found)


def test_goes_on_while_neighbours_may_be_told_apart() -> None:
    rng = np.random.default_rng(9)
    luck = rng.integers(0, 1_000, 20_000)
    others = (solo(rng.integers(0, 1_000, 20_000)),)
    one, other = solo(luck), solo(luck + rng.integers(-250, 251, 20_000))
    found = Judge.of(0.5, 1, 1).compare("Red", [Match(one, others), Match(other, others)], 20_000)
    (step,) = found.steps
    assert not step.settled
    points = 100 * step.win.margin
    assert not Judge(points=1.5 * points, z=4).is_done(found)
    assert Judge(points=2.1 * points, z=4).is_done(found)
    assert not Judge(points=0.9 * points, z=0.0).is_done(found)
