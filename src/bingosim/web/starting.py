"""Starting a batch for whoever asked for it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.batch.submit import check_distributed, submit
from bingosim.errors import BingoSimError, InputError
from bingosim.storage.requests import find_started

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.web.forecast import Plan
    from bingosim.web.site import Site
    from bingosim.web.trials import Cost


def start(site: Site, plan: Plan) -> UUID:
    """Store a batch and have it begun; the same request again is the same batch.

    Raises:
        InputError: The event cannot be simulated, it cannot be where it is to be, or the
            request's key meant something else.
    """
    check_place(site, distributed=plan.distributed)
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
            workers=None if plan.distributed else site.trials.threads,
            name=plan.name,
            timelines=plan.timelines,
            distributed=plan.distributed,
            request=plan.request,
        )
    except BingoSimError:
        raise
    except Exception as error:
        # A strategy is a user's code, and may fail in any way.
        raise InputError(f"the event cannot be simulated: {error}") from error
    if not plan.distributed:
        site.background.begin(batch)
    return batch


def cost_of(site: Site, plan: Plan) -> Cost:
    """Return what a forecast takes where it is to be executed.

    Raises:
        InputError: The event cannot be simulated.
    """
    crew = site.crew() if plan.distributed else None
    threads = site.trials.threads if crew is None else crew.threads
    return site.trials.cost(plan.snapshot, plan.engine, plan.runs, plan.precision, threads)


def check_place(site: Site, *, distributed: bool) -> None:
    """Refuse to have workers execute a batch where no broker leads to any.

    Raises:
        InputError: It is so.
    """
    if not distributed or site.publishing is not None:
        return
    if site.settings.broker_url is None:
        raise InputError("there is no broker to reach workers by: set BINGOSIM_BROKER_URL")
    check_distributed(site.database)
