"""Requests of all kinds, made from the API's own description: none may break it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bingosim.library.imports import import_event
from tests.unit.event_samples import GOOD
from tests.web.conftest import ADDRESS
from tests.web.test_library_api import API, JSON, SHELVES

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
FEW, MANY = 3, 100
"""Requests to each operation, of each kind."""
QUIET = list(HealthCheck)


@pytest.mark.parametrize("tag", TAGS)
def test_no_request_breaks_the_api(
    client: TestClient, store: Database, finished: str, tag: str
) -> None:
    fuzz(client, names_of_what_is_there(store, finished), tag, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("tag", TAGS)
def test_no_request_of_many_breaks_the_api(
    client: TestClient, store: Database, finished: str, tag: str
) -> None:
    fuzz(client, names_of_what_is_there(store, finished), tag, MANY)


def test_every_part_of_the_api_is_tried(client: TestClient) -> None:
    paths: dict[str, Any] = client.get(f"{API}/openapi.json").json()["paths"]
    told = {tag for path in paths.values() for one in path.values() for tag in one["tags"]}
    assert told == set(TAGS)


def fuzz(client: TestClient, names: dict[str, dict[str, Any]], tag: str, examples: int) -> None:
    """Send requests to the operations of a tag: as described to what is there, and otherwise."""
    app: Any = client.app
    described = openapi.from_dict(app.openapi())
    with asgi.get_client(app) as session:
        for found in described.include(tag=tag).get_all_operations():
            operation: Any = found.ok()  # type: ignore[union-attr]
            there = next((v for k, v in names.items() if operation.path.startswith(API + k)), {})
            send(operation, session, examples, GenerationMode.POSITIVE, there)
            if takes_less_than_anything(operation):
                send(operation, session, examples, GenerationMode.NEGATIVE, {})


def takes_less_than_anything(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Return whether a request can be other than described: a path with any text cannot."""
    raw = operation.definition.raw
    schemas = [parameter["schema"] for parameter in raw.get("parameters", ())]
    return "requestBody" in raw or any(set(one) - {"type", "title"} for one in schemas)


def send(
    operation: APIOperation[Any, Any, Any, Any],
    session: Any,
    examples: int,
    mode: GenerationMode,
    there: dict[str, Any],
) -> None:
    """Send requests to an operation, the same ones every time."""

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=QUIET,
    )
    @given(case=operation.as_strategy(mode, path_parameters=there))
    def each(case: Case[Any]) -> None:
        case.validate_response(case.call(session=session, base_url=ADDRESS), checks=CHECKS)

    each()


def names_of_what_is_there(store: Database, batch: str) -> dict[str, dict[str, Any]]:
    """Return the parameters of paths that lead somewhere, by how the path begins."""
    event = import_event(store, GOOD)
    return {
        "/batches": {"batch": batch, "index": 17, "kind": "csv"},
        "/events": {"item": str(event.event.id)},
        "/players": {"item": str(event.players.ids[0])},
        "/activities": {"item": str(event.activities.ids[0])},
        "/catalog": {"key": "boss.vorkath"},
        "/examples": {"name": "tiny"},
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a sound document in which one thing, however deep, is something else."""
    shelf = draw(st.sampled_from(sorted(SHELVES)))
    document: Any = json.loads(json.dumps(SHELVES[shelf]))
    inside = document
    while True:
        steps = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        step = draw(st.sampled_from(steps))
        if not (isinstance(inside[step], (dict, list)) and inside[step] and draw(st.booleans())):
            inside[step] = draw(values)
            return shelf, document
        inside = inside[step]


def try_documents(client: TestClient, examples: int) -> None:
    """Send documents of all kinds; what is kept can be checked and written as a file."""

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=QUIET,
    )
    @given(documents())
    def each(drawn: tuple[str, Any]) -> None:
        shelf, document = drawn
        body = json.dumps({"document": document})
        answer = client.post(f"{API}/{shelf}", content=body, headers=JSON)
        assert answer.status_code in (201, 400, 422), answer.text
        if answer.status_code == 201 and shelf == "events":
            where = answer.headers["location"]
            for view in ("", "/check", "/file"):
                assert client.get(where + view).status_code == 200

    each()


def test_no_document_breaks_the_library(client: TestClient) -> None:
    try_documents(client, 150)


@pytest.mark.slow
def test_no_document_of_many_breaks_the_library(client: TestClient) -> None:
    try_documents(client, 5_000)
