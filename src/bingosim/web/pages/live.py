"""What a page of a running batch hears while it is looked at."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bingosim.storage.batches import Batch
from bingosim.web.pages.batch import Minus, Team, view_of
from bingosim.web.site import Site, TheBatch, TheSite
from bingosim.web.stream import Update, stream

router = APIRouter(prefix="/batches/{batch}")


@router.get("/live")
def live(
    request: Request,
    site: TheSite,
    batch: TheBatch,
    view: str = "",
    team: Team = 1,
    minus: Minus = None,
) -> Response:
    """Send a view of a batch, whole, whenever it has changed."""
    view_of(site, site.results.standing(batch.id), view, team, minus)  # refuses what there is not
    return stream(request, site, lambda: _update(site, batch, view, team, minus))


def _update(site: Site, batch: Batch, view: str, team: int, minus: int | None) -> Update:
    standing = site.results.standing(batch.id)
    context = view_of(site, standing, view, team, minus)
    html = site.templates.get_template("batch/live.html").render(**context)
    seconds = site.results.result(standing).seconds
    return Update("view", html, seconds, last=not standing.live)
