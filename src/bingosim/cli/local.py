"""Executing a batch in the foreground of a command."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from bingosim.cli.progress import INTERRUPTED, interruptible, progress_bar
from bingosim.errors import ExecutionError

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.settings import Settings
    from bingosim.storage.batches import Progress
    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus


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


def go_on(
    database: Database, batch: UUID, settings: Settings, threads: int | None, *, quiet: bool
) -> None:
    """Execute a batch that somebody wants to go on, unless others already do; say how it stands.

    Raises:
        ExecutionError: It ended as error.
        typer.Exit: Ctrl-C ended it.
    """
    from bingosim.batch.rescue import executed_by
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus

    others = executed_by(database, batch)
    if read_batch(database, batch).distributed:
        say(f"batch {batch} is executed by workers: bingosim batch watch {batch}", quiet=quiet)
    elif others:
        say(f"batch {batch} is executed by {', '.join(others)}", quiet=quiet)
    else:
        done = execute_visibly(database, batch, settings, threads, quiet=quiet)
        line = how_it_stands(database, batch)
        if done.status is BatchStatus.ERROR:
            raise ExecutionError(line)
        say(line, quiet=quiet)
        if done.interrupted:
            raise typer.Exit(INTERRUPTED)


def how_it_stands(database: Database, batch: UUID) -> str:
    """Return some lines about a batch: what is done, why it failed, what can be done next."""
    from bingosim.storage.batches import read_batch, read_progress
    from bingosim.storage.states import BatchStatus

    found = read_batch(database, batch)
    progress = read_progress(database, batch)
    line = f"batch {batch} is {found.status}: {progress.completed:,} of {progress.runs:,} runs"
    match found.status:
        case BatchStatus.PAUSED | BatchStatus.RUNNING:
            return f"{line}\n`bingosim batch resume {batch}` goes on"
        case BatchStatus.ERROR:
            return f"{line}\n{found.reason}\n`bingosim batch retry {batch}` tries them anew"
        case _:
            return f"{line}\n`bingosim batch show {batch}` shows what came out"


def say(text: str, *, quiet: bool) -> None:
    """Say something on stderr."""
    if not quiet:
        typer.echo(text, err=True)


def _pause(database: Database, batch: UUID) -> BatchStatus:
    from bingosim.batch.rescue import executed_by
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus
    from bingosim.storage.steering import pause_batch

    running = read_batch(database, batch).status is BatchStatus.RUNNING
    if running and not executed_by(database, batch):
        pause_batch(database, batch)
    return read_batch(database, batch).status
