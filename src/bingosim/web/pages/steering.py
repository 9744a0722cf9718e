"""The buttons of a batch."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from bingosim.web import steer
from bingosim.web.forecast import MOST_WEB_RUNS
from bingosim.web.site import TheBatch, TheSite, address_of

router = APIRouter(prefix="/batches/{batch}")


@router.post("/pause")
def pause(site: TheSite, batch: TheBatch) -> Response:
    """Have a batch rest."""
    steer.pause(site, batch)
    return _back(batch)


@router.post("/resume")
def resume(site: TheSite, batch: TheBatch) -> Response:
    """Let a batch go on."""
    steer.resume(site, batch)
    return _back(batch)


@router.post("/cancel")
def cancel(site: TheSite, batch: TheBatch) -> Response:
    """End a batch."""
    steer.cancel(site, batch)
    return _back(batch)


@router.post("/retry")
def retry(
    site: TheSite, batch: TheBatch, back: Annotated[Literal["", "operations"], Form()] = ""
) -> Response:
    """Try failed runs anew."""
    steer.retry(site, batch)
    return RedirectResponse("/operations", 303) if back else _back(batch)


@router.post("/extend")
def extend(
    site: TheSite, batch: TheBatch, more: Annotated[int, Form(ge=1, le=MOST_WEB_RUNS)]
) -> Response:
    """Add runs."""
    steer.extend(site, batch, more)
    return _back(batch)


@router.post("/delete")
def delete(site: TheSite, batch: TheBatch) -> Response:
    """Delete a batch."""
    steer.delete(site, batch)
    return RedirectResponse("/batches", 303)


def _back(batch: TheBatch) -> Response:
    return RedirectResponse(address_of(batch.id), 303)
