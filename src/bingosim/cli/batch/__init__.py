"""`bingosim batch`: batches that are stored, executed, watched, steered, and read."""

from __future__ import annotations

import typer

from bingosim.cli.batch import look, results, start, steer

app = typer.Typer(
    help="Batches: stored runs, executed so that none is lost or counted twice.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (
    *(start.start, look.list_batches, look.show, look.watch),
    *(steer.pause, steer.resume, steer.cancel, steer.extend, steer.retry),
    *(results.rerun, results.export, steer.delete, steer.prune),
):
    app.command(command.__name__.removesuffix("_batches"))(command)
