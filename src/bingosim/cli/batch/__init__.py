"""`bingosim batch`: batches that are stored, executed, watched, steered, and read."""

from __future__ import annotations

import typer

from bingosim.cli.batch import look, results, start, steer
from bingosim.cli.dead_letters import dead_letters

app = typer.Typer(
    help="Batches: runs that are saved, and go on after a crash.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (
    *(start.start, look.list_batches, look.show, look.watch),
    *(steer.pause, steer.resume, steer.cancel, steer.extend, steer.retry),
    *(results.rerun, results.export, steer.delete, steer.prune),
):
    app.command(command.__name__.removesuffix("_batches"))(command)
app.command("dead-letters")(dead_letters)
