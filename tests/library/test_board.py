"""Editing an event's document: names follow their tiles and players, nothing points nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import InputError
from bingosim.event.positions import read_document
from bingosim.library import board, documents, teams
from bingosim.library.assemble import split
from bingosim.library.board import Place
from bingosim.library.plain import to_json
from tests.unit.event_samples import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT, _, _ = split(read_document(GOOD).data)
BEFORE = to_json(EVENT)
NEW = {"key": "new", "points": 2, "from": []}


def shape(event: dict[str, Any]) -> list[list[str]]:
    return [[tile["key"] for tile in row] for row in board.rows_of(event)]


def bonus(event: dict[str, Any]) -> list[Any]:
    return [one.get("tiles") for one in event["board"]["bonuses"]]


def order(event: dict[str, Any]) -> list[str]:
    tiles: list[str] = event["teams"][1]["params"]["tiles"]
    return tiles


def test_tiles_are_added_moved_replaced_and_removed() -> None:
    assert shape(EVENT) == [["heads", "armour"], ["set"]]
    assert shape(board.add_tile(EVENT, 0, NEW)) == [["heads", "armour", "new"], ["set"]]
    assert shape(board.add_tile(EVENT, 1, NEW, 0)) == [["heads", "armour"], ["new", "set"]]
    moved = board.move_tile(EVENT, Place(0, 0), Place(1, 1))
    assert (shape(moved), bonus(moved)) == ([["armour"], ["set", "heads"]], bonus(EVENT))
    assert shape(board.move_tile(EVENT, Place(0, 0), Place(0, 1))) == [["armour", "heads"], ["set"]]
    assert board.tile_at(EVENT, Place(1, 0))["key"] == "set"
    assert board.find_tile(EVENT, "set") == Place(1, 0)
    assert board.find_tile(EVENT, "nothing") is None
    assert to_json(EVENT) == BEFORE


def test_a_removed_tile_leaves_bonuses_and_orders() -> None:
    once = board.remove_tile(EVENT, Place(0, 0))
    assert (shape(once), bonus(once), order(once)) == ([["armour"], ["set"]], [["armour"]], ["set"])
    twice = board.remove_tile(once, Place(0, 0))
    assert (shape(twice), bonus(twice)) == ([[], ["set"]], [])
    assert (shape(board.remove_row(EVENT, 0)), bonus(board.remove_row(EVENT, 0))) == ([["set"]], [])


def test_a_tile_of_a_new_key_is_followed() -> None:
    tile = {**board.tile_at(EVENT, Place(0, 0)), "key": "skulls"}
    renamed = board.replace_tile(EVENT, Place(0, 0), tile)
    assert (bonus(renamed), order(renamed)) == ([["skulls", "armour"]], ["set", "skulls"])


def test_a_key_that_is_there_twice_is_not_taken_from_others() -> None:
    twice = board.add_tile(EVENT, 1, board.tile_at(EVENT, Place(0, 0)))
    assert bonus(board.remove_tile(twice, Place(1, 1))) == bonus(EVENT)
    assert bonus(board.replace_tile(twice, Place(1, 1), NEW)) == bonus(EVENT)


def test_lines_and_the_whole_card_stay_as_they_are() -> None:
    grid = board.set_kind(EVENT, "grid")
    grid = board.set_bonuses(grid, [{"lines": 2}, {"name": "card", "tiles": "all", "points": 9}])
    assert "unlock_points" not in grid["board"]
    assert board.remove_tile(grid, Place(0, 0))["board"]["bonuses"] == grid["board"]["bonuses"]
    assert "bonuses" not in board.set_bonuses(grid, [])["board"]
    assert board.set_kind(grid, "rows", 3)["board"]["unlock_points"] == 3


def test_rows_are_added_and_moved() -> None:
    assert shape(board.add_row(EVENT)) == [["heads", "armour"], ["set"], []]
    assert shape(board.add_row(EVENT, 0)) == [[], ["heads", "armour"], ["set"]]
    assert shape(board.move_row(EVENT, 0, 1)) == [["set"], ["heads", "armour"]]


def test_players_are_drafted_moved_and_released() -> None:
    def rosters(event: dict[str, Any]) -> list[list[str]]:
        return [team["players"] for team in event["teams"]]

    assert rosters(teams.draft(EVENT, "Ada", 1)) == [["Bo"], ["Cleo", "Dag", "Ada"]]
    assert rosters(teams.draft(EVENT, "Ada", 1, 0)) == [["Bo"], ["Ada", "Cleo", "Dag"]]
    assert rosters(teams.draft(EVENT, "Ada", 0, 1)) == [["Bo", "Ada"], ["Cleo", "Dag"]]
    assert rosters(teams.release(EVENT, ["Ada", "Bo"])) == [[], ["Cleo", "Dag"]]
    assert rosters(teams.remove_team(EVENT, 0)) == [["Cleo", "Dag"]]
    assert rosters(teams.move_team(EVENT, 0, 1)) == [["Cleo", "Dag"], ["Ada", "Bo"]]
    green = {"name": "Green", "players": ["Dag", "Eve"]}
    assert rosters(teams.add_team(EVENT, green)) == [["Ada", "Bo"], ["Cleo"], ["Dag", "Eve"]]
    assert rosters(teams.replace_team(EVENT, 0, green)) == [["Dag", "Eve"], ["Cleo"]]
    assert (teams.team_of(EVENT, "Dag"), teams.team_of(EVENT, "Eve")) == (1, None)
    assert to_json(EVENT) == BEFORE


@pytest.mark.parametrize(
    "change",
    [
        lambda: board.tile_at(EVENT, Place(0, 2)),
        lambda: board.remove_tile(EVENT, Place(-1, 0)),
        lambda: board.replace_tile(EVENT, Place(2, 0), NEW),
        lambda: board.move_tile(EVENT, Place(0, 0), Place(2, 0)),
        lambda: board.move_tile(EVENT, Place(0, 0), Place(0, 2)),
        lambda: board.add_tile(EVENT, 2, NEW),
        lambda: board.add_row(EVENT, 3),
        lambda: board.move_row(EVENT, 0, 2),
        lambda: teams.draft(EVENT, "Ada", 2),
        lambda: teams.draft(EVENT, "Ada", 0, 2),
    ],
)
def test_a_place_that_is_not_there_is_refused(change: Callable[[], Any]) -> None:
    with pytest.raises(InputError, match="there is no"):
        change()


places = st.builds(Place, st.integers(0, 2), st.integers(0, 3))
changes = st.one_of(
    st.tuples(st.just(board.add_row), st.none() | st.integers(0, 3)),
    st.tuples(st.just(board.remove_row), st.integers(0, 2)),
    st.tuples(st.just(board.move_row), st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.just(board.add_tile), st.integers(0, 2), st.just(NEW)),
    st.tuples(st.just(board.replace_tile), places, st.just(NEW)),
    st.tuples(st.just(board.remove_tile), places),
    st.tuples(st.just(board.move_tile), places, places),
    st.tuples(st.just(teams.draft), st.sampled_from(["Ada", "Eve"]), st.integers(0, 1)),
    st.tuples(st.just(teams.release), st.just(["Ada"])),
    st.tuples(st.just(teams.remove_team), st.integers(0, 1)),
)


@given(st.lists(changes, max_size=12))
def test_no_change_leaves_a_name_of_nothing(done: list[tuple[Any, ...]]) -> None:
    event = EVENT
    for change, *arguments in done:
        try:
            event = change(event, *arguments)
        except InputError:
            continue
        assert documents.check_event(event) == {}
        keys = set(board.tile_keys(event))
        named = {key for tiles in bonus(event) for key in tiles}
        ordered = {key for team in event["teams"] for key in team["params"].get("tiles", ())}
        assert named | ordered <= keys
        drafted = [name for team in event["teams"] for name in team["players"]]
        assert len(drafted) == len(set(drafted))
    assert to_json(EVENT) == BEFORE
