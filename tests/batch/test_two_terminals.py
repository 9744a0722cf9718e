"""One process executes a batch; others look at it and steer it meanwhile, on one SQLite file."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bingosim import load, simulate
from bingosim.storage.database import open_url
from bingosim.storage.tables import result_chunks
from tests.batch.conftest import TINY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
RUNS, BEFORE = 1_000, 100
"""Runs of a batch, and those that are kept before it gets slow."""
WITHIN = 60
"""Seconds after which something that takes two hangs, on the busiest machine."""


@dataclass
class Terminals:
    """What several terminals have in common: the database, and whether runs take their time."""

    environment: dict[str, str]
    slow: Path
    file: Path

    def call(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Call a command in another terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "bingosim", *map(str, words)],
            env=self.environment,
            cwd=self.file.parent,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    def good(self, *words: object) -> str:
        done = self.call(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def started(self, *words: object, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start a command in another terminal."""
        return subprocess.Popen(
            [sys.executable, "-m", *map(str, words)],
            env=self.environment,
            cwd=self.file.parent,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def result(self) -> Any:
        """Return the batch's result, without what differs between two simulations."""
        self.good("batch", "export", "latest", "--json", "result.json")
        report = json.loads((self.file.parent / "result.json").read_text("utf-8"))
        report.pop("timing")
        return report


@pytest.fixture
def terminals(sqlite_template: Path, tmp_path: Path) -> Terminals:
    file = tmp_path / "bingosim.db"
    shutil.copy(sqlite_template, file)
    slow = tmp_path / "slow"
    slow.touch()
    environment = {
        **os.environ,
        "BINGOSIM_DATABASE_URL": f"sqlite:///{file}",
        "BINGOSIM_TEST_SLOW": str(slow),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "TERM": "xterm",
    }
    return Terminals(environment, slow, file)


def executing(terminals: Terminals, *goal: object) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that executes a batch, has kept some runs of it, and is in the midst."""
    size = ("--message-size", 50, "--threads", 1)
    start = ("tests.batch.slowly", "batch", "start", TINY, *goal, *size)
    with terminals.started(*start) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            while said != "slow\n":
                assert said, "it ended early"
                said = process.stderr.readline()
            yield process
        finally:
            process.kill()


@pytest.fixture
def foreground(terminals: Terminals) -> Iterator[subprocess.Popen[str]]:
    yield from executing(terminals, "--runs", RUNS)


@pytest.fixture
def precise(terminals: Terminals) -> Iterator[subprocess.Popen[str]]:
    yield from executing(terminals, *("--precision", 3, "--min-runs", 400, "--max-runs", 6_000))


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return the exit code and what was said last."""
    _, err = process.communicate(timeout=WITHIN)
    assert "Traceback" not in err
    return process.returncode, err.replace("slow\n", "")


def undisturbed(runs: int = RUNS, **goal: Any) -> Any:
    report = dict(simulate(load(TINY), runs, **goal).to_dict())
    report.pop("timing")
    return json.loads(json.dumps(report))


def test_a_batch_is_looked_at_paused_and_resumed(
    terminals: Terminals, foreground: subprocess.Popen[str]
) -> None:
    shown = json.loads(terminals.good("batch", "show", "--json", "-"))
    assert shown["batch"]["status"] == "running"
    assert BEFORE <= shown["runs"] < RUNS
    assert not shown["complete"]
    assert f"running, executed by process {foreground.pid} on " in terminals.good("batch", "show")
    (listed,) = json.loads(terminals.good("batch", "list", "--json"))
    assert listed["id"] == shown["batch"]["id"]
    assert f"is executed by process {foreground.pid}" in terminals.good("batch", "resume", "latest")
    assert "is paused; `bingosim batch resume " in terminals.good("batch", "pause", "latest")
    code, said = end_of(foreground)
    assert code == 1
    assert "is paused: " in said
    assert foreground.stdout is not None
    terminals.slow.unlink()
    assert "is completed: 1,000 of 1,000 runs" in terminals.good("batch", "resume", "latest")
    assert terminals.result() == undisturbed()


def test_a_batch_is_cancelled_and_keeps_what_is_done(
    terminals: Terminals, foreground: subprocess.Popen[str]
) -> None:
    assert "is cancelled; `bingosim batch show " in terminals.good("batch", "cancel", "latest")
    code, said = end_of(foreground)
    assert code == 1
    assert "is cancelled: " in said
    assert BEFORE <= terminals.result()["runs"] < RUNS
    assert terminals.call("batch", "resume", "latest").returncode == 2


def test_a_batch_is_extended_while_it_runs(
    terminals: Terminals, foreground: subprocess.Popen[str]
) -> None:
    said = terminals.good("batch", "extend", "latest", 200)
    assert "has 1,200 runs now" in said
    assert f"is executed by process {foreground.pid}" in said
    terminals.slow.unlink()
    code, said = end_of(foreground)
    assert (code, "is completed: 1,200 of 1,200 runs" in said) == (0, True)
    assert terminals.result() == undisturbed(1_200)


def test_watching_shows_lines_or_a_bar_and_disturbs_nothing(
    terminals: Terminals, foreground: subprocess.Popen[str]
) -> None:
    with terminals.started("bingosim", "batch", "watch") as lines:
        assert lines.stderr is not None
        first = lines.stderr.readline()
        assert " of 1,000 runs" in first
        ours, theirs = pty.openpty()
        with terminals.started("bingosim", "batch", "watch", stderr=theirs) as bar:
            os.close(theirs)
            drawn = read_until(ours, "runs/s")
            assert " of 1,000 runs" in drawn
            assert "\x1b[" in drawn
            bar.send_signal(signal.SIGINT)
            read_until(ours, None)
            assert bar.wait(WITHIN) == 130
        os.close(ours)
        assert json.loads(terminals.good("batch", "list", "--json"))[0]["status"] == "running"
        terminals.slow.unlink()
        assert end_of(foreground)[0] == 0
        code, said = end_of(lines)
        assert (code, "is completed: 1,000 of 1,000 runs" in said) == (0, True)
        assert "\x1b[" not in first + said


def read_until(terminal: int, words: str | None) -> str:
    """Read what is drawn on a terminal until some words come, or to the end."""
    drawn = ""
    while words is None or words not in drawn:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so when the last program has left the terminal
            part = b""
        if not part:
            assert words is None, drawn
            break
        drawn += part.decode(errors="replace")
    return drawn


def test_ctrl_c_pauses_it(terminals: Terminals, foreground: subprocess.Popen[str]) -> None:
    foreground.send_signal(signal.SIGINT)
    code, said = end_of(foreground)
    assert code == 130
    assert "is paused: " in said
    terminals.slow.unlink()
    terminals.good("batch", "resume", "latest")
    assert terminals.result() == undisturbed()


def test_a_killed_process_loses_nothing_that_was_kept(
    terminals: Terminals, foreground: subprocess.Popen[str]
) -> None:
    foreground.kill()
    foreground.wait()
    assert "nobody executes it: `bingosim batch resume " in terminals.good("batch", "show")
    terminals.slow.unlink()
    assert "is completed" in terminals.good("batch", "resume", "latest")
    assert terminals.result() == undisturbed()
    assert stored_runs(terminals) == RUNS


def test_a_killed_batch_with_a_precision_ends_at_the_same_look(
    terminals: Terminals, precise: subprocess.Popen[str]
) -> None:
    precise.kill()
    precise.wait()
    terminals.slow.unlink()
    assert "is completed" in terminals.good("batch", "resume", "latest")
    result = terminals.result()
    assert result == undisturbed(6_000, precision=3.0, min_runs=400)
    assert 400 < result["runs"] < 6_000
    assert stored_runs(terminals) == result["runs"]


def stored_runs(terminals: Terminals) -> int:
    """Return how many runs are in all chunks: more than there are, if one were played twice."""
    database = open_url(f"sqlite:///{terminals.file}")
    with database.read() as connection:
        runs: int = connection.scalar(sa.select(sa.func.sum(result_chunks.c.runs))) or 0
    database.close()
    return runs
