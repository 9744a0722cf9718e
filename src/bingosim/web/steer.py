"""What can be done with a batch; pages and API do it by these words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from bingosim.batch.codec import ARITHMETIC
from bingosim.batch.submit import extend as extend_checked
from bingosim.errors import InputError
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.batches import read_batch
from bingosim.storage.steering import delete_batch, pause_batch, resume_batch, retry_batch
from bingosim.storage.usage import give_back
from bingosim.web.problems import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.storage.batches import Batch
    from bingosim.web.site import Site


T = TypeVar("T")


def pause(site: Site, batch: Batch) -> None:
    """Have a batch rest."""
    _allowed(lambda: pause_batch(site.database, batch.id))


def resume(site: Site, batch: Batch) -> None:
    """Let a batch go on."""
    _allowed(lambda: resume_batch(site.database, batch.id))
    site.background.begin(batch.id)


def cancel(site: Site, batch: Batch) -> None:
    """End a batch with what is there."""
    if not cancel_batch(site.database, batch.id, ARITHMETIC.merge):
        status = read_batch(site.database, batch.id).status
        raise ConflictError(f"the batch is {status}: there is nothing to cancel")


def extend(site: Site, batch: Batch, more: int) -> range:
    """Add runs to a batch; return their indices."""
    added = _allowed(lambda: extend_checked(site.database, batch.id, more))
    site.background.begin(batch.id)
    return added


def retry(site: Site, batch: Batch) -> int:
    """Try the failed runs of a batch anew; return how many."""
    count = _allowed(lambda: retry_batch(site.database, batch.id))
    site.background.begin(batch.id)
    return count


def delete(site: Site, batch: Batch) -> None:
    """Delete a batch that has ended, with all its results."""
    _allowed(lambda: delete_batch(site.database, batch.id))
    site.results.forget(batch.id)
    give_back(site.database)


def _allowed(do: Callable[[], T]) -> T:
    """Do something that the state of a batch may not allow.

    Raises:
        ConflictError: It does not.
    """
    try:
        return do()
    except InputError as error:
        raise ConflictError(str(error)) from None
