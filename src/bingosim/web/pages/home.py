"""The first page: what this is, what was done lately, where to begin."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bingosim.storage.listing import Wanted, page_batches
from bingosim.web.site import TheSite
from bingosim.web.templating import page

RECENT = 6
router = APIRouter()


@router.get("/")
def home(request: Request, site: TheSite) -> Response:
    """Show what this is."""
    recent = page_batches(site.database, Wanted(), RECENT)
    return page(request, "home.html", recent=recent)
