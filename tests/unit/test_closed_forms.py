"""Where the answer is known in closed form, an engine hits it.

What is certain is compared exactly. What is random is compared with its exact law by tests that
raise a false alarm with chance `FALSE_ALARM`; the seed is fixed, so that a test which passes once
passes always.
"""

from __future__ import annotations

from itertools import combinations
from math import ceil, comb, exp, floor
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest
from scipy import stats

from bingosim.event.file import read_event
from bingosim.event.snapshot import make_snapshot
from bingosim.simulation import Simulation, simulate
from tests.builders import (
    activity,
    grid,
    line,
    player,
    players,
    rows,
    snapshot,
    source,
    team,
    tile,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults

ENGINES = ("attempt", "jump")

FALSE_ALARM = 1e-6
"""Chance that a statistical test fails though all is right, had its seed been drawn at random."""

RUNS = 50_000
NEVER = -1

Law = dict[int, float]
"""Value -> chance; seconds of a completion, NEVER among them, or counts."""


class Play(Protocol):
    """Play a snapshot with the engine that is tested."""

    def __call__(self, event: Snapshot, runs: int = RUNS) -> RunResults: ...


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def play(engine: str) -> Play:
    def play(event: Snapshot, runs: int = RUNS) -> RunResults:
        return played(engine, event, runs).results

    return play


def played(engine: str, event: Snapshot, runs: int) -> Simulation:
    return simulate(event, runs, "closed forms", engine=engine, keep=True)


endless = tile("endless", 1, 10**9)


def units_of(results: RunResults, number: int = 0) -> list[int]:
    """Return the units that each player gave to a tile, over all runs."""
    return [int(units) for units in results.units[:, number]]


def seconds_of(results: RunResults, number: int = 0) -> NDArray[np.int32]:
    """Return the second of a tile's completion by the first team, run by run."""
    return results.tile_completed[:, 0, number]


# Exact tests of laws


def assert_chance(hits: int, trials: int, chance: float) -> None:
    assert stats.binomtest(hits, trials, chance).pvalue > FALSE_ALARM


def assert_law(values: NDArray[np.integer[Any]], law: Mapping[int, float]) -> None:
    """Compare a sample with a discrete law: its support, and two tests that share the false alarm.

    Chi-square over the values, neighbours pooled until 25 are expected; and the greatest distance
    of the distribution functions by Massart's bound P(distance > d) <= 2 exp(-2 n d^2), which
    holds for every law and every n.
    """
    observed = dict(zip(*(part.tolist() for part in np.unique_counts(values)), strict=True))
    assert sum(law.values()) == pytest.approx(1, abs=1e-9)
    assert observed.keys() <= {value for value, chance in law.items() if chance > 0}
    total = values.size
    counts, expected = pooled(observed, law, total)
    if len(counts) > 1:
        scaled = np.array(expected) * total / sum(expected)
        assert stats.chisquare(counts, scaled).pvalue > FALSE_ALARM / 2
    order = sorted(law)
    distance = np.cumsum([observed.get(value, 0) / total - law[value] for value in order])
    assert 2 * exp(-2 * total * float(np.abs(distance).max()) ** 2) > FALSE_ALARM / 2


def pooled(
    observed: Mapping[int, int], law: Mapping[int, float], total: int
) -> tuple[list[int], list[float]]:
    """Return counts observed and expected of cells of neighbouring values."""
    counts, expected = [0], [0.0]
    for value in sorted(law):
        if expected[-1] >= 25:
            counts.append(0)
            expected.append(0.0)
        counts[-1] += observed.get(value, 0)
        expected[-1] += law[value] * total
    if len(counts) > 1 and expected[-1] < 25:
        counts[-2:] = [counts[-2] + counts[-1]]
        expected[-2:] = [expected[-2] + expected[-1]]
    return counts, expected


# Exact laws


def binomial(trials: int, chance: float) -> NDArray[np.float64]:
    """Return the chances of 0, 1, ... successes."""
    return np.array(stats.binom.pmf(np.arange(trials + 1), trials, chance))


def convolved(*laws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the law of a sum of independent counts."""
    total = np.ones(1)
    for law in laws:
        total = np.convolve(total, law)
    return total


def attempts_until(
    per_attempt: NDArray[np.float64], need: int, attempts: int
) -> NDArray[np.float64]:
    """Return the chance that the need is first met by attempt 0, 1, ..., and then of never.

    Args:
        per_attempt: Chances that one attempt gives 0, 1, ... units.
        need: Units; by dynamic programming over the units still missing.
        attempts: How many fit.
    """
    missing = np.zeros(need)  # by units so far; those who have met the need have left
    missing[0] = 1
    met = [0.0]
    for _ in range(attempts):
        after = np.convolve(missing, per_attempt)
        missing = after[:need]
        met.append(float(after[need:].sum()))
    return np.array([*met, missing.sum()])


def at_seconds(chances: NDArray[np.float64], seconds: int) -> Law:
    """Return the law of the second, where every attempt takes that long."""
    law = {number * seconds: float(chance) for number, chance in enumerate(chances[:-1]) if number}
    return {**law, NEVER: float(chances[-1])}


def completion_law(
    per_attempt: NDArray[np.float64], need: int, attempts: int, seconds: int = 60
) -> Law:
    """Return the law of a tile's completion under attempts of fixed length."""
    return at_seconds(attempts_until(per_attempt, need, attempts), seconds)


def random_time_law(
    one: NDArray[np.float64],
    per_attempt: NDArray[np.float64],
    need: int,
    duration: int,
    expected: int,
) -> Law:
    """Return the law of a completion where an attempt takes s seconds with chance `one[s]`.

    One is started only as long as the expected seconds are left; it counts if it ends in time.
    """
    shortest = int(np.flatnonzero(one)[0])
    chances = attempts_until(per_attempt, need, duration // shortest)
    ended = np.ones(1)  # by second
    ends = np.zeros(duration + 1)
    for chance in chances[1:-1]:
        ended = np.convolve(ended[: duration - expected + 1], one)[: duration + 1]
        ends[: ended.size] += chance * ended
    law = {second: float(chance) for second, chance in enumerate(ends) if chance > 0}
    return {**law, NEVER: 1 - sum(law.values())}


def uniform_time(low: int, high: int) -> NDArray[np.float64]:
    law = np.zeros(high + 1)
    law[low:] = 1 / (high - low + 1)
    return law


def normal_time(seconds: int, spread: float) -> NDArray[np.float64]:
    """Return the law of max(1, round(normal)), from differences of the distribution function."""
    highest = ceil(seconds + 9 * spread)
    edges = stats.norm.cdf((np.arange(highest + 2) - 0.5 - seconds) / spread)
    law = np.diff(edges)
    law[1] += edges[0] + law[0]
    law[0] = 0
    return np.array(law)


def stretched(law: NDArray[np.float64], multiplier: float) -> NDArray[np.float64]:
    """Return the law of max(1, floor(s * multiplier)); the multiplier is exact in binary."""
    result = np.zeros(max(2, floor((law.size - 1) * multiplier) + 1))
    for second, chance in enumerate(law):
        result[max(1, floor(second * multiplier)) if second else 0] += chance
    return result


def test_these_tests_see_an_engine_that_is_one_attempt_off() -> None:
    values = np.random.default_rng(1).geometric(1 / 10, RUNS) * 60
    values[values > 20 * 60] = NEVER
    right, one_more = (completion_law(binomial(1, 1 / 10), 1, n) for n in (20, 21))
    assert_law(values, right)
    with pytest.raises(AssertionError):
        assert_law(values, one_more)
    shifted = {second + 60 if second != NEVER else second: p for second, p in right.items()}
    with pytest.raises(AssertionError):
        assert_law(values, shifted)
    with pytest.raises(AssertionError):
        assert_law(values, completion_law(binomial(1, 1 / 10.5), 1, 20))


# Chance 1: exactly as many attempts as fit, never one more or fewer


@pytest.mark.parametrize("seconds", [2, 7, 60])
@pytest.mark.parametrize("attempts", [1, 2, 50])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_as_many_attempts_as_fit_into_the_event(
    play: Play, seconds: int, attempts: int, off: int
) -> None:
    fit = attempts - (off < 0)
    duration = seconds * attempts + off

    def completed(need: int) -> int:
        event = snapshot(grid(tile(need=need)), activity(seconds=seconds), duration=duration)
        return int(seconds_of(play(event, 1))[0])

    endlessly = snapshot(grid(endless), activity(seconds=seconds), duration=duration)
    assert units_of(play(endlessly, 3)) == [3 * fit]
    if fit:
        assert completed(fit) == fit * seconds
    assert completed(fit + 1) == NEVER


@pytest.mark.parametrize(
    ("speed", "speeds", "seconds", "expected"),
    [
        (1, {}, 7, 7),
        ("1.35", {}, 9, 10),  # 9.45
        ("0.99", {}, 6, 7),  # 6.93
        ("0.1", {}, 1, 1),  # 0.7: never below 1
        ("1.35", {"boss": 2}, 14, 14),
        ("1.35", {"other": 2}, 9, 10),
    ],
)
def test_as_many_attempts_as_fit_at_a_speed(
    play: Play, speed: str, speeds: dict[str, str], seconds: int, expected: int
) -> None:
    """The fiftieth is started if what it is expected to take is left of the event."""
    who = player(speed=speed, speeds=speeds)
    enough = 49 * seconds + expected
    for duration, fit in ((enough - 1, 49), (enough, 50)):
        event = snapshot(grid(endless), activity(seconds=7), teams=[team(who)], duration=duration)
        assert units_of(play(event, 1)) == [fit]


def test_the_product_of_all_multipliers_is_exact(play: Play) -> None:
    """60 x 1.5 x 0.7 is 63; in doubles it is less."""
    board = grid(tile("a", 1, 10**6, source(modifiers=[{"has": "cap", "time": "0.7"}])))
    who = player(speed="1.5", has=["cap"])
    for duration, fit in ((630, 10), (629, 9)):
        event = snapshot(board, teams=[team(who)], duration=duration)
        assert units_of(play(event, 1)) == [fit]


@pytest.mark.parametrize(
    ("sessions", "fit"),
    [
        ([(0, 59)], 0),
        ([(0, 60)], 1),
        ([(0, 150), (200, 320), (400, 459)], 4),
        ([(0, 60), (60, 120)], 2),  # two sessions that touch
        ([(0, 90), (90, 180)], 2),  # 30 seconds are left over twice
        ([(3541, 3600)], 0),
        ([(3540, 3600)], 1),
    ],
)
def test_as_many_attempts_as_fit_into_the_sessions(
    play: Play, sessions: list[tuple[int, int]], fit: int
) -> None:
    event = snapshot(grid(endless), teams=[team(player(sessions=sessions))])
    assert units_of(play(event, 1)) == [fit]


@pytest.mark.parametrize(("length", "fit"), [(9, 0), (10, 1), (18, 1), (19, 2)])
def test_what_is_expected_must_fit_not_what_happens(play: Play, length: int, fit: int) -> None:
    """An attempt takes 9 seconds, but 9.45 are expected: a session of 9 has no room for it."""
    who = player(speed="1.35", sessions=[(0, length)])
    event = snapshot(grid(endless), activity(seconds=7), teams=[team(who)], duration=100)
    assert units_of(play(event, 1)) == [fit]


def group(solo: bool = False, **sizes: int) -> dict[str, Any]:
    """A group of two or more with a wait of 100 seconds."""
    return {"solo": solo, "min": 1 if solo else 2, "max_wait": 100, **sizes}


@pytest.mark.parametrize(("per", "units"), [("player", 3 * 60), ("group", 60)])
def test_a_group_makes_as_many_attempts_as_fit(play: Play, per: str, units: int) -> None:
    boss = activity(loot=[line(per=per)], group=group(want=3, max=3))
    event = snapshot(grid(endless), boss, teams=[team(*players(3))])
    assert sum(units_of(play(event, 1))) == units
    slow = [player("p0"), player("p1", speed=2), player("p2")]
    event = snapshot(grid(endless), boss, teams=[team(*slow)])
    assert sum(units_of(play(event, 1))) == units // 2  # the slowest member sets the pace


def test_who_waits_for_a_group_loses_the_wait_and_no_more(play: Play) -> None:
    """A solo who wants company waits 100 seconds once, then plays alone without waiting again."""
    event = snapshot(grid(endless), activity(group=group(solo=True, want=2, max=2)))
    assert units_of(play(event, 1)) == [(3600 - 100) // 60]


def test_a_returning_player_joins_the_group_at_its_next_end(play: Play) -> None:
    """Two play on from 0 to 600; the third is there for four of these ten attempts.

    They come at 0 and at 310, and join at 360; an attempt that begins at 120 or 480 is over at 180
    or 540: the last that fits their sessions.
    """
    third = player("cid", sessions=[(0, 190), (310, 545)])
    boss = activity(group=group(want=2, max=3))
    event = snapshot(grid(endless), boss, teams=[team(*players(2), third)], duration=600)
    assert units_of(play(event, 1)) == [10, 10, 3 + 3]


EVENT = """
bingosim: 1
event: {{name: Clocks, start: {start}, timezone: {zone}, duration: 1d}}
board:
  kind: grid
  rows: [[{{key: all, points: 1, need: 9999, from: [{{activity: own.mine, accepts: [ore]}}]}}]]
activities:
  - {{key: own.mine, time: {{seconds: 3600}}, loot: [{{drops: [{{chance: 1, gives: ore}}]}}]}}
players: [{{name: Ann, plays: ["{plays}"]}}, {{name: Bob}}]
teams: [{{name: Reds, players: [Ann, Bob]}}]
"""


@pytest.mark.parametrize(
    ("start", "zone", "plays", "hours"),
    [
        # The clocks go forward on Sunday at 1:00: the day ends at 13:00 by the clock.
        ("2026-03-28T12:00", "Europe/London", "sun 10:00 8h", 3),
        ("2026-03-28T12:00", "Europe/London", "sun 12:00 8h", 1),
        ("2026-03-28T12:00", "Europe/London", "sat 23:00 4h", 4),
        ("2026-03-28T12:00", "Europe/London", "sun 1:30 90m", 1),  # 2:30 in fact
        ("2026-03-28T12:00", "Europe/London", "sun 0:00 3h", 3),
        ("2026-03-28T12:00", "Europe/London", "sun 0:00 1h, sun 2:00 1h", 2),  # they touch
        # The clocks go back on Sunday at 2:00: the day ends at 11:00 by the clock.
        ("2026-10-24T12:00", "Europe/London", "sun 10:00 8h", 1),
        ("2026-10-24T12:00", "Europe/London", "sun 11:00 8h", 0),
        ("2026-10-24T12:00", "Europe/London", "sat 23:00 4h", 4),
        ("2026-10-24T12:00", "Europe/London", "sun 1:30 1h", 1),  # the first of the two
        ("2026-10-24T12:00", "Europe/London", "sun 0:00 1d", 12),
        # Half an hour, forward on Sunday at 2:00.
        ("2026-10-03T12:00", "Australia/Lord_Howe", "sun 10:00 8h", 2),
    ],
)
def test_summer_time_changes_how_many_attempts_fit(
    play: Play, start: str, zone: str, plays: str, hours: int
) -> None:
    text = EVENT.format(start=start, zone=zone, plays=plays.replace(", ", '", "'))
    event = make_snapshot(read_event(text).event)
    assert units_of(play(event, 1)) == [hours, 24]


# One player, one tile


@pytest.mark.parametrize(
    ("chance", "attempts"), [("1/2", 1), ("1/40", 30), ("1/512", 300), ("31/192", 3), ("0.95", 2)]
)
def test_chance_of_a_drop_within_n_attempts(play: Play, chance: str, attempts: int) -> None:
    """P = 1 - (1 - p)^n."""
    event = snapshot(grid(tile()), activity(loot=[line(chance)]), duration=60 * attempts)
    results = play(event)
    p = float(event.activities[0].loot[0].drops[0].chance)
    assert_chance(int(results.tiles_completed.sum()), RUNS, 1 - (1 - p) ** attempts)
    assert_law(seconds_of(results), completion_law(binomial(1, p), 1, attempts))


@pytest.mark.parametrize(("need", "p", "attempts"), [(2, 1 / 4, 12), (5, 1 / 3, 30), (3, 0.9, 5)])
def test_the_attempt_that_meets_the_need_is_negative_binomial(
    play: Play, need: int, p: float, attempts: int
) -> None:
    event = snapshot(grid(tile(need=need)), activity(loot=[line(str(p))]), duration=60 * attempts)
    law = {60 * n: float(stats.nbinom.pmf(n - need, need, p)) for n in range(need, attempts + 1)}
    assert_law(seconds_of(play(event)), {**law, NEVER: 1 - sum(law.values())})


def test_units_of_a_tile_that_is_never_done_are_binomial(play: Play) -> None:
    event = snapshot(grid(endless), activity(loot=[line("1/7")]), duration=600)
    assert_chance(units_of(play(event))[0], 10 * RUNS, 1 / 7)


def test_several_rolls(play: Play) -> None:
    event = snapshot(grid(tile(need=4)), activity(loot=[line("1/10", rolls=3)]), duration=1200)
    assert_law(seconds_of(play(event)), completion_law(binomial(3, 1 / 10), 4, 20))


def test_two_loot_lines(play: Play) -> None:
    loot = [line("1/8", {"item": 2}), line("1/5", rolls=2)]
    event = snapshot(grid(tile(need=5)), activity(loot=loot), duration=1200)
    twos = np.array([7 / 8, 0, 1 / 8])
    assert_law(seconds_of(play(event)), completion_law(convolved(twos, binomial(2, 1 / 5)), 5, 20))


def test_outcomes_of_a_roll_exclude_each_other(play: Play) -> None:
    drops = [
        {"chance": "1/4", "gives": "item"},
        {"chance": "1/3", "gives": "junk"},
        {"chance": "1/6", "gives": {"item": 3}},
    ]
    event = snapshot(grid(tile(need=7)), activity(loot=[{"drops": drops}]), duration=900)
    per_attempt = np.array([7 / 12, 1 / 4, 0, 1 / 6])
    assert_law(seconds_of(play(event)), completion_law(per_attempt, 7, 15))


@pytest.mark.parametrize(("low", "high", "need"), [(1, 2, 7), (50, 100, 1000), (3, 9, 40)])
def test_a_variable_quantity(play: Play, low: int, high: int, need: int) -> None:
    event = snapshot(
        grid(tile(need=need)),
        activity(loot=[line("1/2", {"item": f"{low}-{high}"})]),
        duration=1500,
    )
    per_attempt = uniform_time(low, high) / 2
    per_attempt[0] = 1 / 2
    assert_law(seconds_of(play(event)), completion_law(per_attempt, need, 25))


def test_drops_of_different_worth(play: Play) -> None:
    """One piece, or 1500 shards, or what comes first."""
    drops = [
        {"chance": "1/40", "gives": "piece"},
        {"chance": "1/3", "gives": {"shard": "50-100"}},
    ]
    board = grid(tile("a", 1, 1500, source("boss", {"piece": 1500, "shard": 2})))
    event = snapshot(board, activity(loot=[{"drops": drops}]), duration=2400)
    per_attempt = np.zeros(1501)
    per_attempt[100:201:2] = 1 / 3 / 51
    per_attempt[1500] = 1 / 40
    per_attempt[0] = 1 - per_attempt.sum()
    assert_law(seconds_of(play(event)), completion_law(per_attempt, 1500, 40))


@pytest.mark.parametrize(("need", "each"), [(3, 1), (2, 1), (5, 2), (4, 3)])
def test_a_set_of_different_drops(play: Play, need: int, each: int) -> None:
    """Each attempt drops one of three keys or nothing; a key counts `each` times at most."""
    chances = (1 / 4, 1 / 8, 1 / 2)
    board = grid(tile("set", 1, need, source("boss", ["a", "b", "c"]), each=each))
    drops = [{"chance": str(p), "gives": key} for key, p in zip("abc", chances, strict=True)]
    event = snapshot(board, activity(loot=[{"drops": drops}]), duration=600)
    missing: dict[tuple[int, ...], float] = {(0, 0, 0): 1.0}
    met = [0.0]
    for _ in range(10):
        after: dict[tuple[int, ...], float] = {}
        met.append(0.0)
        for held, share in missing.items():
            for i, p in enumerate((*chances, 1 - sum(chances))):
                now = tuple(min(n + (i == j), each) for j, n in enumerate(held))
                if sum(now) >= need:
                    met[-1] += share * p
                else:
                    after[now] = after.get(now, 0) + share * p
        missing = after
    law = at_seconds(np.array([*met, sum(missing.values())]), 60)
    results = play(event)
    assert_law(seconds_of(results), law)
    if (need, each) == (3, 1):  # the coupon collector by inclusion and exclusion
        absent = sum(
            (-1) ** (size + 1) * (1 - sum(some)) ** 10
            for size in (1, 2, 3)
            for some in combinations(chances, size)
        )
        assert_chance(int((seconds_of(results) == NEVER).sum()), RUNS, absent)


def test_a_row_opens_with_the_attempt_that_makes_it_worth_enough(play: Play) -> None:
    """The first tile takes two drops, the second, which waits behind it, three more."""
    board = rows([tile("a", 5, 2)], [tile("b", 5, 3)])
    event = snapshot(board, activity(loot=[line("1/3")]), duration=1200)
    results = play(event)
    assert_law(results.row_opened[:, 0, 1], completion_law(binomial(1, 1 / 3), 2, 20))
    assert_law(seconds_of(results, 1), completion_law(binomial(1, 1 / 3), 5, 20))


# Random times


@pytest.mark.parametrize("speed", ["1", "1.5", "0.25"])
@pytest.mark.parametrize(
    ("seconds", "spread", "low", "high"), [("10", 4, 6, 14), ("7.5", 3, 5, 11), ("90", 89, 1, 179)]
)
def test_a_uniform_time_is_equally_likely_to_be_each_whole_second(
    play: Play, speed: str, seconds: str, spread: int, low: int, high: int
) -> None:
    event = snapshot(
        grid(tile()),
        activity(seconds=seconds, spread=spread, law="uniform"),
        teams=[team(player(speed=speed))],
        duration=1000,
    )
    one = stretched(uniform_time(low, high), float(speed))
    assert_law(seconds_of(play(event)), {s: float(p) for s, p in enumerate(one) if p > 0})


@pytest.mark.parametrize("speed", ["1", "1.5", "0.25"])
@pytest.mark.parametrize(
    ("seconds", "spread"), [("60", "7.25"), ("10.5", "0.6"), ("3.4", "3"), ("100", "100")]
)
def test_a_normal_time_is_the_rounded_normal_law(
    play: Play, speed: str, seconds: str, spread: str
) -> None:
    event = snapshot(
        grid(tile()),
        activity(seconds=seconds, spread=spread, law="normal"),
        teams=[team(player(speed=speed))],
        duration=2000,
    )
    one = stretched(normal_time(floor(float(seconds) + 0.5), float(spread)), float(speed))
    assert_law(seconds_of(play(event)), {s: float(p) for s, p in enumerate(one) if p > 0})


@pytest.mark.parametrize("law", ["uniform", "normal"])
def test_attempts_of_random_length_until_the_need_is_met(play: Play, law: str) -> None:
    """The second is a sum of as many times as attempts were made.

    Some of the last attempts end after the event and count for nothing.
    """
    event = snapshot(
        grid(tile(need=2)),
        activity(seconds=10, spread=4, law=law, loot=[line("1/5")]),
        duration=80,
    )
    one = uniform_time(6, 14) if law == "uniform" else normal_time(10, 4)
    assert_law(seconds_of(play(event)), random_time_law(one, binomial(1, 1 / 5), 2, 80, 10))


def test_a_started_attempt_is_finished_after_the_session(play: Play) -> None:
    """In 20 seconds a second attempt of 6 to 14 seconds begins if the first took up to 10."""
    event = snapshot(
        grid(endless),
        activity(seconds=10, spread=4, law="uniform"),
        teams=[team(player(sessions=[(0, 20)]))],
        duration=100,
    )
    assert_chance(units_of(play(event))[0] - RUNS, RUNS, 5 / 9)


# Groups


def test_a_drop_per_group_is_credited_evenly(play: Play) -> None:
    boss = activity(loot=[line("1/4", per="group", rolls=2)], group=group(want=3, max=3))
    event = snapshot(grid(endless), boss, teams=[team(*players(3))], duration=600)
    units = units_of(play(event))
    assert_chance(sum(units), RUNS * 20, 1 / 4)
    assert stats.chisquare(units).pvalue > FALSE_ALARM


@pytest.mark.parametrize(("per", "rolls"), [("player", 3), ("group", 1)])
def test_every_member_rolls_or_the_group_does(play: Play, per: str, rolls: int) -> None:
    boss = activity(loot=[line("1/10", per=per)], group=group(want=3, max=3))
    event = snapshot(grid(tile(need=3)), boss, teams=[team(*players(3))], duration=1200)
    assert_law(seconds_of(play(event)), completion_law(binomial(rolls, 1 / 10), 3, 20))


def test_drops_per_player_fall_to_each_member_alike(play: Play) -> None:
    boss = activity(loot=[line("1/10")], group=group(want=3, max=3))
    event = snapshot(grid(endless), boss, teams=[team(*players(3))], duration=600)
    for units in units_of(play(event)):
        assert_chance(units, RUNS * 10, 1 / 10)


@pytest.mark.parametrize(
    ("size", "seconds", "chance"), [(1, 90, 1 / 24), (2, 30, 1 / 6), (3, 60, 1 / 12)]
)
def test_a_band_changes_time_and_chance_of_its_sizes(
    play: Play, size: int, seconds: int, chance: float
) -> None:
    bands: list[dict[str, Any]] = [
        {"sizes": "1", "time": "1.5", "chance": "0.5"},
        {"sizes": "2", "time": "0.5", "chance": 2},
    ]
    boss = activity(loot=[line("1/12")], bands=bands, group=group(solo=True, want=size, max=3))
    event = snapshot(grid(tile(need=2)), boss, teams=[team(*players(size))], duration=seconds * 15)
    law = completion_law(binomial(size, chance), 2, 15, seconds)
    assert_law(seconds_of(play(event)), law)


def test_own_modifiers_count_for_own_rolls_and_united_ones_for_the_group(play: Play) -> None:
    """Bob's capability triples his own chance and the group's; Cid's doubles his and the group's.

    A drop of the group is worth a million, so that the units tell how many of each there were.
    """
    modifiers = [{"has": "cap.b", "chance": 3}, {"has": "cap.c", "chance": 2}]
    accepts = {"mine": 1, "ours": 10**6}
    board = grid(tile("a", 1, 10**9, source("boss", accepts, modifiers=modifiers)))
    loot = [line("1/20", "mine"), line("1/30", "ours", per="group")]
    trio = [player("ann"), player("bob", has=["cap.b"]), player("cid", has=["cap.c"])]
    boss = activity(loot=loot, group=group(want=3, max=3))
    units = units_of(play(snapshot(board, boss, teams=[team(*trio)], duration=600)))
    for count, chance in zip(units, (1 / 20, 3 / 20, 2 / 20), strict=True):
        assert_chance(count % 10**6, 10 * RUNS, chance)
    assert_chance(sum(count // 10**6 for count in units), 10 * RUNS, 6 / 30)


# Chances


@pytest.mark.parametrize(
    ("multiplier", "ours", "theirs"),
    [
        ("0.5", 3 / 16, 1 / 2),
        ("1", 3 / 8, 1 / 2),
        ("1.2", 9 / 20, 1 / 2),
        ("2", 3 / 4, 1 / 4),  # the others share what is left
        ("4", 1, 0),  # scaled back to 1
    ],
)
def test_a_chance_multiplier_shrinks_what_the_source_does_not_accept(
    play: Play, multiplier: str, ours: float, theirs: float
) -> None:
    drops = [
        {"chance": "1/4", "gives": "ours"},
        {"chance": "1/2", "gives": "theirs"},
        {"chance": "1/8", "gives": "ours"},
    ]
    modified = source("boss", "ours", modifiers=[{"has": "cap", "chance": multiplier}])
    board = grid(tile("x", 2, 10**9, modified), tile("y", 1, 10**9, source("boss", "theirs")))
    event = snapshot(
        board,
        activity(loot=[{"drops": drops}]),
        teams=[team(player(has=["cap"]))],
        duration=600,
    )
    results = play(event)
    for number, chance in enumerate((ours, theirs)):
        (units,) = units_of(results, number)
        assert_chance(units, 10 * RUNS, chance)


def test_modifiers_and_bands_multiply(play: Play) -> None:
    modifiers: list[dict[str, Any]] = [
        {"has": "cap.a", "chance": "1.5", "time": "0.5"},
        {"has": "cap.b", "chance": 2},
    ]
    bands = [{"sizes": "1-5", "chance": "0.8", "time": "1.2"}]
    who = player(speed="1.5", has=["cap.a", "cap.b"])
    event = snapshot(
        grid(tile("a", 1, 3, source(modifiers=modifiers))),
        activity(loot=[line("1/20")], bands=bands),
        teams=[team(who)],
        duration=54 * 20,
    )
    law = completion_law(binomial(1, 1.5 * 2 * 0.8 / 20), 3, 20, 54)
    assert_law(seconds_of(play(event)), law)


# Attendance


def test_a_session_takes_place_with_the_chance_of_its_player(play: Play) -> None:
    """Ten sessions of three attempts; each is drawn once, and the first four must take place."""
    sessions = [(second, second + 180) for second in range(0, 2400, 240)]
    who = player(attends="0.7", sessions=sessions)
    endlessly = snapshot(grid(endless), teams=[team(who)])
    (units,) = units_of(play(endlessly))
    assert units % 3 == 0
    assert_chance(units // 3, 10 * RUNS, 0.7)

    twelve = snapshot(grid(tile(need=12)), teams=[team(who)])
    fourth = {240 * (n - 1) + 180: comb(n - 1, 3) * 0.7**4 * 0.3 ** (n - 4) for n in range(4, 11)}
    law = {**fourth, NEVER: 1 - sum(fourth.values())}
    assert_law(seconds_of(play(twelve)), law)


def test_players_attend_independently(play: Play) -> None:
    """A group of two needs both."""
    duo = [player(name, attends="0.6", sessions=[(0, 99)]) for name in ("ann", "bob")]
    event = snapshot(grid(endless), activity(group=group()), teams=[team(*duo)])
    ann, bob = units_of(play(event))
    assert ann == bob
    assert_chance(ann, RUNS, 0.36)


@pytest.mark.parametrize(("attends", "units"), [(0, 0), (1, 1000)])
def test_attendance_of_0_and_1_is_certain(play: Play, attends: int, units: int) -> None:
    event = snapshot(grid(endless), teams=[team(player(attends=attends, sessions=[(0, 60)]))])
    assert units_of(play(event, 1000)) == [units]


# Winners


def rivals(count: int, **same: Any) -> list[dict[str, Any]]:
    names = ("reds", "blues", "Ærø")
    return [team(player(f"{name} player", **same), name=name) for name in names[:count]]


@pytest.mark.parametrize("teams", [2, 3])
def test_identical_teams_win_equally_often(engine: str, teams: int) -> None:
    """Of two, both share with the chance that their completions fall on one attempt, or on none."""
    event = snapshot(
        grid(tile()), activity(loot=[line("1/20")]), teams=rivals(teams), duration=3600
    )
    simulation = played(engine, event, RUNS)
    aggregates = simulation.aggregates
    assert sum(aggregates.win_scores) == RUNS
    assert sum(simulation.win_probabilities.values()) == pytest.approx(1)
    alone = aggregates.wins[:, 0]
    assert stats.chisquare(alone).pvalue > FALSE_ALARM
    law = completion_law(binomial(1, 1 / 20), 1, 60)
    all_share = int(aggregates.wins[0, teams - 1])
    assert_chance(all_share, RUNS, sum(chance**teams for chance in law.values()))
    # A score is 1/k with a law that is the same for all: its mean is 1/teams.
    for score in aggregates.win_scores:
        deviation = abs(float(score) / RUNS - 1 / teams)
        assert 2 * exp(-2 * RUNS * deviation**2) > FALSE_ALARM  # Hoeffding's bound


def test_equal_points_win_by_the_earlier_second(engine: str) -> None:
    quick = team(player("ann", speed="0.9"), name="reds")
    event = snapshot(grid(tile()), teams=[*rivals(2)[1:], quick])
    assert played(engine, event, 10).win_probabilities == {"blues": 0, "reds": 1}


@pytest.mark.parametrize("teams", [2, 3])
@pytest.mark.parametrize("need", [1, 1000])
def test_equal_points_at_the_same_second_share_the_win(engine: str, teams: int, need: int) -> None:
    """Also where nobody has any points."""
    event = snapshot(grid(tile(need=need)), teams=rivals(teams))
    simulation = played(engine, event, 9)
    assert simulation.aggregates.wins[:, teams - 1].tolist() == [9] * teams
    assert list(simulation.win_probabilities.values()) == pytest.approx([1 / teams] * teams)
