"""`bingosim batch pause, resume, cancel, extend, retry, delete, prune`: from any terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.batch import arguments
from bingosim.cli.batch.arguments import confirm, named_batch
from bingosim.cli.local import check_here, go_on, say, short
from bingosim.cli.store import named_database
from bingosim.errors import InputError

if TYPE_CHECKING:
    from bingosim.storage.batches import Batch

OLDEST = 1000 * 366 * 86_400
"""Seconds: what is older than that is older than every batch, and fits a database's numbers."""


def pause(batch: arguments.Batch, quiet: options.Quiet = False) -> None:
    """Have a batch rest; what is finished is kept.

    The process that executes it ends within 2 s. The batch can be extended and resumed.

    For example:

        bingosim batch pause latest
    """
    from bingosim.storage.steering import pause_batch

    with named_batch(batch) as named:
        pause_batch(named.database, named.batch)
        say(
            f"batch {named.batch} is paused; `bingosim batch resume {short(named.batch)}` goes on",
            quiet=quiet,
        )


def resume(
    batch: arguments.Batch,
    threads: options.Threads = None,
    detach: arguments.Detach = False,
    quiet: options.Quiet = False,
) -> None:
    """Go on with a batch that was paused, or whose process died.

    What is finished is not run again.

    For example:

        bingosim batch resume latest
    """
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus
    from bingosim.storage.steering import resume_batch

    with named_batch(batch) as named:
        check_here(named.database, named.batch, detach=detach)
        if read_batch(named.database, named.batch).status is not BatchStatus.RUNNING:
            resume_batch(named.database, named.batch)
        go_on(*named, threads, detach=detach, quiet=quiet)


def cancel(batch: arguments.Batch, quiet: options.Quiet = False) -> None:
    """End a batch for good; results of finished runs stay.

    For example:

        bingosim batch cancel latest
    """
    from bingosim.batch.codec import ARITHMETIC
    from bingosim.storage.aggregates import cancel_batch
    from bingosim.storage.batches import read_batch

    with named_batch(batch) as named:
        if not cancel_batch(named.database, named.batch, ARITHMETIC.merge):
            status = read_batch(named.database, named.batch).status
            raise InputError(f"batch {named.batch} is {status}: there is nothing to cancel")
        say(
            f"batch {named.batch} is cancelled; `bingosim batch show {short(named.batch)}` shows "
            "what was finished",
            quiet=quiet,
        )


def extend(
    batch: arguments.Batch,
    more: Annotated[
        int, typer.Argument(help="How many runs.", metavar="M", min=1, max=options.MOST_RUNS)
    ],
    threads: options.Threads = None,
    detach: arguments.Detach = False,
    quiet: options.Quiet = False,
) -> None:
    """Add runs to a batch, under the same seed.

    The result is that of a batch that was started with all of them. One that is paused stays so.

    For example:

        bingosim batch extend latest 90000
    """
    from bingosim.batch.submit import extend as extend_checked
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus

    with named_batch(batch) as named:
        check_here(named.database, named.batch, detach=detach)
        added = extend_checked(named.database, named.batch, more)
        say(f"batch {named.batch} has {added.stop:,} runs now", quiet=quiet)
        if read_batch(named.database, named.batch).status is not BatchStatus.PAUSED:
            go_on(*named, threads, detach=detach, quiet=quiet)


def retry(
    batch: arguments.Batch,
    threads: options.Threads = None,
    detach: arguments.Detach = False,
    quiet: options.Quiet = False,
) -> None:
    """Try the failed runs of a batch anew.

    For example:

        bingosim batch retry latest
    """
    from bingosim.storage.steering import retry_batch

    with named_batch(batch) as named:
        check_here(named.database, named.batch, detach=detach)
        count = retry_batch(named.database, named.batch)
        runs = "1 failed run" if count == 1 else f"{count:,} failed runs"
        say(f"{runs} of batch {named.batch} tried anew", quiet=quiet)
        go_on(*named, threads, detach=detach, quiet=quiet)


def delete(
    batch: arguments.Batch, yes: arguments.Yes = False, quiet: options.Quiet = False
) -> None:
    """Delete a batch that has ended, and all its results.

    For example:

        bingosim batch delete 01999a3c --yes
    """
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import FINAL
    from bingosim.storage.steering import delete_batch
    from bingosim.storage.usage import give_back

    with named_batch(batch) as named:
        found = read_batch(named.database, named.batch)
        if found.status in FINAL:  # of another nothing is deleted, so there is nothing to ask
            confirm(f"Delete batch {described(found)} and all its results?", yes=yes)
        delete_batch(named.database, named.batch)
        give_back(named.database)
        say(f"batch {named.batch} is deleted", quiet=quiet)


def prune(
    older_than: Annotated[
        str,
        typer.Option(help="Those that ended longer ago than this, such as 30d.", metavar="AGE"),
    ],
    yes: arguments.Yes = False,
    quiet: options.Quiet = False,
) -> None:
    """Delete all batches that ended long ago.

    They are listed, and it asks before. The space is given back.

    For example:

        bingosim batch prune --older-than 30d

        bingosim batch prune --older-than 30d --yes
    """
    from bingosim.storage.batches import ended_before
    from bingosim.storage.steering import delete_batch
    from bingosim.storage.usage import give_back

    age = parse_age(older_than)
    with named_database() as (database, _):
        old = ended_before(database, age)
        if not old:
            say(f"no batch ended more than {older_than} ago", quiet=quiet)
            return
        for found in old:
            say(described(found), quiet=quiet and yes)  # who is asked must see what about
        confirm("Delete these batches and all their results?", yes=yes)
        for found in old:
            delete_batch(database, found.id)
        give_back(database)
        say(f"{len(old):,} {'batch' if len(old) == 1 else 'batches'} deleted", quiet=quiet)


def parse_age(text: str) -> int:
    """Return an age in seconds.

    Raises:
        InputError: It is none, or a number without a unit: 30 might be meant as days.
    """
    from bingosim.event.quantities import parse_duration

    try:
        age = parse_duration(text)
    except ValueError:
        age = None
    if age is None or text.strip().isdigit():
        raise InputError(
            f"--older-than must be an age with its unit, such as 30d, 12h or 1d12h, got {text!r}"
        )
    return min(age, OLDEST)


def described(batch: Batch) -> str:
    """Return a batch in some words."""
    from bingosim.words import clean

    return f"{batch.id} ({clean(batch.name)}, {batch.runs:,} runs, {batch.status})"
