"""The first page: what this is, what was done lately, where to begin."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bingosim.library import store
from bingosim.storage.listing import Wanted, page_batches
from bingosim.storage.tables import ItemKind
from bingosim.web.site import TheSite
from bingosim.web.templating import page

RECENT, EVENTS = 6, 4
router = APIRouter()


@router.get("/")
def home(request: Request, site: TheSite) -> Response:
    """Show what this is."""
    recent = page_batches(site.database, Wanted(), RECENT)
    events = store.page(site.database, ItemKind.EVENT, most=EVENTS, order="changed")
    return page(request, "home.html", recent=recent, events=events)
