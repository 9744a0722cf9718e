"""The editor of a tile: a page of its own, and a dialog over the board."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from bingosim.errors import StaleError
from bingosim.library import board, store
from bingosim.library.board import Place
from bingosim.library.plain import Document
from bingosim.library.uses import set_activities
from bingosim.storage.tables import ItemKind
from bingosim.web.events import tiles
from bingosim.web.events.lookup import Lookup
from bingosim.web.events.moves import losses_of_tile, put
from bingosim.web.events.places import place_of
from bingosim.web.events.plans import Plan
from bingosim.web.forms import ItemForm, Sent, TheForm, redirected
from bingosim.web.problems import NotFoundError
from bingosim.web.site import Site, ThePlan, TheSite
from bingosim.web.templating import page, wants_part

STALE = "Somebody else changed this event meanwhile: look at it again."
router = APIRouter(prefix="/events/{event}/tiles")
Found = Annotated[str, Query(max_length=20, description="Source for which activities are found.")]
Row = Annotated[int, Query(ge=0, description="To which row the tile is added, from 0.")]


@router.get("")
def new(request: Request, site: TheSite, plan: ThePlan, row: Row = 0) -> Response:
    """Show the form of a new tile."""
    rows = board.rows_of(plan.document)
    row = min(row, max(len(rows) - 1, 0))
    there = len(rows[row]) if rows else 0
    points = there + 1 if plan.document["board"]["kind"] == "rows" else 1
    typed = {**tiles.new_tile(points), "row": str(row), "column": str(there)}
    return _shown(request, site, plan, ItemForm(typed, plan.whole.event.version), "")


@router.post("")
def create(
    request: Request, site: TheSite, plan: ThePlan, sent: TheForm, found: Found = ""
) -> Response:
    """Make a tile."""
    return _found_activities(request, site, plan, sent, found) or _sent(
        request, site, plan, sent, ""
    )


@router.get("/{tile}")
def show(request: Request, site: TheSite, plan: ThePlan, tile: str) -> Response:
    """Show a tile's form."""
    place = _found(plan, tile)
    typed = tiles.typed_tile(board.tile_at(plan.document, place))
    typed |= {"row": str(place.row), "column": str(place.column)}
    return _shown(request, site, plan, ItemForm(typed, plan.whole.event.version), tile)


@router.post("/{tile}")
def save(
    request: Request, site: TheSite, plan: ThePlan, tile: str, sent: TheForm, found: Found = ""
) -> Response:
    """Save a tile; make it again if it was removed meanwhile, and that is wanted."""
    again = "" if sent.last("as") == "new" else tile
    return _found_activities(request, site, plan, sent, found) or _sent(
        request, site, plan, sent, again
    )


@router.get("/{tile}/delete")
def ask(request: Request, plan: ThePlan, tile: str) -> Response:
    """Ask whether to remove a tile."""
    return _question(request, plan, tile)


@router.post("/{tile}/delete")
def remove(request: Request, site: TheSite, plan: ThePlan, tile: str, sent: TheForm) -> Response:
    """Remove a tile."""
    document = board.remove_tile(plan.document, _found(plan, tile))
    version = ItemForm.of(sent).version
    try:
        store.save(site.database, ItemKind.EVENT, plan.whole.event.id, document, version)
    except StaleError:
        return _question(request, plan, tile, STALE)
    return redirected(request, plan.base)


def _found_activities(
    request: Request, site: Site, plan: Plan, sent: Sent, path: str
) -> Response | None:
    """Return the part of the form with what was found for a source; None if that is not asked."""
    if not path:
        return None
    form = ItemForm.of(sent)
    rows = tiles.source_rows(form, Lookup(site.database, plan.whole), path)
    source = next((row for row in rows if row.path == path), None)
    if source is None:
        raise NotFoundError("the form has no such source")
    return page(request, "events/found.html", source=source, form=form)


def _sent(request: Request, site: Site, plan: Plan, sent: Sent, tile: str) -> Response:
    """Save what was sent; or show the form with another row, or with what is wrong."""
    form = ItemForm.of(sent)
    looking = sent.last("look")
    if form.altered(sent) or looking:
        return _shown(request, site, plan, form, tile, looking)
    for name, act in (("pick", tiles.pick), ("change", tiles.change)):
        if sent.last(name):
            act(form, sent.last(name))
            return _shown(request, site, plan, form, tile)
    tiles.source_rows(form, Lookup(site.database, plan.whole))
    place = place_of(plan.document, tile)
    if tile and place is None:
        form.gone = True
        return _shown(request, site, plan, form, tile)
    before = board.tile_at(plan.document, place) if place else None
    keys = board.tile_keys(plan.document)
    if before is not None:
        keys.remove(before["key"])
    document = tiles.tile_document(form, keys, before)
    if document is not None:
        event = _with_tile(form, plan.document, document, place)
        saved = form.kept(lambda: _save(site, plan, event, tiles.chosen_items(form), form.version))
        if saved:
            return _back(request, plan, document["key"])
    return _shown(request, site, plan, form, tile)


def _with_tile(form: ItemForm, event: Document, tile: Document, place: Place | None) -> Document:
    """Put a tile where the form says."""
    rows = board.rows_of(event) or [[]]
    if not board.rows_of(event):
        event = board.add_row(event)
    row = min(_number(form.text("row")), len(rows) - 1)
    column = min(_number(form.text("column")), len(rows[row]))
    if place is None:
        return board.add_tile(event, row, tile, column)
    event = board.replace_tile(event, place, tile)
    to = Place(row, column)
    return event if to == place else put(event, place, to)


def _save(site: Site, plan: Plan, event: Document, chosen: list[UUID], version: int) -> bool:
    """Save the event, and have it use the activities of the library that were chosen."""
    item = plan.whole.event
    own = [activity.id for activity in plan.whole.activities]
    new = [one for one in dict.fromkeys(chosen) if one not in own]
    if new:
        version = set_activities(site.database, item.id, [*own, *new], version).version
    store.save(site.database, ItemKind.EVENT, item.id, event, version)
    return True


def _back(request: Request, plan: Plan, key: str) -> Response:
    return redirected(request, f"{plan.base}#tile-{key}")


def _shown(
    request: Request, site: Site, plan: Plan, form: ItemForm, tile: str, looking: str = ""
) -> Response:
    rows = board.rows_of(plan.document) or [[]]
    context = {
        "plan": plan,
        "form": form,
        "tile": tile,
        "sources": tiles.source_rows(form, Lookup(site.database, plan.whole), looking),
        "looking": looking,
        "rows": rows,
        "remarks": [one for one in plan.remarks if one.href.endswith(f"/tiles/{tile}")],
        "is_new": not tile,
        "capabilities": plan.capabilities,
    }
    template = "events/tile-form.html" if wants_part(request) else "events/tile.html"
    return page(request, template, form.status, **context)


def _question(request: Request, plan: Plan, tile: str, notice: str = "") -> Response:
    place = _found(plan, tile)
    document = board.tile_at(plan.document, place)
    template = "events/remove-tile-form.html" if wants_part(request) else "events/remove-tile.html"
    context = {
        "plan": plan,
        "tile": tile,
        "name": document.get("name") or document["key"],
        "losses": losses_of_tile(plan.document, document["key"]),
        "notice": notice,
    }
    return page(request, template, 409 if notice else 200, **context)


def _found(plan: Plan, tile: str) -> Place:
    place = place_of(plan.document, tile)
    if place is None:
        raise NotFoundError(f"the board has no tile {tile}: it may have been removed")
    return place


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0
