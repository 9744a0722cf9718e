"""Each strategy ranks tiles as the page on simulation says, on boards worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bingosim.event.snapshot import StartingState
from bingosim.reference import play_team
from bingosim.reference.board import Progress, tile_sources
from bingosim.reference.rates import Rates
from bingosim.reference.strategies import Situation, grant_ranking, ranking
from tests.builders import (
    activity,
    bonus,
    grid,
    player,
    rows,
    snapshot,
    source,
    state,
    team,
    tile,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.model import Activity, Board
    from bingosim.event.snapshot import Snapshot
    from bingosim.reference import TraceLine

MINUTE = activity("minute", 60)
HOUR = activity("hour", 3600)
OTHER = activity("other", 60)


def situation(event: Snapshot) -> Situation:
    """Where the first team stands when a run begins."""
    progress = Progress(event.board)
    if event.state:
        progress = Progress(event.board, event.state.teams[0], event.state.at)
    rates = Rates(event.teams[0].players, tile_sources(event))
    left = event.duration - (event.state.at if event.state else 0)
    return Situation(event.teams[0], progress, rates, left)


def ranked(
    board: Board,
    strategy: str,
    *roster: dict[str, Any],
    activities: Sequence[Activity] = (MINUTE, HOUR, OTHER),
    beginning: StartingState | None = None,
    **params: Any,
) -> tuple[str, str]:
    """Return the first player's ranking and the grants' ranking, as keys."""
    playing = team(*(roster or [player()]), strategy=strategy, **params)
    now = situation(snapshot(board, *activities, teams=[playing], state=beginning))
    own, grants = ranking(now, 0), grant_ranking(now)
    return " ".join(now.key(t) for t in own), " ".join(now.key(t) for t in grants)


def of(key: str, points: int, need: int = 1, *activities: str) -> dict[str, Any]:
    """A tile whose item comes from some activities; `minute` where none is named."""
    return tile(key, points, need, *(source(name) for name in activities or ["minute"]))


def done(*keys: str) -> StartingState:
    """A beginning with some tiles completed."""
    return state(0, {"completed": dict.fromkeys(keys, 0)})


# greedy


def test_greedy_takes_points_then_work_then_key() -> None:
    board = grid(of("d", 1), of("c", 2, 9), of("b", 2, 5), of("a", 2, 9))
    assert ranked(board, "greedy") == ("b a c d", "b a c d")


def test_greedy_counts_what_remains() -> None:
    board = grid(of("a", 1, 9), of("b", 1, 8))
    beginning = state(0, {"progress": {"a": {"": 2}}})
    assert ranked(board, "greedy", beginning=beginning)[0] == "a b"


def test_what_nobody_can_do_comes_last_among_equals() -> None:
    impossible = tile("a", 1, 1, source("minute", requires=["wings"]))
    assert ranked(grid(impossible, of("b", 1, 999)), "greedy")[0] == "b a"


def test_work_is_for_the_mean_of_those_who_can() -> None:
    # Bob alone can do `a`, in 60 s; Ann does `b` in 240 s and Bob in 60 s: 96 s on average.
    board = grid(
        tile("a", 1, 1, source("minute", requires=["cap"])),
        tile("b", 1, 1, source("other")),
        of("c", 1, 1, "quarter"),
    )
    ann, bob = player(speeds={"other": 4}), player("bob", has=["cap"])
    quarter = activity("quarter", 38)
    own, _ = ranked(board, "greedy", ann, bob, activities=[MINUTE, OTHER, quarter])
    # Ann takes 38 s for `c`, too.
    assert own == "c a b"
    now = situation(snapshot(board, MINUTE, OTHER, quarter, teams=[team(ann, bob)]))
    assert [now.work(t) for t in range(3)] == [60_000, 96_000, 38_000]


def test_locked_and_completed_tiles_are_in_no_ranking() -> None:
    board = rows([of("a", 4), of("b", 3)], [of("c", 5)])
    assert ranked(board, "greedy", beginning=done("a")) == ("b", "b")


def test_rankings_are_made_anew_when_a_tile_is_completed_and_at_no_other_time() -> None:
    # For Ann `a` takes 20 min, and `b` 21 min to the mean of her and quick Bob. Bob's drops make
    # `b` the shorter one after some minutes; she changes over when Cid completes `c`, after eight.
    board = grid(
        tile("a", 2, 20, source("minute", requires=["a"])),
        tile("b", 2, 116, source("other", requires=["b"])),
        tile("c", 1, 8, source("third", requires=["c"])),
    )
    roster = [
        player("ann", has=["a", "b"]),
        player("bob", speed="0.1", has=["b"]),
        player("cid", has=["c"]),
    ]
    third = activity("third", 60)
    event = snapshot(board, MINUTE, OTHER, third, teams=[team(*roster)], duration=600)
    trace: list[TraceLine] = []
    play_team(event, 0, "s", 0, trace)
    anns = [number for kind, _, _, number, member in trace if kind == 0 and member == 0]
    assert anns == [0] * 8 + [1] * 2


# balanced


def test_balanced_takes_points_per_own_work() -> None:
    board = grid(of("a", 4, 1, "hour"), of("b", 1), of("c", 2))
    assert ranked(board, "balanced") == ("c b a", "a c b")
    quick = player(speeds={"hour": "0.01"})
    assert ranked(board, "balanced", quick)[0] == "a c b"


def test_balanced_orders_equals_by_key() -> None:
    assert ranked(grid(of("b", 2, 2), of("a", 1, 1)), "balanced")[0] == "a b"


# row-unlocking


def test_row_unlocking_takes_the_set_with_the_least_work() -> None:
    # The 5 points come from 4 + 1, from 3 + 2, ...: 3 + 2 is 3 minutes, 4 + 1 is 10.
    first = [of("p4", 4, 9), of("p3", 3, 2), of("p2", 2, 1), of("p1", 1, 1)]
    board = rows(first, [of("x", 5)])
    assert ranked(board, "row-unlocking") == ("p3 p2 p4 p1", "p4 p3 p2 p1")


def test_completed_tiles_count_and_cost_nothing() -> None:
    first = [of("p4", 4, 9), of("p3", 3, 2), of("p2", 2, 3), of("p1", 1, 1)]
    board = rows(first, [of("x", 5)])
    # With the 3 done, 2 more are needed: of `p2` (3 min) and `p4` (9 min) the first.
    assert ranked(board, "row-unlocking", beginning=done("p3"))[0] == "p2 p4 p1"
    # With the 4 done, 1 more is needed.
    assert ranked(board, "row-unlocking", beginning=done("p4"))[0] == "p1 p3 p2"


def test_equal_work_is_decided_by_fewer_tiles_and_then_by_keys() -> None:
    fewer = rows([of("a", 2, 2), of("b", 3, 3), of("c", 5, 5)], [of("x", 5)])
    assert ranked(fewer, "row-unlocking")[0] == "c b a"
    keys = rows([of("d", 2, 2), of("c", 3, 3), of("b", 2, 2), of("a", 3, 3)], [of("x", 5)])
    assert ranked(keys, "row-unlocking")[0] == "a b c d"


def test_other_rows_come_after_the_furthest() -> None:
    board = rows(
        [of("a", 5), of("b", 9), of("c", 8)], [of("d", 1), of("e", 5, 2), of("f", 2)], [of("x", 5)]
    )
    assert ranked(board, "row-unlocking", beginning=done("a")) == ("e f d b c", "e f d b c")


def test_with_every_row_open_it_is_greedy() -> None:
    board = rows([of("a", 5), of("b", 1, 9)], [of("c", 1, 3), of("d", 2)])
    assert ranked(board, "row-unlocking", beginning=done("a")) == ("d c b", "d c b")
    assert ranked(grid(of("a", 1, 9), of("b", 1)), "row-unlocking") == ("b a", "b a")


def test_a_set_that_nobody_can_do_is_the_last_resort() -> None:
    wall = tile("a", 5, 1, source("minute", requires=["wings"]))
    board = rows([wall, of("b", 3, 500), of("c", 2, 500)], [of("x", 5)])
    assert ranked(board, "row-unlocking")[0] == "b c a"


# combo-unlocking


def test_combo_unlocking_saves_activities_that_are_needed_later() -> None:
    # Both would do; `minute` is shorter, but two locked tiles need it: 2 min x 3 against 5 min.
    first = [of("a", 5, 2), of("b", 5, 5, "other")]
    board = rows(first, [of("x", 5), of("y", 5, 1, "hour", "minute")])
    assert ranked(board, "row-unlocking")[0] == "a b"
    assert ranked(board, "combo-unlocking") == ("b a", "a b")


def test_combo_with_every_row_open_likes_tiles_that_share_an_activity() -> None:
    board = grid(
        of("a", 3, 1, "hour"), of("b", 2), of("c", 1, 1, "minute", "other"), of("d", 1, 1, "other")
    )
    # a 3 + 0, b 2 + 1, c 1 + 2, d 1 + 1
    assert ranked(board, "combo-unlocking")[0] == "a b c d"
    assert ranked(board, "combo-unlocking", beginning=done("d"))[0] == "a b c"
    assert ranked(board, "combo-unlocking", beginning=done("a", "b"))[0] == "c d"
    assert ranked(board, "combo-unlocking")[1] == "a b c d"


# lines


def test_lines_adds_the_share_of_every_bonus_still_open() -> None:
    board = grid(
        of("a", 4),
        of("b", 1),
        of("c", 2),
        of("d", 3),
        bonuses=[bonus(6, "b", "d"), bonus(3, "b", "c", "a"), bonus(9, "d")],
    )
    # a 4 + 1, b 1 + 3 + 1, c 2 + 1, d 3 + 3 + 9
    assert ranked(board, "lines") == ("d a b c", "d a b c")
    # With d done its bonus is paid, and the first hangs on b alone: a 5, b 1 + 6 + 1, c 3.
    assert ranked(board, "lines", beginning=done("d")) == ("b a c", "b a c")


def test_lines_decides_between_equals_as_greedy_does() -> None:
    board = grid(of("a", 1, 2), of("b", 2, 1), bonuses=[bonus(1, "a")])
    assert ranked(board, "lines")[0] == "b a"


# look-ahead


def test_look_ahead_prefers_what_opens_the_next_row() -> None:
    # `b` and `c` open it in 3 minutes: 8^2 / (2 + 30) and 7^2 / (1 + 30) against 5^2 / (9 + 30).
    board = rows([of("a", 5, 9), of("b", 3, 2), of("c", 2, 1)], [of("x", 5, 9)])
    assert ranked(board, "lines")[0] == "a b c"
    assert ranked(board, "look-ahead") == ("b c a", "b c a")
    # With `a` done it is open, and they are worth their points.
    assert ranked(board, "look-ahead", beginning=done("a")) == ("x b c", "x b c")


def test_look_ahead_counts_bonuses() -> None:
    board = grid(of("a", 2), of("b", 1), bonuses=[bonus(3, "b")])
    assert ranked(board, "look-ahead") == ("b a", "b a")


def test_look_ahead_sends_players_where_they_shine() -> None:
    board = grid(of("a", 1, 1), of("b", 1, 1, "other"))
    ann, bob = player(speeds={"other": "0.5"}), player("bob", speeds={"minute": "0.5"})
    assert ranked(board, "look-ahead", ann, bob) == ("b a", "a b")
    assert ranked(board, "look-ahead", bob, ann) == ("a b", "a b")


def test_look_ahead_drops_long_tiles_as_the_end_comes_near() -> None:
    # At the start, an hour ahead: 9 / (29 + 30) against 4 / (2 + 30). Two minutes before the end:
    # 9 / (29 + 1) against 4 / (2 + 1).
    board = grid(of("a", 3, 29), of("b", 2, 2))
    assert ranked(board, "look-ahead")[0] == "a b"
    late = StartingState.model_validate({"at": 3480, "teams": [{}]})
    assert ranked(board, "look-ahead", beginning=late)[0] == "b a"


# tile-order


def test_tile_order_follows_the_list_and_then_greedily() -> None:
    board = grid(of("a", 1), of("b", 2), of("c", 3), of("d", 4))
    assert ranked(board, "tile-order", tiles=["b", "a"]) == ("b a d c", "b a d c")
    assert ranked(board, "tile-order", beginning=done("b"), tiles=["b", "a"])[0] == "a d c"
    assert ranked(board, "tile-order")[0] == "d c b a"


# Played


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("greedy", "p4 p3 x p2 p1"),
        ("balanced", "p1 p2 p3 x p4"),
        ("row-unlocking", "p3 p2 x p4 p1"),
        ("combo-unlocking", "p3 p2 x p4 p1"),
        ("lines", "p1 p4 x p3 p2"),
        ("look-ahead", "p3 p2 p1 x p4"),
        ("tile-order", "p2 p4 x p3 p1"),
    ],
)
def test_tiles_are_completed_in_the_order_of_the_strategy(strategy: str, order: str) -> None:
    seconds_of = {"p4": 540, "p3": 180, "p2": 60, "p1": 30, "x": 60}
    first = [of("p4", 4, 1, "p4"), of("p3", 3, 1, "p3"), of("p2", 2, 1, "p2"), of("p1", 1, 1, "p1")]
    board = rows(first, [of("x", 5, 1, "x")], bonuses=[bonus(4, "p1")])
    activities = [activity(key, seconds) for key, seconds in seconds_of.items()]
    params: dict[str, Any] = {"tiles": ["p2", "p4"]} if strategy == "tile-order" else {}
    playing = team(player(), strategy=strategy, **params)
    event = snapshot(board, *activities, teams=[playing], duration=3600)
    completed = play_team(event, 0, "s", 0).tile_completed
    keys = [t.key for t in board.tiles]
    assert " ".join(sorted(keys, key=lambda key: completed[keys.index(key)])) == order
