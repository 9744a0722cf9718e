"""`bingosim batch pause, resume, cancel, extend, retry, delete, prune`: from any terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from bingosim.cli import options
from bingosim.cli.batch import arguments
from bingosim.cli.batch.arguments import confirm, named_batch
from bingosim.cli.local import go_on, say
from bingosim.cli.store import named_database
from bingosim.errors import InputError


def pause(batch: arguments.Batch, quiet: options.Quiet = False) -> None:
    """Have a batch rest: within 2 s, what is finished is kept and the rest handed back.

    For example:

        bingosim batch pause latest
    """
    from bingosim.storage.steering import pause_batch

    with named_batch(batch) as named:
        pause_batch(named.database, named.batch)
        say(
            f"batch {named.batch} is paused; `bingosim batch resume {named.batch}` goes on",
            quiet=quiet,
        )


def resume(
    batch: arguments.Batch,
    threads: options.Threads = None,
    detach: arguments.Detach = False,
    quiet: options.Quiet = False,
) -> None:
    """Go on with a batch that was paused, or whose process was killed; nothing is run twice.

    For example:

        bingosim batch resume latest
    """
    from bingosim.storage.batches import read_batch
    from bingosim.storage.states import BatchStatus
    from bingosim.storage.steering import resume_batch

    with named_batch(batch) as named:
        if read_batch(named.database, named.batch).status is not BatchStatus.RUNNING:
            resume_batch(named.database, named.batch)
        if not detach:
            go_on(*named, threads, quiet=quiet)


def cancel(batch: arguments.Batch, quiet: options.Quiet = False) -> None:
    """End a batch for good; the results of finished runs stay.

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
            f"batch {named.batch} is cancelled; `bingosim batch show {named.batch}` shows what "
            "was finished",
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
    """Add runs to a batch, under the same seed: as if it had been started with them.

    For example:

        bingosim batch extend latest 90000
    """
    from bingosim.batch.submit import extend as extend_checked

    with named_batch(batch) as named:
        added = extend_checked(named.database, named.batch, more)
        say(f"batch {named.batch} has {added.stop:,} runs now", quiet=quiet)
        if not detach:
            go_on(*named, threads, quiet=quiet)


def retry(
    batch: arguments.Batch,
    threads: options.Threads = None,
    detach: arguments.Detach = False,
    quiet: options.Quiet = False,
) -> None:
    """Try the failed runs of a batch anew, with all their attempts.

    For example:

        bingosim batch retry latest
    """
    from bingosim.storage.steering import retry_batch

    with named_batch(batch) as named:
        count = retry_batch(named.database, named.batch)
        say(f"{count:,} failed runs of batch {named.batch} are tried anew", quiet=quiet)
        if not detach:
            go_on(*named, threads, quiet=quiet)


def delete(
    batch: arguments.Batch, yes: arguments.Yes = False, quiet: options.Quiet = False
) -> None:
    """Delete a batch that has ended, and all its results.

    For example:

        bingosim batch delete 01999a3c --yes
    """
    from bingosim.storage.batches import read_batch
    from bingosim.storage.steering import delete_batch
    from bingosim.storage.usage import give_back

    with named_batch(batch) as named:
        found = read_batch(named.database, named.batch)
        confirm(
            f"Delete batch {found.id} ({found.name}, {found.runs:,} runs, {found.status}) and all "
            "its results?",
            yes=yes,
        )
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
    """Delete all batches that ended long ago, and give the space back.

    For example:

        bingosim batch prune --older-than 30d
    """
    from bingosim.event.quantities import parse_duration
    from bingosim.storage.batches import ended_before
    from bingosim.storage.steering import delete_batch
    from bingosim.storage.usage import give_back

    try:
        age = parse_duration(older_than)
    except ValueError as error:
        raise InputError(f"--older-than: {error}") from None
    with named_database() as (database, _):
        old = ended_before(database, age)
        if not old:
            say(f"no batch ended more than {older_than} ago", quiet=quiet)
            return
        for found in old:
            say(f"{found.id}  {found.name}, {found.runs:,} runs, {found.status}", quiet=quiet)
        confirm("Delete them and all their results?", yes=yes)
        for found in old:
            delete_batch(database, found.id)
        give_back(database)
        say(f"deleted: {len(old):,}", quiet=quiet)
