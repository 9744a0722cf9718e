"""`bingosim batch start`: an event file becomes a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.batch import arguments
from bingosim.cli.local import go_on
from bingosim.cli.run import load_snapshot
from bingosim.cli.store import named_database

if TYPE_CHECKING:
    from bingosim.settings import Settings


def start(
    file: options.EventFile,
    runs: options.Runs = None,
    seed: options.Seed = "bingosim",
    threads: options.Threads = None,
    engine: options.Engine = "jump",
    precision: options.PrecisionPoints = None,
    min_runs: options.MinRuns = None,
    max_runs: options.MaxRuns = None,
    timelines: options.WhichTimelines = None,
    name: Annotated[
        str | None, typer.Option(help="What to call it; the event's name by default.")
    ] = None,
    message_size: Annotated[
        int | None,
        typer.Option(
            help="Runs that are claimed and kept at a time; it changes no result.",
            metavar="K",
            min=1,
            max=10_000,
        ),
    ] = None,
    distributed: Annotated[
        bool, typer.Option("--distributed", help="Have workers execute it, see bingosim worker.")
    ] = False,
    detach: arguments.Detach = False,
    quiet: options.Quiet = False,
) -> None:
    """Store a batch and execute it; stdout gets its id.

    It can be watched and steered from another terminal meanwhile. Ctrl-C pauses it.

    For example:

        bingosim batch start event.yaml --runs 100000

        bingosim batch start event.yaml --precision 0.5 --timelines sample

        bingosim batch start event.yaml --detach
    """
    goal, which = options.check_goal(runs, precision, min_runs, max_runs, timelines)
    snapshot = load_snapshot(file, engine, quiet=quiet)
    from bingosim.batch.submit import check_distributed, submit

    with named_database() as (database, settings):
        if distributed:
            check_distributed(database)
        batch = submit(
            database,
            snapshot,
            goal.runs,
            seed,
            precision=goal.precision,
            engine=engine,
            message_size=message_size or settings.distributed_batch_size,
            workers=threads or (None if distributed else _threads_here(settings)),
            name=name,
            timelines=which,
            distributed=distributed,
        )
        typer.echo(str(batch))
        go_on(database, batch, settings, threads, detach=detach, quiet=quiet)


def _threads_here(settings: Settings) -> int:
    from bingosim.simulation import available_threads

    return settings.worker_threads or available_threads()
