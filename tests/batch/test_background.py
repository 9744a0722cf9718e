"""Batches that nobody executes are executed, by a process that ends with who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bingosim.batch.attendant import Orders
from bingosim.batch.background import PROGRAM, Background
from bingosim.batch.submit import submit
from bingosim.engines import engine_versions
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.database import open_url
from bingosim.storage.listing import unattended
from bingosim.storage.steering import pause_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from bingosim.storage.database import Database

EVENT = load_event(example_file("tiny"))
SECONDS = 60


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a database of its own."""
    file = tmp_path / "bingosim.db"
    file.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{file}"


def test_a_named_batch_is_executed_and_a_killed_process_replaced(url: str) -> None:
    database = open_url(url)
    background = Background(Orders(url, threads=1, lease_seconds=60, max_attempts=5))
    background.start()
    try:
        first = submit(database, EVENT, 50, engine="reference")
        background.begin(first)
        until(lambda: read_batch(database, first).status == "completed")
        assert background._process is not None
        os.kill(background._process.pid, signal.SIGKILL)
        second = submit(database, EVENT, 50, engine="reference")  # found without being named
        until(lambda: read_batch(database, second).status == "completed")
    finally:
        background.stop()
    assert not background.alive
    database.close()


def test_a_stop_keeps_what_is_finished_and_hands_back_the_rest(url: str) -> None:
    database = open_url(url)
    background = Background(Orders(url, threads=1, lease_seconds=60, max_attempts=5))
    background.start()
    batch = submit(database, EVENT, 1_000_000, message_size=5_000)
    background.begin(batch)
    until(lambda: read_progress(database, batch).completed > 0)
    background.stop()
    progress = read_progress(database, batch)
    assert progress.claimed == 0
    assert 0 < progress.completed < 1_000_000
    assert unattended(database, engine_versions()) == [batch]
    database.close()


def test_it_ends_when_its_input_does(url: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", PROGRAM], stdin=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(Orders(url, 1, 60, 5).to_line() + "no batch\n")
    process.stdin.close()
    assert process.wait(SECONDS) == 0


def test_what_is_paused_distributed_or_of_another_engine_is_nobodys_here(
    database: Database,
) -> None:
    def batch(**arguments: bool) -> UUID:
        return submit(database, EVENT, 5, engine="reference", **arguments)  # type: ignore[arg-type]

    plain, paused = batch(), batch()
    batch(distributed=True)
    pause_batch(database, paused)
    assert unattended(database, engine_versions()) == [plain]
    assert unattended(database, ["another"]) == []
