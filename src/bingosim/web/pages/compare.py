"""Two batches side by side."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from bingosim import words
from bingosim.storage.batches import Batch
from bingosim.web import views
from bingosim.web.problems import ConflictError
from bingosim.web.site import Site, TheSite, find_batch
from bingosim.web.stream import Update, stream
from bingosim.web.templating import page

router = APIRouter(prefix="/compare")

One = Annotated[str, Query(description="A batch: its id, the first digits of it, or `latest`.")]
Other = Annotated[str, Query(description="What it is compared with, likewise.")]


@router.get("")
def compare(request: Request, site: TheSite, a: One = "", b: Other = "") -> Response:
    """Show two batches side by side; where there is one only, go and choose the other."""
    if not (a and b):
        return RedirectResponse(f"/batches?compare={a or b}" if a or b else "/batches", 303)
    one, other = find_pair(site, a, b)
    return page(request, "compare.html", **_context(site, one, other))


@router.get("/live")
def live(request: Request, site: TheSite, a: One, b: Other) -> Response:
    """Send it whenever it has changed."""
    one, other = find_pair(site, a, b)
    return stream(request, site, lambda: _update(site, one, other))


def find_pair(site: Site, a: str, b: str) -> tuple[Batch, Batch]:
    """Return the two batches.

    Raises:
        NotFoundError: There is no such batch.
        ConflictError: They are the same.
    """
    one, other = find_batch(a, site), find_batch(b, site)
    if one.id == other.id:
        raise ConflictError("This is the same batch twice: choose another to compare it with.")
    return one, other


_MEASURES: tuple[tuple[Literal["win", "points"], str, str, float], ...] = (
    ("win", "Chance to win", "percentage points", 100.0),
    ("points", "Points at the end", "points", 1.0),
)


def _update(site: Site, one: Batch, other: Batch) -> Update:
    context = _context(site, one, other)
    html = site.templates.get_template("parts/compare.html").render(**context)
    return Update("view", html, context["seconds"], last=not context["live"])


def _context(site: Site, one: Batch, other: Batch) -> dict[str, Any]:
    standings = [site.results.standing(batch.id) for batch in (one, other)]
    compared = site.comparisons.compare(*standings)
    report = compared.report
    return {
        "compared": report,
        "standings": standings,
        "headline": words.difference(report["teams"]),
        "measures": [
            (name, title, unit, scale, views.farthest(report, name))
            for name, title, unit, scale in _MEASURES
        ],
        "seconds": compared.seconds,
        "live": any(standing.live for standing in standings),
        "ours": f"a={one.id}&b={other.id}",
        "swapped": f"a={other.id}&b={one.id}",
    }
