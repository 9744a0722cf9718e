"""What the commands about batches take."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple
from uuid import UUID

import typer

from bingosim.cli.store import named_database
from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.settings import Settings
    from bingosim.storage.database import Database

Batch = Annotated[
    str,
    typer.Argument(help="The batch: its id, the first digits of it, or latest.", metavar="BATCH"),
]
Run = Annotated[
    str,
    typer.Argument(help="The run: its id, or BATCH:INDEX such as latest:17.", metavar="RUN"),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Detach = Annotated[
    bool, typer.Option("--detach", help="Do not execute it here; leave that to another process.")
]


class Named(NamedTuple):
    """A batch that was named, and where it is."""

    database: Database
    batch: UUID
    settings: Settings


@contextmanager
def named_batch(text: str) -> Iterator[Named]:
    """Yield the batch that a person means.

    Raises:
        InputError: There is no such batch, or there are several.
        ExecutionError: The database cannot be used.
    """
    from bingosim.storage.batches import name_batch

    with named_database() as (database, settings):
        yield Named(database, name_batch(database, text), settings)


def split_run(text: str) -> tuple[str, int]:
    """Return what names the batch of a run, and the run's index.

    Raises:
        InputError: It is neither an id nor BATCH:INDEX.
    """
    from bingosim.storage.ids import Ids

    batch, colon, index = text.rpartition(":")
    if colon and index.isascii() and index.isdigit() and len(index) < 12:
        return batch, int(index)
    try:
        run = Ids.of([UUID(text)])
    except ValueError:
        raise InputError(
            f"{text!r} is no run: expected its id, or BATCH:INDEX such as latest:17"
        ) from None
    return str(run.batch), int(run.indices[0])


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless that is not wanted.

    Raises:
        InputError: There is nobody to ask.
        typer.Exit: The answer is no.
    """
    import sys

    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(f"{question} Say --yes if that is meant.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)
