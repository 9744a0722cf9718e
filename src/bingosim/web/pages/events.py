"""Events of the library: the list, new ones, event files in and out, copying and deleting."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from bingosim.errors import EventFileError, InputError
from bingosim.event.examples import NAMES, example_file
from bingosim.event.zones import zone_names
from bingosim.library import store
from bingosim.library.imports import import_event
from bingosim.library.plain import to_json
from bingosim.storage.tables import ItemKind
from bingosim.web import forecast
from bingosim.web.downloads import event_attachment
from bingosim.web.events.settings import first_document, first_fields
from bingosim.web.forms import ItemForm, TheForm, redirected
from bingosim.web.items import ask_to_delete, copied, deleted, home_of
from bingosim.web.listing import ON_A_PAGE, TheSearch
from bingosim.web.problems import NotFoundError
from bingosim.web.site import ThePlan, TheSite
from bingosim.web.templating import page, wants_part

EVENT = ItemKind.EVENT
router = APIRouter(prefix="/events")


@router.get("")
def events(request: Request, site: TheSite, search: TheSearch, done: str = "") -> Response:
    """Show a page of the list, what was changed last first."""
    found = store.page(
        site.database, EVENT, search.q, most=ON_A_PAGE, offset=search.offset, order="changed"
    )
    template = "events/rows.html" if wants_part(request) else "events/list.html"
    return page(request, template, found=found, search=search, done=done)


@router.get("/new")
def new(request: Request) -> Response:
    """Show the form of a new event."""
    return page(request, "events/new.html", form=ItemForm(first_fields()), zones=zone_names())


@router.post("/new")
def create(request: Request, site: TheSite, sent: TheForm) -> Response:
    """Make an event whose tiles are still to be filled in."""
    form = ItemForm.of(sent)
    document = first_document(form)
    made = (
        None
        if document is None
        else form.kept(lambda: store.create(site.database, EVENT, document))
    )
    if made is not None:
        return redirected(request, home_of(made))
    template = "events/new-form.html" if wants_part(request) else "events/new.html"
    return page(request, template, form.status, form=form, zones=zone_names())


@router.get("/import")
def paste(request: Request, example: str | None = None) -> Response:
    """Show where an event file can be pasted, with an example in it if wanted."""
    form = forecast.Form()
    if example is not None:
        if example not in NAMES:
            raise NotFoundError(f"there is no example {example}")
        form.text = example_file(example).read_text("utf-8")
    return page(request, "events/import.html", form=form, summary=None, cost=None)


@router.post("/import")
def take(request: Request, site: TheSite, sent: TheForm) -> Response:
    """Make an event of a file; what it needs is made too, or found again."""
    form = forecast.Form(text=sent.last("text"))
    content = sent.files.get("file") or form.text
    if isinstance(content, bytes):
        form.text = content.decode("utf-8", errors="replace")
    if not form.text.strip():
        form.wrong["text"] = "Paste an event file here, open one, or begin with an example."
    else:
        try:
            made = import_event(site.database, content)
            return redirected(request, f"{home_of(made.event)}?done=imported")
        except EventFileError as error:
            form.findings = error.findings
            form.wrong["text"] = "This cannot be read as an event yet: nothing was imported."
        except InputError as error:
            form.wrong["text"] = str(error)
    template = "events/import-form.html" if wants_part(request) else "events/import.html"
    return page(request, template, 422, form=form, summary=None, cost=None)


@router.get("/{event}/file.{kind}")
def file(plan: ThePlan, kind: Literal["yaml", "json"]) -> Response:
    """Send the event file; read again it gives the same event."""
    whole = plan.whole
    content = whole.text if kind == "yaml" else to_json(whole.data)
    media_type = "application/yaml" if kind == "yaml" else "application/json"
    return Response(
        content, headers=event_attachment(whole.event.name, kind), media_type=media_type
    )


@router.post("/{event}/copy")
def copy(request: Request, site: TheSite, plan: ThePlan) -> Response:
    """Make another one like it, with the same players and activities."""
    return copied(request, site, EVENT, plan.whole.event.id)


@router.get("/{event}/delete")
def ask(request: Request, site: TheSite, plan: ThePlan) -> Response:
    """Ask whether to delete an event."""
    return ask_to_delete(request, site, EVENT, plan.whole.event.id)


@router.post("/{event}/delete")
def delete(request: Request, site: TheSite, plan: ThePlan, sent: TheForm) -> Response:
    """Delete an event; what it used stays."""
    return deleted(request, site, EVENT, plan.whole.event.id, sent)
