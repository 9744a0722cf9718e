"""Results and event of a batch, as files to keep."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from bingosim.report import to_json
from bingosim.web import downloads
from bingosim.web.pages.batch import frame_of
from bingosim.web.site import TheBatch, TheSite
from bingosim.web.templating import page

router = APIRouter(prefix="/batches/{batch}")
JSON = "application/json"


@router.get("/files")
def files(request: Request, site: TheSite, batch: TheBatch) -> Response:
    """Show what there is to download, and what the batch was made of."""
    context = frame_of(site.results.standing(batch.id), "files")
    kinds = {"formats": downloads.FORMATS, "reports": downloads.REPORTS}
    return page(request, "batch/files.html", **context, **kinds)


@router.get("/files/result.json")
def result(site: TheSite, batch: TheBatch) -> Response:
    """Send the result."""
    found = site.results.result(site.results.standing(batch.id))
    headers = downloads.attachment(batch, "json")
    return Response(to_json(found.report), headers=headers, media_type=JSON)


@router.get("/files/report.{kind}")
def report(site: TheSite, batch: TheBatch, kind: downloads.ReportKind) -> Response:
    """Send the result for people."""
    return downloads.report_as(site, batch, kind)


@router.get("/files/event.json")
def event(site: TheSite, batch: TheBatch) -> Response:
    """Send the event with everything resolved, as it was simulated."""
    snapshot = site.results.snapshot(batch.snapshot_sha256)
    headers = downloads.attachment(batch, "snapshot.json")
    return Response(snapshot.to_json(), headers=headers, media_type=JSON)


@router.get("/files/runs/{kind}")
def runs(site: TheSite, batch: TheBatch, kind: Literal["csv", "parquet", "jsonl"]) -> Response:
    """Send every run."""
    return downloads.runs_as_zip(site, batch, kind)
