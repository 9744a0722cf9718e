"""The intervals of a win probability and of a mean: known values, and exact coverage."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm, t

from bingosim.statistics import Z_95, mean_interval, student_95, wilson_interval


def test_the_normal_quantile_is_right() -> None:
    assert pytest.approx(float(norm.ppf(0.975)), rel=1e-15) == Z_95


@pytest.mark.parametrize("runs", [1, 2, 10, 100, 1_000, 10_000])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.37, 0.5, 0.99, 1.0])
def test_without_shared_wins_it_is_wilsons_interval(runs: int, part: float) -> None:
    wins = round(part * runs)
    expected = binomtest(wins, runs).proportion_ci(0.95, method="wilson")
    interval = wilson_interval(wins, runs)
    assert interval.low == pytest.approx(expected.low, abs=1e-12)
    assert interval.high == pytest.approx(expected.high, abs=1e-12)


def test_of_no_runs_nothing_is_known() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_never_and_always_reach_the_ends_exactly() -> None:
    assert wilson_interval(0, 123).low == 0.0
    assert wilson_interval(123, 123).high == 1.0
    assert wilson_interval(0, 123).high == pytest.approx(1 - wilson_interval(123, 123).low)


@pytest.mark.parametrize("score", [-1, 11])
def test_a_score_outside_its_range_is_refused(score: int) -> None:
    with pytest.raises(ValueError, match="score from 0 to 10"):
        wilson_interval(score, 10)


@given(st.integers(1, 10**9), st.fractions(0, 1))
def test_the_interval_holds_the_mean_and_stays_between_0_and_1(runs: int, mean: Fraction) -> None:
    low, high = wilson_interval(mean * runs, runs)
    assert 0 <= low <= float(mean) <= high <= 1


@given(st.integers(1, 400))
def test_both_ends_rise_with_the_score(runs: int) -> None:
    intervals = [wilson_interval(Fraction(half, 2), runs) for half in range(2 * runs + 1)]
    assert all(a.low <= b.low and a.high <= b.high for a, b in pairwise(intervals))


def _coverage(p: float, runs: int) -> float:
    """Return the exact chance that the interval of a binomial number of wins holds p."""
    wins = np.arange(runs + 1)
    inside = [low <= p <= high for low, high in (wilson_interval(int(w), runs) for w in wins)]
    return float(binom.pmf(wins, runs, p)[inside].sum())


@pytest.mark.parametrize(
    ("runs", "least", "most"), [(100, 0.92, 0.985), (1_000, 0.94, 0.965), (4_000, 0.945, 0.96)]
)
@pytest.mark.parametrize("p", [0.05, 0.1, 0.25, 1 / 3, 0.5, 0.77, 0.9])
def test_it_covers_the_truth_in_95_percent(p: float, runs: int, least: float, most: float) -> None:
    assert least <= _coverage(p, runs) <= most


def test_on_average_over_all_chances_it_covers_95_percent() -> None:
    mean = np.mean([_coverage(p, 200) for p in np.linspace(0.0025, 0.9975, 400)])
    assert 0.948 <= mean <= 0.956


@pytest.mark.parametrize("always_shared", [0.1, 0.5, 1.0])
def test_with_shared_wins_it_covers_the_truth_more_often(always_shared: float) -> None:
    """Two equal teams: a run is shared with some chance, else won by either; the truth is 1/2."""
    runs = 200
    covered = 0.0
    for shared in range(runs + 1):
        low_high = [
            wilson_interval(Fraction(shared, 2) + wins, runs) for wins in range(runs - shared + 1)
        ]
        inside = [low <= 0.5 <= high for low, high in low_high]
        pmf = binom.pmf(np.arange(runs - shared + 1), runs - shared, 0.5)
        covered += float(binom.pmf(shared, runs, always_shared)) * float(pmf[inside].sum())
    assert 0.945 <= covered <= 1 + 1e-9


# The interval of a mean


@pytest.mark.parametrize(
    ("freedom", "error"),
    [(1, 1e-15), (4, 1e-15), (5, 2e-3), (10, 1e-4), (20, 1e-5), (100, 1e-8), (10**8, 1e-14)],
)
def test_students_point_is_as_right_as_is_said(freedom: int, error: float) -> None:
    assert student_95(freedom) == pytest.approx(float(t.ppf(0.975, freedom)), rel=error, abs=0)


def test_the_interval_of_a_mean_is_students() -> None:
    assert mean_interval(10.0, 3.0, 36) == pytest.approx(t.interval(0.95, 35, 10.0, 0.5), rel=1e-6)
    assert mean_interval(10.0, 0.0, 36) == (10.0, 10.0)


@pytest.mark.parametrize("runs", [0, 1])
def test_one_run_alone_gives_a_mean_no_interval(runs: int) -> None:
    with pytest.raises(ValueError, match="at least 2 runs"):
        mean_interval(10.0, 0.0, runs)
