"""Players of the library: the list, the form of one, copying and deleting."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bingosim.errors import MissingError
from bingosim.event.zones import zone_names
from bingosim.library import store
from bingosim.library.documents import check_player
from bingosim.library.items import Item
from bingosim.library.known import known
from bingosim.storage.tables import ItemKind
from bingosim.web.forms import ItemForm, Sent, TheForm, redirected
from bingosim.web.items import (
    TheId,
    ask_to_delete,
    copied,
    deleted,
    effects_of,
    home_of,
    item_of,
)
from bingosim.web.listing import ON_A_PAGE, TheSearch
from bingosim.web.players import document_of, form_of, hours_of, name_activities, refuse
from bingosim.web.site import Site, TheSite
from bingosim.web.templating import page, wants_part

PLAYER = ItemKind.PLAYER
router = APIRouter(prefix="/players")


@router.get("")
def players(request: Request, site: TheSite, search: TheSearch, done: str = "") -> Response:
    """Show a page of the list."""
    found = store.page(
        site.database, PLAYER, search.q, most=ON_A_PAGE, offset=search.offset, documents=True
    )
    template = "players/rows.html" if wants_part(request) else "players/list.html"
    hours = [hours_of(one.item.document.get("plays") or ()) for one in found.listed]
    return page(request, template, found=found, hours=hours, search=search, done=done)


@router.get("/known")
def suggestions(request: Request, site: TheSite) -> Response:
    """Send what may be named in a player's form, once the form itself is there."""
    return page(request, "players/known.html", known=known(site.database), zones=zone_names())


@router.get("/new")
def new(request: Request, site: TheSite, done: str = "") -> Response:
    """Show an empty form."""
    return _shown(request, site, ItemForm({}), None, done=done)


@router.post("/new")
def create(request: Request, site: TheSite, sent: TheForm) -> Response:
    """Make a player."""
    return _sent(request, site, sent, None)


@router.get("/{item}")
def show(request: Request, site: TheSite, id_: TheId, done: str = "") -> Response:
    """Show a player's form."""
    item = item_of(site, PLAYER, id_)
    form = form_of(item.document, item.version)
    return _shown(request, site, form, item, done=done)


@router.post("/{item}")
def save(request: Request, site: TheSite, id_: TheId, sent: TheForm) -> Response:
    """Save a player, or, if it was deleted meanwhile and that is wanted, make it again."""
    if sent.last("as") == "new":
        return _sent(request, site, sent, None)
    try:
        return _sent(request, site, sent, store.read(site.database, PLAYER, id_))
    except MissingError:
        form = ItemForm.of(sent)
        form.gone = True
        return _shown(request, site, form, None)


@router.post("/{item}/copy")
def copy(request: Request, site: TheSite, id_: TheId) -> Response:
    """Make another one like it."""
    return copied(request, site, PLAYER, id_)


@router.get("/{item}/delete")
def ask(request: Request, site: TheSite, id_: TheId) -> Response:
    """Ask whether to delete a player."""
    return ask_to_delete(request, site, PLAYER, id_)


@router.post("/{item}/delete")
def delete(request: Request, site: TheSite, id_: TheId, sent: TheForm) -> Response:
    """Delete a player."""
    return deleted(request, site, PLAYER, id_, sent)


def _sent(request: Request, site: Site, sent: Sent, item: Item | None) -> Response:
    """Save what was sent, or show the form again: with another row, or with what is wrong."""
    form = ItemForm.of(sent)
    if form.altered(sent):
        return _shown(request, site, form, item)
    if form.rows("speeds"):
        had = item.document.get("speeds", ()) if item else ()
        name_activities(form, known(site.database).activities, had)
    document = document_of(form)
    refuse(form, check_player(document))
    if not form.wrong:
        if item is None:
            saved = form.kept(lambda: store.create(site.database, PLAYER, document))
        else:
            saved = form.kept(
                lambda: store.save(site.database, PLAYER, item.id, document, form.version)
            )
        if saved is not None:
            another = sent.last("then") == "another"
            return redirected(request, "/players/new?done=made" if another else _done(saved, item))
    return _shown(request, site, form, item)


def _done(saved: Item, before: Item | None) -> str:
    return f"{home_of(saved)}?done={'saved' if before else 'made'}"


def _shown(
    request: Request, site: Site, form: ItemForm, item: Item | None, *, done: str = ""
) -> Response:
    plays = form.text("plays").splitlines()
    context: dict[str, Any] = {
        "form": form,
        "item": item,
        "hours": hours_of(line for line in plays if line.strip()),
        "effects": effects_of(site, item) if item else (),
        "done": done,
    }
    template = "players/form.html" if wants_part(request) else "players/player.html"
    return page(request, template, form.status, **context)
