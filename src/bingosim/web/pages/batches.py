"""The list of batches: filtered, searched, page by page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from bingosim.storage.listing import Wanted, page_batches
from bingosim.storage.states import BatchStatus
from bingosim.web.site import TheSite, find_batch
from bingosim.web.templating import page, wants_part

ON_A_PAGE = 25
MOST_WORDS = 8
router = APIRouter(prefix="/batches")


def wanted(status: str, q: str) -> Wanted:
    """Return what is looked for; a status that there is not is none."""
    printable = "".join(letter if letter.isprintable() else " " for letter in q)
    found = BatchStatus(status) if status in list(BatchStatus) else None
    return Wanted(found, tuple(printable.split()[:MOST_WORDS]))


@router.get("")
def batches(
    request: Request,
    site: TheSite,
    status: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    before: UUID | None = None,
    after: UUID | None = None,
    compare: Annotated[str, Query(description="To choose what this one is compared with.")] = "",
) -> Response:
    """Show a page of the list."""
    rival = find_batch(compare, site) if compare else None
    found = page_batches(site.database, wanted(status, q), ON_A_PAGE, before=before, after=after)
    chosen = {"status": status, "q": q, "compare": str(rival.id) if rival else ""}
    filters = urlencode({key: text for key, text in chosen.items() if text})
    template = "parts/batch-list.html" if wants_part(request) else "batches.html"
    return page(request, template, found=found, status=status, q=q, filters=filters, rival=rival)
