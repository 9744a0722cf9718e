"""Whether the process is there, whether it can work, and what it measures."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bingosim.errors import ExecutionError
from bingosim.storage.migrate import revision
from bingosim.web.site import TheSite

router = APIRouter(tags=["health"])


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Say that the process is there."""
    return "ok\n"


@router.get("/readyz", response_class=PlainTextResponse)
def readyz(site: TheSite) -> str:
    """Say that the database answers and batches are executed."""
    revision(site.database)
    if not site.background.alive:
        raise ExecutionError("the process that executes batches is not there; it is started anew")
    return "ready\n"


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(site: TheSite) -> Response:
    """Return what is measured, for Prometheus."""
    return Response(generate_latest(site.registry), media_type=CONTENT_TYPE_LATEST)
