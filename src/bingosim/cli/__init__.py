"""The command line: thin commands over the package."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from bingosim.cli import (
    batch,
    bench,
    catalog,
    compare,
    database,
    event,
    importing,
    run,
    settings,
    web,
    worker,
)
from bingosim.errors import BingoSimError

app = typer.Typer(
    name="bingosim",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bingosim {version('bingosim')}")
        raise typer.Exit


@app.callback()
def bingosim(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Forecast clan bingos of Old School RuneScape."""


app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("validate")(event.validate)
app.command("init")(event.init)
app.command("schema")(event.schema)
app.command("settings")(settings.settings)
app.command("web")(web.web)
app.add_typer(batch.app, name="batch")
app.add_typer(catalog.app, name="catalog")
app.add_typer(importing.app, name="import")
app.add_typer(database.app, name="db")
app.command("worker")(worker.worker)
app.command("workers")(worker.workers)
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run the command line; every expected failure is a message on stderr and an exit code."""
    try:
        app()
    except BingoSimError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
