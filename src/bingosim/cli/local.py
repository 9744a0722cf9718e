"""Executing a batch in the foreground of a command."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from bingosim.cli.progress import INTERRUPTED, interruptible, progress_bar
from bingosim.errors import ExecutionError, InputError

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.settings import Settings
    from bingosim.storage.batches import Progress
    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus


SHORT = 13
"""Characters."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of a batch in the foreground.

    Attributes:
        status: How it stands.
        interrupted: Whether Ctrl-C ended it.
        seconds: How long it took.
    """

    status: BatchStatus
    interrupted: bool
    seconds: float


def execute_visibly(
    database: Database, batch: UUID, settings: Settings, threads: int | None, *, quiet: bool
) -> Executed:
    """Execute a batch with a progress bar until it ends, is paused or cancelled, or by Ctrl-C.

    After Ctrl-C it is paused, unless another process executes it too.
    """
    from bingosim.batch.local import execute_batch
    from bingosim.simulation import available_threads

    begun = perf_counter()
    with interruptible() as interrupt, progress_bar(shown=not quiet) as moved:

        def progress(now: Progress) -> None:
            interrupt.can_wait = True
            moved(now.done, now.runs)

        status = execute_batch(
            database,
            batch,
            threads=threads or settings.worker_threads or available_threads(),
            stop=lambda: interrupt.asked,
            progress=progress,
            lease_seconds=settings.lease_seconds,
            max_attempts=settings.max_attempts,
        )
    if interrupt.asked:
        status = _pause(database, batch)
    return Executed(status, interrupt.asked, perf_counter() - begun)


def check_here(database: Database, batch: UUID, *, detach: bool) -> None:
    """Refuse a batch that is to be executed here and cannot be, while it is as it was.

    Raises:
        InputError: A strategy of a user's own is missing here, or not what it was.
        OtherEngineError: It belongs to another engine.
    """
    from bingosim.batch.submit import check_executable
    from bingosim.storage.batches import read_batch

    if not detach and not read_batch(database, batch).distributed:
        check_executable(database, batch)


def go_on(
    database: Database,
    batch: UUID,
    settings: Settings,
    threads: int | None,
    *,
    detach: bool,
    quiet: bool,
) -> None:
    """Execute a batch that is to go on, unless others do or shall; say how it stands.

    Raises:
        ExecutionError: It is not completed.
        typer.Exit: Ctrl-C ended it.
    """
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus

    others = executed_by(database, batch)
    if read_batch(database, batch).distributed:
        say(f"batch {batch} is executed by workers; `bingosim batch watch` shows it", quiet=quiet)
    elif others:
        say(f"batch {batch} is executed by {', '.join(others)}", quiet=quiet)
    elif detach:
        say(f"batch {batch} waits; `bingosim batch resume {short(batch)}` executes it", quiet=quiet)
    else:
        done = execute_visibly(database, batch, settings, threads, quiet=quiet)
        line = how_it_stands(database, batch)
        if done.interrupted:
            say(line, quiet=quiet)
            raise typer.Exit(INTERRUPTED)
        if done.status is not BatchStatus.COMPLETED:
            raise ExecutionError(line)
        say(line, quiet=quiet)


def how_it_stands(database: Database, batch: UUID) -> str:
    """Return some lines about a batch: what is done, why it failed, what can be done next."""
    from bingosim.storage.batches import read_batch, read_progress
    from bingosim.storage.states import BatchStatus
    from bingosim.words import clean

    found = read_batch(database, batch)
    progress = read_progress(database, batch)
    line = f"batch {batch} is {found.status}: {progress.completed:,} of {progress.runs:,} runs"
    match found.status:
        case BatchStatus.PAUSED | BatchStatus.RUNNING:
            return f"{line}\n`bingosim batch resume {short(batch)}` goes on"
        case BatchStatus.ERROR:
            reason = clean(found.reason or "")
            return f"{line}\n{reason}\n`bingosim batch retry {short(batch)}` tries them anew"
        case _:
            return f"{line}\n`bingosim batch show {short(batch)}` shows what came out"


def executed_by(database: Database, batch: UUID) -> list[str]:
    """Return which processes work on a batch, as far as that can be told, in a person's words."""
    from bingosim.batch.rescue import executed_by as workers

    return sorted(map(_named, workers(database, batch)))


def short(batch: UUID) -> str:
    """Return the characters of an id that tell the millisecond: enough to name a batch."""
    return str(batch)[:SHORT]


def say(text: str, *, quiet: bool) -> None:
    """Say something on stderr."""
    if not quiet:
        typer.echo(text, err=True)


def _named(worker: str) -> str:
    """Return a process for a person, who has no use for the tick at which it started."""
    host, pid, _ = worker.rsplit(":", 2)
    return f"process {pid} on {host}"


def _pause(database: Database, batch: UUID) -> BatchStatus:
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus
    from bingosim.storage.steering import pause_batch

    running = read_batch(database, batch).status is BatchStatus.RUNNING
    if running and not executed_by(database, batch):
        with suppress(InputError):  # somebody was quicker, or it has just ended
            pause_batch(database, batch)
    return read_batch(database, batch).status
