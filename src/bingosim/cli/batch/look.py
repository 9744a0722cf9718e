"""`bingosim batch list, show, watch`: how batches stand, while they run and afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.batch import arguments
from bingosim.cli.batch.arguments import named_batch
from bingosim.cli.files import Files
from bingosim.cli.local import executed_by, how_it_stands, say, short
from bingosim.cli.progress import progress_bar
from bingosim.cli.store import named_database
from bingosim.errors import ExecutionError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.storage.batches import Batch, Progress
    from bingosim.storage.database import Database

LOOK_SECONDS = 0.5
"""Between looks of `watch`."""
LINE_SECONDS = 10
"""Between its lines, where the output is no terminal."""
LOOKS_ALONE = 5
"""Looks at which nobody executes a batch, after which that is said."""


def list_batches(
    status: Annotated[
        str | None,
        typer.Option(help="Of one status: running, paused, completed, error or cancelled."),
    ] = None,
    most: Annotated[
        int, typer.Option(help="How many, the newest first.", metavar="N", min=1, max=10_000)
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List batches, the newest first.

    For example:

        bingosim batch list

        bingosim batch list --status error --json
    """
    import json

    from bingosim.cli.result import plain_table, stdout_console
    from bingosim.storage import batches
    from bingosim.storage.states import BatchStatus
    from bingosim.words import clean, moment

    if status is not None and status not in list(BatchStatus):
        raise InputError(f"--status must be one of {', '.join(BatchStatus)}, got {status!r}")
    with named_database() as (database, _):
        found = batches.list_batches(
            database, most, None if status is None else BatchStatus(status)
        )
        rows = [(batch, batches.read_progress(database, batch.id)) for batch in found]
    if as_json:
        typer.echo(json.dumps([described(*row) for row in rows], indent=2, ensure_ascii=False))
        return
    if not rows:
        typer.echo("there are no batches" + (f" that are {status}" if status else " yet"))
        return
    table = plain_table("Batch", "Name", "Status", ">Runs", "Started")
    for batch, progress in rows:
        runs = f"{progress.completed:,} of {batch.runs:,}"
        begun = moment(batch.created_at)
        table.add_row(short(batch.id), clean(batch.name), batch.status, runs, begun)
    stdout_console().print(table)


def show(
    batch: arguments.Batch = "latest",
    json: options.Json = None,
    report: options.Report = None,
    plot: options.Plot = None,
    markdown: options.Markdown = None,
    quiet: options.Quiet = False,
) -> None:
    """Show how a batch stands, and what came out so far.

    For example:

        bingosim batch show

        bingosim batch show 01999a3c --json -

        bingosim batch show latest --report out.html --plot out.png
    """
    from bingosim.batch.outcome import read_outcome
    from bingosim.cli.result import print_report
    from bingosim.storage.batches import read_batch, read_progress

    files = Files(json, report, plot, markdown)
    files.check()
    tables = files.shows_tables(quiet=quiet)
    with named_batch(batch) as named:
        found = read_batch(named.database, named.batch)
        progress = read_progress(named.database, named.batch)
        if tables:  # first, since results may be damaged
            workers = executed_by(named.database, named.batch)
            typer.echo(standing(found, progress, workers) + "\n")
        simulation = read_outcome(named.database, named.batch)
    said = simulation.to_dict()
    files.write(simulation, said, {"batch": described(found, progress)})
    if tables:
        # How many runs there are is said already, and others may be on their way.
        print_report(said | {"complete": True}, found.runs)


def watch(batch: arguments.Batch = "latest", quiet: options.Quiet = False) -> None:
    """Watch a batch until it ends or is paused.

    Another process executes it; Ctrl-C here changes nothing there. The exit code is 0 if it is
    completed.

    For example:

        bingosim batch watch

        bingosim batch watch 01999a3c --quiet && echo done
    """
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus

    with named_batch(batch) as named:
        with progress_bar(shown=not quiet) as moved:
            _follow(named.database, named.batch, moved, quiet=quiet)
        line = how_it_stands(named.database, named.batch)
        if read_batch(named.database, named.batch).status is not BatchStatus.COMPLETED:
            raise ExecutionError(line)
        say(line, quiet=quiet)


def _follow(
    database: Database, batch: UUID, moved: Callable[[int, int], None], *, quiet: bool
) -> None:
    """Show how far a batch has come as long as it runs."""
    from bingosim.storage.batches import read_batch, read_progress
    from bingosim.storage.states import BatchStatus

    begun = due = monotonic()
    first, alone = read_progress(database, batch), 0
    while (found := read_batch(database, batch)).status is BatchStatus.RUNNING:
        progress = read_progress(database, batch)
        moved(progress.done, progress.runs)
        alone = 0 if executed_by(database, batch) or found.distributed else alone + 1
        if alone == LOOKS_ALONE:  # between two messages there is nobody for a moment
            say(f"nobody executes it; `bingosim batch resume {short(batch)}` does", quiet=quiet)
        if not quiet and monotonic() >= due:
            _say_speed(progress, progress.done - first.done, monotonic() - begun)
            due += LINE_SECONDS
        sleep(LOOK_SECONDS)


def _say_speed(progress: Progress, done: int, seconds: float) -> None:
    """Write a line about a batch that is watched, unless there is a bar."""
    import sys

    if sys.stderr.isatty():
        return
    line = f"{progress.done:,} of {progress.runs:,} runs"
    if done:
        left = (progress.runs - progress.done) * seconds / done
        line += f", {done / seconds:,.0f} runs/s, {left:,.0f} s left"
    typer.echo(line, err=True)


# -- words ---------------------------------------------------------------------------------------


def described(batch: Batch, progress: Progress) -> dict[str, object]:
    """Return what is known of a batch, for JSON; moments are ISO 8601 in UTC."""
    precision = batch.precision
    return {
        "id": str(batch.id),
        "name": batch.name,
        "status": batch.status,
        "reason": batch.reason,
        "version": batch.version,
        "seed": batch.seed,
        "engine_version": batch.engine_version,
        "snapshot_sha256": batch.snapshot_sha256,
        "runs": {
            "wanted": batch.runs,
            "completed": progress.completed,
            "failed": progress.failed,
            "in_flight": progress.in_flight,
        },
        "messages": {
            "size": batch.message_size,
            "waiting": progress.waiting,
            "claimed": progress.claimed,
        },
        "precision": precision
        and {
            "points": precision.points,
            "min_runs": precision.min_runs,
            "max_runs": precision.max_runs,
        },
        "timelines": batch.timelines,
        "distributed": batch.distributed,
        "created": _utc(batch.created_at),
        "finished": batch.finished_at and _utc(batch.finished_at),
    }


def standing(batch: Batch, progress: Progress, workers: list[str]) -> str:
    """Return lines about a batch for a person."""
    from bingosim.words import clean, moment

    done = [f"{progress.completed:,} of {batch.runs:,} completed"]
    if progress.failed:
        done.append(f"{progress.failed:,} failed")
    if progress.in_flight:
        done.append(f"{progress.in_flight:,} in flight")
    lines = {
        "batch": str(batch.id),
        "name": clean(batch.name),
        "status": batch.status + _who(batch, workers),
        "reason": clean(batch.reason or ""),
        "runs": ", ".join(done),
        "messages": _messages(batch, progress),
        "engine": batch.engine_version,
        "started": moment(batch.created_at),
        "ended": batch.finished_at and moment(batch.finished_at),
    }
    return "\n".join(f"{name:<10}{text}" for name, text in lines.items() if text)


def _messages(batch: Batch, progress: Progress) -> str:
    """Return what work is left of a batch that has not ended."""
    if not progress.waiting + progress.claimed:
        return ""
    return (
        f"of {batch.message_size:,} runs: {progress.waiting:,} wait, {progress.claimed:,} in work"
    )


def _who(batch: Batch, workers: list[str]) -> str:
    """Return who executes a running batch."""
    if batch.status != "running":
        return ""
    if workers:
        return f", executed by {', '.join(workers)}"
    if batch.distributed:
        return ", waiting for workers"
    return f", and nobody executes it: `bingosim batch resume {short(batch.id)}` does"


def _utc(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
