"""A new forecast: an event file, what is wrong with it, what it costs, and its start."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from bingosim.errors import BingoSimError, InputError
from bingosim.event.examples import example_file
from bingosim.event.file import MOST_BYTES
from bingosim.event.summary import describe_event
from bingosim.web.again import brief, choices_for
from bingosim.web.forecast import WORKERS, Form, Plan
from bingosim.web.problems import NotFoundError
from bingosim.web.site import Site, TheSite, address_of, find_batch, find_plan
from bingosim.web.starting import check_place, cost_of, start
from bingosim.web.templating import page, wants_part
from bingosim.web.trials import Cost

router = APIRouter(prefix="/forecasts")


@router.get("/new")
def new(
    request: Request,
    site: TheSite,
    example: str | None = None,
    event: str | None = None,
    batch: str | None = None,
) -> Response:
    """Show the form: empty, with an example, an event of the library, or another forecast's."""
    form = Form()
    if event is not None:
        whole = find_plan(event, site).whole
        form.text, form.event = whole.text, str(whole.event.id)
    elif batch is not None:
        found = find_batch(batch, site)
        form = Form.again(found, site.results.snapshot(found.snapshot_sha256))
    elif example is not None:
        try:
            form.text = example_file(example).read_text("utf-8")
        except InputError as error:
            raise NotFoundError(str(error)) from None
    return _shown(request, site, form)


@router.post("/check")
async def check(request: Request, site: TheSite) -> Response:
    """Say what is wrong with what was typed, or what it costs."""
    form = await _sent(request)
    context = await run_in_threadpool(_looked_at, site, form)
    return page(request, "parts/check.html", form=form, **context)


@router.post("")
async def begin(request: Request, site: TheSite) -> Response:
    """Start the forecast; where something is wrong, show the form as it was typed."""
    form = await _sent(request)
    return await run_in_threadpool(_begun, request, site, form)


def _begun(request: Request, site: Site, form: Form) -> Response:
    _recall(site, form)
    plan = form.checked()
    try:
        check_place(site, distributed=form.where == WORKERS)
    except InputError as error:
        form.wrong["where"] = str(error)
    try:
        if plan is not None and "where" not in form.wrong:
            address = address_of(start(site, plan))
            if wants_part(request):
                return Response(status_code=204, headers={"hx-redirect": address})
            return RedirectResponse(address, 303)
    except InputError as error:
        form.wrong["text"] = str(error)
    return _shown(request, site, form, 422)


def _shown(request: Request, site: Site, form: Form, status: int = 200) -> Response:
    template = "parts/forecast-form.html" if wants_part(request) else "forecast.html"
    return page(
        request, template, status, form=form, cost=None, summary=None, crew=site.crew(),
        here=site.trials.threads, choices=choices_for,
    )  # fmt: skip


def _looked_at(site: Site, form: Form) -> dict[str, Any]:
    _recall(site, form)
    plan: Plan | None = form.checked() if form.text.strip() or form.stored else None
    cost: Cost | None = None
    if plan is not None:
        try:
            cost = cost_of(site, plan)
        except BingoSimError as error:
            form.wrong["text"] = str(error)
    summary = None
    if plan is not None:
        summary = describe_event(plan.event) if plan.event else brief(plan.snapshot)
    crew = site.crew() if form.where == WORKERS else None
    return {"cost": cost, "summary": summary, "crew": crew}


def _recall(site: Site, form: Form) -> None:
    """Find the stored event that is to be played again, if one is."""
    if not form.batch:
        return
    try:
        batch = find_batch(form.batch, site)
        form.stored = site.results.snapshot(batch.snapshot_sha256)
    except InputError:
        form.batch = ""
        form.wrong["text"] = "The forecast whose event this was is gone: paste its event file here."


async def _sent(request: Request) -> Form:
    """Return the form that was sent; a file in it counts as its text."""
    async with request.form(max_files=1, max_fields=40, max_part_size=MOST_BYTES + 1024) as sent:
        form = Form.of(sent)
        file = sent.get("file")
        if isinstance(file, UploadFile) and file.size:
            form.text = (await file.read()).decode("utf-8", errors="replace")
        return form
