"""A run depends on the snapshot, the seed and its index, and on nothing else.

And a team on nothing that other teams are or do: under one seed two versions of an event are
compared under common random numbers.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bingosim.engines import prepare
from bingosim.event.model import Board
from bingosim.event.snapshot import Snapshot
from bingosim.results import COLUMNS, RunResults, concatenate
from bingosim.simulation import simulate
from tests.builders import (
    activity,
    bonus,
    grid,
    line,
    player,
    rows,
    snapshot,
    source,
    team,
    tile,
)
from tests.random_events import STRATEGIES, small_snapshots

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINES = ("attempt", "jump")
SEED = "determinism"
RUNS = 230

on_random_events = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def rich_snapshot() -> Snapshot:
    """Return an event of two teams in which luck, groups, attendance and rankings all matter."""
    board = rows(
        [
            tile("a", 2, 60, source("mine", "ore")),
            tile("b", 3, 14, source("raid", "relic")),
            tile("c", 1, 12, source("raid", "shard"), source("mine", "shard")),
        ],
        [
            tile("d", 4, 120, source("mine", {"ore": 2, "shard": 5})),
            tile("e", 2, 15, source("raid")),
        ],
        unlock_points=4,
        bonuses=[bonus(3, "a", "b")],
    )
    loot = [line("1/4", {"ore": "1-3"}), line("1/9", "shard")]
    mine = activity("mine", 40, loot, spread=11, law="uniform")
    raid = activity(
        "raid",
        110,
        [line("1/3", "relic", per="group"), line("1/5", "item"), line("1/7", "shard")],
        group={"solo": True, "want": 2, "max": 3, "max_wait": 90},
        bands=[{"sizes": "2-3", "time": "0.9"}],
        spread=17,
        law="normal",
    )

    def trio(name: str) -> list[dict[str, Any]]:
        evenings = [(0, 1500), (1800, 4000), (4100, 7200)]
        return [
            player(f"{name} 1"),
            player(f"{name} 2", speed="1.2", attends="0.7", sessions=evenings),
            player(f"{name} 3", speed="0.9", sessions=evenings[1:]),
        ]

    return snapshot(
        board,
        mine,
        raid,
        teams=[
            team(*trio("red"), name="reds", strategy="row-unlocking"),
            team(*trio("blue"), name="blues", strategy="balanced"),
        ],
        duration=7200,
    )


RICH = rich_snapshot()


def results_of(event: Snapshot, runs: int = RUNS, **how: Any) -> RunResults:
    return simulate(event, runs, SEED, keep=True, **how).results


def bits(results: RunResults) -> dict[str, bytes]:
    """Return every column as it lies in memory."""
    return {column.name: getattr(results, column.name).tobytes() for column in COLUMNS}


def team_bits(results: RunResults, index: int) -> dict[str, bytes]:
    """Return the part of every column that is one team's."""
    return {
        column.name: getattr(results, column.name)[
            results.shape.players_of(index) if column.summed else np.s_[:, index]
        ].tobytes()
        for column in COLUMNS
        if column.name != "run"
    }


def with_teams(event: Snapshot, order: list[int]) -> Snapshot:
    """Return an event of some of the teams, in an order."""
    state = event.state and event.state.model_copy(
        update={"teams": tuple(event.state.teams[index] for index in order)}
    )
    teams = tuple(event.teams[index] for index in order)
    return event.model_copy(update={"teams": teams, "state": state})


def with_team(event: Snapshot, index: int, **changes: Any) -> Snapshot:
    """Return an event with one team changed."""
    teams = list(event.teams)
    teams[index] = teams[index].model_copy(update=changes)
    return event.model_copy(update={"teams": tuple(teams)})


# How runs are played


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def whole(engine: str) -> RunResults:
    """All runs in one piece by one thread."""
    return results_of(RICH, engine=engine, threads=1, chunk=RUNS)


def test_the_event_says_something(whole: RunResults) -> None:
    assert len(set(whole.points.ravel().tolist())) > 4
    assert len({points.tobytes() for points in whole.tile_completed}) > RUNS * 0.9


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("chunk", [1, 7, 100, None])
def test_threads_and_chunks_change_no_bit(
    whole: RunResults, engine: str, threads: int, chunk: int | None
) -> None:
    played = results_of(RICH, engine=engine, threads=threads, chunk=chunk)
    assert bits(played) == bits(whole)


def test_runs_may_be_played_in_pieces(whole: RunResults, engine: str) -> None:
    cuts = [0, 1, 50, 51, 180, RUNS]
    pieces = [
        results_of(RICH, end - begin, engine=engine, first=begin) for begin, end in pairwise(cuts)
    ]
    assert bits(concatenate(pieces)) == bits(whole)


def test_runs_may_be_played_in_any_order(whole: RunResults, engine: str) -> None:
    play = prepare(RICH, SEED, engine)
    indices = np.random.default_rng(1).permutation(RUNS)
    shuffled = play(indices)
    assert shuffled.run.tolist() == indices.tolist()
    for column in COLUMNS:
        here, there = getattr(shuffled, column.name), getattr(whole, column.name)
        assert np.array_equal(here, there if column.summed else there[indices]), column.name


def test_chunks_may_be_played_in_any_order(whole: RunResults, engine: str) -> None:
    play = prepare(RICH, SEED, engine)
    chunks = np.split(np.arange(RUNS), [10, 11, 150])
    played = [play(chunk) for chunk in reversed(chunks)]
    assert bits(concatenate(played[::-1])) == bits(whole)


def test_a_run_far_away_is_a_run_like_any_other(engine: str) -> None:
    far = 2**62
    pair = results_of(RICH, 2, engine=engine, first=far - 1)
    single = results_of(RICH, 1, engine=engine, first=far)
    assert team_bits(single, 0)["tile_completed"] == pair.tile_completed[1:, 0].tobytes()
    assert pair.run.tolist() == [far - 1, far]


def test_seeds_are_texts(whole: RunResults, engine: str) -> None:
    again = simulate(RICH, RUNS, SEED, engine=engine, keep=True).results
    other = simulate(RICH, RUNS, SEED + " ", engine=engine, keep=True).results
    assert bits(again) == bits(whole)
    assert bits(other) != bits(whole)


def test_a_snapshot_read_back_plays_alike(whole: RunResults, engine: str) -> None:
    again = Snapshot.from_json(RICH.to_json())
    assert bits(results_of(again, engine=engine)) == bits(whole)


# What other teams do


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_another_teams_strategy_changes_no_bit(
    whole: RunResults, engine: str, strategy: str
) -> None:
    params: Mapping[str, Any] = {"tiles": ("c",)} if strategy == "tile-order" else {}
    changed = with_team(RICH, 1, strategy=strategy, params=params)
    played = results_of(changed, engine=engine)
    assert team_bits(played, 0) == team_bits(whole, 0)
    assert (team_bits(played, 1) == team_bits(whole, 1)) == (strategy == "balanced")


def test_a_player_more_in_another_team_changes_no_bit(whole: RunResults, engine: str) -> None:
    guest = RICH.teams[0].players[0].model_copy(update={"name": "guest"})
    for index, other in ((0, 1), (1, 0)):
        more = with_team(RICH, other, players=(guest, *RICH.teams[other].players))
        played = results_of(more, engine=engine)
        assert team_bits(played, index) == team_bits(whole, index)
        assert team_bits(played, other) != team_bits(whole, other)


@given(event=small_snapshots(), data=st.data())
@on_random_events
def test_the_order_of_teams_changes_no_bit(
    engine: str, event: Snapshot, data: st.DataObject
) -> None:
    """Nor does it that some of them do not take part."""
    everyone = range(len(event.teams))
    order = data.draw(st.lists(st.sampled_from(everyone), unique=True, min_size=1))
    together = results_of(event, 5, engine=engine)
    some = results_of(with_teams(event, order), 5, engine=engine)
    for place, index in enumerate(order):
        assert team_bits(some, place) == team_bits(together, index)


def test_names_choose_the_luck(whole: RunResults, engine: str) -> None:
    renamed = with_team(RICH, 0, name="greens")
    played = results_of(renamed, engine=engine)
    assert team_bits(played, 0) != team_bits(whole, 0)
    assert team_bits(played, 1) == team_bits(whole, 1)


# What is more on the board or in the team


def locked_after_its_first_row(event: Snapshot, *more: Mapping[str, Any]) -> Snapshot:
    """Return the event with rows that never open, and a row more if there are tiles for it."""
    board = event.board.model_dump(by_alias=True)
    board |= {"kind": "rows", "unlock_points": 10**6}
    board["rows"] = [*board["rows"], *([more] if more else [])]
    return event.model_copy(update={"board": Board.model_validate(board)})


@given(event=small_snapshots(strategies=("greedy", "balanced", "lines", "tile-order")))
@on_random_events
def test_a_tile_that_nobody_reaches_changes_no_bit_of_the_others(
    engine: str, event: Snapshot
) -> None:
    """Luck and attendance go by the names of players and activities, not by their numbers.

    The new tile's activity stands before all others; these strategies look at open tiles alone.
    """
    new = tile("a_new", 9, 1, source("a.first", "dust"))
    first = activity("a.first", 5, [line("1/2", "dust")], spread=2, law="uniform")
    plain = locked_after_its_first_row(event)
    more = locked_after_its_first_row(event, new)
    more = more.model_copy(update={"activities": (first, *event.activities)})
    before, after = (results_of(it, 5, engine=engine) for it in (plain, more))
    for column in COLUMNS:
        here, there = getattr(before, column.name), getattr(after, column.name)
        if column.dimensions[-1] in ("rows", "tiles"):
            there = there[..., :-1]
        assert np.array_equal(here, there), column.name
    assert (after.tile_completed[:, :, -1] == -1).all()


def test_a_player_more_leaves_the_luck_of_team_mates_as_it_was(engine: str) -> None:
    """Who plays alone at a tile that is never done gains as much, whoever else is there."""
    endless = grid(tile("endless", 1, 10**9))
    boss = activity(loot=[line("1/3", {"item": "1-9"})], spread=20, law="normal")
    sessions = [(second, second + 400) for second in range(0, 7200, 600)]
    duo = [
        player("ann", attends="0.5", sessions=sessions),
        player("bob", attends="0.8", speed="1.3", sessions=sessions),
    ]
    guest = player("cid", attends="0.3", sessions=sessions[2:])
    alone, crowd = (
        results_of(
            snapshot(endless, boss, teams=[team(*members)], duration=7200), engine=engine
        ).units[:, 0]
        for members in (duo, [guest, *reversed(duo)])
    )
    assert alone.tolist() == crowd.tolist()[:0:-1]


def test_another_session_leaves_the_attendance_of_the_others_as_it_was(engine: str) -> None:
    """A session's draw goes by its start: certain attempts show which sessions took place."""
    one_each = [tile(f"t{number}", 1, 1, source(f"act{number}")) for number in range(4)]
    acts = [activity(f"act{number}", 100) for number in range(4)]

    def units(sessions: list[tuple[int, int]]) -> list[int]:
        who = player(attends="0.5", sessions=sessions)
        event = snapshot(grid(*one_each), *acts, teams=[team(who)])
        return [int(n) for n in results_of(event, 1, engine=engine).tiles_completed[0]]

    starts = range(0, 2000, 200)
    took_place = [units([(start, start + 100)]) for start in starts]
    assert 0 < sum(done for (done,) in took_place) < len(starts)
    for some in ([0, 3], [1, 2, 7], [9, 4]):
        sessions = sorted((200 * number, 200 * number + 100) for number in some)
        assert units(sessions) == [sum(took_place[number][0] for number in some)]
