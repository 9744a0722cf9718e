"""Chances from all pairs of runs: equal to the sum over the pairs, unbiased, rightly precise."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.aggregates import find_winners
from bingosim.comparison.crossing import Best, best_of, cross, standing
from bingosim.statistics import student_95

if TYPE_CHECKING:
    from numpy.typing import NDArray

Rng = np.random.Generator
standings = st.lists(st.integers(-3, 6), min_size=1, max_size=12)


@given(standings, st.lists(st.tuples(st.integers(-3, 6), st.integers(1, 3)), min_size=12))
def test_equals_the_sum_over_all_pairs(own: list[int], others: list[tuple[int, int]]) -> None:
    runs = len(own)
    best = Best(
        np.array([number for number, _ in others[:runs]]),
        np.array([among for _, among in others[:runs]]),
    )
    won = np.array(
        [[1.0 if o > b else 1 / (m + 1) if o == b else 0.0 for b, m in others[:runs]] for o in own]
    )
    found = cross(np.array(own), best)
    assert found.chance == pytest.approx(won.mean(), abs=1e-12)
    expected = won.mean(axis=1) + won.mean(axis=0) - 2 * won.mean()
    assert found.influence == pytest.approx(expected, abs=1e-12)
    assert found.influence.mean() == pytest.approx(0, abs=1e-12)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 3)), min_size=6, max_size=6),
    st.integers(1, 4),
)
def test_standings_rank_as_winners_are_found(results: list[tuple[int, int]], teams: int) -> None:
    points = np.array([[p for p, _ in results[:teams]]], dtype=np.int64)
    last = np.array([[s for _, s in results[:teams]]], dtype=np.int32)
    every = [standing(points[:, team], last[:, team]) for team in range(teams)]
    won = find_winners(points, last)[0]
    for team in range(teams):
        best = best_of([one for other, one in enumerate(every) if other != team], 1)
        assert cross(every[team], best).chance == pytest.approx(won[team] / won.sum())


def test_against_nobody_every_run_is_won() -> None:
    found = cross(np.arange(4), best_of([], 4))
    assert found.chance == 1
    assert not found.influence.any()


def test_longest_event_does_not_outweigh_a_point() -> None:
    seconds = np.array([366 * 86_400], dtype=np.int32)
    assert standing(np.array([5]), seconds) > standing(np.array([4]), np.array([-1], np.int32))


def drawn(rng: Rng, runs: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Best]:
    """Return a team's standings under two variants, whose luck is shared in part, and others'."""
    luck = rng.integers(0, 6, runs)
    one, other = luck + rng.integers(0, 6, runs), luck + rng.integers(0, 5, runs)
    return one, other, best_of([rng.integers(0, 11, runs), rng.integers(0, 11, runs)], runs)


def true_chances() -> tuple[float, float]:
    """Return the two chances of `drawn`, counted over all that can come."""
    shares = np.zeros(11)  # of the win at each of a team's sums
    for own, one, other in product(range(11), repeat=3):
        best = max(one, other)
        among = (one == best) + (other == best)
        shares[own] += (own > best) + (own == best) / (among + 1)
    shares /= 121
    first = float(np.mean([shares[a + b] for a, b in product(range(6), range(6))]))
    second = float(np.mean([shares[a + b] for a, b in product(range(6), range(5))]))
    return first, second


def test_interval_of_a_difference_covers_it() -> None:
    # 4,000 intervals of 400 runs: the share that holds the truth has a standard error of 0.34 %;
    # 93.5 to 96.5 % is 4.3 of them, a false alarm in 1e-5.
    rng = np.random.default_rng(20261205)
    truth = true_chances()[0] - true_chances()[1]
    held, narrower = 0, []
    for _ in range(4_000):
        one, other, best = drawn(rng, 400)
        first, second = cross(one, best), cross(other, best)
        influence = first.influence - second.influence
        reach = student_95(399) * influence.std(ddof=1) / 20
        held += abs(first.chance - second.chance - truth) <= reach
        apart = sum(p * (1 - p) for p in (first.chance, second.chance))
        narrower.append(apart / influence.var())
    assert 0.935 <= held / 4_000 <= 0.965
    assert np.median(narrower) > 3  # what sharing the luck is for
