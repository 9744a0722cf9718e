"""The intervals of differences between two batches: known values, and exact coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, ttest_ind

from bingosim.statistics import (
    Interval,
    Mean,
    difference_of_chances,
    difference_of_means,
    paired_score_interval,
    wilson_interval,
)

if TYPE_CHECKING:
    from fractions import Fraction


@pytest.mark.parametrize(
    ("runs", "up", "down", "least", "most"),
    [
        (100, 0.001, 0.001, 0.95, 1.0),
        (100, 0.01, 0.0, 0.95, 1.0),
        (100, 0.03, 0.01, 0.94, 0.96),
        (300, 0.01, 0.01, 0.95, 0.98),
        (300, 0.2, 0.1, 0.945, 0.955),
        (1_000, 0.001, 0.0, 0.95, 1.0),
        (1_000, 0.05, 0.05, 0.945, 0.955),
        (1_000, 0.4, 0.1, 0.945, 0.955),
    ],
)
def test_pairs_cover_the_truth(
    runs: int, up: float, down: float, least: float, most: float
) -> None:
    """The exact chance, over all numbers of pairs that differ the one way and the other."""
    covered = total = 0.0
    fewest, most_up = (int(binom.ppf(q, runs, up)) for q in (1e-6, 1 - 1e-6))
    for more in range(fewest, most_up + 1):
        left, chance = runs - more, down / (1 - up)
        first, last = (int(binom.ppf(q, left, chance)) for q in (1e-6, 1 - 1e-6))
        for less in range(first, last + 1):
            p = binom.pmf(more, runs, up) * binom.pmf(less, left, chance)
            low, high = paired_score_interval(more - less, more + less, runs)
            covered += p * (low <= up - down <= high)
            total += p
    assert total == pytest.approx(1, abs=1e-4)
    assert least <= covered <= most


@given(st.integers(1, 10**6), st.fractions(-1, 1), st.fractions(0, 1))
def test_the_interval_of_pairs_holds_what_was_found(
    runs: int, mean: Fraction, rest: Fraction
) -> None:
    square = abs(mean) + (1 - abs(mean)) * rest
    low, high = paired_score_interval(runs * mean, runs * square, runs)
    assert -1 <= low <= float(mean) <= high <= 1
    mirrored = paired_score_interval(-runs * mean, runs * square, runs)
    assert (-mirrored.high, -mirrored.low) == pytest.approx((low, high))


def test_of_many_pairs_it_is_students() -> None:
    differences = np.random.default_rng(2).choice([-1, 0, 0, 0, 1, 1], 100_000)
    low, high = paired_score_interval(
        int(differences.sum()), int((differences**2).sum()), len(differences)
    )
    reach = 1.96 * differences.std(ddof=1) / np.sqrt(len(differences))
    assert (low, high) == pytest.approx(
        (differences.mean() - reach, differences.mean() + reach), abs=1e-5
    )


def test_where_no_pair_differs_it_has_a_length_and_of_none_nothing_is_known() -> None:
    low, high = paired_score_interval(0, 0, 100)
    assert -0.03 < low < 0 < high < 0.03
    assert paired_score_interval(0, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(("total", "squares"), [(3, 2), (0, 11), (11, 11), (0, -1)])
def test_sums_that_cannot_be_are_refused(total: int, squares: int) -> None:
    with pytest.raises(ValueError, match="sums of 10 differences"):
        paired_score_interval(total, squares, 10)


def test_newcombes_example_is_met() -> None:
    """His table II: 56/70 against 48/80, method 10."""
    one, other = (wilson_interval(*counts) for counts in ((56, 70), (48, 80)))
    low, high = difference_of_chances(56 / 70, one, 48 / 80, other)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    one, other = (wilson_interval(*counts) for counts in ((10, 10), (0, 10)))
    low, high = difference_of_chances(1.0, one, 0.0, other)
    assert (round(low, 4), round(high, 4)) == (0.6075, 1.0)


def test_welchs_interval_is_scipys() -> None:
    generator = np.random.default_rng(3)
    one, other = generator.normal(5, 2, 40), generator.normal(4, 7, 90)
    expected = ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    means = [Mean(of.mean(), of.std(ddof=1), len(of)) for of in (one, other)]
    low, high = difference_of_means(*means)
    assert (low, high) == pytest.approx((expected.low, expected.high), rel=2e-3)


def test_means_of_runs_that_came_to_the_same_have_no_length_between_them() -> None:
    assert difference_of_means(Mean(5, 0, 2), Mean(3, 0, 9)) == Interval(2, 2)
    with pytest.raises(ValueError, match="at least 2 runs of each"):
        difference_of_means(Mean(5, 0, 1), Mean(3, 0, 9))
