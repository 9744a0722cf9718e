"""Snapshots become arrays without losing anything: exact floors, exact orders, every variant."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction
from itertools import combinations, product
from math import ceil, floor, inf, prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bingosim.compilation import compile_snapshot, compile_team
from bingosim.compilation.variants import exact_multiplier
from bingosim.engine.arrays import WORK_LIMIT_MS, CompiledTeam
from bingosim.engine.strategies import Standing, address_of
from bingosim.engine.strategies.row_unlocking import cheapest_unlocking_set
from bingosim.errors import InputError
from bingosim.event.snapshot import Snapshot
from bingosim.event.strategies import STRATEGIES
from bingosim.reference.board import Progress, tile_sources, wanted_keys
from bingosim.reference.loot import outcome_chances
from bingosim.reference.rates import Rates
from tests.builders import (
    activity,
    bonus,
    grid,
    line,
    player,
    rows,
    snapshot,
    source,
    state,
    team,
    tile,
)
from tests.random_events import small_snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.model import Activity, LootLine, Source

LONGEST = 200_000
"""The longest sample that an event file allows."""
ONE = 2**62
"""The threshold of chance 1."""

on_random_events = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
thorough = settings(max_examples=400, deadline=None, derandomize=True)


def floors_alike(multiplier: Fraction, longest: int, samples: Sequence[int]) -> bool:
    factor, shift = exact_multiplier(multiplier, longest, "boss")
    return all(sample * factor >> shift == floor(sample * multiplier) for sample in samples)


# Exact multipliers


@st.composite
def hard_multipliers(draw: st.DrawFn) -> tuple[Fraction, int, list[int]]:
    """Draw a multiplier on, just above or just below k/s; with the longest sample and some samples.

    At sample s such a product is, or only just is not, the whole number k.
    """
    longest = draw(st.integers(1, LONGEST))
    sample = draw(st.integers(1, longest))
    whole = draw(st.integers(1, 3 * sample))
    off = draw(st.sampled_from([0, 1, -1])) * Fraction(1, 10 ** draw(st.integers(6, 40)))
    multiplier = Fraction(whole, sample) + off
    assume(multiplier > 0)
    multiples = range(sample, longest + 1, sample)[:50]
    others = draw(st.lists(st.integers(1, longest), max_size=20))
    return multiplier, longest, [1, longest, *multiples, *others]


@given(hard_multipliers())
@example((Fraction("0.7") * Fraction("1.5"), 60, [60]))
@example((Fraction(1, 3) - Fraction(1, 10**40), LONGEST, [3, 199_998]))
@example((Fraction(199_999, 200_000), LONGEST, [199_999, 200_000]))
@example((Fraction(1, LONGEST), LONGEST, [LONGEST]))
@example((Fraction(1, LONGEST + 1), LONGEST, [LONGEST]))
@thorough
def test_the_floor_is_exact_just_above_and_just_below_every_whole_number(
    case: tuple[Fraction, int, list[int]],
) -> None:
    assert floors_alike(*case)


@given(
    st.integers(1, 400),
    st.fractions(Fraction(1, 1000), 5) | st.decimals("0.01", 5, places=3).map(Fraction),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_the_floor_is_exact_for_every_sample(longest: int, multiplier: Fraction) -> None:
    assert floors_alike(multiplier, longest, range(1, longest + 1))


@pytest.mark.parametrize("text", ["1", "1.35", "0.7", "1.0000001", "0.99999999999"])
def test_the_floor_is_exact_for_every_sample_up_to_the_longest(text: str) -> None:
    multiplier = Fraction(text)
    factor, shift = exact_multiplier(multiplier, LONGEST, "boss")
    samples = np.arange(1, LONGEST + 1)
    exact = samples * multiplier.numerator // multiplier.denominator
    assert ((samples * factor >> shift) == exact).all()


@given(st.integers(1, LONGEST), st.fractions(Fraction(1, 10**20), 500, max_denominator=10**20))
@thorough
def test_multipliers_of_up_to_hundreds_fit_into_63_bits(longest: int, multiplier: Fraction) -> None:
    factor, shift = exact_multiplier(multiplier, longest, "boss")
    assert 0 <= shift < 63
    assert 0 <= longest * factor < 2**63


@given(st.integers(1, LONGEST), st.fractions(100, 10**9, max_denominator=10**9))
@thorough
def test_a_multiplier_is_exact_or_refused(longest: int, multiplier: Fraction) -> None:
    with suppress(InputError):
        factor, shift = exact_multiplier(multiplier, longest, "boss")
        assert longest * factor < 2**63
        assert longest * factor >> shift == floor(longest * multiplier)


def test_a_multiplier_out_of_bounds_names_its_activity() -> None:
    event = snapshot(
        grid(tile()), activity(seconds=86_400), teams=[team(player(speed="20000.1234567"))]
    )
    with pytest.raises(InputError, match=r"^boss: a time multiplier of 20000[.]1 is too large"):
        compile_snapshot(event)


# Thresholds


def thresholds_of(*loot: Any, **tile_source: Any) -> list[int]:
    event = snapshot(
        grid(tile("a", 1, 1, source(**tile_source))),
        activity(loot=loot),
        teams=[team(player(has=["cap"]))],
    )
    compiled = compile_team(event, 0)
    mask = compiled.modifier_mask[0]
    first = compiled.variant_law[compiled.variant_start[0] + mask]
    return [int(x) for x in compiled.thresholds[first : first + compiled.outcome_start[-1]]]


def test_a_chance_becomes_the_nearest_multiple_of_2_to_the_minus_62() -> None:
    assert thresholds_of(line("1/3"), line(1), line("1/181.1")) == [
        round(Fraction(ONE, 3)),
        ONE,
        round(Fraction(10 * ONE, 1811)),
    ]


def test_thresholds_of_a_line_add_up_and_are_rounded_once() -> None:
    loot = {"drops": [{"chance": "1/3", "gives": "item"}] * 3}
    assert thresholds_of(loot) == [round(Fraction(ONE, 3)), round(Fraction(2 * ONE, 3)), ONE]


def test_what_no_tile_accepts_takes_no_threshold() -> None:
    loot = {
        "drops": [
            {"chance": "1/4", "gives": "junk"},
            {"chance": "1/8", "gives": ["junk", "item"]},
            {"chance": "1/2", "gives": "junk"},
            {"chance": "1/16", "gives": "item"},
        ]
    }
    assert thresholds_of(line("1/2", "junk"), loot) == [ONE // 8, ONE // 8 + ONE // 16]


def test_a_multiplier_helps_what_the_source_accepts_and_never_beyond_one() -> None:
    def scaled(by: int) -> list[int]:
        return thresholds_of(line("1/8"), modifiers=[{"has": "cap", "chance": by}])

    assert (scaled(4), scaled(8), scaled(1000)) == ([ONE // 2], [ONE], [ONE])


# Variants


def useful_outcomes(event: Snapshot, its: Activity) -> list[tuple[LootLine, list[int]]]:
    """Return the loot lines that could matter, each with the places of outcomes that could."""
    wanted = wanted_keys(event.board, its.key)
    useful = [
        (loot, [i for i, drop in enumerate(loot.drops) if not wanted.isdisjoint(drop.gives)])
        for loot in its.loot
    ]
    return [(loot, places) for loot, places in useful if places]


def expected_thresholds(
    event: Snapshot, its: Activity, spec: Source, multiplier: Fraction
) -> list[int]:
    expected = []
    for loot, places in useful_outcomes(event, its):
        chances = outcome_chances(loot, set(spec.accepts), multiplier)
        expected += [
            round(ONE * sum(chances[i] for i in places[: n + 1])) for n in range(len(places))
        ]
    return expected


def possible_masks(compiled: CompiledTeam, number: int, eligible: Sequence[int]) -> set[int]:
    """Return the modifiers that a group out of the eligible players may have between them."""
    sources = compiled.source_tile.size
    own = [int(compiled.modifier_mask[p * sources + number]) for p in eligible]
    masks = {0}
    for mask in own:
        masks |= {mask | other for other in masks}
    return masks


@given(small_snapshots())
@on_random_events
def test_every_variant_holds_its_own_times_and_chances(event: Snapshot) -> None:
    for index, members in enumerate(event.teams):
        compiled = compile_team(event, index)
        for s in tile_sources(event):
            its, modifiers = s.activity, s.spec.modifiers
            assert compiled.variant_masks[s.number] == 2 ** len(modifiers)
            eligible = [
                p for p, who in enumerate(members.players) if set(s.spec.requires) <= set(who.has)
            ]
            masks = possible_masks(compiled, s.number, eligible)
            largest = min(its.group.max, len(eligible))
            speeds = sorted({who.speed_at(its.key) for who in members.players})
            for size, mask in product(range(1, largest + 1), sorted(masks)):
                having = [m for i, m in enumerate(modifiers) if mask >> i & 1]
                band = its.band(size)
                time = prod((m.time for m in having), start=band.time if band else Fraction(1))
                chance = prod(
                    (m.chance for m in having), start=band.chance if band else Fraction(1)
                )
                variant = (
                    compiled.variant_start[s.number]
                    + (size - 1) * compiled.variant_masks[s.number]
                    + mask
                )
                for rank, speed in enumerate(speeds):
                    place = compiled.variant_time_start[variant] + rank
                    factor, shift = (
                        int(compiled.time_factor[place]),
                        int(compiled.time_shift[place]),
                    )
                    assert all(
                        sample * factor >> shift == floor(sample * time * speed)
                        for sample in range(1, its.time.longest_sample + 1)
                    )
                expected = expected_thresholds(event, its, s.spec, chance)
                first = compiled.variant_law[variant]
                assert compiled.thresholds[first : first + len(expected)].tolist() == expected


@given(small_snapshots())
@on_random_events
def test_players_have_their_modifiers_and_speed_ranks(event: Snapshot) -> None:
    for index, members in enumerate(event.teams):
        compiled = compile_team(event, index)
        masks = iter(compiled.modifier_mask.tolist())
        ranks = iter(compiled.speed_rank.tolist())
        for who in members.players:
            for s in tile_sources(event):
                having = [m.has in who.has for m in s.spec.modifiers]
                assert next(masks) == sum(has << i for i, has in enumerate(having))
            for its in event.activities:
                faster = {p.speed_at(its.key) for p in members.players}
                assert next(ranks) == sum(speed < who.speed_at(its.key) for speed in faster)


# Options


@given(small_snapshots())
@on_random_events
def test_options_and_estimated_work_follow_exact_rates(event: Snapshot) -> None:
    """Options: by rate, then as in the file. Factors: the nearest doubles of the exact values."""
    sources = tile_sources(event)
    tiles = range(len(event.board.tiles))
    for index, members in enumerate(event.teams):
        compiled = compile_team(event, index)
        rates = Rates(members.players, sources)
        for place, (p, t) in enumerate(product(range(len(members.players)), tiles)):
            expected = sorted(
                (-rates.rate[p, s.number], s.number)
                for s in sources
                if s.tile == t and rates.may_play(p, s)
            )
            part = slice(*compiled.option_start[place : place + 2])
            assert compiled.option_source[part].tolist() == [number for _, number in expected]
            assert compiled.option_seconds[part].tolist() == [
                ceil(rates.expected[p, number]) for _, number in expected
            ]
            own = rates.best_rate(p, t)
            assert compiled.own_work_factor[place] == (float(1000 / own) if own else inf)
        for t in tiles:
            mean = rates.mean[t]
            assert compiled.work_factor[t] == (float(1000 / mean) if mean else inf)


def test_equal_rates_keep_the_order_of_the_file() -> None:
    """One unit in 30 s and two in 60 s; only exact fractions see that thirds are equal too."""
    slow = activity("slow", 60, [line("1/3"), line("1/3")])
    fast = activity("fast", 30, [line("1/3")])
    for first, second in (("slow", "fast"), ("fast", "slow")):
        event = snapshot(grid(tile("a", 1, 9, source(first), source(second))), slow, fast)
        assert compile_team(event, 0).option_source.tolist() == [0, 1]


def test_rates_that_differ_by_less_than_a_double_shows_are_told_apart() -> None:
    tiny = f"{Fraction(1, 3) + Fraction(1, 10**30)}"
    one, other = activity("one", 30, [line("1/3")]), activity("other", 30, [line(tiny)])
    event = snapshot(grid(tile("a", 1, 9, source("one"), source("other"))), one, other)
    assert compile_team(event, 0).option_source.tolist() == [1, 0]


def test_an_expected_attempt_is_rounded_up() -> None:
    """A session of 9 seconds has no room for an attempt that is expected to take 9.45."""
    event = snapshot(grid(tile()), activity(seconds=7), teams=[team(player(speed="1.35"))])
    assert compile_team(event, 0).option_seconds.tolist() == [10]


def test_a_tile_that_nobody_can_do_has_infinite_work_and_no_options() -> None:
    board = grid(tile("a", 1, 9, source(requires=["cap"])), tile("b"))
    compiled = compile_team(snapshot(board), 0)
    assert compiled.work_factor.tolist() == [inf, 60_000]
    assert compiled.option_start.tolist() == [0, 0, 1]


# The starting state


@given(small_snapshots())
@on_random_events
def test_a_run_begins_as_if_its_tiles_had_been_completed_one_by_one(event: Snapshot) -> None:
    at = event.state.at if event.state else 0
    for index in range(len(event.teams)):
        compiled = compile_team(event, index)
        before = event.state.teams[index] if event.state else None
        progress = Progress(event.board, before, at)

        def seconds(times: Sequence[int | None]) -> list[int]:
            return [-1 if time is None else time for time in times]

        assert compiled.start == at
        assert compiled.first_completed.tolist() == seconds(progress.completed)
        assert compiled.first_row_opened.tolist() == seconds(progress.opened)
        assert compiled.first_bonus_paid.tolist() == seconds(progress.paid)
        assert compiled.first_points == progress.points
        assert compiled.first_last_point == seconds([progress.last_point])[0]
        for t, square in enumerate(event.board.tiles):
            held = compiled.first_progress[slice(*compiled.slot_start[t : t + 2])].tolist()
            assert progress.is_complete(t) or sum(held) == square.need - progress.remaining(t)


THREE_ROWS = rows(
    [tile("a", 2), tile("b", 3), tile("c", 4)],
    [tile("d", 5)],
    [tile("e", 5)],
    bonuses=[bonus(1, "a", "b"), bonus(1, "d", "e")],
)


@pytest.mark.parametrize(
    ("completed", "opened", "paid"),
    [
        ({}, [0, -1, -1], [-1, -1]),
        ({"c": 10}, [0, -1, -1], [-1, -1]),
        ({"a": 30, "b": 20}, [0, 30, -1], [30, -1]),
        ({"a": 30, "b": 20, "c": 40}, [0, 30, -1], [30, -1]),  # a and b were enough
        ({"a": 40, "b": 20, "c": 30}, [0, 30, -1], [40, -1]),
        ({"a": None, "b": 20}, [0, 100, -1], [100, -1]),  # an unknown time is the state's second
        ({"b": 20, "c": 30, "d": 50}, [0, 30, 50], [-1, -1]),
        ({"b": 20, "c": 30, "d": 5}, [0, 30, 30], [-1, -1]),  # completed while it was locked
        ({"d": 5, "e": 6}, [0, -1, -1], [-1, 6]),
    ],
)
def test_rows_of_a_starting_state_opened_when_the_row_before_was_worth_enough(
    completed: dict[str, int | None], opened: list[int], paid: list[int]
) -> None:
    compiled = compile_team(snapshot(THREE_ROWS, state=state(100, {"completed": completed})), 0)
    assert compiled.first_row_opened.tolist() == opened
    assert compiled.first_bonus_paid.tolist() == paid


def test_progress_of_a_tile_that_is_completed_is_not_looked_at() -> None:
    beginning = state(100, {"completed": {"a": 5}, "progress": {"a": {"": 3}, "b": {"": 4}}})
    event = snapshot(grid(tile("a", 1, 9), tile("b", 1, 9)), state=beginning)
    assert compile_team(event, 0).first_progress.tolist() == [0, 4]


# Every array


def documented_arrays() -> dict[str, tuple[str, str]]:
    """Return dtype and dimensions of every array, as the docstring of `CompiledTeam` says."""
    text = (CompiledTeam.__doc__ or "").split("Attributes:")[1]
    found: dict[str, tuple[str, str]] = {}
    for entry in re.finditer(r"^ {8}(?=\w)(.*(?:\n {12}.*)*)", text, re.MULTILINE):
        for part in re.split(r";\s+(?=first_)", entry[1]):
            names, _, meaning = part.partition(":")
            shapes = re.findall(r"(u?int\d+|float64|bool)\[([^\]]+)\]", meaning)
            fields = [name.strip() for name in names.split(",")]
            if shapes:
                shapes = shapes if len(shapes) == len(fields) else shapes * len(fields)
                found.update(zip(fields, shapes, strict=True))
    return found


DOCUMENTED = documented_arrays()

PARTS = {
    "row_tile_start": "tile_points",
    "slot_start": "slot_cap",
    "bonus_tile_start": "bonus_tile",
    "tile_bonus_start": "tile_bonus",
    "source_slot_start": "source_slot",
    "session_start_index": "session_start",
    "option_start": "option_source",
    "line_start": "line_rolls",
    "outcome_start": None,
    "drop_start": "drop_low",
    "receiver_start": "receiver_tile",
}
"""Array of beginnings -> an array of the parts; outcomes have no array of their own."""

POINTING = {
    "tile_row": "R",
    "tile_key_rank": "T",
    "bonus_tile": "T",
    "tile_bonus": "B",
    "source_tile": "T",
    "source_activity": "A",
    "source_slot": "L",
    "option_source": "S",
    "receiver_tile": "T",
    "receiver_slot": "L",
}
"""Array of numbers -> the dimension that they number."""


def dimensions(event: Snapshot, compiled: CompiledTeam, index: int) -> dict[str, int]:
    """Count what the letters stand for, from the snapshot where it says it."""
    tiles = event.board.tiles
    lines = [line for its in event.activities for line in useful_outcomes(event, its)]
    return {
        "P": len(event.teams[index].players),
        "T": len(tiles),
        "S": sum(len(square.sources) for square in tiles),
        "R": len(event.board.rows),
        "B": len(event.board.bonuses),
        "A": len(event.activities),
        "L": sum(
            1 if t.each is None else len({k for s in t.sources for k in s.accepts}) for t in tiles
        ),
        "M": sum(len(who.sessions) for who in event.teams[index].players),
        "F": len(lines),
        "O": sum(len(places) for _, places in lines),
        "D": int(compiled.drop_start[-1]),
        "variants": int(compiled.variant_law.size),
    }


def size_of(shape: str, counts: dict[str, int]) -> int:
    """Work out a documented dimension such as `P*T+1`."""
    whole, _, more = shape.partition("+")
    return prod(counts[letter] for letter in whole.split("*")) + int(more or 0)


def test_every_array_is_documented() -> None:
    arrays = {name for name, hint in CompiledTeam.numba_type.fields.items() if hint.name != "int64"}
    assert DOCUMENTED.keys() == arrays - {"salt"}


@given(small_snapshots())
@on_random_events
def test_arrays_are_as_documented(event: Snapshot) -> None:
    for index, compiled in enumerate(compile_snapshot(event).teams):
        counts = dimensions(event, compiled, index)
        check_shapes(compiled, counts)
        check_parts(compiled, counts)
        check_numbers(compiled, counts)


def check_shapes(compiled: CompiledTeam, counts: dict[str, int]) -> None:
    for name, (dtype, shape) in DOCUMENTED.items():
        array = getattr(compiled, name)
        assert array.dtype == np.dtype(dtype), name
        assert array.ndim == 1, name
        if shape != "...":
            assert array.size == size_of(shape, counts), name


def check_parts(compiled: CompiledTeam, counts: dict[str, int]) -> None:
    """Parts follow each other without gaps."""
    for starts, parts in PARTS.items():
        begins = getattr(compiled, starts)
        assert begins[0] == 0, starts
        assert (np.diff(begins) >= 0).all(), starts
        assert begins[-1] == (getattr(compiled, parts).size if parts else counts["O"]), starts


def check_numbers(compiled: CompiledTeam, counts: dict[str, int]) -> None:
    """Numbers of things point at what is there; quantities are what they can be."""
    for name, letter in POINTING.items():
        array = getattr(compiled, name)
        assert ((array >= 0) & (array < counts[letter])).all(), name
    for name in ("drop_low", "drop_width", "receiver_units", "time_low", "time_width"):
        assert (getattr(compiled, name) >= 1).all(), name
    assert ((compiled.thresholds >= 0) & (compiled.thresholds <= ONE)).all()


@given(small_snapshots())
@on_random_events
def test_compiling_is_deterministic_and_looks_at_the_canonical_text_alone(event: Snapshot) -> None:
    again = compile_snapshot(Snapshot.from_json(event.to_json()))
    for one, other in zip(compile_snapshot(event).teams, again.teams, strict=True):
        for name in CompiledTeam.numba_type.fields:
            here, there = np.asarray(getattr(one, name)), np.asarray(getattr(other, name))
            assert here.dtype == there.dtype, name
            assert here.tobytes() == there.tobytes(), name


# Strategies


def test_every_strategy_has_an_address_of_its_own() -> None:
    addresses = {name: address_of(found.function()) for name, found in STRATEGIES.items()}
    assert len(set(addresses.values())) == len(STRATEGIES)
    for name, address in addresses.items():
        params: dict[str, Any] = {"tiles": ["tile"]} if name == "tile-order" else {}
        compiled = compile_team(snapshot(teams=[team(strategy=name, **params)]), 0)
        assert compiled.strategy == address == address_of(STRATEGIES[name].function()) != 0
        assert compiled.ranks_each_player == (name in ("balanced", "look-ahead"))


def test_parameters_become_numbers() -> None:
    board = grid(tile("a"), tile("b"), tile("c"), tile("d"))
    ordered = team(strategy="tile-order", tiles=["c", "a"], max_players=3)
    compiled = compile_team(snapshot(board, teams=[ordered]), 0)
    assert compiled.listed_rank.tolist() == [1, 4, 0, 4]
    assert compiled.max_players == 3
    plain = compile_team(snapshot(board, teams=[team(max_players=None)]), 0)
    assert plain.listed_rank.tolist() == [4, 4, 4, 4]
    assert plain.max_players == 0


def test_tiles_share_an_activity_with_others_never_with_themselves() -> None:
    board = grid(
        tile("a", 1, 1, source("one"), source("two")),
        tile("b", 1, 1, source("two")),
        tile("c", 1, 1, source("three"), source("three")),
    )
    event = snapshot(board, *(activity(key) for key in ("one", "two", "three")))
    shares = compile_team(event, 0).shares_activity.reshape(3, 3)
    assert shares.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


# The cheapest set of tiles that unlocks a row


def standing_of(compiled: CompiledTeam, completed: Sequence[bool]) -> Standing:
    tiles = compiled.tile_points.size
    return Standing(
        open_tile=np.arange(tiles),
        opens=np.array([tiles]),
        completed=np.where(completed, 0, -1).astype(np.int64),
        remaining=np.ones(tiles, np.int64),
        work=np.zeros(tiles, np.int64),
        row_opened=np.array([0, -1]),
        bonus_paid=np.zeros(0, np.int64),
        value=np.zeros(tiles),
        cost=np.zeros(tiles, np.int64),
    )


def cheapest_by_trying(
    keys: Sequence[str], points: Sequence[int], work: Sequence[int], missing: int
) -> set[str]:
    """Return the keys of the best among all sets worth enough: least work, fewest, first keys."""
    numbers = range(len(keys))
    best = min(
        (sum(work[i] for i in chosen), len(chosen), sorted(keys[i] for i in chosen))
        for size in range(len(keys) + 1)
        for chosen in combinations(numbers, size)
        if sum(points[i] for i in chosen) >= missing
    )
    return set(best[2])


@st.composite
def unlocking_cases(draw: st.DrawFn) -> tuple[list[str], list[int], list[int], list[bool], int]:
    count = draw(st.integers(1, 9))
    keys = draw(st.permutations([f"t{number}" for number in range(count)]))
    points = [draw(st.integers(1, 5)) for _ in keys]
    # Few different works, so that ties abound; nothing left to do, and what nobody can do.
    works = st.sampled_from([0, 1, 2, 3, 5, 10**9, WORK_LIMIT_MS - 1, WORK_LIMIT_MS])
    work = [draw(works | st.integers(0, WORK_LIMIT_MS)) for _ in keys]
    completed = [draw(st.sampled_from([False, False, True])) for _ in keys]
    return keys, points, work, completed, draw(st.integers(0, sum(points)))


@given(unlocking_cases())
@example((["b", "a", "c"], [2, 2, 2], [7, 7, 7], [False] * 3, 4))
@example((["a", "b"], [1, 2], [0, 0], [False] * 2, 2))
@example(([f"t{n}" for n in range(9)], [1] * 9, [WORK_LIMIT_MS] * 9, [False] * 9, 9))
@settings(max_examples=250, deadline=None, derandomize=True)
def test_the_cheapest_unlocking_set_is_that_of_trying_them_all(
    case: tuple[list[str], list[int], list[int], list[bool], int],
) -> None:
    keys, points, work, completed, unlock_points = case
    first = [tile(key, worth) for key, worth in zip(keys, points, strict=True)]
    board = rows(first, [tile("z")], unlock_points=unlock_points)
    compiled = compile_team(snapshot(board), 0)
    done = [*completed, False]
    chosen = cheapest_unlocking_set(
        compiled, standing_of(compiled, done), 0, np.array([*work, 1], np.int64)
    )
    left = [i for i, is_done in enumerate(completed) if not is_done]
    expected = cheapest_by_trying(
        [keys[i] for i in left],
        [points[i] for i in left],
        [work[i] for i in left],
        unlock_points - sum(points) + sum(points[i] for i in left),
    )
    assert {key for key, is_in in zip(keys, chosen, strict=True) if is_in} == expected


def test_the_set_of_a_later_row_is_counted_from_its_own_first_tile() -> None:
    board = rows(
        [tile("a", 5), tile("b", 5)], [tile("c", 5), tile("d", 4), tile("e", 1)], [tile("f", 5)]
    )
    compiled = compile_team(snapshot(board), 0)
    standing = standing_of(compiled, [True, False, False, False, False, False])
    work = np.array([0, 1, 9, 4, 4, 1], np.int64)
    assert cheapest_unlocking_set(compiled, standing, 1, work).tolist() == [False, True, True]


def test_a_row_of_many_tiles_takes_no_time() -> None:
    """Sixty tiles have 2^60 subsets."""
    keys = [f"t{number:02}" for number in range(60)]
    board = rows([tile(key, 3) for key in keys], [tile("z")], unlock_points=90)
    compiled = compile_team(snapshot(board), 0)
    work = np.array([*range(60, 0, -1), 1], np.int64)
    chosen = cheapest_unlocking_set(compiled, standing_of(compiled, [False] * 61), 0, work)
    assert chosen.tolist() == [False] * 30 + [True] * 30
