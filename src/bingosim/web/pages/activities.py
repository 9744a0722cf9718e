"""Activities: the catalog and the library's own, the form of one, copying and deleting."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bingosim.errors import InputError, MissingError
from bingosim.event.catalog import catalog_keys, load_entry
from bingosim.event.catalog.telling import disputes, facts, sources_of
from bingosim.event.model import Activity
from bingosim.library import store
from bingosim.library.activities import Which, overrides
from bingosim.library.activities import page as page_of_all
from bingosim.library.documents import catalog_activity, check_activity
from bingosim.library.items import Item
from bingosim.library.known import known_drops
from bingosim.storage.tables import ItemKind
from bingosim.web.activities import document_of, form_of, new_form, nothing_of, refuse
from bingosim.web.catalog import hours_of, loot_of, nothing_told, row_of
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
from bingosim.web.problems import NotFoundError
from bingosim.web.site import Site, TheSite
from bingosim.web.templating import page, wants_part

ACTIVITY = ItemKind.ACTIVITY
router = APIRouter(prefix="/activities")


@router.get("")
def activities(
    request: Request, site: TheSite, search: TheSearch, which: str = "all", done: str = ""
) -> Response:
    """Show a page of the list; what nobody can choose is all."""
    chosen = Which(which) if which in list(Which) else Which.ALL
    found = page_of_all(site.database, search.q, chosen, most=ON_A_PAGE, offset=search.offset)
    if chosen is not Which.ALL:
        search = replace(search, filters=(("which", chosen.value),))
    rows = [row_of(line) for line in found.lines]
    template = "activities/rows.html" if wants_part(request) else "activities/list.html"
    context = {"rows": rows, "total": found.total, "search": search, "which": chosen, "done": done}
    return page(request, template, **context)


@router.get("/catalog/{key}")
def entry(request: Request, site: TheSite, key: str) -> Response:
    """Show an entry of the catalog."""
    try:
        found = load_entry(key)
    except InputError as error:
        raise NotFoundError(str(error)) from None
    return page(
        request,
        "activities/entry.html",
        entry=found,
        facts=list(facts(found.activity, found.figure_of)),
        loot=loot_of(found.activity, found.figure_of),
        disputes=list(disputes(found)),
        sources=sources_of(found),
        own=overrides(site.database).get(key, ()),
    )


@router.get("/known")
def suggestions(request: Request, site: TheSite) -> Response:
    """Send the drops that may be named in the form, once the form itself is there."""
    return page(request, "activities/known.html", drops=known_drops(site.database))


@router.post("/check")
def check(request: Request, sent: TheForm) -> Response:
    """Say what an hour brings by what was typed, and what chance is left for nothing."""
    return page(request, "activities/checked.html", **_checked(ItemForm.of(sent)))


@router.get("/new")
def new(
    request: Request, site: TheSite, key: Annotated[str, Query(alias="from")] = "", done: str = ""
) -> Response:
    """Show an empty form, or one with an entry of the catalog in it."""
    form = new_form()
    if key:
        try:
            form = form_of(catalog_activity(key))
        except InputError as error:
            raise NotFoundError(str(error)) from None
    return _shown(request, site, form, None, done=done)


@router.post("/new")
def create(request: Request, site: TheSite, sent: TheForm) -> Response:
    """Make an activity."""
    return _sent(request, site, sent, None)


@router.get("/{item}")
def show(request: Request, site: TheSite, id_: TheId, done: str = "") -> Response:
    """Show an activity's form."""
    item = item_of(site, ACTIVITY, id_)
    return _shown(request, site, form_of(item.document, item.version), item, done=done)


@router.post("/{item}")
def save(request: Request, site: TheSite, id_: TheId, sent: TheForm) -> Response:
    """Save an activity, or, if it was deleted meanwhile and that is wanted, make it again."""
    if sent.last("as") == "new":
        return _sent(request, site, sent, None)
    try:
        return _sent(request, site, sent, store.read(site.database, ACTIVITY, id_))
    except MissingError:
        form = ItemForm.of(sent)
        form.gone = True
        return _shown(request, site, form, None)


@router.post("/{item}/copy")
def copy(request: Request, site: TheSite, id_: TheId) -> Response:
    """Make another one like it."""
    return copied(request, site, ACTIVITY, id_)


@router.get("/{item}/delete")
def ask(request: Request, site: TheSite, id_: TheId) -> Response:
    """Ask whether to delete an activity."""
    return ask_to_delete(request, site, ACTIVITY, id_)


@router.post("/{item}/delete")
def delete(request: Request, site: TheSite, id_: TheId, sent: TheForm) -> Response:
    """Delete an activity."""
    return deleted(request, site, ACTIVITY, id_, sent)


def _sent(request: Request, site: Site, sent: Sent, item: Item | None) -> Response:
    """Save what was sent, or show the form again: with another row, or with what is wrong."""
    form = ItemForm.of(sent)
    if form.altered(sent):
        return _shown(request, site, form, item)
    document = document_of(form)
    refuse(form, check_activity(document))
    if not form.wrong:

        def kept() -> Item:
            if item is None:
                return store.create(site.database, ACTIVITY, document)
            return store.save(site.database, ACTIVITY, item.id, document, form.version)

        saved = form.kept(kept, lambda wrong: refuse(form, wrong))
        if saved is not None:
            return redirected(request, f"{home_of(saved)}?done={'saved' if item else 'made'}")
    return _shown(request, site, form, item)


def _shown(
    request: Request, site: Site, form: ItemForm, item: Item | None, *, done: str = ""
) -> Response:
    effects = effects_of(site, item) if item else ()
    context = {"form": form, "item": item, "effects": effects, "done": done, **_checked(form)}
    template = "activities/form.html" if wants_part(request) else "activities/activity.html"
    return page(request, template, form.status, **context)


def _checked(form: ItemForm) -> dict[str, Any]:
    """Return what can be said of what was typed; the form stays as it is."""
    nothing = [nothing_of(form, f"loot[{i}]") for i in range(max(1, len(form.rows("loot"))))]
    copy = ItemForm(deepcopy(form.typed))
    document = document_of(copy)
    activity = None
    if not copy.wrong and not check_activity(document):
        activity = Activity.model_validate(document)
    key = form.text("key").strip()
    return {
        "nothing": ["" if rest is None else nothing_told(rest) for rest in nothing],
        "instead": load_entry(key) if key in catalog_keys() else None,
        "activity": activity,
        "expected": hours_of(activity) if activity else None,
    }
