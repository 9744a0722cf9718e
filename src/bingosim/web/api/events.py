"""Event files: checked, and tried out for what they cost."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from bingosim.errors import EventFileError
from bingosim.event.examples import NAMES, example_file
from bingosim.event.file import read_event
from bingosim.event.schema import event_schema
from bingosim.event.summary import describe_event
from bingosim.storage.requests import StartRequest
from bingosim.web.api.batches import plan_of, text_of
from bingosim.web.api.models import CostModel, EventText, FindingModel, Start, Validated
from bingosim.web.problems import described
from bingosim.web.site import TheSite
from bingosim.web.starting import cost_of

router = APIRouter(tags=["events"])


@router.post("/events/validate")
def validate(asked: EventText) -> Validated:
    """Say everything that is wrong with an event file, or what would be simulated."""
    try:
        event, findings = read_event(text_of(asked.event))
    except EventFileError as error:
        return Validated(ok=False, findings=[_model(one) for one in error.findings], event=None)
    return Validated(
        ok=True, findings=[_model(one) for one in findings], event=describe_event(event)
    )


@router.post("/events/cost")
def cost(site: TheSite, asked: Start) -> CostModel:
    """Say what a forecast takes, from a short trial."""
    plan = plan_of(site, asked, StartRequest("", ""))
    found = cost_of(site, plan)
    return CostModel(runs=found.runs, seconds=found.seconds, at_most=found.at_most)


@router.get("/events/schema")
def schema() -> dict[str, Any]:
    """Return the JSON Schema of event files."""
    return event_schema()


@router.get("/examples")
def list_examples() -> list[str]:
    """Return the names of the examples."""
    return list(NAMES)


@router.get("/examples/{name}", response_class=Response)
def get_example(name: str) -> Response:
    """Return the event file of an example."""
    return Response(example_file(name).read_bytes(), media_type="text/yaml; charset=utf-8")


def _model(finding: Any) -> FindingModel:
    return FindingModel.model_validate(described(finding))
