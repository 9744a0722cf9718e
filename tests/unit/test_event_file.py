"""From a file to an event: what is read, and how every mistake is told, all at once."""

from __future__ import annotations

import errno
import json
import os
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bingosim.errors import EventFileError, Finding
from bingosim.event.file import check_event, load_event, read_event, read_event_file
from bingosim.event.positions import read_document
from bingosim.event.quantities import Quantity
from bingosim.event.snapshot import Snapshot, make_snapshot
from tests.unit.event_mistakes import MISTAKES
from tests.unit.event_samples import (
    GOOD,
    changed,
    errors_in,
    findings_in,
    line_of,
    load,
    only_error,
)


def grid(*rows: str, more: str = "", kind: str = "grid") -> str:
    """Return an event on a grid whose tiles are the letters of the rows."""
    text = "\n".join(
        "    - ["
        + ", ".join(
            f"{{key: {key}, points: 1, from: [{{activity: own.a, accepts: item.a}}]}}"
            for key in row
        )
        + "]"
        for row in rows
    )
    return f"""\
bingosim: 1
event: {{name: Card, start: 2026-12-05 12:00, timezone: UTC, duration: 1d}}
board:
  kind: {kind}
  rows:
{text}
{more}
activities:
  - {{key: own.a, time: {{seconds: 60}}, loot: [{{drops: [{{chance: 1, gives: item.a}}]}}]}}
players: [{{name: Ada}}]
teams: [{{name: Red, players: [Ada]}}]
"""


# -- what is read --------------------------------------------------------------------------------


def test_a_good_file_has_no_findings() -> None:
    assert findings_in(GOOD) == []


def test_a_file_says_exactly_what_it_says() -> None:
    event = load(GOOD).event
    assert event.header.duration == 9 * 86_400
    assert [tile.key for tile in event.board.tiles] == ["heads", "armour", "set"]
    assert event.board.tiles[2].name == "set"
    assert event.board.tiles[1].sources[0].accepts == {"item.piece": 1500, "item.shard": 1}
    assert event.board.tiles[0].sources[0].accepts == {"item.heads": 1}
    nex, dragon = event.activities
    assert nex.group.max_wait == 600
    assert nex.loot[1].drops[0].gives == {"item.shard": Quantity(50, 100)}
    assert dragon.time.seconds == Fraction(145, 2)
    assert dragon.loot[0].drops[0].chance == Fraction(31, 19_200)
    assert list(dragon.loot[0].drops[0].gives) == ["item.tail", "item.heads"]
    assert event.players[0].speeds == {"own.nex": Fraction(13, 10)}
    assert event.teams[1].params == {"tiles": ["set", "heads"], "max_players": 2}


def test_a_file_may_be_json() -> None:
    data = read_document(GOOD).data
    text = json.dumps(data, indent="\t", default=float)
    assert load(text).event == load(GOOD).event


def test_load_event_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "event.yaml"
    path.write_bytes(GOOD.encode("utf-8-sig"))
    assert load_event(path) == load_event(str(path)) == read_event_file(path).event
    assert load_event(path) == load(GOOD).event


def test_an_event_that_was_not_read_from_a_file_is_checked_too() -> None:
    event = load(GOOD).event
    assert check_event(event) == ()
    lost = event.model_copy(update={"players": event.players[:-1]})
    with pytest.raises(EventFileError, match=r"^teams\[1\].players\[1\]: there is no player 'Dag'"):
        check_event(lost)


# -- bonuses and their short forms ---------------------------------------------------------------


SQUARE = [
    ("row 1", ("a", "b")),
    ("row 2", ("c", "d")),
    ("column 1", ("a", "c")),
    ("column 2", ("b", "d")),
    ("diagonal down", ("a", "d")),
    ("diagonal up", ("b", "c")),
]


@pytest.mark.parametrize("more", ["  lines: 5", "  bonuses: {lines: 5}", "  bonuses: [{lines: 5}]"])
def test_lines_of_a_square(more: str) -> None:
    bonuses = load(grid("ab", "cd", more=more)).event.board.bonuses
    assert [(bonus.name, bonus.tiles) for bonus in bonuses] == SQUARE
    assert {bonus.points for bonus in bonuses} == {5}


def test_what_is_no_square_has_no_diagonals() -> None:
    bonuses = load(grid("abc", "def", more="  lines: 5")).event.board.bonuses
    assert [bonus.name for bonus in bonuses] == [
        *("row 1", "row 2"),
        *("column 1", "column 2", "column 3"),
    ]


def test_a_bonus_for_the_whole_card() -> None:
    more = "  bonuses: [{lines: 1}, {name: card, tiles: all, points: 9}]"
    bonus = load(grid("ab", "cd", more=more)).event.board.bonuses[-1]
    assert (bonus.name, bonus.tiles, bonus.points) == ("card", ("a", "b", "c", "d"), 9)


@pytest.mark.parametrize(
    ("text", "path", "part"),
    [
        (grid("ab", "c", more="  lines: 5"), "board.lines", "rows of equal length"),
        (grid("ab", more="  lines: 1\n  bonuses: {lines: 2}"), "board.lines", "given already"),
        (grid("ab", more="  lines: 0"), "board.lines", "at least 1, got 0"),
        (grid("ab", more="  bonuses: {line: 5}"), "board.bonuses", "`lines` is missing"),
        (grid("ab", more="  bonuses: 5"), "board.bonuses", "expected a list of bonuses"),
        (grid("ab", more="  bonuses: [{lines: x}]"), "board.bonuses[0].lines", "got 'x'"),
        (grid("ab", more="  bonuses: [5]"), "board.bonuses[0]", "expected a mapping"),
        (grid("ab", more="  lines: 5", kind="rows"), "board.lines", "lines are those of a grid"),
        (grid("ab", more="  unlock_points: 3"), "board.unlock_points", "belongs to kind: rows"),
        (grid(""), "board.rows[0]", "this row has no tiles"),
    ],
)
def test_bonuses_and_grids_that_cannot_be(text: str, path: str, part: str) -> None:
    found = {error.path: error.message for error in errors_in(text)}
    assert part in found[path]


def test_a_broken_tile_is_no_reason_to_complain_about_lines() -> None:
    text = grid("ab", "cd", more="  bonuses: [{lines: 5}, {name: x, tiles: all, points: 1}]")
    assert only_error(text.replace("{key: b, points: 1", "{key: [b], points: 1")).line == 6


# -- one mistake, one error, the right place -----------------------------------------------------


@pytest.mark.parametrize(("old", "new", "path", "message"), MISTAKES)
def test_a_mistake_is_told_once_where_it_is(old: str, new: str, path: str, message: str) -> None:
    text = changed(old, new)
    errors = errors_in(text)
    (error,) = [error for error in errors if (error.path, error.message) == (path, message)]
    assert str(error) == f"event.yaml:{error.line}: {path}: {message}"
    key = path.rsplit(".", 1)[-1].split("[", maxsplit=1)[0]
    assert key in text.splitlines()[error.line - 1] or path.endswith("]")
    # What a misspelled key leaves missing is the only other thing to say.
    assert all("is missing" in other.message for other in errors if other is not error)


def test_all_mistakes_are_told_at_once_each_with_its_line() -> None:
    text = GOOD
    for old, new in (
        ("duration: 9d", "duration: x"),
        ("need: 6", "need: x"),
        ("need: 1500", "ned: 1500"),
        ("name: whole first row", "name: [whole]"),
        ("seconds: 240", "seconds: x"),
        ("speed: 1.4", "speed: x"),
        ("strategy: row-unlocking", "strategy: x"),
    ):
        text = changed(old, new, text)
    found = [(error.line, error.path) for error in errors_in(text)]
    assert found == [
        (line_of("duration: x", text), "event.duration"),
        (line_of("need: x", text), "board.rows[0][0].need"),
        (line_of("ned: 1500", text), "board.rows[0][1].ned"),
        (line_of("name: [whole]", text), "board.bonuses[0].name"),
        (line_of("seconds: x", text), "activities[0].time.seconds"),
        (line_of("speed: x", text), "players[0].speed"),
        (line_of("strategy: x", text), "teams[0].strategy"),
    ]


@pytest.mark.parametrize("key", ["bingosim", "event", "board", "players", "teams"])
def test_a_missing_part_is_named(key: str) -> None:
    data = read_document(GOOD).data
    del data[key]
    error = only_error(json.dumps(data, default=float))
    assert error.message == f"`{key}` is missing"


def test_catalog_and_activities_are_optional() -> None:
    text = grid("ab").replace("activities:", "activities: []\nx:")
    assert {error.message for error in errors_in(text)} >= {
        "there is no activity 'own.a' in this file or the catalog"
    }


@pytest.mark.parametrize("text", ["[]", "3", "just words", "- a\n- b\n"])
def test_what_is_no_event_at_all(text: str) -> None:
    assert "expected an event" in only_error(text).message


@pytest.mark.parametrize(
    ("value", "part"),
    [("3", "got 3"), ("{a: 1}", "got a mapping"), ("x", "got 'x'"), ("", "got nothing")],
)
@pytest.mark.parametrize("key", ["players", "teams"])
def test_lists_are_lists(key: str, value: str, part: str) -> None:
    head = GOOD[: GOOD.index(f"\n{key}:")]
    rest = GOOD[GOOD.index("\nteams:") :] if key == "players" else "\n"
    error = only_error(f"{head}\n{key}: {value}{rest}")
    assert (error.path, error.message) == (key, f"expected a list, {part}")


def test_duplicate_keys_and_other_mistakes_come_together() -> None:
    text = changed("need: 6", "need: 6, need: x", changed("speed: 1.4", "speed: x"))
    assert [error.path for error in errors_in(text)] == [
        "board.rows[0][0].need",
        "players[0].speed",
    ]
    assert "given twice" in errors_in(text)[0].message


def test_a_file_that_is_wrong_all_over_is_not_read_to_the_end() -> None:
    players = "\n".join(f"  - {{name: P{i}, sped: 1}}" for i in range(5_000))
    text = GOOD[: GOOD.index("players:\n")] + f"players:\n{players}\nteams: []\n"
    errors = errors_in(text)
    assert len(errors) < 600
    assert any("only the first are shown" in error.message for error in errors)


# -- files that cannot be read -------------------------------------------------------------------


def unreadable(path: Path | str) -> Finding:
    with pytest.raises(EventFileError) as caught:
        load_event(path)
    (finding,) = caught.value.findings
    assert finding.file == str(path)
    return finding


def test_a_missing_file(tmp_path: Path) -> None:
    assert unreadable(tmp_path / "event.yaml").message == "there is no such file"


def test_a_directory(tmp_path: Path) -> None:
    assert "this is a directory" in unreadable(tmp_path).message


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000])
def test_an_impossible_name(name: str) -> None:
    assert "not readable" in unreadable(name).message


def test_a_file_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    def stat(_: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Root may read everything, so a real file would not do.
    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(EventFileError, match="locked: not readable: Permission denied"):
        load_event("locked")


def test_a_huge_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "event.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 10**6)
    began = time.perf_counter()
    assert "too large: 50,000,000 bytes, expected at most 4,194,304" in unreadable(path).message
    assert time.perf_counter() - began < 1


def test_an_endless_file_is_not_read_to_its_end() -> None:
    assert "too large" in unreadable("/dev/zero").message


def test_a_large_text_is_refused() -> None:
    assert "too large" in only_error("#" * 5 * 2**20).message


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "event.yaml"
    path.write_bytes(GOOD.replace("Ada", "Adä").encode("latin-1"))
    finding = unreadable(path)
    assert "not UTF-8" in finding.message
    assert finding.line == line_of("name: Ada", GOOD)


# -- nothing ever escapes ------------------------------------------------------------------------


def event_or_findings(content: str | bytes) -> bool:
    """Return whether reading ends in an event that can be frozen, or in findings to show."""
    try:
        event = read_event(content, "event.yaml").event
    except EventFileError as error:
        return all(finding.message for finding in error.findings)
    snapshot = make_snapshot(event)
    return Snapshot.from_json(snapshot.to_json()) == snapshot


@given(st.text() | st.binary())
def test_any_content_is_an_event_or_findings(content: str | bytes) -> None:
    assert event_or_findings(content)


values: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1, 1, 2**63, 10**40, 0.5, "", "x", "all", "own.dragon", "1/0"])
    | st.text(max_size=5)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["key", "name", "lines", "tiles", "from", "item.heads", ""]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every container of a document with every key in it."""
    if not isinstance(data, (dict, list)):
        return []
    keys = data if isinstance(data, dict) else range(len(data))
    inside: list[tuple[Any, Any]] = [(data, key) for key in keys]
    return inside + [place for container, key in inside for place in places(container[key])]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_an_event_or_findings(data: st.DataObject) -> None:
    document = read_document(GOOD).data
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)))
        if data.draw(st.booleans()):
            container[key] = data.draw(values)
        elif isinstance(container, dict):
            del container[key]
        else:
            container.append(container[key])
    assert event_or_findings(json.dumps(document, default=float))


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=6))
def test_any_change_of_the_text_is_an_event_or_findings(start: int, cut: int, new: str) -> None:
    assert event_or_findings(GOOD[:start] + new + GOOD[start + cut :])
