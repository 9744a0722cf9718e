"""`bingosim run` saves batches, and `bingosim batch` works with them; messages, no tracebacks."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bingosim import engines
from bingosim.batch.stored import read_run
from bingosim.cli.batch import look
from bingosim.storage.batches import list_batches, read_batch
from bingosim.storage.ids import Ids
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch
from bingosim.storage.tables import aggregates, batches, result_chunks, snapshots
from tests.batch.conftest import TINY, Outcome
from tests.storage import samples
from tests.unit.event_text import EVENT_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults
    from bingosim.storage.database import Database

RUNS = 300
PRECISELY = ("--precision", 3, "--min-runs", 200, "--max-runs", 6_000)


def untimed(text: str) -> str:
    """Return a result's JSON without its last key, which says how long it took."""
    before, timing, after = text.partition(',\n  "timing": {')
    assert timing
    assert set(re.findall(r'"(\w+)":', after)) == {"compile_s", "simulate_s", "total_s"}
    return before


def only(database: Database) -> UUID:
    """Return the only batch."""
    (found,) = list_batches(database)
    return found.id


def status(database: Database) -> BatchStatus:
    return read_batch(database, only(database)).status


@pytest.fixture
def batch(stored: Database, bingosim: Callable[..., Outcome]) -> UUID:
    """A completed batch."""
    done = bingosim("batch", "start", TINY, "--runs", RUNS, "--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{only(stored)}\n"
    return only(stored)


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine in the 200th run of which somebody presses Ctrl-C, the first time; its name."""
    presses = iter([True])

    def make(snapshot: Snapshot, seed: str) -> Play:
        real = engines._jump(snapshot, seed)

        def play(runs: NDArray[np.int64]) -> RunResults:
            if 200 in runs and next(presses, False):
                os.kill(os.getpid(), signal.SIGINT)
            return real(runs)

        return play

    monkeypatch.setitem(engines._ENGINES, "pressed", make)
    return "pressed"


# -- run, saved or not ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "size", "threads"),
    [
        (("--runs", RUNS), "1", 2),
        (("--runs", RUNS), "7", 1),
        (("--runs", RUNS), "7", 3),
        (("--runs", RUNS), "auto", 1),
        (("--runs", RUNS), "auto", 2),
        (PRECISELY, "7", 3),
        (PRECISELY, "auto", 1),
        (PRECISELY, "auto", 2),
    ],
)
def test_saving_changes_no_byte(
    stored: Database,
    bingosim: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    goal: tuple[object, ...],
    size: str,
    threads: int,
) -> None:
    monkeypatch.setenv("BINGOSIM_DISTRIBUTED_BATCH_SIZE", size)
    asked = ("run", TINY, *goal, "--seed", "same", "--json", "-", "--threads", threads)
    saved = bingosim(*asked, "--csv", "saved")
    found = read_batch(stored, only(stored))
    assert (found.message_size == int(size)) if size != "auto" else (found.message_size >= 50)
    alone = bingosim(*asked, "--csv", "alone", "--no-save", "--threads", 1)
    assert (saved.code, alone.code, saved.err, alone.err) == (0, 0, "", "")
    assert untimed(saved.out) == untimed(alone.out)
    assert found.status is BatchStatus.COMPLETED
    assert only(stored) == found.id
    for name in ("about.json", "summary.csv", "timelines.csv"):
        assert files("saved")[name] == files("alone")[name]


def files(directory: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(directory).iterdir()}


def text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")


def test_run_says_what_it_was_saved_as(stored: Database, bingosim: Callable[..., Outcome]) -> None:
    done = bingosim("run", TINY, "--runs", 50)
    assert f"Saved as batch {only(stored)} (`bingosim batch show latest`)" in done.out
    assert "Saved" not in bingosim("run", TINY, "--runs", 50, "--no-save").out
    assert only(stored)


def test_shown_and_exported_later_it_is_what_run_printed(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    ran = bingosim("run", TINY, "--runs", RUNS, "--json", "-", "--csv", "ran")
    shown = bingosim("batch", "show", "--json", "-")
    report = shown.json
    assert report.pop("batch")["id"] == str(only(stored))
    assert report.pop("timing")["total_s"] >= 0
    assert report == {k: v for k, v in ran.json.items() if k != "timing"}
    done = bingosim("batch", "export", "latest", "--csv", "later", "--json", "later.json")
    assert (done.code, done.err) == (0, f"{RUNS} runs are in later\n")
    assert files("later") == files("ran")
    assert untimed(text("later.json")) == untimed(ran.out)
    tables = bingosim("batch", "show").out
    for words in (f"batch     {only(stored)}", "status    completed", "95 % interval"):
        assert words in tables
    assert "Stopped" not in tables


def test_reports_shown_and_exported_later_are_those_of_run(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    def wanted(name: str) -> tuple[str, ...]:
        return ("--report", f"{name}.html", "--plot", f"{name}.png", "--markdown", f"{name}.md")

    bingosim("run", TINY, "--runs", RUNS, *wanted("ran"))
    done = bingosim("batch", "export", "latest", *wanted("exported"))
    assert (done.code, done.out, done.err) == (0, "", "")
    done = bingosim("batch", "show", *wanted("shown"))
    assert (done.code, done.err) == (0, "")
    assert "95 % interval" in done.out
    for ending in ("html", "png", "md"):
        ran = Path(f"ran.{ending}").read_bytes()
        assert Path(f"exported.{ending}").read_bytes() == ran
        assert Path(f"shown.{ending}").read_bytes() == ran
    assert only(stored)


# -- Ctrl-C --------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", [("--runs", 2_000), PRECISELY], ids=["runs", "precision"])
def test_ctrl_c_pauses_and_resume_makes_it_what_it_would_have_been(
    stored: Database,
    bingosim: Callable[..., Outcome],
    pressed: str,
    goal: tuple[object, ...],
) -> None:
    asked = ("run", TINY, *goal, "--engine", pressed, "--json", "-")
    ended = bingosim(*asked)
    assert ended.code == 130
    assert not ended.json["complete"]
    assert 0 < ended.json["runs"] < 2_000
    assert status(stored) is BatchStatus.PAUSED
    assert f"batch {only(stored)} is paused: {ended.json['runs']:,} of " in ended.err
    assert "`bingosim batch resume" in ended.err
    resumed = bingosim("batch", "resume", "latest")
    assert (resumed.code, status(stored)) == (0, BatchStatus.COMPLETED)
    bingosim("batch", "export", "latest", "--json", "final.json", "--quiet")
    undisturbed = bingosim(*asked, "--no-save").out
    assert untimed(text("final.json")) == untimed(undisturbed)


def test_ctrl_c_pauses_a_batch_that_was_started(
    stored: Database, bingosim: Callable[..., Outcome], pressed: str
) -> None:
    ended = bingosim("batch", "start", TINY, "--runs", 5_000, "--engine", pressed)
    assert ended.code == 130
    assert "is paused: " in ended.err
    assert status(stored) is BatchStatus.PAUSED


# -- one after the other -------------------------------------------------------------------------


def test_extended_it_is_as_if_started_with_all_runs(
    bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    done = bingosim("batch", "extend", "latest", 200)
    assert done.code == 0
    assert f"batch {batch} has {RUNS + 200} runs now\n" in done.err
    whole = bingosim("run", TINY, "--runs", RUNS + 200, "--no-save", "--json", "-")
    bingosim("batch", "export", batch, "--json", "extended.json")
    assert untimed(text("extended.json")) == untimed(whole.out)


def test_a_batch_is_paused_extended_resumed_and_cancelled(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    waits = bingosim("batch", "start", TINY, "--runs", RUNS, "--detach", "--name", "Later")
    assert "waits; `bingosim batch resume" in waits.err
    assert status(stored) is BatchStatus.RUNNING
    assert "nobody executes it" in bingosim("batch", "show").out
    assert bingosim("batch", "pause", "latest").code == 0
    assert bingosim("batch", "extend", "latest", 100).code == 0
    assert status(stored) is BatchStatus.PAUSED
    shown = bingosim("batch", "show").out
    assert "status    paused" in shown
    assert f"0 of {RUNS + 100} completed" in shown
    assert "name      Later" in shown
    assert bingosim("batch", "resume", "latest", "--detach").code == 0
    assert status(stored) is BatchStatus.RUNNING
    assert bingosim("batch", "cancel", "latest").code == 0
    assert bingosim("batch", "cancel", "latest").code == 2
    assert bingosim("batch", "export", "latest", "--csv", "none").code == 2
    assert bingosim("batch", "delete", "latest", "--yes").code == 0
    assert list_batches(stored) == []


@pytest.mark.usefixtures("stored")
def test_batches_are_listed_the_newest_first(bingosim: Callable[..., Outcome]) -> None:
    assert bingosim("batch", "list").out == "there are no batches yet\n"
    assert bingosim("batch", "list", "--json").json == []
    for name in ("first", "second", "third"):
        bingosim("batch", "start", TINY, "--runs", 20, "--detach", "--name", name)
    bingosim("batch", "cancel", "latest")
    lines = bingosim("batch", "list").out.splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["third", "second", "first"]
    assert "0 of 20" in lines[2]
    some = bingosim("batch", "list", "--status", "running", "--most", 1, "--json").json
    assert [one["name"] for one in some] == ["second"]
    assert some[0]["runs"] == {"wanted": 20, "completed": 0, "failed": 0, "in_flight": 0}
    assert bingosim("batch", "list", "--status", "error").out == (
        "there are no batches that are error\n"
    )


@pytest.mark.parametrize("engine", ["jump", "reference"])
def test_a_run_is_replayed_as_it_is_stored(
    stored: Database, bingosim: Callable[..., Outcome], engine: str
) -> None:
    bingosim("batch", "start", TINY, "--runs", 60, "--engine", engine, "--quiet")
    batch = only(stored)
    (run,) = Ids.of_runs(batch, [37])
    by_id, by_index = (bingosim("batch", "rerun", name, "--json") for name in (run, f"{batch}:37"))
    assert by_id.code == 0
    assert by_id.out == by_index.out == bingosim("batch", "rerun", "latest:37", "--json").out
    columns = read_run(stored, batch, 37).columns
    for index, team in enumerate(by_id.json["teams"]):
        for name in ("points", "tiles_completed", "rows_open"):
            assert team[name] == columns[name][0, index]
        completed = [-1 if one["completed"] is None else one["completed"] for one in team["tiles"]]
        assert completed == columns["tile_completed"][0, index].tolist()
    told = bingosim("batch", "rerun", "latest:37", "--team", "Red")
    assert told.out.startswith("Tiny bingo, run 37 of seed bingosim")
    assert "Blue (" not in told.out


# -- a user's own strategy -----------------------------------------------------------------------

FAILING = """
def mine(team, standing, player):
    for tile in range(standing.value.size):
        standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
    if 3600 < standing.completed[0] < 3700:
        raise ValueError('too late')
"""


def test_a_failing_strategy_is_told_and_a_mended_one_needs_a_new_batch(
    stored: Database, bingosim: Callable[..., Outcome], tmp_path: Path
) -> None:
    here = tmp_path / "here"
    old = "players: [Ann]}"
    event = EVENT_TEXT.replace(old, "players: [Ann], strategy: 'own_batch:mine'}")
    (here / "event.yaml").write_text(event, encoding="utf-8")
    (here / "own_batch.py").write_text(FAILING, encoding="utf-8")
    try:
        started = bingosim("batch", "start", "event.yaml", "--runs", 400)
        assert (started.code, status(stored)) == (1, BatchStatus.ERROR)
        reason = r"of 400 failed for good: .*team 'Reds', .* it raised ValueError: too late"
        assert re.search(reason, started.err)
        assert "`bingosim batch retry" in started.err
        shown = bingosim("batch", "show")
        assert shown.code == 0
        assert re.search(rf"reason +.*{reason}", shown.out)
        assert re.search(r"runs +\d+ of 400 completed, \d+ failed", shown.out)
        again = bingosim("batch", "retry", "latest")
        assert again.code == 1
        assert re.search(r"\d+ failed runs? of batch .* tried anew", again.err)
        assert status(stored) is BatchStatus.ERROR

        del sys.modules["own_batch"]
        (here / "own_batch.py").write_text(FAILING.replace("3600", "9999"), encoding="utf-8")
        before = read_batch(stored, only(stored))
        for command in ("retry", "resume"):
            mended = bingosim("batch", command, "latest")
            assert mended.code == 2
            assert f"batch {before.id} cannot be executed here: team 'Reds'" in mended.err
            assert "is not what it was" in mended.err
        assert read_batch(stored, before.id) == before
        assert bingosim("run", "event.yaml", "--runs", 400, "--quiet").code == 0

        del sys.modules["own_batch"]
        (here / "own_batch.py").unlink()
        missing = bingosim("batch", "extend", "latest", 10)
        assert missing.code == 2
        assert "there is no module 'own_batch' in the current directory" in missing.err
        assert list_batches(stored)[0].runs == 400
    finally:
        sys.modules.pop("own_batch", None)


def test_a_batch_of_another_engine_is_left_as_it_is(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    batch = samples.new_batch(stored)
    pause_batch(stored, batch)
    for words in (["resume", batch], ["extend", batch, 5], ["rerun", f"{batch}:0"]):
        done = bingosim("batch", *words)
        assert done.code == 1
        assert "is executed by engine attempt 0123456789abcdef" in done.err
    found = read_batch(stored, batch)
    assert (found.status, found.runs) == (BatchStatus.PAUSED, 10)


# -- what goes wrong -----------------------------------------------------------------------------


WRONG = [
    (["show", "00000000"], "there is no batch 00000000"),
    (["show", "later"], "'later' is no batch: expected latest, an id, or its first 4 digits"),
    (["pause", "latest"], "is completed: pause needs the status running"),
    (["resume", "latest"], "is completed: resume needs the status paused"),
    (["retry", "latest"], "is completed: retry needs the status error"),
    (["cancel", "latest"], "is completed: there is nothing to cancel"),
    (["extend", "latest", "0"], "'M': Input should be greater than or equal to 1"),
    (["extend", "latest", "--", "-5"], "'M': Input should be greater than or equal to 1"),
    (["extend", "latest", "1000000000"], "'M': Input should be less than or equal to 9"),
    (["extend", "latest", "999999999"], "can be extended by 1 to 999,999,699 runs"),
    (["rerun", "latest:300"], "has runs 0 to 299, and no 300"),
    (["rerun", "latest:-1"], "'latest:-1' is no run: expected its id, or BATCH:INDEX such as"),
    (["rerun", "17"], "'17' is no run"),
    (["rerun", "latest:1", "--team", "Rod"], "there is no team 'Rod' (did you mean 'Red'?)"),
    (["export", "latest"], "say what to write: --csv, --parquet, --json-lines or --json"),
    (["export", "latest", "--csv", "x", "--timelines", "al"], "did you mean 'all'?"),
    (["export", "latest", "--json", "no/such/x"], "cannot write no/such/x"),
    (["delete", "latest"], "Say --yes if that is meant."),
    (["prune", "--older-than", "30"], "must be an age with its unit, such as 30d"),
    (["prune", "--older-than", "soon"], "must be an age with its unit, such as 30d"),
    (["prune", "--older-than", "-5d"], "must be an age with its unit, such as 30d"),
    (["prune"], "Missing option '--older-than'"),
    (["list", "--status", "done"], "--status must be one of running, paused, completed, err"),
    (["list", "--most", "0"], "--most"),
    (["start", "nowhere.yaml"], "nowhere.yaml"),
    (["start", str(TINY), "--runs", "0"], "--runs"),
    (["start", str(TINY), "--runs", "-1"], "--runs"),
    (["start", str(TINY), "--runs", "1000000000"], "--runs"),
    (["start", str(TINY), "--name", "a\nb"], "a name must be one line of 1 to 120 characters"),
    (["start", str(TINY), "--name", ""], "a name must be one line of 1 to 120 characters"),
    (["start", str(TINY), "--message-size", "0"], "--message-size"),
    (["start", str(TINY), "--engine", "atempt"], "did you mean 'attempt'"),
    (["start", str(TINY), "--max-runs", "5"], "--max-runs goes with --precision only"),
]


def test_what_cannot_be_done_is_said_and_changes_nothing(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    before = read_batch(stored, batch)
    for words, message in WRONG:
        done = bingosim("batch", *words)
        assert (done.code, done.out) == (2, ""), words
        assert message in done.err
        assert len(done.err.splitlines()) <= 4
    assert list_batches(stored) == [before]


def test_a_beginning_that_two_ids_share_names_none(
    bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    bingosim("batch", "start", TINY, "--runs", 10, "--detach")
    done = bingosim("batch", "cancel", str(batch)[:5])
    assert done.code == 2
    assert f"several batches begin with {str(batch)[:5]}, for example " in done.err
    assert str(batch) in done.err
    assert bingosim("batch", "show", str(batch).upper().replace("-", "")).code == 0


def test_workers_cannot_share_a_file(stored: Database, bingosim: Callable[..., Outcome]) -> None:
    done = bingosim("batch", "start", TINY, "--distributed")
    if stored.is_sqlite:
        assert done.code == 2
        assert "BINGOSIM_DATABASE_URL must name a PostgreSQL database" in done.err
        assert list_batches(stored) == []
    else:
        assert (done.code, status(stored)) == (0, BatchStatus.RUNNING)
        assert "is executed by workers" in done.err


# -- damage --------------------------------------------------------------------------------------


def damage(database: Database, column: Any) -> None:
    """Change a byte in the middle of a stored value."""
    with database.write() as connection:
        value: Any = connection.execute(sa.select(column)).scalars().first()
        at = len(value) // 2
        other = "?" if isinstance(value, str) else bytes([value[at] ^ 1])
        broken = value[:at] + other + value[at + 1 :]
        connection.execute(sa.update(column.table).values({column.name: broken}))


def test_damaged_aggregates_are_named_and_the_rest_is_shown(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    damage(stored, aggregates.c.payload)
    shown = bingosim("batch", "show")
    assert shown.code == 1
    assert f"{RUNS} of {RUNS} completed" in shown.out
    assert f"batch {batch}" in shown.err
    assert "damaged" in shown.err
    assert len(shown.err.splitlines()) == 1
    assert bingosim("batch", "export", "latest", "--json", "x.json").code == 1
    assert bingosim("batch", "export", "latest", "--csv", "good").code == 0
    assert bingosim("batch", "rerun", "latest:1").code == 0


def test_damaged_chunks_are_named_and_nothing_is_written(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID, tmp_path: Path
) -> None:
    damage(stored, result_chunks.c.payload)
    done = bingosim("batch", "export", "latest", "--csv", "tables")
    assert done.code == 1
    assert f"batch {batch}, chunk " in done.err
    assert not [path for path in (tmp_path / "here").rglob("*") if path.is_file()]
    assert bingosim("batch", "show").code == 0
    assert bingosim("batch", "rerun", "latest:1").code == 0


def test_a_damaged_snapshot_is_never_played(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    damage(stored, snapshots.c.body)
    for words in (["show"], ["rerun", "latest:1"], ["extend", "latest", "5"]):
        done = bingosim("batch", *words)
        assert done.code == 1
        assert "snapshot" in done.err
        assert "damaged" in done.err
        assert len(done.err.splitlines()) == 1
    assert read_batch(stored, batch).runs == RUNS
    assert bingosim("batch", "list").code == 0
    assert bingosim("batch", "delete", "latest", "--yes").code == 0


# -- the database --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        ("garbage", 2, "the database's URL cannot be read: expected sqlite:///PATH or postgresql:"),
        ("mysql://me@host/x", 2, "there is no support for the database 'mysql'"),
        ("sqlite://", 2, "a database in memory would be lost at once"),
        ("sqlite:///file/below/x.db", 1, "cannot make file/below for the database: "),
        ("sqlite:///file", 2, "file is no SQLite database"),
        ("sqlite:///folder", 1, "unable to open database file"),
        ("postgresql://me:secret@127.0.0.1:1/x", 1, "postgresql://me:***@127.0.0.1:1/x cannot be"),
        ("postgresql://127.0.0.1:1/x?password=secret", 1, "postgresql://127.0.0.1:1/x cannot be "),
    ],
)
def test_a_database_that_cannot_be_used_is_said(
    bingosim: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    url: str,
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("some notes\n" * 500, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", url)
    for words in (["batch", "list"], ["run", TINY, "--runs", 5], ["batch", "start", TINY]):
        done = bingosim(*words)
        assert (done.code, done.out) == (code, "")
        assert message in done.err
        assert "secret" not in done.err
        assert len(done.err.splitlines()) <= 2
    assert ("--no-save" in bingosim("run", TINY, "--runs", 5).err) == (code == 1)
    assert bingosim("run", TINY, "--runs", 5, "--no-save").code == 0
    assert (tmp_path / "file").read_text(encoding="utf-8") == "some notes\n" * 500


@pytest.mark.usefixtures("batch")
def test_a_database_of_a_newer_release_is_left_alone(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    revision = sa.text("UPDATE alembic_version SET version_num = '9999'")
    with stored.write() as connection:
        connection.execute(revision)
    for words in (["batch", "show"], ["run", TINY, "--runs", 5], ["db", "upgrade"]):
        done = bingosim(*words)
        assert done.code == 1
        assert "9999" in done.err
    with stored.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(batches)) == 1


# -- deleting ------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_deleting_asks(
    stored: Database,
    bingosim: Callable[..., Outcome],
    batch: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for words in (["delete", "latest"], ["prune", "--older-than", "0s"]):
        monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
        done = bingosim("batch", *words)
        assert done.code == 1
        assert f"{batch} (Tiny bingo, 300 runs, completed)" in done.err
        assert only(stored) == batch
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert bingosim("batch", "delete", "latest").code == 0
    assert list_batches(stored) == []


def test_only_what_has_ended_is_deleted(stored: Database, bingosim: Callable[..., Outcome]) -> None:
    bingosim("batch", "start", TINY, "--runs", 20, "--detach")
    done = bingosim("batch", "delete", "latest", "--yes")
    assert (done.code, done.err) == (
        2,
        f"batch {only(stored)} is running: cancel it before deleting it\n",
    )
    assert (
        "no batch ended more than 0s ago"
        in bingosim(*("batch", "prune", "--older-than", "0s", "--yes")).err
    )
    assert only(stored)


def test_pruning_takes_those_that_ended_long_ago(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    for name in ("old", "new"):
        bingosim("batch", "start", TINY, "--runs", 20, "--name", name, "--quiet")
    with stored.write() as connection:
        connection.execute(
            sa.update(batches)
            .where(batches.c.name == "old")
            .values(finished_at=batches.c.finished_at - 3 * 86_400_000)
        )
    assert "no batch ended" in bingosim("batch", "prune", "--older-than", "4d", "--yes").err
    assert "no batch ended" in bingosim("batch", "prune", "--older-than", "99999999999d").err
    done = bingosim("batch", "prune", "--older-than", "1d12h", "--yes")
    assert (done.code, done.err.splitlines()[-1]) == (0, "1 batch deleted")
    assert [found.name for found in list_batches(stored)] == ["new"]


# -- watching ------------------------------------------------------------------------------------


def test_watching_says_lines_and_that_nobody_executes_it(
    stored: Database, bingosim: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    bingosim("batch", "start", TINY, "--runs", 20, "--detach")
    looks = count()

    def sleep(_seconds: float) -> None:
        if next(looks) == look.LOOKS_ALONE:
            pause_batch(stored, only(stored))

    monkeypatch.setattr(look, "sleep", sleep)
    watched = bingosim("batch", "watch")
    assert watched.code == 1
    first, alone, *last = watched.err.splitlines()
    assert first == "0 of 20 runs"
    assert alone.startswith("nobody executes it; `bingosim batch resume ")
    assert last[0] == f"batch {only(stored)} is paused: 0 of 20 runs"
    bingosim("batch", "resume", "latest")
    watched = bingosim("batch", "watch", "latest")
    assert watched.code == 0
    assert watched.err.startswith(f"batch {only(stored)} is completed: 20 of 20 runs\n")
    assert bingosim("batch", "watch", "--quiet").err == ""


@pytest.mark.usefixtures("stored")
def test_json_of_a_batch_says_all_that_is_known(bingosim: Callable[..., Outcome]) -> None:
    options = ("--precision", 20, "--min-runs", 200, "--timelines", "none")
    bingosim("batch", "start", TINY, *options, "--quiet")
    (found,) = bingosim("batch", "list", "--json").json
    assert found == bingosim("batch", "show", "--json", "-").json["batch"]
    assert found["precision"] == {"points": 20, "min_runs": 200, "max_runs": 1_000_000}
    assert (found["status"], found["reason"], found["timelines"]) == ("completed", None, "none")
    assert found["runs"]["wanted"] == found["runs"]["completed"] == 200
    assert found["created"] <= found["finished"]
    assert json.dumps(found)
