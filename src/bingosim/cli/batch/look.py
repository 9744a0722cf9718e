"""`bingosim batch list, show, watch`: how batches stand, while they run and afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.batch import arguments
from bingosim.cli.batch.arguments import named_batch
from bingosim.cli.local import how_it_stands, say
from bingosim.cli.progress import progress_bar
from bingosim.cli.store import named_database
from bingosim.errors import UnknownKeyError

if TYPE_CHECKING:
    from bingosim.storage.batches import Batch, Progress

LOOK_SECONDS = 0.5
"""Between looks of `watch`."""
SHORT = 13
"""Characters of an id that tell the millisecond: enough to name a batch."""
LINE_SECONDS = 10
"""Between its lines, where the output is no terminal."""


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
        raise UnknownKeyError("status", status, list(BatchStatus))
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
        short = str(batch.id)[:SHORT]
        table.add_row(short, clean(batch.name), batch.status, runs, moment(batch.created_at))
    stdout_console().print(table)


def show(
    batch: arguments.Batch = "latest",
    json: options.Json = None,
    quiet: options.Quiet = False,
) -> None:
    """Show how a batch stands and what came out of the runs that are done.

    For example:

        bingosim batch show

        bingosim batch show 01999a3c --json -
    """
    from bingosim.batch.outcome import read_outcome
    from bingosim.batch.rescue import executed_by
    from bingosim.cli.result import print_report
    from bingosim.cli.run import STDOUT, write_json
    from bingosim.storage.batches import read_batch, read_progress

    with named_batch(batch) as named:
        found = read_batch(named.database, named.batch)
        progress = read_progress(named.database, named.batch)
        workers = executed_by(named.database, named.batch)
        simulation = read_outcome(named.database, named.batch)
    report = simulation.to_dict()
    if json is not None:
        write_json({**report, "batch": described(found, progress)}, json)
    if json is None or (json != STDOUT and not quiet):
        typer.echo(standing(found, progress, workers) + "\n")
        most = found.runs if found.precision is None else found.precision.max_runs
        print_report(report, most)


def watch(batch: arguments.Batch = "latest", quiet: options.Quiet = False) -> None:
    """Watch a batch that another process executes, until it rests or ends; Ctrl-C only looks away.

    For example:

        bingosim batch watch
    """
    from bingosim.storage.batches import read_batch, read_progress
    from bingosim.storage.states import BatchStatus

    with named_batch(batch) as named, progress_bar(shown=not quiet) as moved:
        said, first = monotonic(), read_progress(named.database, named.batch)
        begun = said
        while read_batch(named.database, named.batch).status is BatchStatus.RUNNING:
            progress = read_progress(named.database, named.batch)
            moved(progress.done, progress.runs)
            if not quiet and monotonic() - said >= LINE_SECONDS:
                said = monotonic()
                _say_speed(progress, progress.done - first.done, said - begun)
            sleep(LOOK_SECONDS)
    with named_batch(str(named.batch)) as named:
        say(how_it_stands(named.database, named.batch), quiet=quiet)


def _say_speed(progress: Progress, done: int, seconds: float) -> None:
    """Write a line about a batch that is watched, unless there is a bar."""
    import sys

    if sys.stderr.isatty():
        return
    speed = done / seconds
    left = f", {(progress.runs - progress.done) / speed:,.0f} s left" if speed else ""
    typer.echo(f"{progress.done:,} of {progress.runs:,} runs, {speed:,.0f} runs/s{left}", err=True)


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
        "messages": f"of {batch.message_size:,} runs: {progress.waiting:,} wait, "
        f"{progress.claimed:,} are executed",
        "engine": batch.engine_version,
        "started": moment(batch.created_at),
        "ended": batch.finished_at and moment(batch.finished_at),
    }
    return "\n".join(f"{name:<10}{text}" for name, text in lines.items() if text)


def _who(batch: Batch, workers: list[str]) -> str:
    """Return who executes a running batch."""
    if batch.status != "running":
        return ""
    if workers:
        return f", executed by {', '.join(workers)}"
    if batch.distributed:
        return ", waiting for workers"
    return f", and nobody executes it: `bingosim batch resume {batch.id}` does"


def _utc(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
