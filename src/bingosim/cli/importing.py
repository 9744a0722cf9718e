"""`bingosim import`: what others wrote down, as pieces of an event file or of the library."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.errors import EventFileError, ExecutionError, InputError

if TYPE_CHECKING:
    from bingosim.library.plain import Document
    from bingosim.library.roster import Roster

STDIN = STDOUT = "-"
SHOWN = 12

app = typer.Typer(
    help="Read players from CSV.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def group() -> None:
    """Keep `players` a command of its own while it is the only one."""


@app.command()
def players(
    path: Annotated[str, typer.Argument(help="A CSV file; - is stdin.", metavar="FILE")],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="Write an event file's `players:` there.", metavar="PATH"
        ),
    ] = "",
    save: Annotated[
        bool, typer.Option("--save", help="Put them into the library of the web application.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but what is asked for, and errors.")
    ] = False,
) -> None:
    """Read players from Wise Old Man or from a spreadsheet, as CSV.

    The CSV is that of a group or a competition of Wise Old Man, or of any spreadsheet with names.
    A column called name, player or username is needed; speed, has, attends, timezone, plays and
    away are read where there are such columns. Without --output and --save the players are printed
    as YAML. Where a line is wrong, all of them are told and nothing is written. With --save, a
    player whose name is in the library already is left as they are there.

    For example:

        bingosim import players members.csv --output players.yaml

        bingosim import players competition.csv --save

        bingosim import players clan.csv >> event.yaml
    """
    from bingosim.library.roster import read_roster

    name = "stdin" if path == STDIN else path
    roster = read_roster(_content(path), name)
    if roster.findings:
        raise EventFileError(roster.findings)
    if not quiet:
        _tell(roster)
    documents = [member.document for member in roster.members]
    if output or not save:
        _write(documents, output or STDOUT, quiet=quiet)
    if save:
        _save(documents, quiet=quiet)


def _content(path: str) -> bytes:
    from bingosim.event.file import read_bytes
    from bingosim.library.table import MOST_BYTES

    if path == STDIN:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    return read_bytes(path, MOST_BYTES)


def _tell(roster: Roster) -> None:
    """Say on stderr what was read and what was not, so that stdout stays YAML."""
    count = len(roster.members)
    typer.echo(f"This is {roster.kind} with {_players(count)}.", err=True)
    if roster.unused:
        typer.echo(f"Not used: {', '.join(roster.unused)}.", err=True)
    if not any("speed" in member.document for member in roster.members):
        typer.echo("Nothing here says how fast they are: their speed is 1, the usual.", err=True)


def _write(documents: list[Document], path: str, *, quiet: bool) -> None:
    from bingosim.library.writing import to_yaml

    text = to_yaml({"players": documents})
    if path == STDOUT:
        typer.echo(text, nl=False)
        return
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} is there already: choose another name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExecutionError(f"cannot write {path}: {reason}") from None
    if not quiet:
        typer.echo(f"Wrote {path}.", err=True)


def _save(documents: list[Document], *, quiet: bool) -> None:
    from bingosim.cli.store import named_database
    from bingosim.library.roster import join
    from bingosim.words import clean

    with named_database() as (database, _):
        joined = join(database, documents)
    left = list(map(clean, joined.left))
    if quiet:
        return
    if left:
        more = f" and {len(left) - SHOWN:,} more" if len(left) > SHOWN else ""
        typer.echo(f"Left as they are in the library: {', '.join(left[:SHOWN])}{more}.", err=True)
    typer.echo(f"Added to the library: {_players(len(joined.created))}.", err=True)


def _players(count: int) -> str:
    return f"{count:,} player{'s' * (count != 1)}"
