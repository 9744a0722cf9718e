"""The command line: thin commands over the package."""

from __future__ import annotations

import sys

import typer

from bingosim.cli import catalog, event, run
from bingosim.errors import BingoSimError

app = typer.Typer(
    name="bingosim",
    help="Forecast clan bingos of Old School RuneScape.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("validate")(event.validate)
app.command("init")(event.init)
app.command("schema")(event.schema)
app.add_typer(catalog.app, name="catalog")


def main() -> None:
    """Run the command line; every expected failure is a message on stderr and an exit code."""
    try:
        app()
    except BingoSimError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
