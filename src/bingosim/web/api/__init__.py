"""The REST API: what the pages do, for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from bingosim.web.api import batches, compare, events, guide, health, operations, results
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
for module in (batches, results, compare, events, operations):
    router.include_router(module.router, prefix="/api/v1")
router.include_router(health.router)
router.include_router(guide.router)
