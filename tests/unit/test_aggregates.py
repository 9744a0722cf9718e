"""Aggregates: against a naive count in plain Python, merged in any order, bit for bit."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.aggregates import MOST_RUNS, Aggregates, count_wins, merge, most_runs
from bingosim.event.fields import LONGEST_EVENT_S
from bingosim.histograms import BIN_WIDTHS, MOST_BINS, Tally, Times, bin_width, quantile_rank
from bingosim.results import RunResults, Shape, concatenate
from tests.unit.result_fakes import array_of, fake_results, run_results, shapes, small_snapshot

if TYPE_CHECKING:
    import random

DURATION = 9_000
SHAPE = Shape(team_sizes=(2, 1), rows=2, tiles=3, bonuses=1)

several_results = shapes().flatmap(
    lambda shape: st.lists(run_results(shape), min_size=1, max_size=5)
)


def fold(results: RunResults, duration: int = DURATION) -> Aggregates:
    aggregates = Aggregates.empty(results.shape, duration)
    aggregates.add(results)
    return aggregates


# -- a naive twin of the fold ------------------------------------------------------------------


def naive_winners(points: list[int], last: list[int]) -> list[int]:
    """Read the rule: most points; then who reached them first; then all of them."""
    best = max(points)
    leaders = [team for team, p in enumerate(points) if p == best]
    reached = {team: 0 if last[team] == -1 else last[team] for team in leaders}
    return [team for team in leaders if reached[team] == min(reached.values())]


def naive(results: RunResults, duration: int) -> dict[str, Any]:
    """Count with loops, counters and Python's integers only."""
    shape, width = results.shape, bin_width(duration)
    wins: Counter[tuple[int, int]] = Counter()
    tallies = {
        name: [Counter(column[:, team].tolist()) for team in range(shape.teams)]
        for name in ("points", "tiles_completed", "rows_open")
        for column in [getattr(results, name)]
    }
    bins: dict[str, Counter[tuple[int, int, int]]] = {"rows": Counter(), "tiles": Counter()}
    seconds: dict[str, dict[tuple[int, int], list[int]]] = {"rows": {}, "tiles": {}}
    bonuses: Counter[tuple[int, int]] = Counter()
    for run in range(len(results)):
        winners = naive_winners(results.points[run].tolist(), results.last_point[run].tolist())
        for team in winners:
            wins[team, len(winners)] += 1
        for team in range(shape.teams):
            for name, column in (("rows", results.row_opened), ("tiles", results.tile_completed)):
                for thing, second in enumerate(column[run, team].tolist()):
                    if second != -1:
                        bins[name][team, thing, second // width] += 1
                        seconds[name].setdefault((team, thing), []).append(second)
            for bonus, second in enumerate(results.bonus_paid[run, team].tolist()):
                bonuses[team, bonus] += second != -1
    return {"wins": wins, "tallies": tallies, "bins": bins, "seconds": seconds, "bonuses": bonuses}


def counted(array: np.ndarray[Any, Any]) -> dict[tuple[int, ...], int]:
    return {tuple(map(int, at)): int(array[tuple(at)]) for at in np.argwhere(array)}


@given(shapes().flatmap(run_results), st.sampled_from([9_000, 36_000, 777_600]))
def test_the_fold_counts_what_the_naive_one_counts(results: RunResults, duration: int) -> None:
    aggregates, expected = fold(results, duration), naive(results, duration)
    assert aggregates.runs == len(results)
    assert {(team, k + 1): n for (team, k), n in counted(aggregates.wins).items()} == expected[
        "wins"
    ]
    for name, tallies in expected["tallies"].items():
        assert [dict(tally.items()) for tally in getattr(aggregates, name)] == tallies
    for name in ("rows", "tiles"):
        times: Times = getattr(aggregates, name)
        assert counted(times.bins) == expected["bins"][name]
        sums = {at: sum(seconds) for at, seconds in expected["seconds"][name].items()}
        assert counted(times.seconds) == {at: n for at, n in sums.items() if n}
        assert np.array_equal(times.count, times.bins.sum(axis=2))
        for at, seconds in expected["seconds"][name].items():
            assert (times.earliest[at], times.latest[at]) == (min(seconds), max(seconds))
    assert counted(aggregates.bonuses) == {at: n for at, n in expected["bonuses"].items() if n}
    assert np.array_equal(aggregates.units, results.units)
    assert np.array_equal(aggregates.credited, results.credited)


# -- merging -----------------------------------------------------------------------------------


@given(several_results)
def test_merging_parts_is_folding_the_whole(parts: list[RunResults]) -> None:
    merged = reduce(merge, map(fold, parts))
    assert merged == fold(concatenate(parts))
    in_place = Aggregates.empty(parts[0].shape, DURATION)
    for part in parts:
        in_place.add(part)
    assert merged == in_place


@given(several_results, st.randoms(use_true_random=False))
def test_order_and_grouping_change_no_bit(parts: list[RunResults], rng: random.Random) -> None:
    forest = [fold(part) for part in parts]
    expected = reduce(merge, forest)
    while len(forest) > 1:
        one = forest.pop(rng.randrange(len(forest)))
        other = forest.pop(rng.randrange(len(forest)))
        forest.insert(rng.randrange(len(forest) + 1), merge(one, other))
    assert forest[0] == expected
    for tally, twin in zip(forest[0].points, expected.points, strict=True):
        assert tally.values.tobytes() == twin.values.tobytes()
        assert tally.counts.tobytes() == twin.counts.tobytes()


@given(shapes().flatmap(run_results))
def test_merging_with_nothing_changes_nothing(results: RunResults) -> None:
    aggregates = fold(results)
    nothing = Aggregates.empty(results.shape, DURATION)
    assert merge(aggregates, nothing) == merge(nothing, aggregates) == aggregates


def test_merging_leaves_both_as_they_were() -> None:
    one, other = fold(fake_results(SHAPE, 5, 1)), fold(fake_results(SHAPE, 5, 2))
    merge(one, other).add(fake_results(SHAPE, 3, 3))
    assert one == fold(fake_results(SHAPE, 5, 1))
    assert other == fold(fake_results(SHAPE, 5, 2))


@pytest.mark.parametrize(
    "name", ["points", "tiles_completed", "rows_open", "row_opened", "tile_completed", "credited"]
)
def test_one_more_of_anything_makes_a_difference(name: str) -> None:
    changed = fake_results(SHAPE, 5, 1)
    array_of(changed, name)[...] += 1
    assert fold(changed) != fold(fake_results(SHAPE, 5, 1))


def test_different_events_cannot_be_mixed() -> None:
    other = Shape(team_sizes=(2, 1), rows=2, tiles=4, bonuses=1)
    with pytest.raises(ValueError, match="other dimensions"):
        fold(fake_results(SHAPE, 1, 1)).add(fake_results(other, 1, 1))
    with pytest.raises(ValueError, match="other dimensions"):
        merge(fold(fake_results(SHAPE, 1, 1)), fold(fake_results(other, 1, 1)))
    with pytest.raises(ValueError, match="other dimensions"):
        merge(fold(fake_results(SHAPE, 1, 1)), fold(fake_results(SHAPE, 1, 1), duration=9_001))


# -- winners -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "last", "scores"),
    [
        ((3, 2, 1), (50, 10, 10), (1, 0, 0)),
        ((3, 3, 1), (50, 49, 10), (0, 1, 0)),
        ((3, 3, 1), (50, 50, 10), (Fraction(1, 2), Fraction(1, 2), 0)),
        ((0, 0, 0), (-1, -1, -1), (Fraction(1, 3),) * 3),
        ((0, 0, 0), (-1, 0, -1), (Fraction(1, 3),) * 3),
        ((5, 5, 5), (7, 0, 7), (0, 1, 0)),
    ],
)
def test_the_winner_has_most_points_soonest(
    points: tuple[int, ...], last: tuple[int, ...], scores: tuple[Fraction, ...]
) -> None:
    results = RunResults.empty([0], Shape(team_sizes=(1, 1, 1), rows=1, tiles=1, bonuses=0))
    results.points[0] = points
    results.last_point[0] = last
    aggregates = fold(results)
    assert aggregates.win_scores == scores
    shared = sum(score > 0 for score in scores) > 1
    assert aggregates.shared_wins == tuple(int(shared and score > 0) for score in scores)


@given(shapes().flatmap(run_results))
def test_the_scores_of_all_teams_are_the_runs(results: RunResults) -> None:
    assert sum(fold(results).win_scores) == len(results)


def test_no_runs_have_no_winner() -> None:
    wins = count_wins(np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int32))
    assert wins.tolist() == [[0, 0], [0, 0]]


# -- bounds and bins ---------------------------------------------------------------------------


def test_the_width_of_a_bin_is_the_smallest_that_gives_few_enough() -> None:
    assert list(BIN_WIDTHS) == sorted(BIN_WIDTHS)
    assert bin_width(1) == bin_width(4_095) == 1
    assert bin_width(4_096) == 2
    assert bin_width(9 * 86_400) == 300
    for duration in (1, 100, 4_096, 86_400, 777_600, LONGEST_EVENT_S):
        bins = duration // bin_width(duration) + 1
        assert bins <= MOST_BINS
        smaller = [width for width in BIN_WIDTHS if width < bin_width(duration)]
        assert all(duration // width + 1 > MOST_BINS for width in smaller)


def test_the_last_second_of_an_event_has_a_bin() -> None:
    times = Times.empty(1, 1, LONGEST_EVENT_S)
    times.add(np.full((1, 1, 1), LONGEST_EVENT_S, dtype=np.int32))
    assert times.bins[0, 0, -1] == 1


def test_what_happens_after_the_end_is_refused() -> None:
    times = Times.empty(2, 1, 100)
    with pytest.raises(ValueError, match="after the end"):
        times.add(np.full((1, 2, 1), 101, dtype=np.int32))


def test_sums_stay_inside_64_bits() -> None:
    assert MOST_RUNS < 2**30
    assert LONGEST_EVENT_S < 2**25
    assert most_runs(small_snapshot()) == MOST_RUNS
    rows = small_snapshot().board.rows
    huge = [[{**tile.model_dump(by_alias=True), "need": 10**12} for tile in row] for row in rows]
    big = small_snapshot(board={"kind": "grid", "rows": huge})
    assert most_runs(big) * 10**12 < 2**63 <= (most_runs(big) + 1) * 10**12


# -- what is read off --------------------------------------------------------------------------

numbers = st.lists(st.integers(-50, 10**9), min_size=1, max_size=60)


@given(numbers)
def test_a_tally_knows_mean_spread_and_quantiles_exactly(values: list[int]) -> None:
    tally = Tally.of(np.array(values, dtype=np.int64))
    assert tally.count == len(values)
    assert tally.mean == fmean(map(Fraction, values)) == pytest.approx(fmean(values))
    assert tally.sd == pytest.approx(stdev(values) if len(values) > 1 else 0.0, rel=1e-12)
    for percent in (5, 50, 95, 100):
        expected = np.percentile(values, percent, method="inverted_cdf")
        assert tally.quantile(percent) == expected


@given(st.integers(1, 10**9), st.integers(1, 100))
def test_a_rank_is_the_least_that_reaches_the_part(count: int, percent: int) -> None:
    rank = quantile_rank(count, percent)
    assert 1 <= rank <= count
    assert 100 * rank >= count * percent
    assert rank == 1 or 100 * (rank - 1) < count * percent


@given(st.lists(st.integers(0, 3_600), min_size=1, max_size=80), st.sampled_from([3_600, 86_400]))
def test_quantiles_of_times_are_exact_to_their_bin(seconds: list[int], duration: int) -> None:
    times = Times.empty(1, 1, duration)
    times.add(np.array(seconds, dtype=np.int32).reshape(-1, 1, 1))
    quantiles = [times.quantile(0, 0, percent) for percent in range(1, 101)]
    assert all(a is not None and b is not None and a <= b for a, b in pairwise(quantiles))
    for percent, quantile in enumerate(quantiles, start=1):
        exact = sorted(seconds)[quantile_rank(len(seconds), percent) - 1]
        assert quantile is not None
        assert quantile // times.width == exact // times.width
        if times.width == 1:
            assert quantile == exact
    assert times.mean(0, 0) == pytest.approx(fmean(seconds))


def test_seconds_inside_a_bin_are_taken_as_evenly_spread() -> None:
    times = Times.empty(1, 1, 9 * 86_400)
    times.add(np.array([601, 899, 899], dtype=np.int32).reshape(-1, 1, 1))
    assert [times.quantile(0, 0, percent) for percent in (10, 50, 90)] == [649, 749, 849]


def test_what_always_happens_at_one_second_has_exact_quantiles() -> None:
    times = Times.empty(1, 1, 9 * 86_400)
    times.add(np.full((3, 1, 1), 700, dtype=np.int32))
    assert [times.quantile(0, 0, percent) for percent in (10, 50, 90)] == [700, 700, 700]


def test_what_never_happened_has_no_time() -> None:
    times = Times.empty(1, 1, 100)
    times.add(np.full((4, 1, 1), -1, dtype=np.int32))
    assert times.mean(0, 0) is None
    assert times.quantile(0, 0, 50) is None
