"""The reference engine does what the page on simulation says, rule by rule."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bingosim.event.model import Group
from bingosim.reference import TeamResult, TraceLine, play, play_team
from bingosim.reference.board import tile_sources
from bingosim.reference.draws import Luck, mix, team_stream, threshold
from bingosim.reference.groups import settle
from bingosim.reference.loot import outcome_chances
from bingosim.reference.rates import Rates, sampled_seconds, work_ms
from tests.builders import (
    activity,
    bonus,
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
from tests.random_events import crowded_snapshots, small_snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.snapshot import Snapshot

FALSE_ALARM = 1e-6
"""Chance that a statistical test fails though all is right, had its seed been drawn at random."""


def watch(event: Snapshot, seed: str = "s", run: int = 0) -> tuple[TeamResult, list[TraceLine]]:
    """Play the first team."""
    trace: list[TraceLine] = []
    return play_team(event, 0, seed, run, trace), trace


def attempts(trace: Sequence[TraceLine]) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """Return (start, end, source, members) of attempts; those alike in the first three are one."""
    members: dict[tuple[int, int, int], list[int]] = {}
    for kind, end, start, number, member in trace:
        if kind == 0:
            members.setdefault((start, end, number), []).append(member)
    return [(*attempt, tuple(who)) for attempt, who in members.items()]


def grants(trace: Sequence[TraceLine]) -> list[tuple[int, int, int, int]]:
    """Return (second, tile, member, units) of every grant."""
    return [row[1:] for row in trace if row[0] == 1]


def team_up(solo: bool = False, **sizes: int) -> dict[str, Any]:
    """A group of two or more with a wait of 100 seconds."""
    return {"solo": solo, "min": 1 if solo else 2, "max_wait": 100, **sizes}


endless = tile("endless", 1, 10**6)


# Draws


def test_splitmix64_gives_its_published_sequence() -> None:
    luck = Luck(1234567)
    assert [luck.draw() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_streams_are_chosen_by_names_runs_and_seeds() -> None:
    streams = {team_stream(s, r, t) for s in ("0", "x") for r in (0, 1) for t in ("a", "b")}
    assert len(streams) == 8
    assert team_stream("7", 0, "a") == team_stream(7, 0, "a") != team_stream("07 ", 0, "a")
    assert mix(0) == 0


def test_a_chance_of_one_always_hits() -> None:
    assert threshold(Fraction(1)) == 2**62
    assert threshold(Fraction(1, 2)) == 2**61
    assert threshold(Fraction(0)) == 0


# Time


@pytest.mark.parametrize(
    ("duration", "fit"), [(3600, 60), (3599, 59), (3660, 61), (59, 0), (60, 1)]
)
def test_attempts_that_end_with_the_event_count_and_no_later_one(duration: int, fit: int) -> None:
    result, trace = watch(snapshot(grid(endless), duration=duration))
    assert result.units == [[fit]]
    assert len(attempts(trace)) == fit


@pytest.mark.parametrize(
    ("speed", "speeds", "seconds"),
    [
        (1, {}, 7),
        ("1.35", {}, 9),  # 9.45: the floor of the exact product
        ("0.1", {}, 1),  # 0.7: never below 1
        ("1.35", {"boss": 2}, 14),
        ("1.35", {"other": 2}, 9),
    ],
)
def test_speed_stretches_an_attempt(speed: str, speeds: dict[str, str], seconds: int) -> None:
    who = player(speed=speed, speeds=speeds)
    event = snapshot(grid(endless), activity(seconds=7), teams=[team(who)], duration=1000)
    assert watch(event)[0].units == [[1000 // seconds]]


def test_the_floor_is_taken_of_the_exact_product() -> None:
    assert 60 * 1.5 * 0.7 < 63  # in doubles
    board = grid(tile("a", 1, 10**6, source(modifiers=[{"has": "cap", "time": "0.7"}])))
    who = player(speed="1.5", has=["cap"])
    event = snapshot(board, teams=[team(who)], duration=630)
    assert watch(event)[0].units == [[10]]
    assert attempts(watch(event)[1])[0][:2] == (0, 63)


def test_a_player_starts_only_what_is_expected_to_fit_the_session() -> None:
    who = player(sessions=[(0, 150), (200, 320), (400, 459)])
    event = snapshot(grid(endless), teams=[team(who)])
    assert [a[:2] for a in attempts(watch(event)[1])] == [
        (0, 60),
        (60, 120),
        (200, 260),
        (260, 320),
    ]


def test_a_started_attempt_is_finished_after_the_session() -> None:
    who = player(sessions=[(0, 60)])
    event = snapshot(
        grid(endless), activity(spread=50, law="uniform"), teams=[team(who)], duration=200
    )
    ends = {attempts(watch(event, run=run)[1])[0][1] for run in range(100)}
    assert min(ends) < 60 < max(ends)


def test_who_comes_back_while_busy_plays_on_without_a_pause() -> None:
    who = player(sessions=[(0, 60), (70, 400)])
    event = snapshot(
        grid(endless), activity(spread=50, law="uniform"), teams=[team(who)], duration=400
    )
    for run in range(100):
        first, second, *_ = attempts(watch(event, run=run)[1])
        assert second[0] == max(first[1], 70)


def test_who_goes_offline_leaves_the_unit_and_waits_anew() -> None:
    # The attempt of 160 to 220 ends with a session, and a new one begins in the same second.
    boss = activity(group=team_up(solo=True, want=2, max=2))
    who = player(sessions=[(0, 220), (220, 400)])
    event = snapshot(grid(endless), boss, teams=[team(who)])
    assert [a[:2] for a in attempts(watch(event)[1])] == [(100, 160), (160, 220), (320, 380)]


def test_an_attempt_that_ends_after_the_event_counts_for_nothing() -> None:
    event = snapshot(grid(endless), activity(spread=50, law="uniform"), duration=60)
    units = {watch(event, run=run)[0].units[0][0] for run in range(50)}
    assert units >= {0, 1}


def test_sessions_take_place_by_chance() -> None:
    never = snapshot(grid(endless), teams=[team(player(attends=0))])
    assert watch(never)[0].units == [[0]]
    sessions = [(second, second + 60) for second in range(0, 36_000, 120)]
    often = snapshot(
        grid(endless), teams=[team(player(attends="0.8", sessions=sessions))], duration=36_000
    )
    took_place = sum(watch(often, run=run)[0].units[0][0] for run in range(10))
    assert stats.binomtest(took_place, 3000, 0.8).pvalue > FALSE_ALARM


def test_uniform_times_are_equally_likely() -> None:
    time = activity(seconds=10, spread=4, law="uniform").time
    luck = Luck(1)
    seen = Counter(sampled_seconds(time, luck) for _ in range(9000))
    assert sorted(seen) == list(range(6, 15))
    assert stats.chisquare(list(seen.values())).pvalue > FALSE_ALARM


def test_normal_times_are_rounded_quantiles_and_never_below_one() -> None:
    time = activity(seconds="3.4", spread=2, law="normal").time
    luck, same_luck = Luck(1), Luck(1)
    for _ in range(2000):
        quantile = stats.norm.ppf(same_luck.between_0_and_1())
        assert sampled_seconds(time, luck) == max(1, int((3 + 2 * quantile + 0.5) // 1))


def test_a_fixed_time_takes_no_draw() -> None:
    luck = Luck(1)
    assert sampled_seconds(activity(seconds="2.5").time, luck) == 3
    assert luck.state == 1


# Closed forms


def test_chance_of_completing_in_n_attempts() -> None:
    # p = 1/40 and 30 attempts: 1 - (39/40)^30.
    event = snapshot(grid(tile()), activity(loot=[line("1/40")]), duration=30 * 60)
    completed = sum(watch(event, run=run)[0].tiles_completed for run in range(600))
    assert stats.binomtest(completed, 600, 1 - (39 / 40) ** 30).pvalue > FALSE_ALARM


def test_the_attempt_that_completes_a_need_of_three_is_negative_binomial() -> None:
    event = snapshot(grid(tile(need=3)), activity(loot=[line("1/4")]), duration=24 * 60)
    seconds = [watch(event, run=run)[0].tile_completed[0] for run in range(800)]
    observed = Counter(-1 if second < 0 else second // 60 for second in seconds)
    law = stats.nbinom(3, 1 / 4)  # failures before the third success
    groups = [range(3, 7), range(7, 10), range(10, 13), range(13, 17), range(17, 25), [-1]]
    expected = [sum(law.pmf(n - 3) for n in group) for group in groups[:-1]]
    expected.append(1 - sum(expected))
    counts = [sum(observed[n] for n in group) for group in groups]
    assert stats.chisquare(counts, [800 * share for share in expected]).pvalue > FALSE_ALARM


def test_identical_teams_complete_first_equally_often() -> None:
    event = snapshot(
        grid(tile()),
        activity(loot=[line("1/20")]),
        teams=[team(player("ann"), name="reds"), team(player("bob"), name="blues")],
        duration=60 * 60,
    )
    ahead = Counter()  # type: Counter[bool]
    for run in range(300):
        red, blue = (result.tile_completed[0] for result in play(event, "s", run))
        if red != blue:
            ahead[(red if red >= 0 else 10**6) < (blue if blue >= 0 else 10**6)] += 1
    assert stats.binomtest(ahead[True], ahead.total(), 0.5).pvalue > FALSE_ALARM


# Loot


def test_a_multiplier_helps_what_the_source_accepts_and_shrinks_the_rest() -> None:
    loot = activity(
        loot=[
            {
                "drops": [
                    {"chance": "1/4", "gives": "ours"},
                    {"chance": "1/2", "gives": "theirs"},
                    {"chance": "1/8", "gives": ["ours", "more"]},
                ]
            }
        ]
    ).loot[0]

    def chances(multiplier: int | Fraction) -> list[Fraction]:
        return outcome_chances(loot, {"ours"}, Fraction(multiplier))

    assert chances(1) == [Fraction(1, 4), Fraction(1, 2), Fraction(1, 8)]
    assert chances(Fraction(1, 2)) == [Fraction(1, 8), Fraction(1, 2), Fraction(1, 16)]
    assert chances(2) == [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    assert chances(8) == [Fraction(2, 3), 0, Fraction(1, 3)]


def test_a_chance_scaled_up_to_one_never_misses_again() -> None:
    modifier = {"has": "cap", "chance": 1000}
    board = grid(tile("a", 1, 10**6, source(modifiers=[modifier])))
    event = snapshot(
        board, activity(loot=[line("1/100")]), teams=[team(player(has=["cap"]))], duration=600
    )
    assert watch(event)[0].units == [[10]]


def test_per_player_lines_use_own_modifiers_and_per_group_lines_united_ones() -> None:
    loot = [line("1/1000", "mine"), line("1/1000", "ours", per="group")]
    modifier = {"has": "cap", "chance": 1000, "time": "0.5"}
    sources = (source("boss", ["mine", "ours"], modifiers=[modifier]),)
    board = grid(tile("a", 1, 10**6, *sources))
    duo = team(player("ann"), player("bob", has=["cap"]))
    event = snapshot(board, activity(loot=loot, group=team_up()), teams=[duo], duration=630)
    result, trace = watch(event)
    # The united time modifier makes it 30 s an attempt; Ann, alone, expects 60, and the last still
    # fits. Bob's own line and the group's line always hit, Ann's line one time in a thousand.
    assert len(attempts(trace)) == 20
    assert sum(map(sum, result.units)) == 40
    assert result.units[1][0] >= 20


def test_per_group_drops_fall_to_members_evenly() -> None:
    loot = [line(1, per="group", rolls=3)]
    event = snapshot(
        grid(endless),
        activity(loot=loot, group=team_up(min=3, max=3)),
        teams=[team(*players(3))],
        duration=60 * 1000,
    )
    result, _ = watch(event)
    units = [row[0] for row in result.units]
    assert sum(units) == 3000
    assert stats.chisquare(units).pvalue > FALSE_ALARM


def test_quantities_in_a_range_are_equally_likely() -> None:
    event = snapshot(
        grid(endless), activity(loot=[line(1, {"item": "3-7"}, rolls=5)]), duration=60 * 1000
    )
    seen = Counter(units for *_, units in grants(watch(event)[1]))
    assert sorted(seen) == [3, 4, 5, 6, 7]
    assert stats.chisquare(list(seen.values())).pvalue > FALSE_ALARM


def test_what_no_tile_of_the_board_accepts_takes_no_draw() -> None:
    plain = snapshot(grid(endless), activity(loot=[line("1/3")]))
    rich = snapshot(
        grid(endless), activity(loot=[line("1/2", {"junk": "1-9"}, rolls=4), line("1/3")])
    )
    assert watch(plain)[1] == watch(rich)[1]


def test_bands_change_time_and_chance_by_the_size_of_the_group() -> None:
    bands = [{"sizes": "1-1", "time": 2}, {"sizes": "2-3", "time": "0.5", "chance": 2}]
    boss = activity(loot=[line("1/2")], group=team_up(max=3), bands=bands)
    event = snapshot(grid(endless), boss, teams=[team(*players(3))], duration=60)
    result, trace = watch(event)
    assert [a[:2] for a in attempts(trace)] == [(0, 30), (30, 60)]
    assert result.units == [[2], [2], [2]]


# Choosing


def test_a_player_takes_the_source_that_gives_most_per_second() -> None:
    slow, fast = activity("slow", 60), activity("fast", 40)
    event = snapshot(grid(tile("a", 1, 99, source("slow"), source("fast"))), slow, fast)
    assert {number for _, _, number, _ in attempts(watch(event)[1])} == {1}


def test_equal_sources_the_first_in_the_file() -> None:
    event = snapshot(grid(tile("a", 1, 99, source("b"), source("a"))), activity("a"), activity("b"))
    assert {number for _, _, number, _ in attempts(watch(event)[1])} == {0}


def test_a_better_source_that_does_not_fit_gives_way() -> None:
    long = activity("long", 600, [line(gives={"item": 100})])
    event = snapshot(
        grid(tile("a", 1, 10**6, source("long"), source())), long, activity(), duration=700
    )
    assert [a[:3] for a in attempts(watch(event)[1])] == [(0, 600, 0), (600, 660, 1)]


def test_requirements_bind_players_but_not_drops() -> None:
    board = grid(tile("a", 4, 99, source(requires=["cap"])), tile("b", 1, 99, source()))
    result, trace = watch(snapshot(board))
    assert {number for _, _, number, _ in attempts(trace)} == {1}
    assert result.units == [[60, 0]]


def test_max_players_counts_the_busy_and_the_waiting() -> None:
    board = grid(tile("a", 4, 99), tile("b", 1, 99, source("side")))
    side = activity("side", group=team_up(max=5))
    event = snapshot(
        board, activity(), side, teams=[team(*players(4), max_players=2)], duration=120
    )
    _, trace = watch(event)
    assert attempts(trace) == [
        (0, 60, 0, (0, 1)),
        (0, 60, 1, (2, 3)),
        (60, 120, 0, (0, 1)),
        (60, 120, 1, (2, 3)),
    ]


def test_a_place_that_falls_free_is_taken_at_once() -> None:
    duo = [player("ann", sessions=[(0, 60)]), player("bob")]
    event = snapshot(grid(endless), teams=[team(*duo, max_players=1)], duration=180)
    assert attempts(watch(event)[1]) == [
        (0, 60, 0, (0,)),
        (60, 120, 0, (1,)),
        (120, 180, 0, (1,)),
    ]


def test_a_source_with_every_key_full_gives_nothing_to_choose() -> None:
    board = grid(
        tile("set", 4, 2, source("boss", ["item"]), source("other", ["thing"]), each=1),
        tile("z", 1, 99),
    )
    other = activity("other", 90, [line(gives="thing")])
    _, trace = watch(snapshot(board, activity(), other, duration=210))
    assert [a[2] for a in attempts(trace)] == [0, 1, 2]


# Groups


def test_two_who_want_two_start_at_once_and_share_a_drop() -> None:
    boss = activity(loot=[line(per="group"), line()], group=team_up())
    event = snapshot(grid(endless), boss, teams=[team(*players(2))])
    result, trace = watch(event)
    assert len(attempts(trace)) == 60
    assert sum(map(sum, result.units)) == 180


def test_who_waits_in_vain_does_something_else_and_is_not_forgotten() -> None:
    board = grid(tile("a", 4, 99), tile("b", 1, 99, source("alone")))
    boss, alone = activity(group=team_up()), activity("alone")
    event = snapshot(board, boss, alone, duration=220)
    assert attempts(watch(event)[1]) == [(100, 160, 1, (0,)), (160, 220, 1, (0,))]


def test_a_bar_falls_when_a_tile_is_completed() -> None:
    board = grid(
        tile("a", 4, 99), tile("b", 1, 1, source("alone")), tile("c", 1, 9, source("alone"))
    )
    event = snapshot(board, activity(group=team_up()), activity("alone"), duration=400)
    # After the completion at 160 the player waits for the better tile once more, until 260.
    assert [a[:3] for a in attempts(watch(event)[1])] == [
        (100, 160, 1),
        (260, 320, 2),
        (320, 380, 2),
    ]


def test_a_bar_falls_when_the_next_session_starts() -> None:
    board = grid(tile("a", 4, 99), tile("b", 1, 99, source("alone")))
    who = player(sessions=[(0, 180), (200, 400)])
    event = snapshot(board, activity(group=team_up()), activity("alone"), teams=[team(who)])
    assert [a[:2] for a in attempts(watch(event)[1])] == [(100, 160), (300, 360)]


def test_a_bar_falls_when_a_team_mate_begins_to_wait() -> None:
    # Ann gives up at 100 and has nothing to do; Bob comes at 150, and they start at once.
    duo = [player("ann"), player("bob", sessions=[(150, 3600)])]
    event = snapshot(grid(endless), activity(group=team_up()), teams=[team(*duo)], duration=270)
    assert attempts(watch(event)[1]) == [(150, 210, 0, (0, 1)), (210, 270, 0, (0, 1))]


def test_a_bar_falls_when_a_unit_with_room_starts() -> None:
    # Ann gives up at 100. Bob and Cid come at 150 and start; she joins at their next start.
    trio = [
        player("ann"),
        player("bob", sessions=[(150, 3600)]),
        player("cid", sessions=[(150, 3600)]),
    ]
    boss = activity(group=team_up(max=3))
    event = snapshot(grid(endless), boss, teams=[team(*trio)], duration=270)
    assert attempts(watch(event)[1]) == [(150, 210, 0, (1, 2)), (210, 270, 0, (0, 1, 2))]


def test_a_solo_starts_alone_when_the_wait_has_run_out() -> None:
    boss = activity(group=team_up(solo=True, want=2, max=2))
    event = snapshot(grid(endless), boss, duration=220)
    assert [a[:2] for a in attempts(watch(event)[1])] == [(100, 160), (160, 220)]


def test_the_oldest_wait_starts_all_who_are_there() -> None:
    boss = activity(group=team_up(want=4, max=4))
    trio = [
        player("ann"),
        player("bob", sessions=[(70, 3600)]),
        player("cid", sessions=[(99, 3600)]),
    ]
    event = snapshot(grid(endless), boss, teams=[team(*trio)], duration=160)
    assert attempts(watch(event)[1]) == [(100, 160, 0, (0, 1, 2))]


def test_a_late_comer_joins_when_the_attempt_ends() -> None:
    boss = activity(group=team_up(max=3))
    trio = [player("ann", sessions=[(10, 3600)]), player("bob"), player("cid")]
    event = snapshot(grid(endless), boss, teams=[team(*trio)], duration=120)
    assert attempts(watch(event)[1]) == [(0, 60, 0, (1, 2)), (60, 120, 0, (0, 1, 2))]


def test_a_held_place_has_no_limit_of_time() -> None:
    boss = activity(seconds=300, group=team_up(max=3))
    trio = [player("ann", sessions=[(10, 3600)]), player("bob"), player("cid")]
    event = snapshot(grid(endless), boss, teams=[team(*trio)], duration=600)
    assert attempts(watch(event)[1])[-1] == (300, 600, 0, (0, 1, 2))


def test_a_remainder_too_small_waits_in_vain() -> None:
    boss = activity(group=team_up())
    event = snapshot(
        grid(tile("a", 4, 9**6), tile("b", 1, 99, source("alone"))),
        boss,
        activity("alone"),
        teams=[team(*players(3))],
        duration=160,
    )
    assert attempts(watch(event)[1])[-1] == (100, 160, 1, (2,))


def test_a_unit_that_lost_too_many_dissolves_and_waits_from_now() -> None:
    duo = [player("ann"), player("bob", sessions=[(0, 120)])]
    board = grid(tile("a", 4, 99), tile("b", 1, 99, source("alone")))
    event = snapshot(
        board, activity(group=team_up()), activity("alone"), teams=[team(*duo)], duration=300
    )
    assert [a[:3] for a in attempts(watch(event)[1])] == [(0, 60, 0), (60, 120, 0), (220, 280, 1)]


def test_waiting_keeps_its_beginning_when_the_choice_stays_the_same() -> None:
    # Bob completes tile b at 60; Ann, who waits since 0, picks the same again and gives up at 100.
    board = grid(
        tile("a", 4, 99, source(requires=["cap"])),
        tile("b", 3, 1, source("alone")),
        tile("c", 2, 99, source("alone")),
    )
    duo = [player("ann", has=["cap"]), player("bob")]
    event = snapshot(
        board, activity(group=team_up()), activity("alone"), teams=[team(*duo)], duration=180
    )
    assert attempts(watch(event)[1]) == [
        (0, 60, 1, (1,)),
        (60, 120, 2, (1,)),
        (100, 160, 2, (0,)),
        (120, 180, 2, (1,)),
    ]


def test_want_one_starts_at_once_and_has_room() -> None:
    boss = activity(group=team_up(solo=True, want=1, max=3))
    trio = [player("ann"), player("bob"), player("cid", sessions=[(30, 3600)])]
    event = snapshot(grid(endless), boss, teams=[team(*trio)], duration=120)
    assert attempts(watch(event)[1]) == [(0, 60, 0, (0, 1)), (60, 120, 0, (0, 1, 2))]


def test_whose_session_ends_while_waiting_goes_offline() -> None:
    duo = [player("ann", sessions=[(0, 80)]), player("bob", sessions=[(80, 3600)])]
    event = snapshot(grid(endless), activity(group=team_up()), teams=[team(*duo)])
    assert attempts(watch(event)[1]) == []


@pytest.mark.parametrize(
    ("sizes", "returning", "waiting", "running", "starts", "still", "in_vain"),
    [
        # 1: units in order take the waiting in roster order
        ({"max": 3}, [[4, 5], [0, 7]], {1: 50, 2: 50}, [], [[1, 4, 5], [0, 2, 7]], [], []),
        # 1: who is left of a unit waits from now, and may join another unit
        ({"max": 3}, [[4], [0, 7]], {}, [], [[0, 4, 7]], [], []),
        ({"max": 3}, [[0, 7], [4]], {}, [], [[0, 4, 7]], [], []),
        ({"max": 3}, [[5], [0, 7]], {4: 50}, [], [[0, 4, 7]], [5], []),
        ({"min": 3, "max": 3}, [[0, 1], [4]], {}, [], [[0, 1, 4]], [], []),
        # 2: free places are held for the first in the roster
        ({"max": 3}, [], {1: 0, 2: 0}, [2], [], [1], [2]),
        # 3: as large as allowed while enough are left
        (
            {"want": 2, "max": 3},
            [],
            dict.fromkeys(range(8), 100),
            [],
            [[0, 1, 2], [3, 4, 5], [6, 7]],
            [],
            [],
        ),
        ({"want": 3, "max": 3}, [], dict.fromkeys(range(5), 100), [], [[0, 1, 2]], [3, 4], []),
        # 4: the oldest time has run out
        ({"want": 3, "max": 3}, [], {3: 99, 4: 0}, [], [[3, 4]], [], []),
        ({"min": 3, "max": 3}, [], {3: 99, 4: 0}, [], [], [3], [4]),
        ({"min": 3, "max": 3}, [], {3: 1, 4: 2}, [], [], [3, 4], []),
        ({"solo": True, "want": 2, "max": 2}, [], {3: 0}, [], [[3]], [], []),
    ],
)
def test_settling_a_source(
    sizes: dict[str, Any],
    returning: list[list[int]],
    waiting: dict[int, int],
    running: list[int],
    starts: list[list[int]],
    still: list[int],
    in_vain: list[int],
) -> None:
    group = activity(group=team_up(**sizes)).group
    settled = settle(group, 100, returning, waiting, running)
    assert settled.starts == starts
    assert sorted(settled.waiting) == still
    assert settled.in_vain == in_vain


@st.composite
def unsettled(
    draw: st.DrawFn,
) -> tuple[Group, list[list[int]], dict[int, int], list[int]]:
    least = draw(st.integers(1, 3))
    want = draw(st.integers(least, 4))
    most = draw(st.integers(max(want, 2), 5))
    solo = least == 1 or draw(st.booleans())
    group = Group(solo=solo, min=least, want=want, max=most, max_wait=draw(st.integers(1, 90)))
    crowd = draw(st.permutations(range(12)))
    sizes = draw(st.lists(st.integers(0, most), max_size=3))
    parts = [sorted(crowd[sum(sizes[:i]) :][:size]) for i, size in enumerate(sizes)]
    rest = crowd[sum(sizes) :]
    waiting = {p: draw(st.integers(0, 100)) for p in rest[: draw(st.integers(0, 12))]}
    return group, parts, waiting, draw(st.lists(st.integers(1, most), max_size=2))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(unsettled())
def test_settling_loses_nobody_and_leaves_nothing_to_do(
    case: tuple[Group, list[list[int]], dict[int, int], list[int]],
) -> None:
    group, returning, waiting, running = case
    settled = settle(group, 100, returning, waiting, running)
    everybody = [*waiting, *(p for members in returning for p in members)]
    started = [p for members in settled.starts for p in members]
    assert sorted([*started, *settled.waiting, *settled.in_vain]) == sorted(everybody)
    assert all(len(members) <= group.max for members in settled.starts)
    assert all(waiting[p] + group.max_wait <= 100 for p in settled.in_vain)
    now_running = [*running, *(len(members) for members in settled.starts)]
    again = settle(group, 100, [], settled.waiting, now_running)
    assert (again.starts, again.in_vain) == ([], [])
    assert again.waiting == settled.waiting


# Grants


def test_a_stack_goes_to_one_tile_and_what_exceeds_the_need_is_lost() -> None:
    board = grid(tile("a", 4, 5), tile("b", 1, 99))
    event = snapshot(board, activity(loot=[line(gives={"item": 3})]), duration=180)
    result, trace = watch(event)
    assert grants(trace) == [(60, 0, 0, 3), (120, 0, 0, 2), (180, 1, 0, 3)]
    assert result.tile_completed == [120, -1]


def test_an_item_may_be_worth_many_units() -> None:
    board = grid(tile("a", 1, 1500, source("boss", {"torva": 1500, "shard": 1})))
    loot = [line(gives={"shard": 700}), line(gives="torva")]
    _, trace = watch(snapshot(board, activity(loot=loot), duration=60))
    assert grants(trace) == [(60, 0, 0, 700), (60, 0, 0, 800)]


def test_after_a_completion_the_next_stack_follows_the_new_ranking() -> None:
    board = grid(tile("a", 4, 1), tile("b", 1, 99))
    event = snapshot(board, activity(loot=[line(rolls=3)]), duration=60)
    assert grants(watch(event)[1]) == [(60, 0, 0, 1), (60, 1, 0, 1), (60, 1, 0, 1)]


def test_a_drop_that_no_open_tile_accepts_is_lost() -> None:
    loot = [line(), line(gives="gem")]
    board = rows([tile("a", 5, 2)], [tile("b", 1, 9, source("boss", "gem"))])
    result, trace = watch(snapshot(board, activity(loot=loot), duration=180))
    assert result.row_opened == [0, 120]
    # The gem of the attempt that opened the row already counts: it was granted after the item.
    assert grants(trace) == [(60, 0, 0, 1), (120, 0, 0, 1), (120, 1, 0, 1), (180, 1, 0, 1)]


def test_each_limits_what_counts_from_one_key() -> None:
    board = grid(tile("set", 2, 3, source("boss", ["a", "b", "c"]), each=1))
    loot = [line(gives={"a": 5}), line(gives="a"), line(gives=["b", "c"])]
    _, trace = watch(snapshot(board, activity(loot=loot), duration=60))
    assert [units for *_, units in grants(trace)] == [1, 1, 1]


def test_a_full_key_goes_to_the_next_tile_that_accepts_it() -> None:
    board = grid(
        tile("set", 4, 2, source("boss", ["a", "b"]), each=1), tile("z", 1, 9, source("boss", "a"))
    )
    event = snapshot(board, activity(loot=[line(gives="a")]), duration=120)
    # After the first the source is of use for `z` alone, but a `b` could still come: it is played.
    assert [row[:2] for row in grants(watch(event)[1])] == [(60, 0), (120, 1)]


def test_loot_is_rolled_line_by_line_then_member_by_member() -> None:
    loot = [line(rolls=2), line(gives=["b", "a"])]
    board = grid(
        tile("x", 3, 99, source("boss", "item")),
        tile("y", 2, 99, source("boss", "a")),
        tile("z", 1, 99, source("boss", "b")),
    )
    event = snapshot(
        board, activity(loot=loot, group=team_up()), teams=[team(*players(2))], duration=60
    )
    assert [row[1:3] for row in grants(watch(event)[1])] == [
        (0, 0),
        (0, 0),
        (0, 1),
        (0, 1),
        (2, 0),
        (1, 0),
        (2, 1),
        (1, 1),
    ]


# Rows and bonuses


def test_a_row_opens_when_the_row_before_is_worth_enough() -> None:
    board = rows(
        [tile("a", 4, 1, source("boss", "item")), tile("b", 1, 3)],
        [tile("c", 5, 1)],
        [tile("d", 1, 1)],
        bonuses=[bonus(5, "a")],
    )
    result, _ = watch(snapshot(board, duration=6 * 60))
    # The bonus at 60 opens nothing; a and b together do.
    assert result.bonus_paid == [60]
    assert result.row_opened == [0, 240, 300]
    assert result.tile_completed == [60, 240, 300, 360]
    assert result.points == 16
    assert result.rows_open == 3
    assert result.last_point == 360


def test_unlock_points_of_zero_open_everything() -> None:
    board = rows([tile("a", 1, 9)], [tile("b", 4, 9)], unlock_points=0)
    result, _ = watch(snapshot(board, duration=600))
    assert result.row_opened == [0, 0]
    assert result.tile_completed == [-1, 540]


def test_a_bonus_is_paid_with_its_last_tile() -> None:
    board = grid(
        tile("a", 3),
        tile("b", 2),
        tile("c", 1, 99),
        bonuses=[bonus(7, "a", "b"), bonus(9, "b", "c")],
    )
    result, _ = watch(snapshot(board, duration=300))
    assert result.bonus_paid == [120, -1]
    assert (result.points, result.last_point) == (12, 120)


def test_a_team_without_points_has_no_last_point() -> None:
    result, _ = watch(snapshot(grid(endless)))
    assert (result.points, result.last_point, result.tile_completed) == (0, -1, [-1])


# The starting state


def test_a_run_begins_in_the_middle() -> None:
    board = rows(
        [tile("a", 5, 1), tile("b", 5, 1)],
        [tile("c", 1, 3)],
        bonuses=[bonus(2, "a"), bonus(3, "a", "b")],
    )
    beginning = state(100, {"completed": {"a": 40, "b": None}, "progress": {"c": {"": 1}}})
    result, trace = watch(snapshot(board, state=beginning, duration=220))
    assert attempts(trace) == [(100, 160, 0 + 2, (0,)), (160, 220, 2, (0,))]
    assert result.tile_completed == [40, 100, 220]
    assert result.row_opened == [0, 40]
    assert result.bonus_paid == [40, 100]
    assert result.points == 16
    assert result.units == [[0, 0, 2]]


def test_a_completion_may_open_several_rows() -> None:
    board = rows([tile("a", 5, 1)], [tile("b", 5, 1)], [tile("c", 5, 9)])
    event = snapshot(board, state=state(0, {"completed": {"b": 0}}), duration=60)
    assert watch(event)[0].row_opened == [0, 60, 60]


def test_progress_per_key_is_kept() -> None:
    board = grid(tile("set", 1, 2, source("boss", ["a", "b"]), each=1))
    loot = [line(gives="a"), line(gives="b")]
    beginning = state(0, {"progress": {"set": {"a": 1}}})
    event = snapshot(board, activity(loot=loot), state=beginning, duration=60)
    assert grants(watch(event)[1]) == [(60, 0, 0, 1)]


def test_a_session_that_began_before_the_state_goes_on() -> None:
    who = player(sessions=[(0, 160), (200, 260)])
    event = snapshot(grid(endless), teams=[team(who)], state=state(100, {}))
    assert [a[:2] for a in attempts(watch(event)[1])] == [(100, 160), (200, 260)]


# Rates


def test_rates_share_group_lines_by_the_wanted_size() -> None:
    loot = [line("1/2", {"item": "1-3"}, per="group", rolls=2), line("1/4")]
    bands = [{"sizes": "3-4", "time": "0.5", "chance": 2}]
    boss = activity(seconds="7.5", loot=loot, group=team_up(want=4, max=5), bands=bands)
    event = snapshot(
        grid(tile("a", 1, 10, source("boss", {"item": 3}))), boss, teams=[team(player(speed=2))]
    )
    rates = Rates(event.teams[0].players, tile_sources(event))
    # 2 rolls x 1 x 2 items x 3 units / 4 players, and 1/2 x 3 units, in 7.5 x 2 x 0.5 seconds.
    assert rates.expected[0, 0] == Fraction("7.5")
    assert rates.rate[0, 0] == (3 + Fraction(3, 2)) / Fraction("7.5")


def test_work_is_whole_milliseconds_and_has_a_ceiling() -> None:
    assert work_ms(3, Fraction(1, 7)) == 21_000
    assert work_ms(1, Fraction(7, 1000)) == 142_857
    assert work_ms(10**12, Fraction(1, 10**9)) == 2**50
    assert work_ms(1, None) == 2**50


# Random events


@settings(max_examples=80, deadline=None, derandomize=True)
@given(small_snapshots() | crowded_snapshots())
def test_invariants_of_random_events(event: Snapshot) -> None:
    for index, members in enumerate(event.teams):
        trace: list[TraceLine] = []
        result = play_team(event, index, "s", 3, trace)
        assert result == play_team(event, index, "s", 3)
        check_attempts(event, index, trace)
        units = [[0] * len(event.board.tiles) for _ in members.players]
        for _, number, member, count in grants(trace):
            assert count > 0
            units[member][number] += count
        assert units == result.units
        check_result(event, index, result)


def check_attempts(event: Snapshot, index: int, trace: Sequence[TraceLine]) -> None:
    roster = event.teams[index].players
    free_from = [event.state.at if event.state else 0] * len(roster)
    for kind, end, start, _, member in trace:
        if kind == 0:
            assert free_from[member] <= start < end <= event.duration
            assert any(begin <= start < until for begin, until in roster[member].sessions)
            free_from[member] = end


def check_result(event: Snapshot, index: int, result: TeamResult) -> None:
    board = event.board
    done = [second >= 0 for second in result.tile_completed]
    points = sum(t.points for t, is_done in zip(board.tiles, done, strict=True) if is_done)
    points += sum(
        b.points for b, second in zip(board.bonuses, result.bonus_paid, strict=True) if second >= 0
    )
    assert result.points == points
    assert result.tiles_completed == sum(done)
    assert result.last_point == max([*result.tile_completed, *result.bonus_paid, -1])
    assert result.rows_open == sum(second >= 0 for second in result.row_opened)
    progress = event.state.teams[index].progress if event.state else {}
    completed_before = event.state.teams[index].completed if event.state else {}
    for number, square in enumerate(board.tiles):
        if square.key in completed_before:
            continue
        before = sum(progress.get(square.key, {}).values())
        total = before + sum(row[number] for row in result.units)
        assert (total == square.need) == done[number]
        assert total <= square.need


@settings(max_examples=20, deadline=None, derandomize=True)
@given(small_snapshots(most_teams=2))
def test_a_team_plays_as_if_it_were_alone(event: Snapshot) -> None:
    together = play(event, "s", 0)
    for index in range(len(event.teams)):
        lonely_state = event.state and event.state.model_copy(
            update={"teams": (event.state.teams[index],)}
        )
        alone = event.model_copy(update={"teams": (event.teams[index],), "state": lonely_state})
        assert play(alone, "s", 0) == [together[index]]
