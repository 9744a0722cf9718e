"""Two batches side by side."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bingosim.report import to_json
from bingosim.web.pages.compare import One, Other, find_pair
from bingosim.web.site import TheSite

router = APIRouter(tags=["results"])


@router.get("/compare")
def get_comparison(site: TheSite, a: One, b: Other) -> Response:
    """Compare two batches: what each came to, and what `b` has more, with intervals.

    Differences are taken run by run where the seeds are equal; docs/results.md says how.
    """
    standings = [site.results.standing(batch.id) for batch in find_pair(site, a, b)]
    report = site.comparisons.compare(*standings).report
    return Response(to_json(report), media_type="application/json")
