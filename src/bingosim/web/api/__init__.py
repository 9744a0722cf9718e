"""The REST API: what the pages do, for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from bingosim.web.api import (
    batches,
    catalog,
    compare,
    drafts,
    events,
    guide,
    health,
    library,
    operations,
    results,
    rosters,
)
from bingosim.web.api.models import Problem
from bingosim.web.problems import MEDIA_TYPE

VERSION = "1"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What is wrong, as problem details (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
}

router = APIRouter()
# Those before the last have addresses that the library's could be taken for.
for part in (
    batches.router,
    results.router,
    compare.router,
    events.router,
    operations.router,
    drafts.router,
    rosters.router,
    *library.routers,
):
    router.include_router(part, prefix="/api/v1")
router.include_router(catalog.router, prefix="/api/v1")
router.include_router(health.router)
router.include_router(guide.router)
