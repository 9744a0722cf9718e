"""Starting a batch for whoever asked for it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.batch.submit import submit
from bingosim.errors import BingoSimError, InputError
from bingosim.storage.requests import find_started

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.web.forecast import Plan
    from bingosim.web.site import Site


def start(site: Site, plan: Plan) -> UUID:
    """Store a batch and have it begun; the same request again is the same batch.

    Raises:
        InputError: The event cannot be simulated, or the request's key meant something else.
    """
    before = find_started(site.database, plan.request)
    if before is not None:
        return before
    try:
        batch = submit(
            site.database,
            plan.snapshot,
            plan.runs,
            plan.seed,
            precision=plan.precision,
            engine=plan.engine,
            message_size=site.settings.distributed_batch_size,
            workers=site.trials.threads,
            name=plan.name,
            timelines=plan.timelines,
            request=plan.request,
        )
    except BingoSimError:
        raise
    except Exception as error:
        # A strategy is a user's code, and may fail in any way.
        raise InputError(f"the event cannot be simulated: {error}") from error
    site.background.begin(batch)
    return batch
