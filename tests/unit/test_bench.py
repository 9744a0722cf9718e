"""`bingosim bench`: what it measures is what it says, though how fast is the machine's business."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from bingosim.bench import engine, modes, pipeline
from bingosim.bench.engine import Effort, attempts_per_run, measure_event
from bingosim.bench.measure import at_least, at_most, in_turn, median_ratio, seconds_of
from bingosim.bench.process import measure_memory, measure_start
from bingosim.cli import app
from bingosim.errors import ExecutionError, UnknownKeyError
from bingosim.event import examples as events
from bingosim.results import Shape
from tests.builders import activity, grid, player, snapshot, team, tile
from tests.unit.result_fakes import fake_results

if TYPE_CHECKING:
    from bingosim.bench.process import Start

ROOT = Path(__file__).parents[2]
TINY = ROOT / "examples" / "tiny.yaml"
LITTLE = Effort(seconds=0.01, rounds=2, memory_seconds=0.01)


def test_things_are_measured_in_turn() -> None:
    turns: list[str] = []

    def measure(name: str) -> float:
        turns.append(name)
        return float(len(turns))

    measured = in_turn({"a": lambda: measure("a"), "b": lambda: measure("b")}, 3)
    assert turns == ["a", "b"] * 3
    assert measured == {"a": [1, 3, 5], "b": [2, 4, 6]}
    assert median_ratio([9.0, 2.0, 8.0], [3.0, 2.0, 4.0]) == 2.0


def test_a_piece_of_work_is_timed_each_time() -> None:
    done: list[int] = []
    measure = seconds_of(lambda: done.append(sum(range(100_000))))
    assert min(measure(), measure()) > 0
    assert len(done) == 2


def test_a_figure_says_whether_its_goal_is_met() -> None:
    assert at_least("speed", 1.7, "x", 1.7).met
    assert not at_least("speed", 1.69, "x", 1.7).met
    assert at_most("memory", 500, "MB", 500).met
    assert "MISSED" in str(at_most("memory", 501, "MB", 500))


def test_attempts_are_counted_over_all_teams() -> None:
    """An hour is 60 minutes, and 40 attempts of a minute and a half."""
    endless = grid(tile(need=10**6))
    slow = team(player("bob", speed="1.5"), name="blues")
    assert attempts_per_run(snapshot(endless, activity(), teams=[team(), slow])) == 100


def test_an_event_is_measured_with_every_engine() -> None:
    said: list[str] = []
    measured = measure_event(TINY, LITTLE, said.append)
    assert measured["event"] == "Tiny bingo"
    ways = [(speed["engine"], speed["threads"]) for speed in measured["speeds"]]
    assert ways == [("jump", 1), ("jump", 2), ("attempt", 1), ("attempt", 2), ("reference", 1)]
    for speed in measured["speeds"]:
        assert speed["runs_per_s"] > 0
        assert speed["attempts_per_s"] == pytest.approx(
            speed["runs_per_s"] * measured["attempts_per_run"]
        )
        to_itself = {
            "attempt": speed["to_attempt"],
            "reference": speed["to_reference"],
            "jump": speed["to_one_thread"],
        }[speed["engine"]]
        assert speed["threads"] == 2 or to_itself == 1.0
    assert (measured["speeds"][0]["to_reference"] or 0) > 0
    some, twice = measured["memory"]
    assert twice["runs"] == 2 * some["runs"] >= 200
    assert len(said) == 2


def test_plain_python_is_left_out_where_it_would_take_too_long() -> None:
    measured = measure_event(TINY, Effort(0.01, 1, plain_attempts=11, memory_seconds=0.01), print)
    assert measured["attempts_per_run"] > 11
    assert {speed["engine"] for speed in measured["speeds"]} == {"jump", "attempt"}
    assert {speed["to_reference"] for speed in measured["speeds"]} == {None}


def test_memory_is_that_of_another_process() -> None:
    ballast = bytearray(600 * 10**6)
    memory = measure_memory(TINY, "attempt", 1_000, 1)
    assert memory["runs"] == 1_000
    assert memory["peak_mb"] is not None
    assert 20 < memory["peak_mb"] < len(ballast) / 1e6


def test_an_engine_starts_in_two_processes() -> None:
    start = measure_start(TINY, "reference")
    assert start["engine"] == "reference"
    assert 0 < start["load_s"] < 10
    assert 0 < start["compile_s"] < 10


def test_a_process_that_fails_is_an_error_and_no_figure(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError, match="failed"):
        measure_start(tmp_path / "missing.yaml", "reference")


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure little, and do not compile the engines anew for it."""

    def start(_file: Path, engine: str) -> Start:
        return {"engine": engine, "compile_s": 12.0, "load_s": 0.5}

    monkeypatch.setattr(engine, "QUICK", LITTLE)
    monkeypatch.setattr(engine, "measure_start", start)


@pytest.mark.usefixtures("little")
def test_the_command_prints_tables() -> None:
    done = CliRunner().invoke(app, ["bench", "engine", str(TINY), "--quick"])
    assert done.exit_code == 0, done.output
    for part in ("Tiny bingo: ", "To plain Python", "most memory in ", "jump           12.0 s"):
        assert part in done.stdout
    assert "measuring speeds on Tiny bingo ..." in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.usefixtures("little")
def test_the_command_writes_json(tmp_path: Path) -> None:
    target = tmp_path / "speeds.json"
    arguments = ["bench", "engine", str(TINY), "--quick", "--quiet", "--json"]
    to_file = CliRunner().invoke(app, [*arguments, str(target)])
    to_stdout = CliRunner().invoke(app, [*arguments, "-"])
    assert (to_file.exit_code, to_file.output) == (0, "")
    for text in (target.read_text("utf-8"), to_stdout.stdout):
        measured = json.loads(text)
        assert list(measured) == [
            "bingosim", "python", "system", "machine", "cores", "events", "starts",
        ]  # fmt: skip
        assert [event["event"] for event in measured["events"]] == ["Tiny bingo"]
        assert [start["engine"] for start in measured["starts"]] == ["jump", "attempt"]


@pytest.fixture
def two_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure little of the pipeline."""
    effort = pipeline.Effort(seconds=0.01, rounds=2, messages=2, created=100)
    monkeypatch.setattr(pipeline, "QUICK", effort)
    monkeypatch.setattr(pipeline, "SIZES", (1, 500, "auto"))
    monkeypatch.setattr(pipeline, "HANDS", (1,))
    monkeypatch.setattr(pipeline, "POOL", 40)


@pytest.mark.usefixtures("two_sizes")
def test_the_pipeline_is_measured_with_results_and_without() -> None:
    said: list[str] = []
    measured = pipeline.measure_pipeline(modes.Local(), TINY, pipeline.QUICK, said.append)
    ways = [(speed["payloads"], speed["message_size"]) for speed in measured["speeds"]]
    sizes = (1, 500, "auto")
    assert ways == [(payloads, size) for payloads in ("real", "empty") for size in sizes]
    for speed in measured["speeds"]:
        size = 1000 if speed["message_size"] == "auto" else int(speed["message_size"])
        assert speed["claims"] * size == speed["runs"]
        assert min(speed["runs_per_s"], speed["claim_avg_ms"], speed["persist_ms"]) > 0
        assert (speed["to_one"] == 1.0) == (size == 1)
    real, empty = (
        next(s for s in measured["speeds"] if (s["payloads"], s["message_size"]) == (name, 500))
        for name in ("real", "empty")
    )
    assert real["bytes_per_run"] >= empty["bytes_per_run"] > 50
    assert [one["message_size"] for one in measured["alone"]] == [10, 500] * 2
    assert [goal["goal"] for goal in measured["goals"]] == [15, 0.5] * 2
    assert len(said) == 3


def test_results_are_handed_out_again_under_any_indices() -> None:
    pool = fake_results(Shape(team_sizes=(2, 1), rows=2, tiles=3, bonuses=1), 10, seed=1)
    play = modes.replayed(pool)(snapshot(), "seed", "reference")
    again = play(np.arange(7, 27))
    assert again.run.tolist() == list(range(7, 27))
    assert np.array_equal(
        again.points, np.concatenate((pool.points[7:], pool.points, pool.points[:7]))
    )
    assert np.array_equal(again.units, pool.units * 2)


@pytest.mark.usefixtures("two_sizes")
def test_the_pipeline_is_printed_and_written(tmp_path: Path) -> None:
    target = tmp_path / "pipeline.json"
    arguments = ["bench", "pipeline", str(TINY), "--quick", "--json", str(target)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    for part in ("Tiny bingo, local: ", "claim_avg", "statements alone", "500 to 1 run in a"):
        assert part in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    measured = json.loads(target.read_text("utf-8"))
    assert (measured["mode"], measured["event"]) == ("local", "Tiny bingo")
    assert {"python", "cores", "created_per_s", "goals"} <= set(measured)


def test_the_examples_are_found_in_the_checkout() -> None:
    assert [events.example_file(name).parent for name in events.NAMES] == [ROOT / "examples"] * 3
    with pytest.raises(UnknownKeyError, match="huge"):
        events.example_file("huge")


def test_the_examples_are_in_the_package_that_is_installed(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as package:
        package.extractall(tmp_path / "installed")
    program = (
        "import bingosim; from bingosim.event.examples import *; "
        "print(bingosim.__file__, *map(example_file, NAMES), sep='\\n')"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert [Path(path).is_relative_to(tmp_path / "installed") for path in found] == [True] * 4
