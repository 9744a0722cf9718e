"""Who works on what, what waits, and what failed."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bingosim.storage.operations import page_failed
from bingosim.storage.work import MOST_RUNS
from bingosim.web import views
from bingosim.web.overview import Operations
from bingosim.web.pages.batch import frame_of
from bingosim.web.site import Site, TheBatch, TheSite
from bingosim.web.stream import Update, stream
from bingosim.web.templating import page

FAILED_ON_A_PAGE = 25
router = APIRouter()

After = Annotated[int | None, Query(ge=0, lt=MOST_RUNS, description="Runs after this one.")]


@router.get("/operations")
def operations(request: Request, site: TheSite) -> Response:
    """Show who works on what."""
    return page(request, "operations.html", **_context(site.overview.look()))


@router.get("/operations/live")
def live(request: Request, site: TheSite) -> Response:
    """Send it whenever it has changed."""
    return stream(request, site, lambda: _update(site))


@router.get("/batches/{batch}/failed")
def failed(request: Request, site: TheSite, batch: TheBatch, after: After = None) -> Response:
    """Show the failed runs of a batch."""
    found = page_failed(site.database, batch.id, FAILED_ON_A_PAGE, after)
    context = frame_of(site.results.standing(batch.id), "failed")
    return page(request, "batch/failed.html", **context, found=found)


def _update(site: Site) -> Update:
    begun = time.thread_time()
    html = site.templates.get_template("parts/operations.html").render(
        **_context(site.overview.look(fresh=False))
    )
    return Update("view", html, time.thread_time() - begun, last=False)


def _context(found: Operations) -> dict[str, Any]:
    return {"found": found, "bars": views.bars(found.work.kept)}
