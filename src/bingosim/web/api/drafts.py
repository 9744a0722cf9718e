"""Events of the library beyond keeping them: imported, exported, checked, given players."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import Field

from bingosim.library import store, uses
from bingosim.library.assemble import load
from bingosim.library.imports import import_event
from bingosim.library.plain import as_plain, to_json
from bingosim.library.uses import MOST_USED
from bingosim.storage.tables import ItemKind
from bingosim.web.api.exact import ExactRoute
from bingosim.web.api.library import Cascade, answer, stands
from bingosim.web.api.library_models import ID, CheckModel, EventModel, ImportedModel
from bingosim.web.api.models import EventText, FindingModel
from bingosim.web.api.versions import TAGGED, IfMatch, seen
from bingosim.web.downloads import plain_name
from bingosim.web.hours import hours_of
from bingosim.web.problems import described
from bingosim.web.site import TheSite

router = APIRouter(prefix="/events", tags=["events"], route_class=ExactRoute)
Ids = Annotated[list[UUID], Field(max_length=MOST_USED, examples=[[ID]])]


@router.post("/import", status_code=201)
def import_file(site: TheSite, asked: EventText, response: Response) -> ImportedModel:
    """Make an event from an event file, and the players and activities that it needs.

    Those that the library has with exactly the same document are used. An event that cannot be
    simulated yet is kept all the same; a file with malformed pieces is not.
    """
    event = asked.event
    text = event if isinstance(event, str) else to_json(as_plain(event))
    done = import_event(site.database, text)
    response.headers["location"] = f"/api/v1/events/{done.event.id}"
    return ImportedModel(
        event=done.event.id,
        players=list(done.players.ids),
        activities=list(done.activities.ids),
        created=sorted(done.players.created | done.activities.created),
        findings=[FindingModel.model_validate(described(one)) for one in done.findings],
    )


@router.get(
    "/{item}/file",
    response_class=Response,
    responses={200: {"content": {"text/yaml": {}}}},
)
def get_file(site: TheSite, item: UUID) -> Response:
    """Return the whole event file, in YAML: imported again, it makes the same event."""
    whole = load(site.database, item)
    name = plain_name(whole.event.name) or "event"
    disposition = f'attachment; filename="{name}.yaml"'
    return Response(
        whole.text,
        media_type="text/yaml; charset=utf-8",
        headers={"content-disposition": disposition},
    )


@router.get("/{item}/check")
def check(
    site: TheSite,
    item: UUID,
    hours: Annotated[
        bool, Query(description="Also estimate the work in every tile; takes up to some seconds.")
    ] = False,
) -> CheckModel:
    """Say everything that is wrong with an event and what it uses, or what would be simulated."""
    checked = load(site.database, item).check()
    if not hours or checked.event is None:
        return CheckModel.of(checked)
    return CheckModel.of(checked, hours_of(checked.event).to_dict())


@router.put("/{item}/players", response_model=EventModel, responses=TAGGED)
def set_players(
    site: TheSite,
    item: UUID,
    players: Annotated[Ids, Body()],
    if_match: IfMatch = None,
    cascade: Cascade = False,
) -> Response:
    """Have an event use exactly these players, in this order.

    To take out who is in a team takes `cascade`: they leave it.
    """
    version = seen(store.read(site.database, ItemKind.EVENT, item), if_match)
    uses.set_players(site.database, item, players, version, cascade=cascade)
    return answer(stands(site, ItemKind.EVENT, item))


@router.put("/{item}/activities", response_model=EventModel, responses=TAGGED)
def set_activities(
    site: TheSite,
    item: UUID,
    activities: Annotated[Ids, Body()],
    if_match: IfMatch = None,
    cascade: Cascade = False,
) -> Response:
    """Have an event use exactly these activities of the library, in this order.

    They stand beside those of the catalog, or in place of one of the same key. To take out one
    that tiles use takes `cascade`: its sources leave the tiles, unless the catalog has the key.
    """
    version = seen(store.read(site.database, ItemKind.EVENT, item), if_match)
    uses.set_activities(site.database, item, activities, version, cascade=cascade)
    return answer(stands(site, ItemKind.EVENT, item))
