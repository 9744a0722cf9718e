"""Commands about batches that cannot be done: a message, no traceback, nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bingosim.storage.batches import list_batches, read_batch
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import batches
from tests.batch.commands import status
from tests.batch.conftest import TINY, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from bingosim.storage.database import Database


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
    (
        ["export", "latest"],
        "say what to write: --csv, --parquet, --json-lines, --json, --report",
    ),
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
