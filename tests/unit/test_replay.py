"""A replay is the run that a batch makes, and tells all of it: nothing more, less or elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bingosim import InputError, UnknownKeyError, engines, simulate
from bingosim.cli.timeline import print_timeline
from bingosim.event.file import read_event
from bingosim.event.snapshot import make_snapshot
from bingosim.reference import team as reference_team
from bingosim.replay import replay
from bingosim.replay.model import Attempts, BonusPaid, Grant, RowOpened, TileCompleted
from bingosim.replay.units import UnitAttempt, read_trace
from bingosim.results import COLUMNS
from tests import builders
from tests.golden.test_golden import golden_snapshot
from tests.random_events import crowded_snapshots, small_snapshots
from tests.unit.event_text import EVENT_TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from bingosim import Snapshot
    from bingosim.reference import TraceLine
    from bingosim.replay.model import Replay, TeamReplay

ENGINES = ("attempt", "jump", "reference")

_thorough = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def assert_is_of_the_batch(told: Replay) -> None:
    batch = simulate(
        told.snapshot, 1, told.seed, engine=told.engine, first=told.run, threads=1, keep=True
    )
    for column in COLUMNS:
        one, other = getattr(told.results, column.name), getattr(batch.results, column.name)
        np.testing.assert_array_equal(one, other, err_msg=column.name)
    assert told.engine_version == batch.engine_version


def of_kind(team: TeamReplay, kind: type) -> list[Any]:
    return [entry for entry in team.timeline if isinstance(entry, kind)]


def assert_tells_the_results(told: Replay) -> None:
    """What is told adds up to the columns, which the engine counts by itself."""
    results, board = told.results, told.snapshot.board
    state = told.snapshot.state
    for index, team in enumerate(told.teams):
        assert team.points == results.points[0, index]
        assert team.tiles_completed == results.tiles_completed[0, index]
        assert team.rows_open == results.rows_open[0, index]
        assert (-1 if team.last_point is None else team.last_point) == results.last_point[0, index]

        units: Counter[tuple[str, str]] = Counter()
        for grant in of_kind(team, Grant):
            units[grant.player, grant.tile] += grant.units
        players = told.snapshot.teams[index].players
        columns = results.units[results.shape.players_of(index)].tolist()
        for player, counts in zip(players, columns, strict=True):
            assert [units[player.name, tile.key] for tile in board.tiles] == counts
        for number, (tile, known) in enumerate(zip(board.tiles, team.tiles, strict=True)):
            second = int(results.tile_completed[0, index, number])
            assert known.tile == tile.key
            assert known.completed == (None if second < 0 else second)
            assert (known.progress == tile.need) == (second >= 0)
            given = {p.name: units[p.name, tile.key] for p in players if units[p.name, tile.key]}
            assert known.units == given

        begun = state.at if state else 0
        completed = {tile.key: second for tile, second in _when(board.tiles, results, index)}
        before = state.teams[index].completed if state else {}
        assert {tile.tile: tile.second for tile in of_kind(team, TileCompleted)} == {
            key: second for key, second in completed.items() if second >= 0 and key not in before
        }
        opened = results.row_opened[0, index].tolist()
        assert all(opened[entry.row] == entry.second for entry in of_kind(team, RowOpened))
        told_rows = {entry.row for entry in of_kind(team, RowOpened)}
        assert {row for row, second in enumerate(opened) if second > begun} <= told_rows
        paid = results.bonus_paid[0, index].tolist()
        assert sum(second > begun for second in paid) <= len(of_kind(team, BonusPaid))
        assert {entry.second for entry in of_kind(team, BonusPaid)} <= set(paid)

        totals = [e.total for e in team.timeline if isinstance(e, TileCompleted | BonusPaid)]
        assert totals[-1:] in ([], [team.points])
        seconds = [entry.second for entry in team.timeline]
        assert seconds == sorted(seconds)


def _when(tiles: Any, results: Any, index: int) -> Any:
    return zip(tiles, results.tile_completed[0, index].tolist(), strict=True)


def assert_plays_where_players_are(told: Replay) -> None:
    """Attempts start while all players are online, one after the other for each of them."""
    for index, team in enumerate(told.teams):
        sessions = {p.name: p.sessions for p in told.snapshot.teams[index].players}
        busy: dict[str, list[tuple[int, int]]] = {name: [] for name in sessions}
        for stretch in of_kind(team, Attempts):
            assert stretch.second < stretch.end <= told.snapshot.duration
            for name in stretch.players:
                busy[name].append((stretch.second, stretch.end))
                assert any(start <= stretch.second < end for start, end in sessions[name])
        for stretches in busy.values():
            assert all(one[1] <= other[0] for one, other in pairwise(stretches))


# -- equal to a batch, and complete --------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("event", ["rows", "grid", "middle"])
def test_a_replay_is_the_run_of_the_batch(event: str, engine: str) -> None:
    for seed, run in (("golden", 0), ("golden", 7), ("another", 2**40)):
        told = replay(golden_snapshot(event), seed, run, engine)
        assert_is_of_the_batch(told)
        assert_tells_the_results(told)
        assert_plays_where_players_are(told)


@given(snapshot=small_snapshots(), run=st.integers(0, 2**62), engine=st.sampled_from(ENGINES))
@_thorough
def test_random_events_are_told_as_they_are_played(
    snapshot: Snapshot, run: int, engine: str
) -> None:
    told = replay(snapshot, "random", run, engine)
    assert_is_of_the_batch(told)
    assert_tells_the_results(told)
    assert_plays_where_players_are(told)


def test_it_is_one_of_the_runs_of_a_batch_of_many() -> None:
    event = golden_snapshot("rows")
    batch = simulate(event, 30, "many", threads=2, keep=True).results
    for run in (0, 13, 29):
        told = replay(event, "many", run).results
        np.testing.assert_array_equal(told.tile_completed[0], batch.tile_completed[run])
        np.testing.assert_array_equal(told.points[0], batch.points[run])


def test_who_won_is_said_as_in_a_batch() -> None:
    reds = builders.team(builders.player("ann"), name="reds")
    for speed, won in ((1, [0.5, 0.5]), (2, [1, 0])):
        blues = builders.team(builders.player("bob", speed=speed), name="blues")
        told = replay(builders.snapshot(teams=[reds, blues]), "1", 0)
        assert [team.won for team in told.teams] == won


# -- who was with whom ---------------------------------------------------------------------------


@given(snapshot=st.one_of(crowded_snapshots(), small_snapshots()), run=st.integers(0, 2**40))
@_thorough
def test_units_are_found_in_the_trace_as_they_were(snapshot: Snapshot, run: int) -> None:
    """The trace does not separate groups that start and end together; the reference knows them."""
    groups = [
        snapshot.activity(source.activity).group
        for tile in snapshot.board.tiles
        for source in tile.sources
    ]
    for index, team in enumerate(snapshot.teams):
        starts = [{start for start, _ in player.sessions} for player in team.players]
        units: list[UnitAttempt] = []
        lines: list[TraceLine] = []

        class Watched(reference_team.TeamRun):
            def end_attempt(self, unit: Any, units: list[UnitAttempt] = units) -> None:
                number = unit.source.number
                units.append(UnitAttempt(unit.start, unit.end, number, unit.members))
                super().end_attempt(unit)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reference_team, "TeamRun", Watched)
            reference_team.play_team(snapshot, index, "units", run, lines)
        found = [
            what for what in read_trace(lines, groups, starts) if isinstance(what, UnitAttempt)
        ]
        assert found == units


# -- what a person reads -------------------------------------------------------------------------

ANN_AND_BOB = """\
bingosim: 1
event: {name: Two by hand, start: 2026-03-28T23:00, timezone: Europe/London, duration: 3h}
board:
  kind: rows
  unlock_points: 5
  rows:
    - [{key: one, name: Two hides, points: 5, need: 2, from: [{activity: cow, accepts: [hide]}]}]
    - - {key: two, name: Three scales, points: 3, need: 3,
         from: [{activity: raid, accepts: [scale]}]}
      - {key: three, name: A tooth, points: 1, from: [{activity: raid, accepts: [tooth]}]}
  bonuses: [{name: the spine, tiles: [one, two], points: 4}]
activities:
  - {key: cow, name: Cow, time: {seconds: 60}, loot: [{drops: [{chance: 1, gives: hide}]}]}
  - {key: raid, name: Raid, time: {seconds: 1800}, group: {solo: false, min: 2, max: 2},
     loot: [{drops: [{chance: 1, gives: scale}]}, {drops: [{chance: 1/1000000, gives: tooth}]}]}
players: [{name: Ann}, {name: Bob, plays: ["sun 00:30 2h"]}]
teams: [{name: Reds, players: [Ann, Bob]}]
"""
"""Ann kills two cows, then waits; Bob comes, and together they raid. The clock jumps at 01:00."""

TOLD = """\
Two by hand, run 3 of seed monday, engine {engine}: Reds wins.

Reds (greedy): 12 points, 2 of 3 tiles, 2 of 2 rows open

When           After   Points   Total   What
{rule}
day 1 23:00       0s                      Ann: 2 x Cow for Two hides, until day 1 23:02 (2m 0s)
day 1 23:01    1m 0s                      Ann: 1 for Two hides, now 1/2; from Cow
day 1 23:02    2m 0s                      Ann: 1 for Two hides, now 2/2; from Cow
day 1 23:02    2m 0s       +5       5   Two hides: Ann; 2 attempts, 0.03 h
day 1 23:02    2m 0s                    row 2 opens
day 2 00:30   1h 30m                      Ann and Bob: 2 x Raid for Three scales, until day 2 02:30
                                        (1h 0m)
day 2 02:00    2h 0m                      Ann: 1 for Three scales, now 1/3; from Raid
day 2 02:00    2h 0m                      Bob: 1 for Three scales, now 2/3; from Raid
day 2 02:30   2h 30m                      Ann: 1 for Three scales, now 3/3; from Raid
day 2 02:30   2h 30m       +3       8   Three scales: Ann 2 (last), Bob 1; 2 attempts, 2.0 h
day 2 02:30   2h 30m       +4      12   bonus the spine
day 2 02:30   2h 30m                      Ann and Bob: 1 x Raid for A tooth, until day 2 03:00 (30m
                                        0s)

Begun and not completed: A tooth 0/1.
"""


def by_hand() -> Snapshot:
    return make_snapshot(read_event(ANN_AND_BOB, "event.yaml").event)


def printed(capsys: pytest.CaptureFixture[str], told: Replay, **options: Any) -> str:
    print_timeline(told, **options)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_can_be_played_by_hand_is_told_as_it_is(
    capsys: pytest.CaptureFixture[str], engine: str
) -> None:
    text = printed(capsys, replay(by_hand(), "monday", 3, engine), grants=True, attempts=True)
    rule = next(line for line in text.splitlines() if line.startswith("---"))
    assert text == TOLD.format(engine=engine, rule=rule)


def test_without_details_there_are_milestones_only(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, replay(by_hand(), "monday", 3))
    lines = [line[40:] for line in text.splitlines() if line.startswith("day")]
    assert lines == [
        "Two hides: Ann; 2 attempts, 0.03 h",
        "row 2 opens",
        "Three scales: Ann 2 (last), Bob 1; 2 attempts, 2.0 h",
        "bonus the spine",
    ]
    grants = printed(capsys, replay(by_hand(), "monday", 3), grants=True)
    assert grants.count("; from ") == 5
    assert "until" not in grants


def test_one_team_can_be_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    told = replay(golden_snapshot("rows"), "golden", 0)
    names = [team.name for team in told.teams]
    text = printed(capsys, told, team=names[1])
    assert f"\n{names[1]} (" in text
    assert f"\n{names[0]} (" not in text
    assert text.count("When") == 1
    assert printed(capsys, told).count("When") == len(names)
    with pytest.raises(UnknownKeyError, match=f"no team 'nobody'|{names[0]}"):
        print_timeline(told, team="nobody")


def test_a_tile_filled_by_many_names_the_first_the_last_and_how_many_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    players = [
        builders.player(name, sessions=[(60 * late, 3600)]) for late, name in enumerate("abcde")
    ]
    board = builders.grid(builders.tile(need=15))
    wide = replay(builders.snapshot(board, teams=[builders.team(*players)]), "1", 0)
    assert wide.teams[0].tiles[0].units == {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}
    text = printed(capsys, wide)
    assert "tile: a 5, e 1 (last), 3 others; 15 attempts, 0.25 h" in text
    assert "rows open" not in text  # a grid has none to open


def test_a_tile_that_filled_by_itself_is_on_the_side(capsys: pytest.CaptureFixture[str]) -> None:
    both = builders.activity(loot=[builders.line(gives="item"), builders.line(gives="other")])
    side = builders.tile("side", 1, 2, builders.source(accepts="other"))
    board = builders.grid(builders.tile("worth", 9, 3), side)
    text = printed(capsys, replay(builders.snapshot(board, both), "1", 0))
    assert "side: ann; on the side" in text


def test_what_was_done_before_the_run_is_not_told_again() -> None:
    told = replay(golden_snapshot("middle"), "golden", 0)
    state = told.snapshot.state
    assert state is not None
    assert any(team.completed for team in state.teams)
    for team, before in zip(told.teams, state.teams, strict=True):
        assert not {entry.tile for entry in of_kind(team, TileCompleted)} & set(before.completed)
        assert all(entry.second >= state.at for entry in team.timeline)


# -- what a program reads ------------------------------------------------------------------------


def test_as_plain_objects_it_is_json() -> None:
    told = replay(by_hand(), "monday", 3)
    plain = told.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert (plain["seed"], plain["run"], plain["engine"]) == ("monday", 3, "jump")
    assert (plain["start"], plain["timezone"]) == ("2026-03-28T23:00:00", "Europe/London")
    (reds,) = plain["teams"]
    kinds = [entry["kind"] for entry in reds["timeline"]]
    begun, raided = ["attempts", "grant", "grant", "tile", "row"], ["attempts", *(["grant"] * 3)]
    assert kinds == [*begun, *raided, "tile", "bonus", "attempts"]
    assert reds["timeline"][5] == {
        "kind": "attempts",
        "second": 5400,
        "end": 9000,
        "players": ["Ann", "Bob"],
        "activity": "raid",
        "tile": "two",
        "attempts": 2,
    }
    assert reds["tiles"][1] == {
        "tile": "two",
        "completed": 9000,
        "progress": 3,
        "need": 3,
        "attempts": 2,
        "player_seconds": 7200,
        "units": {"Ann": 2, "Bob": 1},
    }


# -- what cannot be replayed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "engine", "seed", "message"),
    [
        (-1, "jump", "1", r"index must be from 0 to 2\^62, got -1"),
        (2**62 + 1, "jump", "1", r"index must be from 0 to 2\^62, got 4611686018427387905"),
        (0, "jmp", "1", "no engine 'jmp'.*'jump'"),
        (0, "jump", "\ud800", "seed is no valid text"),
    ],
)
def test_what_is_none_is_said(run: int, engine: str, seed: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replay(by_hand(), seed, run, engine)


def test_a_trace_grows_until_it_holds_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    event = golden_snapshot("rows")
    whole = replay(event, "golden", 2).to_dict()
    monkeypatch.setattr(engines, "FIRST_TRACED", 1)
    assert replay(event, "golden", 2).to_dict() == whole
    monkeypatch.setattr(engines, "MOST_TRACED", 10)
    with pytest.raises(InputError, match=r"more attempts in run 2 than can be told .*\(10\)"):
        replay(event, "golden", 2)


OWN = """
def mine(team, standing, player):
    for tile in range(standing.value.size):
        standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
"""
FAILS = OWN + "    if standing.completed[0] >= 0:\n        raise ValueError('no idea')\n"


def event_by(strategy: str) -> Snapshot:
    old, new = "players: [Ann]}", f"players: [Ann], strategy: {strategy!r}}}"
    return make_snapshot(read_event(EVENT_TEXT.replace(old, new), "event.yaml").event)


@pytest.mark.parametrize("engine", ["attempt", "jump"])
def test_a_strategy_of_ones_own_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"replayed_by_{engine}"
    (tmp_path / f"{name}.py").write_text(OWN, encoding="utf-8")
    own = replay(event_by(f"{name}:mine"), "own", 5, engine)
    assert_is_of_the_batch(own)
    assert_tells_the_results(own)
    greedy = replay(event_by("greedy"), "own", 5, engine)
    assert [team.timeline for team in own.teams] == [team.timeline for team in greedy.teams]


def test_a_strategy_that_fails_in_the_run_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bingosim.compilation.try_strategy", lambda *_: None)  # it fails later only
    (tmp_path / "replayed_and_fails.py").write_text(FAILS, encoding="utf-8")
    with pytest.raises(InputError, match=r"'Reds'.*in run 5 it raised ValueError: no idea"):
        replay(event_by("replayed_and_fails:mine"), "own", 5)
