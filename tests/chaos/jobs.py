"""What a child is told to do; each job returns what it has to tell."""

from __future__ import annotations

import resource
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from bingosim.batch import execute, folding, held
from bingosim.batch.codec import ARITHMETIC
from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.errors import InputError
from bingosim.storage import database as storage
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.claims import LEASE_SECONDS
from bingosim.storage.creating import extend_batch
from bingosim.storage.database import open_url
from bingosim.storage.migrate import open_database
from bingosim.storage.steering import pause_batch, resume_batch, retry_batch
from tests.chaos.events import PRECISION, SEED, SNAPSHOT

if TYPE_CHECKING:
    from bingosim.engines import Play
    from bingosim.storage.database import Database

FOLD_EVERY = 3
"""Messages: folds happen inside these small batches too."""


def do_submit(url: str, runs: int, message_size: int, *, precise: bool = False) -> str:
    """Submit a batch; tell its id."""
    with closing(open_url(url)) as database:
        precision = PRECISION if precise else None
        return str(
            submit(database, SNAPSHOT, runs, SEED, precision=precision, message_size=message_size)
        )


def do_execute(
    url: str,
    batch: str,
    threads: int = 1,
    lease_seconds: float = LEASE_SECONDS,
    beat_seconds: float = held.BEAT_SECONDS,
    failing: int | None = None,
) -> str:
    """Execute a batch; tell how it stands."""
    folding.MOST_PARTS, held.BEAT_SECONDS = FOLD_EVERY, beat_seconds
    if failing is not None:
        _fail(failing)
    with closing(open_url(url)) as database:
        return execute_batch(
            database,
            UUID(batch),
            threads=threads,
            stop=lambda: False,
            lease_seconds=lease_seconds,
            max_attempts=2 if failing is not None else 5,
        )


def do_steer(url: str, batch: str, to: str, runs: int = 0) -> str:
    """Pause, resume, cancel, extend or retry a batch."""
    with closing(open_url(url)) as database:
        steer(database, UUID(batch), to, runs)
        return to


def do_open(url: str) -> str:
    """Make an embedded database ready for use."""
    open_database(url).close()
    return "open"


def do_lock(url: str) -> str:
    """Begin to write, which keeps all other writers waiting for as long as the job is held."""
    with closing(open_url(url)) as database, database.write() as connection:
        connection.execute(sa.text("SELECT 1"))
        return "let go"


def steer(database: Database, batch: UUID, to: str, runs: int = 0) -> None:
    """Pause, resume, cancel, extend or retry a batch."""
    match to:
        case "pause":
            pause_batch(database, batch)
        case "resume":
            resume_batch(database, batch)
        case "cancel":
            if not cancel_batch(database, batch, ARITHMETIC.merge):
                raise InputError("cancel needs the status running or paused")
        case "extend":
            extend_batch(database, batch, runs)
        case "retry":
            retry_batch(database, batch)
        case _:
            raise AssertionError(to)


def _fail(failing: int) -> None:
    """Have one run fail whenever it is played."""
    prepare = execute.__dict__["prepare"]

    def prepare_failing(*arguments: Any) -> Any:
        play: Play = prepare(*arguments)

        def sometimes(runs: Any) -> Any:
            if failing in runs.tolist():
                raise ZeroDivisionError(f"run {failing} was told to fail")
            return play(runs)

        return sometimes

    execute.__dict__["prepare"] = prepare_failing


def limit_pages(more: int) -> None:
    """Let a SQLite file grow by a few pages only: SQLite then says that the disk is full."""

    def limit(connection: Any, _record: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + more}")

    sa.event.listen(sa.Engine, "connect", limit)


def limit_bytes(most: int) -> None:
    """Let no file grow beyond a size: writing more fails."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def wait_shortly(seconds: float) -> None:
    """Wait for other writers of SQLite only so long."""
    storage.BUSY_SECONDS = seconds  # type: ignore[assignment]


JOBS = {job.__name__: job for job in (do_submit, do_execute, do_steer, do_open, do_lock)}
LIMITS = {limit.__name__: limit for limit in (limit_pages, limit_bytes, wait_shortly)}
