"""Players, activities and events: listed, made, read, saved, deleted, copied.

The three are alike, so their routes are made by one function.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response

from bingosim.library import store
from bingosim.library.assemble import load
from bingosim.storage.library import Order
from bingosim.storage.tables import ItemKind
from bingosim.web.api.exact import ExactRoute, exact
from bingosim.web.api.library_models import (
    EXAMPLES,
    EffectModel,
    EntryList,
    EventModel,
    ItemModel,
    Written,
)
from bingosim.web.api.versions import (
    TAGGED,
    TAGGED_NEW,
    UNCHANGED,
    IfMatch,
    IfNoneMatch,
    names,
    seen,
    tag,
)
from bingosim.web.site import Site, TheSite

MOST_LISTED = 200
MOST_SKIPPED = 1_000_000
Cascade = Annotated[bool, Query(description="Take it from the events that use it, too.")]


def stands(site: Site, kind: ItemKind, id_: UUID) -> ItemModel:
    """Return an item as it stands; an event with what it uses.

    Raises:
        MissingError: It is not there.
    """
    if kind is ItemKind.EVENT:
        return EventModel.of_whole(load(site.database, id_))
    return ItemModel.of(store.read(site.database, kind, id_))


def answer(model: ItemModel, **headers: str) -> Response:
    """Answer with an item and its ETag."""
    return exact(model, model.document, etag=tag(model.version), **headers)


def made(site: Site, kind: ItemKind, id_: UUID) -> Response:
    """Answer with an item that is new."""
    response = answer(stands(site, kind, id_), location=f"/api/v1/{PLURALS[kind]}/{id_}")
    response.status_code = 201
    return response


def make_router(kind: ItemKind) -> APIRouter:
    """Return the routes of one kind."""
    plural = PLURALS[kind]
    router = APIRouter(prefix=f"/{plural}", tags=[plural], route_class=ExactRoute)
    model = EventModel if kind is ItemKind.EVENT else ItemModel
    shown: dict[str, Any] = {"response_model": model, "responses": TAGGED}
    new: dict[str, Any] = {
        "response_model": model,
        "responses": TAGGED_NEW,
        "status_code": 201,
    }
    written: Any = Body(openapi_examples={plural: {"value": {"document": EXAMPLES[kind]}}})

    @router.get("", description=f"List {plural}, with the events that use them.")
    def list_items(
        site: TheSite,
        q: Annotated[str, Query(max_length=200, description="Words that are all found.")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
        offset: Annotated[int, Query(ge=0, le=MOST_SKIPPED)] = 0,
        order: Annotated[Order, Query(description="By name, or the latest change first.")] = "name",
    ) -> EntryList:
        found = store.page(site.database, kind, q, most=limit, offset=offset, order=order)
        return EntryList.of(found)

    @router.post("", description=f"Keep {_A[kind]}. {_WRITTEN[kind]}", **new)
    def create_item(site: TheSite, asked: Written = written) -> Response:
        return made(site, kind, store.create(site.database, kind, asked.document).id)

    @router.get(
        "/{item}",
        response_model=model,
        responses={**TAGGED, **UNCHANGED},
        description=f"Return {_A[kind]}.",
    )
    def get_item(site: TheSite, item: UUID, if_none_match: IfNoneMatch = None) -> Response:
        model = stands(site, kind, item)
        if if_none_match is not None and names(if_none_match, model.version):
            return Response(status_code=304, headers={"etag": tag(model.version)})
        return answer(model)

    @router.put(
        "/{item}",
        description=f"Save {_A[kind]}, if nobody else has since it was read. {_SAVED[kind]}",
        **shown,
    )
    def save_item(
        site: TheSite,
        item: UUID,
        asked: Written = written,
        if_match: IfMatch = None,
    ) -> Response:
        version = seen(store.read(site.database, kind, item), if_match)
        store.save(site.database, kind, item, asked.document, version)
        return answer(stands(site, kind, item))

    @router.delete("/{item}", status_code=204, description=f"Delete {_A[kind]}. {_DELETED[kind]}")
    def delete_item(
        site: TheSite, item: UUID, if_match: IfMatch = None, cascade: Cascade = False
    ) -> None:
        version = seen(store.read(site.database, kind, item), if_match)
        store.delete(site.database, kind, item, version, cascade=cascade)

    @router.post("/{item}/copy", description=f"Make another {kind} like one.", **new)
    def copy_item(site: TheSite, item: UUID) -> Response:
        return made(site, kind, store.copy(site.database, kind, item).id)

    if kind is not ItemKind.EVENT:

        @router.get(
            "/{item}/uses",
            description=f"Say which events use {_A[kind]}, and what each would lose without.",
        )
        def get_uses(site: TheSite, item: UUID) -> list[EffectModel]:
            return [EffectModel.of(one) for one in store.effects(site.database, kind, item)]

    return router


PLURALS = {
    ItemKind.PLAYER: "players",
    ItemKind.ACTIVITY: "activities",
    ItemKind.EVENT: "events",
}
_SAVED = {
    ItemKind.PLAYER: "A new name is put into the teams of the events that use them.",
    ItemKind.ACTIVITY: "While events use it, its key stays.",
    ItemKind.EVENT: "It may be unfinished.",
}
_DELETED = {
    ItemKind.PLAYER: "While events use them, that takes `cascade`: they leave their teams.",
    ItemKind.ACTIVITY: "While events use it, that takes `cascade`: its sources leave the tiles.",
    ItemKind.EVENT: "Its players and activities stay.",
}

_A = {
    ItemKind.PLAYER: "a player",
    ItemKind.ACTIVITY: "an activity",
    ItemKind.EVENT: "an event",
}
_WRITTEN = {
    ItemKind.PLAYER: "The document is an entry of `players`, as event files have it.",
    ItemKind.ACTIVITY: "The document is an entry of `activities`, as event files have it.",
    ItemKind.EVENT: "The document is an event file without its players and activities. It may be "
    "unfinished: without rows or teams, with tiles that have no source, teams without players.",
}

routers = tuple(map(make_router, ItemKind))
