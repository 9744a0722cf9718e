"""`bingosim run`: tables for people, JSON for programs, and messages instead of tracebacks."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from typer.testing import CliRunner

from bingosim import aggregates, cli, engines, precision, simulation, words
from bingosim.cli import options as shared
from bingosim.cli import progress as meanwhile
from bingosim.cli import result as tables
from bingosim.cli import run as command
from bingosim.payloads.chunk import SAMPLE_EVERY
from bingosim.report import make_report
from bingosim.results import RunResults, Shape
from tests.unit.event_text import EVENT_TEXT
from tests.unit.result_fakes import fake_results, small_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Report


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def bingosim_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run `bingosim run` as the installed command does, on the engine in plain Python."""

    def invoke(*arguments: object, engine: str = "reference") -> Outcome:
        options = ["--engine", engine]
        monkeypatch.setattr(sys, "argv", ["bingosim", "run", *map(str, arguments), *options])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return invoke


@pytest.fixture
def event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the event into the working directory, and return its name there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.yaml").write_text(EVENT_TEXT, encoding="utf-8")
    return "event.yaml"


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> str:
    """Add an engine that itself presses Ctrl-C in its 200th run, and return its name."""

    def make(snapshot: Snapshot, _seed: str) -> Play:
        def play(runs: NDArray[np.int64]) -> RunResults:
            if 200 in runs:
                os.kill(os.getpid(), signal.SIGINT)
            return RunResults.empty(runs, Shape.of(snapshot))

        return play

    monkeypatch.setitem(engines._ENGINES, "interrupted", make)
    return "interrupted"


def untimed(text: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(text)
    assert list(report.pop("timing")) == ["compile_s", "simulate_s", "total_s"]
    return report


# -- what goes out -----------------------------------------------------------------------------


def test_the_tables_say_who_wins_and_what_decides_it(
    bingosim_run: Callable[..., Outcome], event: str
) -> None:
    outcome = bingosim_run(event, "--runs", 60)
    assert outcome.code == 0
    assert outcome.out.startswith("Small bingo: 60 runs, seed bingosim\n")
    for part in (
        "95 % interval", "Row opens", "Tiles that decide it", "Least sure", "Latest",
        "Top contributors", "Reds", "Blues", "A bell", "Ann", "Try next", "bingosim validate",
    ):  # fmt: skip
        assert part in outcome.out
    assert "make web" not in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100
    assert "\x1b" not in outcome.out
    assert outcome.err == ""


def test_json_on_stdout_is_the_report_and_nothing_else(
    bingosim_run: Callable[..., Outcome], event: str
) -> None:
    outcome = bingosim_run(event, "--runs", 20, "--json", "-", "--seed", "Zürich")
    report = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert report["seed"] == "Zürich"
    assert (report["runs"], report["complete"]) == (20, True)
    assert [team["name"] for team in report["teams"]] == ["Reds", "Blues"]
    assert (report["engine"], report["event"]) == ("reference", "Small bingo")


def test_equal_calls_print_equal_bytes_whatever_the_threads(
    bingosim_run: Callable[..., Outcome], event: str
) -> None:
    texts = []
    for threads in (1, 1, 2, 5):
        out = bingosim_run(event, "--runs", 40, "--json", "-", "--threads", threads).out
        assert out.count('"timing"') == 1
        texts.append(out[: out.index('"timing"')])
    assert len(set(texts)) == 1


def test_another_seed_gives_another_result(
    bingosim_run: Callable[..., Outcome], event: str
) -> None:
    one, other = (
        untimed(bingosim_run(event, "--runs", 20, "--json", "-", "--seed", seed).out)
        for seed in ("1", "2")
    )
    assert one["teams"] != other["teams"]


def test_a_json_file_stands_beside_the_tables(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    path = tmp_path / "result.json"
    outcome = bingosim_run(event, "--runs", 10, "--json", path, "--no-save")
    assert "Tiles that decide it" in outcome.out
    on_stdout = bingosim_run(event, "--runs", 10, "--json", "-").out
    assert untimed(path.read_text(encoding="utf-8")) == untimed(on_stdout)
    quiet = bingosim_run(event, "--runs", 10, "--json", path, "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_verbose_says_what_was_used(bingosim_run: Callable[..., Outcome], event: str) -> None:
    outcome = bingosim_run(event, "--runs", 5, "--threads", 1, "--verbose")
    assert "engine reference" in outcome.err
    assert "1 threads" in outcome.err
    assert "runs/s" in outcome.err


# -- every run in files ------------------------------------------------------------------------


def test_every_run_is_written_where_it_is_asked_for(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    options = ["--csv", "tables", "--json-lines", "tables", "--parquet", "deep/columns"]
    outcome = bingosim_run(event, "--runs", 250, "--json", "-", *options)
    assert (outcome.code, outcome.err) == (0, "")
    report = json.loads(outcome.out)
    names = ["about.json", "summary.csv", "summary.jsonl", "timelines.csv", "timelines.jsonl"]
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == names
    lines = (tmp_path / "tables" / "summary.jsonl").read_text(encoding="utf-8").splitlines()
    reds = [line for line in map(json.loads, lines) if line["team"] == "Reds"]
    assert [line["run"] for line in reds] == list(range(250))
    assert sum(line["won"] for line in reds) / 250 == report["teams"][0]["win"]["probability"]
    assert sum(line["points"] for line in reds) / 250 == report["teams"][0]["points"]["mean"]
    about = json.loads((tmp_path / "deep" / "columns" / "about.json").read_text(encoding="utf-8"))
    for key in ("event", "snapshot_sha256", "seed", "engine", "engine_version", "runs", "complete"):
        assert about[key] == report[key]


def test_threads_change_no_byte_of_the_files(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    for threads in (1, 4):
        bingosim_run(event, "--runs", 90, "--threads", threads, "--csv", threads)
    for name in ("about.json", "summary.csv", "timelines.csv"):
        one, other = (tmp_path / str(threads) / name for threads in (1, 4))
        assert one.read_bytes() == other.read_bytes()


def test_timelines_of_a_sample_or_none_can_be_asked_for(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    for which, runs in (("sample", {"0", "100"}), ("none", set())):
        bingosim_run(event, "--runs", 150, "--csv", which, "--timelines", which)
        lines = (tmp_path / which / "timelines.csv").read_text(encoding="utf-8").splitlines()
        assert {line.split(",")[0] for line in lines[1:]} == runs


def test_ctrl_c_writes_the_runs_that_are_done(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path, interrupted: str
) -> None:
    outcome = bingosim_run(
        event, "--json", "-", "--runs", 9_000, "--csv", "out", engine=interrupted
    )
    assert outcome.code == 130
    about = json.loads((tmp_path / "out" / "about.json").read_text(encoding="utf-8"))
    assert about["runs"] == json.loads(outcome.out)["runs"] > 0
    assert not about["complete"]
    lines = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 * about["runs"]


# -- stopping at a precision -------------------------------------------------------------------


def test_it_says_what_precision_was_reached(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    options = ["--precision", 6, "--min-runs", 200, "--max-runs", 3_000]
    outcome = bingosim_run(event, *options, "--json", "result.json")
    assert outcome.code == 0
    assert "Small bingo: 1,000 runs" in outcome.out
    sentence = next(line for line in outcome.out.splitlines() if line.startswith("Every chance"))
    assert "percentage points (95 % sure), as look 2 shows; 6 were asked for." in sentence
    report = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert report["precision"]["reached"]
    assert report["precision"]["known"] <= 6
    assert (report["runs"], report["complete"]) == (1_000, True)


def test_it_says_that_the_precision_was_missed(
    bingosim_run: Callable[..., Outcome], event: str
) -> None:
    for most in ("--runs", "--max-runs"):
        outcome = bingosim_run(event, "--precision", 0.5, most, 250)
        assert outcome.code == 0
        assert "Not as precise as asked" in outcome.out
        assert "runs would do (--max-runs)." in outcome.out


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--min-runs", "5"], ["--min-runs goes with --precision only"]),
        (
            ["--min-runs", "5", "--max-runs", "9", "--timelines", "al", "--no-save"],
            [
                "--min-runs goes with --precision only; use --runs",
                "--max-runs goes with --precision only; use --runs",
                "--timelines must be all, sample or none, got 'al' (did you mean 'all'?)",
                "with --no-save, --timelines goes with --csv, --json-lines or --parquet only",
            ],
        ),
        (
            ["--precision", "0", "--runs", "900", "--max-runs", "800", "--min-runs", "850"],
            [
                "with --precision, --runs is the same as --max-runs: give one of them",
                "a precision must be from 0.001 to 20.0 percentage points, got 0.0",
                "max_runs (800) lies below min_runs (850)",
            ],
        ),
        (["--precision", "nan"], ["got nan"]),
        (["--precision", "much"], ["--precision"]),
        (["--precision", "1", "--runs", "20"], ["max_runs must be at least 200: 20"]),
        (["--csv", "event.yaml"], ["cannot write event.yaml"]),
        (["--parquet", "new", "--csv", "event.yaml/below"], ["cannot write event.yaml/below"]),
    ],
)
def test_options_that_do_not_fit_are_refused_all_at_once(
    bingosim_run: Callable[..., Outcome],
    event: str,
    options: list[str],
    messages: list[str],
    tmp_path: Path,
) -> None:
    outcome = bingosim_run(event, *options)
    assert (outcome.code, outcome.out) == (2, "")
    for message in messages:
        assert message in outcome.err
    assert "Traceback" not in outcome.err
    assert not any(path.is_file() for path in tmp_path.rglob("*") if path.name != event)


# -- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--runs", "0"], "--runs"),
        (["--runs", "-3"], "--runs"),
        (["--runs", "1000000000"], "--runs"),
        (["--runs", "many"], "--runs"),
        (["--threads", "0"], "--threads"),
        (["--threads", "257"], "--threads"),
        (["--json", "no/such/directory/x.json"], "cannot write no/such/directory/x.json"),
        (["--json", "."], "cannot write ."),
    ],
)
def test_bad_values_are_refused_before_anything_is_simulated(
    bingosim_run: Callable[..., Outcome], event: str, options: list[str], words: str
) -> None:
    outcome = bingosim_run(event, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(("engine", "words"), [("atempt", "did you mean 'attempt'")])
def test_engines_that_are_not_there_are_refused(
    bingosim_run: Callable[..., Outcome], event: str, engine: str, words: str
) -> None:
    outcome = bingosim_run(event, engine=engine)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err


def test_a_file_that_is_missing_or_wrong_is_a_message(
    bingosim_run: Callable[..., Outcome], tmp_path: Path
) -> None:
    missing = bingosim_run(tmp_path / "missing.yaml")
    assert (missing.code, missing.out) == (2, "")
    assert "missing.yaml" in missing.err
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(EVENT_TEXT.replace(", points: 2", ", points: -2"), encoding="utf-8")
    outcome = bingosim_run(wrong)
    assert outcome.code == 2
    assert f"{wrong}:7" in outcome.err


def test_checking_the_output_leaves_no_trace(
    bingosim_run: Callable[..., Outcome], event: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("precious", encoding="utf-8")
    new = tmp_path / "new.json"
    for path in (kept, new):
        assert bingosim_run(event, "--json", path, "--seed", "\udcff").code == 2
    assert kept.read_text(encoding="utf-8") == "precious"
    assert not new.exists()


def test_limits_and_defaults_are_those_of_the_simulation() -> None:
    assert (shared.MOST_RUNS, shared.MOST_THREADS) == (
        aggregates.MOST_RUNS,
        simulation.MOST_THREADS,
    )
    defaults = {name: p.default for name, p in signature(command.run).parameters.items()}
    hints = get_type_hints(command.run, include_extras=True)
    helps = {name: hints[name].__metadata__[0].help for name in defaults}
    assert f"{simulation.DEFAULT_RUNS:,} by default" in helps["runs"]
    assert f"{precision.DEFAULT_MIN_RUNS:,} by default" in helps["min_runs"]
    assert f"{precision.DEFAULT_MAX_RUNS:,} by default" in helps["max_runs"]
    assert f"{SAMPLE_EVERY}th" in helps["timelines"]
    assert defaults["seed"] == simulation.DEFAULT_SEED
    assert defaults["engine"] == engines.DEFAULT_ENGINE


# -- Ctrl-C ------------------------------------------------------------------------------------


def test_ctrl_c_shows_what_is_done(
    bingosim_run: Callable[..., Outcome], event: str, interrupted: str
) -> None:
    outcome = bingosim_run(event, "--json", "-", "--runs", 9_000, engine=interrupted)
    report = json.loads(outcome.out)
    assert outcome.code == 130
    assert not report["complete"]
    assert 0 < report["runs"] < 9_000
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_ends_at_once_while_nobody_listens_and_the_second_time() -> None:
    interrupt = meanwhile.Interrupt()
    with pytest.raises(KeyboardInterrupt):
        interrupt(signal.SIGINT, None)
    interrupt.can_wait = True
    interrupt(signal.SIGINT, None)
    assert interrupt.asked
    with pytest.raises(KeyboardInterrupt):
        interrupt(signal.SIGINT, None)


# -- the tables' words -------------------------------------------------------------------------


def report_of(snapshot: Snapshot, results: RunResults, *, complete: bool = True) -> Report:
    folded = aggregates.Aggregates.empty(results.shape, snapshot.duration)
    folded.add(results)
    return make_report(
        folded,
        snapshot,
        seed="s",
        engine="attempt",
        engine_version="",
        complete=complete,
        timing={"compile_s": 0, "simulate_s": 0, "total_s": 0},
    )


def won_by(*winners: int) -> Report:
    """Return a report of three teams in which a run was won by each of the teams named."""
    snapshot = small_snapshot(teams=3)
    results = RunResults.empty(range(len(winners)), Shape.of(snapshot))
    for run, team in enumerate(winners):
        results.points[run, team] = 1
        results.last_point[run, team] = 5
    return report_of(snapshot, results)


def test_the_headline_names_a_clear_winner() -> None:
    sentence = words.headline(won_by(*[1] * 80, *[0] * 20)["teams"])
    assert sentence.startswith("Team 2 wins 80.0 % of the runs (95 % sure: between 71.1 % and")
    assert sentence.endswith("next is Team 1 with 20.0 %.")


def test_the_headline_names_those_who_are_too_close() -> None:
    sentence = words.headline(won_by(*[1] * 45, *[0] * 50, 2)["teams"])
    assert "Too close to call" in sentence
    assert "Team 1 (52.1 %) and Team 2 (46.9 %)" in sentence
    assert "Team 3" not in sentence


def test_a_team_alone_wins_nothing() -> None:
    snapshot = small_snapshot(teams=1)
    results = fake_results(Shape.of(snapshot), 50, seed=3)
    assert "plays alone" in words.headline(report_of(snapshot, results)["teams"])


def test_the_deciding_tiles_are_the_least_sure_and_the_latest() -> None:
    snapshot = small_snapshot(teams=1)
    results = RunResults.empty(range(10), Shape.of(snapshot))
    results.tile_completed[:, 0, 0] = 100  # always, early
    results.tile_completed[:5, 0, 1] = 7_000  # every other time, late
    results.tile_completed[:9, 0, 2] = 5_000  # nearly always
    results.tile_completed[:2, 0, 3] = 8_000  # seldom
    team = report_of(snapshot, results)["teams"][0]
    assert [tile["key"] for tile in words.least_sure(team)] == ["two", "four", "three"]
    assert [tile["key"] for tile in words.latest(team)] == ["two", "three", "one"]


def test_rows_that_are_open_from_the_start_are_not_listed() -> None:
    snapshot = small_snapshot(teams=1)
    results = RunResults.empty(range(4), Shape.of(snapshot))
    results.row_opened[:, 0, 0] = 0
    results.row_opened[:2, 0, 1] = 700
    assert words.locked_rows(report_of(snapshot, results)["teams"]) == [1]
    results.row_opened[:, 0, 1] = 0
    assert words.locked_rows(report_of(snapshot, results)["teams"]) == []


def test_an_early_end_is_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = small_snapshot()
    shape = Shape.of(snapshot)
    tables.print_report(report_of(snapshot, fake_results(shape, 5, 1), complete=False), 1_000)
    assert capsys.readouterr().out.startswith("Stopped after 5 of 1,000 runs.\n")
    nothing = report_of(snapshot, RunResults.empty([], shape), complete=False)
    tables.print_report(nothing, 1_000)
    assert capsys.readouterr().out == "Stopped after 0 of 1,000 runs.\n\n"


def test_many_teams_and_long_names_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = small_snapshot(teams=9)
    teams = [
        team.model_copy(update={"name": f"{team.name} \x1b[31m[red]with a very long name indeed"})
        for team in snapshot.teams
    ]
    snapshot = snapshot.model_copy(update={"teams": tuple(teams)})
    tables.print_report(report_of(snapshot, fake_results(Shape.of(snapshot), 30, 1)), 30)
    lines = capsys.readouterr().out.splitlines()
    assert not any("\x1b" in line for line in lines)
    assert sum("Row opens" in line for line in lines) == 3
    assert any("Team 9 ?[31m[re..." in line for line in lines)
    assert sum("6 others" in line or "5 others" in line for line in lines) == 1
    assert max(map(len, lines[3:])) <= 100


@pytest.mark.parametrize(
    ("number", "rounded"), [(0.2, 1), (37, 37), (100.1, 110), (37_214.0, 38_000), (38_000, 38_000)]
)
def test_numbers_of_runs_to_aim_at_are_round_and_not_too_small(number: float, rounded: int) -> None:
    assert words.round_up(number) == rounded


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (725, "12m 5s"), (19_200, "5h 20m"), (225_000, "2d 14h"), (None, "-")],
)
def test_times_are_written_by_their_two_greatest_units(seconds: int | None, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (0.0, "0.0 %"), (0.0004, "<0.1 %"), (0.6234, "62.3 %"), (0.99995, ">99.9 %"),
        (1.0, "100.0 %"), (None, "-"),
    ],
)  # fmt: skip
def test_chances_near_the_ends_do_not_look_certain(chance: float | None, text: str) -> None:
    assert words.percent(chance) == text


# -- the bar -----------------------------------------------------------------------------------


def test_the_bar_is_drawn_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        monkeypatch.setenv("TERM", "xterm")
        with meanwhile.progress_bar(shown=True) as moved:
            moved(0, 1_000)
            moved(500, 1_000)
        err = capsys.readouterr().err
        assert ("500 of 1,000 runs" in err) == terminal


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(cli.app, ["--version"])
    assert result.exit_code == 0
    assert result.output.startswith("bingosim 0.")
