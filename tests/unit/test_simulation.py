"""Simulating: the same bits whatever the threads and chunks; an end when it is asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bingosim import engines, reference
from bingosim.aggregates import Aggregates, merge
from bingosim.errors import InputError
from bingosim.precision import Precision, interval_after_looking
from bingosim.results import RunResults, Shape, concatenate
from bingosim.simulation import (
    MOST_THREADS,
    Simulation,
    _in_order,
    available_threads,
    simulate,
)
from tests.unit.result_fakes import column_bytes, fake_results, small_snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot

SNAPSHOT = small_snapshot()


def play_made_up(runs: NDArray[np.int64]) -> RunResults:
    """Play by numbers that follow from the run's index alone."""
    shape = Shape.of(SNAPSHOT)
    parts = [fake_results(shape, 1, seed=int(run), first=int(run)) for run in runs]
    return concatenate(parts) if parts else RunResults.empty([], shape)


def play_tossed(runs: NDArray[np.int64]) -> RunResults:
    """Give one of two teams a point, each half of the time, by the run's index alone."""
    results = RunResults.empty(runs, Shape.of(SNAPSHOT))
    winner = (runs * 7_919 // 13) % 2
    results.points[np.arange(len(runs)), winner] = 1
    return results


@pytest.fixture(autouse=True)
def made_up_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(_snapshot: Snapshot, _seed: str) -> Play:
        return play_made_up

    def toss(_snapshot: Snapshot, _seed: str) -> Play:
        return play_tossed

    monkeypatch.setitem(engines._ENGINES, "made-up", make)
    monkeypatch.setitem(engines._ENGINES, "tossed", toss)


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("chunk", [None, 1, 13, 1_000])
def test_threads_and_chunks_change_no_bit(threads: int, chunk: int | None) -> None:
    simulation = simulate(
        SNAPSHOT, 100, engine="made-up", threads=threads, chunk=chunk, keep=True, first=3
    )
    whole = play_made_up(np.arange(3, 103))
    expected = Aggregates.empty(whole.shape, SNAPSHOT.duration)
    expected.add(whole)
    assert simulation.complete
    assert simulation.aggregates == expected
    assert column_bytes(simulation.results) == column_bytes(whole)


def test_parts_of_the_runs_merge_to_all_of_them() -> None:
    one = simulate(SNAPSHOT, 40, engine="made-up")
    other = simulate(SNAPSHOT, 60, engine="made-up", first=40)
    both = simulate(SNAPSHOT, 100, engine="made-up")
    assert merge(one.aggregates, other.aggregates) == both.aggregates


def test_the_reference_engine_fills_every_column() -> None:
    simulation = simulate(SNAPSHOT, 6, "a seed", engine="reference", threads=2, keep=True, first=2)
    results = simulation.results
    units = np.zeros_like(results.units)
    credited = np.zeros_like(results.credited)
    for position, run in enumerate(range(2, 8)):
        assert results.run[position] == run
        for team, played in enumerate(reference.play(SNAPSHOT, "a seed", run)):
            here = (position, team)
            assert results.points[here] == played.points
            assert results.tiles_completed[here] == played.tiles_completed
            assert results.rows_open[here] == played.rows_open
            assert results.last_point[here] == played.last_point
            assert results.row_opened[here].tolist() == played.row_opened
            assert results.tile_completed[here].tolist() == played.tile_completed
            assert results.bonus_paid[here].tolist() == played.bonus_paid
            players = results.shape.players_of(team)
            units[players] += played.units
            credited[players] += np.array(played.units) * (results.tile_completed[here] >= 0)
    assert np.array_equal(results.units, units)
    assert np.array_equal(results.credited, credited)


def test_players_are_credited_with_all_that_a_completed_tile_needs() -> None:
    simulation = simulate(SNAPSHOT, 20, engine="reference")
    needs = np.array([tile.need for tile in SNAPSHOT.board.tiles])
    aggregates = simulation.aggregates
    for team in range(2):
        credited = aggregates.credited[aggregates.shape.players_of(team)].sum(axis=0)
        assert credited.tolist() == (needs * aggregates.tiles.count[team]).tolist()


@pytest.mark.parametrize("threads", [1, 3])
def test_a_stop_keeps_the_first_runs_without_a_gap(threads: int) -> None:
    asked = threading.Event()

    def progress(done: int, _wanted: int) -> None:
        if done >= 20:
            asked.set()

    simulation = simulate(
        SNAPSHOT,
        5_000,
        engine="made-up",
        threads=threads,
        chunk=5,
        keep=True,
        progress=progress,
        stop=asked.is_set,
    )
    done = simulation.aggregates.runs
    assert 20 <= done < 5_000
    assert not simulation.complete
    assert simulation.results.run.tolist() == list(range(done))
    assert simulation.aggregates == simulate(SNAPSHOT, done, engine="made-up").aggregates


def test_a_stop_before_the_first_run_leaves_nothing() -> None:
    simulation = simulate(SNAPSHOT, 10, engine="made-up", stop=lambda: True, keep=True)
    assert (simulation.aggregates.runs, len(simulation.results)) == (0, 0)
    assert not simulation.complete
    assert simulation.win_probabilities == {"Team 1": 0.0, "Team 2": 0.0}


def test_progress_goes_from_nothing_to_everything() -> None:
    seen: list[tuple[int, int]] = []
    simulate(SNAPSHOT, 30, engine="made-up", chunk=7, progress=lambda *counts: seen.append(counts))
    assert seen[0] == (0, 30)
    assert seen[-1] == (30, 30)
    assert seen == sorted(seen)


def test_what_an_engine_raises_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def play(runs: NDArray[np.int64]) -> RunResults:
        if 7 in runs:
            raise RuntimeError("run 7 is cursed")
        return play_made_up(runs)

    monkeypatch.setitem(engines._ENGINES, "cursed", lambda *_: play)
    with pytest.raises(RuntimeError, match="cursed"):
        simulate(SNAPSHOT, 1_000, engine="cursed", threads=2, chunk=2)


def test_win_probabilities_add_up_to_1() -> None:
    simulation = simulate(small_snapshot(teams=3), 10, engine="reference")
    chances = simulation.win_probabilities
    assert list(chances) == ["Team 1", "Team 2", "Team 3"]
    assert sum(chances.values()) == pytest.approx(1)


def test_single_runs_are_there_only_if_they_were_kept() -> None:
    with pytest.raises(InputError, match="keep=True"):
        _ = simulate(SNAPSHOT, 1, engine="made-up").results


# -- handing on --------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("chunk", [None, 7])
def test_results_are_handed_on_in_the_order_of_the_runs(threads: int, chunk: int | None) -> None:
    parts: list[RunResults] = []
    simulate(
        SNAPSHOT, 90, engine="made-up", threads=threads, chunk=chunk, first=5, sink=parts.append
    )
    whole = concatenate(parts)
    assert whole.run.tolist() == list(range(5, 95))
    assert column_bytes(whole) == column_bytes(play_made_up(np.arange(5, 95)))


def test_parts_that_come_late_are_waited_for() -> None:
    parts = [play_made_up(np.arange(first, first + 3)) for first in (6, 0, 9, 3)]
    firsts = [int(part.run[0]) for part in _in_order(range(12), parts)]
    assert firsts == [0, 3, 6, 9]


def test_what_a_sink_raises_reaches_the_caller() -> None:
    def sink(part: RunResults) -> None:
        if 20 in part.run:
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="full"):
        simulate(SNAPSHOT, 10_000, engine="made-up", threads=2, chunk=3, sink=sink)


# -- stopping at a precision -------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("chunk", [None, 170, 2_500])
def test_it_ends_at_the_first_look_that_is_precise(threads: int, chunk: int | None) -> None:
    """Of two teams whose points are tossed, both win half: 2.7 points take about 1,500 runs."""
    simulation = simulate(
        SNAPSHOT, 9_000, engine="tossed", threads=threads, chunk=chunk, precision=2.7, min_runs=300
    )
    assert simulation.complete
    assert simulation.aggregates.runs == 2_000
    assert simulation.aggregates == simulate(SNAPSHOT, 2_000, engine="tossed").aggregates
    report = simulation.to_dict()["precision"]
    assert report["reached"]
    assert (report["points"], report["look"]) == (2.7, 3)
    assert (report["min_runs"], report["max_runs"]) == (300, 9_000)
    assert 1.9 < report["known"] <= 2.7
    assert list(simulation.to_dict())[-2:] == ["precision", "timing"]


def test_a_precision_that_is_missed_is_said() -> None:
    simulation = simulate(SNAPSHOT, 700, engine="tossed", precision=1.0)
    assert simulation.complete
    assert simulation.aggregates.runs == 700
    report = simulation.to_dict()["precision"]
    assert not report["reached"]
    assert (report["look"], report["min_runs"], report["max_runs"]) == (1, 700, 700)
    assert report["known"] > 3.5


def test_its_intervals_allow_for_the_looking() -> None:
    simulation = simulate(SNAPSHOT, 9_000, engine="tossed", precision=2.7)
    score = simulation.aggregates.win_scores[0]
    win = simulation.to_dict()["teams"][0]["win"]
    assert (win["low"], win["high"]) == interval_after_looking(score, simulation.aggregates.runs)
    plain = simulate(SNAPSHOT, simulation.aggregates.runs, engine="tossed").to_dict()
    assert plain["teams"][0]["win"]["low"] > win["low"]
    assert "precision" not in plain


@pytest.mark.parametrize("cut", [1, 299, 300, 301, 1_234, 1_999])
def test_going_on_from_any_run_ends_at_the_same_one(cut: int) -> None:
    """What the executor of batches does: runs so far, then up to the next look, and so on."""
    goal = Precision(2.7, 300, 9_000)
    done = simulate(SNAPSHOT, cut, engine="tossed").aggregates
    while (look := goal.next_look(done)) is not None:
        more = simulate(SNAPSHOT, look - done.runs, engine="tossed", first=done.runs)
        done = merge(done, more.aggregates)
    at_once = simulate(SNAPSHOT, 9_000, engine="tossed", precision=2.7, min_runs=300)
    assert done == at_once.aggregates


def test_a_stop_between_looks_is_no_end() -> None:
    asked = threading.Event()

    def progress(done: int, _wanted: int) -> None:
        if done > 1_100:
            asked.set()

    simulation = simulate(
        SNAPSHOT,
        9_000,
        engine="tossed",
        chunk=50,
        threads=1,
        precision=2.7,
        min_runs=300,
        progress=progress,
        stop=asked.is_set,
    )
    assert not simulation.complete
    assert 1_100 < simulation.aggregates.runs < 2_000
    report = simulation.to_dict()["precision"]
    assert (report["reached"], report["look"]) == (False, 2)


def test_every_run_is_handed_on_up_to_the_last_look() -> None:
    runs: list[int] = []
    simulate(
        SNAPSHOT,
        9_000,
        engine="tossed",
        threads=3,
        chunk=64,
        precision=2.7,
        sink=lambda part: runs.extend(part.run.tolist()),
    )
    assert runs == list(range(2_000))


def wrong(**changes: float | str) -> Simulation:
    arguments: dict[str, float | str] = {"runs": 1, "engine": "made-up", **changes}
    return simulate(SNAPSHOT, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": 0}, "runs must be from 1 to 999,999,999, got 0"),
        ({"runs": -5}, "runs must be from 1"),
        ({"runs": 10**9}, "runs must be from 1"),
        ({"threads": 0}, f"threads must be from 1 to {MOST_THREADS}, got 0"),
        ({"threads": 257}, "threads must be"),
        ({"chunk": 0}, "a chunk must hold at least 1 run"),
        ({"first": -1}, "the first run's index"),
        ({"seed": "\ud800"}, "no valid text"),
        ({"precision": 0.0, "runs": 500}, "a precision must be from"),
        ({"precision": 1, "runs": 100}, "max_runs must be at least 200: 100"),
        ({"precision": 1, "runs": 500, "min_runs": 501}, "lies below min_runs"),
        ({"min_runs": 300}, "min_runs goes with a precision only"),
        ({"engine": "refrence"}, "did you mean 'reference'"),
    ],
)
def test_arguments_out_of_range_are_refused(changes: dict[str, float | str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        wrong(**changes)


def test_all_cores_are_a_possible_number_of_threads() -> None:
    assert 1 <= available_threads() <= MOST_THREADS
