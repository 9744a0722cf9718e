"""`bingosim db`: the database that batches are kept in."""

from __future__ import annotations

from typing import Annotated

import typer

from bingosim.cli.store import named_database
from bingosim.errors import InputError

app = typer.Typer(
    help="The database that batches are kept in.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def upgrade() -> None:
    """Bring the tables to what this release needs.

    An embedded database is copied before; it is also upgraded whenever it is used.
    BINGOSIM_DATABASE_URL names the database; without it, it is a file of yours.

    For example:

        bingosim db upgrade
    """
    from bingosim.storage import migrate

    with named_database(ready=False) as (database, _):
        done = migrate.upgrade(database)
        if done.before == done.after:
            typer.echo(f"{database} is at revision {done.after}: nothing to do")
            return
        typer.echo(f"{database}: from {done.before or 'nothing'} to revision {done.after}")
        if done.backup is not None:
            typer.echo(f"the tables as they were are kept in {done.backup}")


@app.command()
def status() -> None:
    """Say where the database is, and what takes how much space.

    For example:

        bingosim db status
    """
    from bingosim.storage import migrate, usage

    with named_database(ready=False) as (database, _):
        found = migrate.revision(database)
        typer.echo(f"database  {database}")
        if found is None:
            typer.echo("revision  none: bingosim db upgrade makes the tables")
            return
        behind = "" if found == migrate.head() else f" (this release needs {migrate.head()})"
        typer.echo(f"revision  {found}{behind}")
        if behind:
            return
        for used in usage.measure(database):
            typer.echo(f"{used.table:<20}{used.rows:>14,} rows{used.bytes / 1e6:>12,.1f} MB")


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Yes, throw everything away.")] = False,
) -> None:
    """Throw away all batches and their results, and make empty tables.

    For example:

        bingosim db reset --yes
    """
    from bingosim.storage import migrate

    if not yes:
        raise InputError("this throws away all batches and results: say --yes if that is meant")
    with named_database(ready=False) as (database, _):
        migrate.reset(database)
        typer.echo(f"{database} is empty, at revision {migrate.head()}")
