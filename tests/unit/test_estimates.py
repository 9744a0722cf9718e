"""Expected hours: known answers, a slow exact twin on random laws, and the simulation itself."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import floor, inf, isfinite, prod, sqrt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bingosim import estimates
from bingosim.errors import EventFileError
from bingosim.estimates import attempts, estimate
from bingosim.estimates.attempts import Task, Way, expected_attempts
from bingosim.estimates.laws import Hit, Rolls, Stack
from bingosim.event.file import read_event
from bingosim.simulation import simulate
from tests.builders import (
    activity,
    grid,
    line,
    player,
    players,
    rows,
    snapshot,
    source,
    state,
    team,
    tile,
)
from tests.random_events import small_snapshots
from tests.unit.event_text import EVENT_TEXT

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from bingosim.estimates.model import PlayerEstimate, TeamEstimate
    from bingosim.event.model import Activity, Board
    from bingosim.event.snapshot import Snapshot

FALSE_ALARM = 1e-6
"""Chance that a statistical test fails though all is right, had its seed been drawn at random."""
CLOSE = 1e-9

KEYS = ("amber", "beryl", "coral")


def alone(board: Board, *activities: Activity) -> PlayerEstimate:
    """Return the work in the first tile for one player."""
    return estimate(snapshot(board, *activities)).teams[0].tiles[0].players[0]


def attempts_of(board: Board, *activities: Activity) -> float:
    (only,) = alone(board, *activities).sources
    return only.attempts


def one_of(*keys: str, chance: str = "1/10") -> list[dict[str, object]]:
    """Loot of one line whose outcomes are the keys, each with the same chance."""
    return [{"drops": [{"chance": chance, "gives": key} for key in keys]}]


# -- known answers -------------------------------------------------------------------------------


@given(need=st.integers(1, 10**12), denominator=st.integers(1, 10_000))
@settings(max_examples=25, deadline=None)
def test_one_unit_at_a_time_is_a_negative_binomial(need: int, denominator: int) -> None:
    boss = activity(loot=[line(f"1/{denominator}")])
    found = alone(grid(tile(need=need)), boss)
    assert found.exact
    assert found.hours == pytest.approx(need * denominator * 60 / 3600, rel=CLOSE)


@pytest.mark.parametrize(
    ("need", "expected"), [(1, 1), (3, 1), (4, 2), (10, 4), (10**9, 333333334)]
)
def test_stacks_that_are_certain_are_counted(need: int, expected: int) -> None:
    assert attempts_of(grid(tile(need=need)), activity(loot=[line(1, {"item": 3})])) == expected


def test_a_drop_worth_the_whole_tile_counts_like_the_many() -> None:
    """A cudgel or 15 silks: done at attempt 15 at the latest, unless the cudgel comes before."""
    loot = [line(1, "silk"), line("1/5", "cudgel")]
    board = grid(tile("t", 1, 15, source(accepts={"cudgel": 15, "silk": 1})))
    assert attempts_of(board, activity(loot=loot)) == pytest.approx((1 - 0.8**15) / 0.2, rel=CLOSE)


def test_several_rolls_bring_several_units_at_once() -> None:
    """Two rolls of 1/2 for one unit: done with chance 3/4 an attempt."""
    boss = activity(loot=[line("1/2", rolls=2)])
    assert attempts_of(grid(tile(need=1)), boss) == pytest.approx(4 / 3, rel=CLOSE)


def test_a_long_need_approaches_the_renewal_theorem() -> None:
    """(need + E[X(X-1)] / 2m) / m for steps of mean m; Feller, volume I, chapter XIII."""
    boss = activity(loot=[line("1/2", {"item": "100-299"})])
    mean = 199.5
    pairs = sum(x * (x - 1) for x in range(100, 300)) / 200
    expected = 2 * (140_000 + pairs / (2 * mean)) / mean
    assert attempts_of(grid(tile(need=140_000)), boss) == pytest.approx(expected, rel=CLOSE)


def test_what_is_too_long_is_marked_as_a_lower_bound() -> None:
    boss = activity(loot=[line("1/2", {"item": "1-2"})])
    found = alone(grid(tile(need=10**9)), boss)
    assert not found.exact
    rate = Fraction(1, 2) * Fraction(3, 2) / 60
    assert found.hours == pytest.approx(float(10**9 / rate / 3600), rel=CLOSE)


@pytest.mark.parametrize("count", [1, 2, 5, 24])
def test_a_set_of_equal_keys_is_the_coupon_collector(count: int) -> None:
    keys = [f"item_{number}" for number in range(count)]
    board = grid(tile("t", 1, count, source(accepts=keys), each=1))
    chance = Fraction(1, 30)
    expected = sum(1 / (chance * left) for left in range(1, count + 1))
    found = attempts_of(board, activity(loot=one_of(*keys, chance="1/30")))
    assert found == pytest.approx(float(expected), rel=CLOSE)


def test_a_set_of_unequal_keys_is_an_inclusion_and_exclusion() -> None:
    """The expected greatest of the waiting times: sum of (-1)^(|S|+1) / p(S) over subsets S."""
    chances = [Fraction(1, n) for n in (4, 6, 9, 13, 21)]
    keys = [f"item_{number}" for number in range(5)]
    drops = [{"chance": c, "gives": k} for c, k in zip(chances, keys, strict=True)]
    board = grid(tile("t", 1, 5, source(accepts=keys), each=1))
    expected = sum(
        (-1) ** (size + 1) / sum(chosen)
        for size in range(1, 6)
        for chosen in combinations(chances, size)
    )
    found = attempts_of(board, activity(loot=[{"drops": drops}]))
    assert found == pytest.approx(float(expected), rel=CLOSE)


def test_a_set_from_two_sources_is_played_as_a_player_does() -> None:
    """The better source first, until it has given all it can; then the other."""
    fast = activity("fast", 10, [line("1/2", "amber")])
    slow = activity("slow", 600, [line("1/3", "beryl")])
    board = grid(tile("t", 1, 2, source("slow", "beryl"), source("fast", "amber"), each=1))
    found = alone(board, fast, slow)
    assert [s.activity for s in found.sources] == ["fast", "slow"]
    assert [s.attempts for s in found.sources] == pytest.approx([2, 3])
    assert found.hours == pytest.approx((2 * 10 + 3 * 600) / 3600)


def test_a_set_too_large_for_a_chain_is_a_lower_bound() -> None:
    keys = [f"item_{number}" for number in range(40)]
    drops = [{"chance": f"1/{100 + number}", "gives": key} for number, key in enumerate(keys)]
    found = alone(
        grid(tile("t", 1, 40, source(accepts=keys), each=1)), activity(loot=[{"drops": drops}])
    )
    assert not found.exact
    rate = sum(Fraction(1, 100 + number) for number in range(40)) / 60
    assert found.hours == pytest.approx(float(40 / rate / 3600))


# -- the slow twin -------------------------------------------------------------------------------


Chances = dict[tuple[int, ...], Fraction]
"""Units held in each slot -> chance."""


def naive_attempts(task: Task) -> list[Fraction]:
    """Solve the chain of all states in fractions, one equation for each, without any shortcut."""
    need, caps, _, ways = task

    @cache
    def solve(held: tuple[int, ...]) -> list[Fraction]:
        if sum(held) >= need:
            return [Fraction(0)] * len(ways)
        way = next(n for n, w in enumerate(ways) if any(held[s] < caps[s] for s in w.slots))
        chances: Chances = {held: Fraction(1)}
        for rolls in ways[way].law:
            for _ in range(rolls.times):
                chances = after_roll(chances, rolls, caps)
        stay = chances.pop(held, Fraction(0))
        total = [Fraction(int(n == way)) for n in range(len(ways))]
        for after, chance in chances.items():
            total = [t + chance * more for t, more in zip(total, solve(after), strict=True)]
        return [t / (1 - stay) for t in total]

    return solve(task.held)


def after_roll(chances: Chances, rolls: Rolls, caps: tuple[int, ...]) -> Chances:
    after: Chances = {}
    nothing = 1 - sum((Fraction(hit.chance) for hit in rolls.hits), Fraction(0))
    for held, chance in chances.items():
        after[held] = after.get(held, Fraction(0)) + chance * nothing
        for hit in rolls.hits:
            ranges = [range(s.low, s.low + s.width) for s in hit.stacks]
            part = chance * Fraction(hit.chance) / prod(s.width for s in hit.stacks)
            for quantities in product(*ranges):
                units = list(held)
                for stack, quantity in zip(hit.stacks, quantities, strict=True):
                    most = caps[stack.slot]
                    units[stack.slot] = min(units[stack.slot] + quantity * stack.units, most)
                after[tuple(units)] = after.get(tuple(units), Fraction(0)) + part
    return after


@st.composite
def laws(draw: DrawFn, slots: int) -> tuple[Rolls, ...]:
    """Draw what an attempt brings: chances that are exact in binary, so that the twin's are too."""

    def stacks() -> tuple[Stack, ...]:
        chosen = draw(st.lists(st.integers(0, slots - 1), min_size=1, max_size=2, unique=slots > 1))
        return tuple(
            Stack(slot, draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2)))
            for slot in chosen
        )

    def rolls() -> Rolls:
        parts = draw(st.lists(st.integers(1, 2), min_size=1, max_size=3))
        return Rolls(draw(st.integers(1, 3)), tuple(Hit(part / 8, stacks()) for part in parts))

    return tuple(rolls() for _ in range(draw(st.integers(1, 2))))


@st.composite
def tasks(draw: DrawFn) -> Task:
    slots = draw(st.integers(1, 3))
    ways = []
    for _ in range(draw(st.integers(1, 2)) if slots > 1 else 1):
        law = draw(laws(slots))
        given = {stack.slot for rolls in law for hit in rolls.hits for stack in hit.stacks}
        ways.append(Way(law, tuple(sorted(given))))
    given = {slot for way in ways for slot in way.slots}
    cap = draw(st.integers(1, 4) if slots > 1 else st.integers(1, 30))
    held = [0] * slots
    held[draw(st.sampled_from(range(slots)))] = draw(st.integers(0, cap - 1))
    most = sum(cap if slot in given else held[slot] for slot in range(slots))
    need = draw(st.integers(sum(held) + 1, most)) if slots > 1 else cap
    return Task(need, (cap,) * slots, tuple(held), tuple(ways))


@given(task=tasks())
@settings(max_examples=200, deadline=None)
def test_random_laws_agree_with_the_slow_twin(task: Task) -> None:
    found = expected_attempts(task)
    assert found is not None
    assert list(found) == pytest.approx([float(n) for n in naive_attempts(task)], rel=CLOSE)


# -- times ---------------------------------------------------------------------------------------


def seconds_of(boss: Activity, speed: str = "1") -> float:
    found = estimate(snapshot(grid(tile()), boss, teams=[team(player(speed=speed))]))
    return found.teams[0].tiles[0].players[0].sources[0].seconds


@given(
    seconds=st.integers(2, 200),
    spread=st.integers(0, 199),
    speed=st.sampled_from(["0.01", "0.5", "0.9", "1", "1.35", "1.7", "3"]),
)
@settings(max_examples=30, deadline=None)
def test_a_uniform_time_is_the_mean_of_its_floors(seconds: int, spread: int, speed: str) -> None:
    spread = min(spread, seconds - 1)
    samples = range(seconds - spread, seconds + spread + 1)
    exact = Fraction(sum(max(1, floor(s * Fraction(speed))) for s in samples), len(samples))
    boss = activity(seconds=seconds, spread=spread, law="uniform")
    assert seconds_of(boss, speed) == pytest.approx(float(exact), rel=CLOSE)


@pytest.mark.parametrize("speed", ["0.3", "1", "1.25"])
@pytest.mark.parametrize(("mean", "spread"), [(5, 5), (60, 7), (1800, 400)])
def test_a_normal_time_is_the_mean_of_its_floors(mean: int, spread: int, speed: str) -> None:
    law = stats.norm(mean, spread)
    exact = max(1, floor(Fraction(speed))) * law.cdf(1.5) + sum(
        max(1, floor(s * Fraction(speed))) * (law.cdf(s + 0.5) - law.cdf(s - 0.5))
        for s in range(2, mean + 12 * spread)
    )
    boss = activity(seconds=mean, spread=spread, law="normal")
    assert seconds_of(boss, speed) == pytest.approx(exact, rel=CLOSE)


# -- groups, players, teams ----------------------------------------------------------------------


def group(least: int, want: int, most: int, *, solo: bool = False) -> dict[str, object]:
    return {"solo": solo, "min": least, "want": want, "max": most}


@pytest.mark.parametrize(
    ("count", "sizes", "size"),
    [
        (6, group(2, 3, 5), 3),
        (2, group(2, 3, 5), 2),
        (1, group(2, 3, 5), None),
        (1, group(2, 3, 5, solo=True), 1),
    ],
)
def test_groups_have_the_wanted_size_or_the_nearest_that_the_team_has(
    count: int, sizes: dict[str, object], size: int | None
) -> None:
    boss = activity(loot=[line("1/9", per="group"), line("1/9")], group=sizes)
    found = estimate(snapshot(grid(tile()), boss, teams=[team(*players(count))]))
    one = found.teams[0].tiles[0].players[0]
    if size is None:
        assert (one.hours, one.sources) == (inf, ())
        return
    (only,) = one.sources
    expected = 1 / (1 - float(Fraction(8, 9) ** (size + 1)))
    assert only.group_size == size
    assert only.attempts == pytest.approx(expected, rel=CLOSE)
    assert one.hours == pytest.approx(expected * size * 60 / 3600, rel=CLOSE)


def two_players() -> TeamEstimate:
    board = rows(
        [tile("easy"), tile("hard", 2, 3, source(requires=["key"]))],
        [
            tile(
                "pair",
                1,
                2,
                source(accepts="item"),
                source("other", "ring", requires=["key"]),
                each=1,
            )
        ],
        unlock_points=1,
    )
    boss, other = activity(seconds=3600), activity("other", 7200, [line(1, "ring")])
    fast = player("fast", sessions=[(0, 3600), (7200, 9000)], attends="1/2")
    slow = player("slow", speed=2, has=["key"], sessions=[(0, 36_000)])
    made = snapshot(board, boss, other, teams=[team(fast, slow)], duration=36_000)
    return estimate(made).teams[0]


def test_a_tile_takes_the_harmonic_mean_of_who_can_do_it() -> None:
    easy, hard, pair = two_players().tiles
    assert [p.hours for p in easy.players] == [1, 2]
    assert easy.hours == pytest.approx(4 / 3)
    assert [p.player for p in easy.able] == ["fast", "slow"]
    assert [p.hours for p in hard.players] == [inf, 6]
    assert hard.hours == 6
    assert [p.hours for p in pair.players] == [inf, 6]


def test_rows_and_online_hours_add_up() -> None:
    found = two_players()
    assert found.online_hours == (0.75, 10)
    assert found.hours(0) == pytest.approx(4 / 3 + 6)
    assert found.hours(1) == 6
    assert found.hours() == pytest.approx(4 / 3 + 12)


def test_a_tile_that_nobody_can_do_alone_is_in_no_sum() -> None:
    board = grid(tile("free"), tile("shut", 1, 1, source(requires=["key"])))
    found = estimate(snapshot(board))
    free, shut = found.teams[0].tiles
    assert (shut.hours, shut.able) == (inf, ())
    assert found.teams[0].hours() == free.hours
    assert found.to_dict()["teams"][0]["tiles"][1]["hours"] is None


def test_in_the_middle_of_an_event_it_is_what_is_left() -> None:
    board = grid(tile("half", 1, 10), tile("done", 1, 10))
    begun = state(1800, {"progress": {"half": {"": 4}}, "completed": {"done": None}})
    one = player(sessions=[(0, 600), (1200, 3600)])
    found = estimate(snapshot(board, teams=[team(one)], state=begun)).teams[0]
    assert [t.hours for t in found.tiles] == [pytest.approx(0.1), 0]
    assert found.online_hours == (0.5,)


def test_an_event_made_in_python_is_checked() -> None:
    event = read_event(EVENT_TEXT).event
    wrong = event.model_copy(update={"teams": ()})
    with pytest.raises(EventFileError):
        estimate(wrong)


# -- against the simulation ----------------------------------------------------------------------


def sampled(name: str) -> tuple[Snapshot, int]:
    """Return an event of one tile and players alike, and how many work at once."""
    week = 7 * 86_400
    if name == "stacks":
        boss = activity(
            loot=[line("1/3", {"item": "2-9"}, rolls=2), line("1/20", {"item": 15})],
            seconds=50,
            spread=20,
            law="normal",
        )
        one = team(player(speed="1.3"))
        return snapshot(grid(tile(need=100)), boss, teams=[one], duration=week), 1
    if name == "set":
        near = activity("near", 30, one_of("amber", "beryl"), spread=9, law="uniform")
        far = activity("far", 90, [line("1/20", "coral"), line("1/30", "amber", rolls=3)])
        board = grid(tile("t", 1, 5, source("near", KEYS[:2]), source("far", KEYS), each=2))
        return snapshot(board, near, far, duration=week), 1
    boss = activity(
        loot=[line("1/40", per="group"), line("1/25", rolls=2)],
        group=group(2, 3, 3),
        bands=[{"sizes": "3", "time": "0.7", "chance": "1.5"}],
        seconds=100,
        spread=40,
        law="uniform",
    )
    trio = team(*players(3, speed="1.1"))
    return snapshot(grid(tile(need=4)), boss, teams=[trio], duration=week), 3


@pytest.mark.parametrize("name", ["stacks", "set", "group"])
def test_the_simulation_takes_as_long_in_the_mean(name: str) -> None:
    event, size = sampled(name)
    found = estimate(event).teams[0].tiles[0].players[0]
    assert found.exact
    seconds = simulate(event, 20_000, "estimates", keep=True).results.tile_completed[:, 0, 0]
    assert seconds.min() > 0
    hours = seconds * size / 3600
    z = (hours.mean() - found.hours) / (hours.std(ddof=1) / sqrt(hours.size))
    assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM


# -- everything an event may hold ----------------------------------------------------------------


@given(event=small_snapshots())
@settings(max_examples=25, deadline=None)
def test_random_events_take_at_least_what_the_lower_bound_says(event: Snapshot) -> None:

    def too_large(task: Task) -> tuple[float, ...] | None:
        found = expected_attempts(task)
        return None if found and all(map(isfinite, found)) else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempts, "MOST_OPERATIONS", 2_000)
        exact = estimate(event)
        patch.setattr(estimates, "expected_attempts", too_large)
        least = estimate(event)
    for found, bound in zip(exact.teams, least.teams, strict=True):
        assert sum(found.online_hours) * 3600 <= event.duration * len(found.players) * (1 + CLOSE)
        for tile_found, tile_bound in zip(found.tiles, bound.tiles, strict=True):
            for one, low in zip(tile_found.players, tile_bound.players, strict=True):
                assert one.hours >= low.hours * (1 - CLOSE)
                worked = sum(s.hours for s in one.sources)
                assert not isfinite(one.hours) or one.hours == pytest.approx(worked)
