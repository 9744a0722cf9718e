"""Requests of all kinds, made from the API's own description: none may break it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bingosim.event.examples import example_file
from bingosim.library.imports import import_event
from tests.unit.event_samples import GOOD
from tests.web.conftest import ADDRESS, TINY

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    from bingosim.storage.database import Database

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TAGS = ("batches", "results", "events", "players", "activities", "catalog", "health")


def known(store: Database) -> dict[str, dict[str, Any]]:
    """Names of things that are there: beginning of a path -> its parameters."""
    event = import_event(store, GOOD)
    return {
        "/api/v1/batches": {"batch": "latest", "index": 17, "kind": "csv"},
        "/api/v1/events": {"item": str(event.event.id)},
        "/api/v1/players": {"item": str(event.players.ids[0])},
        "/api/v1/activities": {"item": str(event.activities.ids[0])},
        "/api/v1/catalog": {"key": "boss.vorkath"},
        "/api/v1/examples": {"name": "tiny"},
    }


def fuzz(
    operation: APIOperation[Any, Any, Any, Any], session: Any, there: dict[str, Any], examples: int
) -> None:
    """Send requests to one operation: as described, and not, to what is there, and is not."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for fixed in ({}, there):
            if fixed and not operation.path_parameters:
                continue
            wanted = operation.as_strategy(mode, path_parameters=fixed or None)

            @settings(
                max_examples=examples,
                derandomize=True,
                deadline=None,
                database=None,
                phases=[Phase.explicit, Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=wanted)
            def send(case: Case) -> None:
                answer = case.call(session=session, base_url=ADDRESS)
                case.validate_response(answer, checks=CHECKS)

            send()
