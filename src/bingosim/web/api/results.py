"""What batches have come to: reports, progress, single runs, files."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bingosim.report import to_json
from bingosim.storage.batches import Batch
from bingosim.web import downloads
from bingosim.web.api.models import BatchModel
from bingosim.web.problems import NotFoundError
from bingosim.web.replays import replay_of
from bingosim.web.site import Site, TheBatch, TheSite
from bingosim.web.stream import Update, stream

router = APIRouter(prefix="/batches/{batch}", tags=["results"])
JSON = "application/json"


@router.get("/report")
def get_report(site: TheSite, batch: TheBatch) -> Response:
    """Return the result of the runs that are done: what `bingosim run --json` writes."""
    result = site.results.result(site.results.standing(batch.id))
    return Response(to_json(result.report), media_type=JSON)


@router.get("/report/{kind}", response_class=Response)
def get_report_file(site: TheSite, batch: TheBatch, kind: downloads.ReportKind) -> Response:
    """Return the result as a self-contained page, a picture to post, or a summary to post."""
    return downloads.report_as(site, batch, kind)


@router.get("/events", response_class=Response)
def watch(request: Request, site: TheSite, batch: TheBatch) -> Response:
    """Send how a batch stands whenever that changes (server-sent events named `batch`).

    The stream ends, with an event named `end`, when nothing will change by itself any more.
    """
    return stream(request, site, lambda: _progress(site, batch))


@router.get("/snapshot")
def get_snapshot(site: TheSite, batch: TheBatch) -> Response:
    """Return the event as it is simulated, with everything resolved."""
    return Response(site.results.snapshot(batch.snapshot_sha256).to_json(), media_type=JSON)


@router.get("/runs/{index}")
def get_run(site: TheSite, batch: TheBatch, index: int) -> Response:
    """Play one run again, and return what happened in it."""
    if not 0 <= index < batch.runs:
        raise NotFoundError(f"this batch has runs 0 to {batch.runs - 1:,}")
    told = replay_of(batch, site.results.snapshot(batch.snapshot_sha256), index)
    return JSONResponse(told.to_dict())


@router.get("/export/{kind}", response_class=Response)
def export(site: TheSite, batch: TheBatch, kind: Literal["csv", "parquet", "jsonl"]) -> Response:
    """Return every run as a zip of tables."""
    return downloads.runs_as_zip(site, batch, kind)


def _progress(site: Site, batch: Batch) -> Update:
    standing = site.results.standing(batch.id)
    data = BatchModel.of(standing).model_dump_json()
    return Update("batch", data, seconds=0.0, last=not standing.live)
