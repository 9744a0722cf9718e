"""Batches: listed, started, looked at, steered, deleted."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from bingosim import precision as goals
from bingosim.errors import InputError
from bingosim.event.file import read_data, read_event
from bingosim.event.model import Event
from bingosim.event.snapshot import Snapshot, make_snapshot
from bingosim.library.assemble import load
from bingosim.storage.listing import page_batches
from bingosim.storage.requests import StartRequest, find_started
from bingosim.storage.states import BatchStatus
from bingosim.web import steer
from bingosim.web.api.models import BatchList, BatchModel, Brief, More, Start
from bingosim.web.forecast import Plan
from bingosim.web.pages.batches import wanted
from bingosim.web.site import Site, TheBatch, TheSite
from bingosim.web.starting import start

MOST_LISTED = 200
router = APIRouter(prefix="/batches", tags=["batches"])


@router.get("")
def list_batches(
    site: TheSite,
    status: Annotated[BatchStatus | None, Query(description="Of this status only.")] = None,
    q: Annotated[str, Query(max_length=200, description="Words of the name.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    before: Annotated[UUID | None, Query(description="Older than this one.")] = None,
) -> BatchList:
    """List batches, the newest first."""
    found = page_batches(site.database, wanted(status or "", q), limit, before=before)
    return BatchList(
        items=[Brief.of(one) for one in found.listed],
        total=found.total,
        next=str(found.listed[-1].id) if found.listed and found.older else None,
    )


@router.post(
    "",
    status_code=201,
    response_model=BatchModel,
    responses={200: {"model": BatchModel, "description": "It had been started before"}},
)
def start_batch(
    site: TheSite,
    asked: Start,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200,
            description="Any text of yours, a new one for each batch: sent again within a week, "
            "the request starts nothing and answers with the batch that it had started.",
        ),
    ] = None,
) -> Response:
    """Start a batch; it is executed in the background."""
    request = _request(asked, idempotency_key)
    before = find_started(site.database, request)
    batch = before or start(site, plan_of(site, asked, request))
    body = _stands(site, batch).model_dump(mode="json")
    return JSONResponse(
        body, 201 if before is None else 200, {"location": f"/api/v1/batches/{batch}"}
    )


@router.get("/{batch}")
def get_batch(site: TheSite, batch: TheBatch) -> BatchModel:
    """Return how a batch stands; `latest` is the newest."""
    return _stands(site, batch.id)


@router.delete("/{batch}", status_code=204)
def delete_batch(site: TheSite, batch: TheBatch) -> None:
    """Delete a batch that has ended, with all its results."""
    steer.delete(site, batch)


@router.post("/{batch}/pause")
def pause_batch(site: TheSite, batch: TheBatch) -> BatchModel:
    """Have a batch rest: within 2 s, what is finished is kept and the rest handed back."""
    steer.pause(site, batch)
    return _stands(site, batch.id)


@router.post("/{batch}/resume")
def resume_batch(site: TheSite, batch: TheBatch) -> BatchModel:
    """Let a paused batch go on; nothing is run twice."""
    steer.resume(site, batch)
    return _stands(site, batch.id)


@router.post("/{batch}/cancel")
def cancel_batch(site: TheSite, batch: TheBatch) -> BatchModel:
    """End a batch for good; the results of finished runs stay."""
    steer.cancel(site, batch)
    return _stands(site, batch.id)


@router.post("/{batch}/retry")
def retry_batch(site: TheSite, batch: TheBatch) -> BatchModel:
    """Try the failed runs of a batch anew."""
    steer.retry(site, batch)
    return _stands(site, batch.id)


@router.post("/{batch}/extend")
def extend_batch(site: TheSite, batch: TheBatch, more: More) -> BatchModel:
    """Add runs under the same seed, as if the batch had been started with them."""
    steer.extend(site, batch, more.runs)
    return _stands(site, batch.id)


def plan_of(site: Site, asked: Start, request: StartRequest) -> Plan:
    """Return the forecast that is asked for.

    Raises:
        EventFileError: The event cannot be simulated; carries every finding.
        MissingError: The library has no such event.
        InputError: There is no event or there are two, or the precision is out of its range.
    """
    event = _event(site, asked)
    snapshot: Snapshot = make_snapshot(event)
    goal = asked.precision
    return Plan(
        snapshot=snapshot,
        event=event,
        name=asked.name or None,
        runs=asked.runs,
        precision=None
        if goal is None
        else goals.Precision.within(goal.points, goal.min_runs, goal.max_runs),
        seed=asked.seed,
        engine=asked.engine,
        timelines=asked.timelines,
        distributed=asked.distributed,
        request=request,
    )


def text_of(event: str | dict[str, Any]) -> str:
    """Return the text of an event file that was sent as such, or as an object."""
    return event if isinstance(event, str) else json.dumps(event, indent=1, ensure_ascii=False)


def _event(site: Site, asked: Start) -> Event:
    if asked.event is not None and asked.event_id is None:
        return read_event(text_of(asked.event)).event
    if asked.event_id is not None and asked.event is None:
        return read_data(load(site.database, asked.event_id).data).event
    raise InputError("expected either event or event_id")


def _request(asked: Start, key: str | None) -> StartRequest:
    """Return what identifies a request; one without a key is like no other."""
    sha256 = hashlib.sha256(asked.model_dump_json().encode(errors="replace")).hexdigest()
    return StartRequest(key or secrets.token_urlsafe(16), sha256).checked()


def _stands(site: Site, batch: UUID) -> BatchModel:
    return BatchModel.of(site.results.standing(batch))
