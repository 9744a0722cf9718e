"""The board of an event: shown, its tiles and rows moved, its settings changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bingosim.errors import InputError, StaleError
from bingosim.event.zones import zone_names
from bingosim.library import board, store
from bingosim.storage.tables import ItemKind
from bingosim.web.events.hours import Roster, rosters_of
from bingosim.web.events.moves import moved_by_button
from bingosim.web.events.plans import Plan
from bingosim.web.events.settings import changed_settings, typed_settings
from bingosim.web.events.view import head_of, rows_on_page
from bingosim.web.forms import ItemForm, TheForm, redirected, sentence
from bingosim.web.items import effects_of
from bingosim.web.problems import NotFoundError
from bingosim.web.site import Site, ThePlan, TheSite
from bingosim.web.templating import page, wants_part

EVENT = ItemKind.EVENT
STALE = "Somebody else changed this event meanwhile, so nothing was done: this is how it is now."
NOT_DONE = "Nothing was done. {}"
router = APIRouter(prefix="/events/{event}")

For = Annotated[int, Query(ge=0, description="Whose hours: 0 an ordinary player's, else a team's.")]


@router.get("")
def show(request: Request, site: TheSite, plan: ThePlan, team: For = 0, done: str = "") -> Response:
    """Show the board; hours that are not known yet are fetched by the page."""
    return _shown(request, site, plan, team=team, done=done)


@router.get("/hours")
def hours(request: Request, site: TheSite, plan: ThePlan, team: For = 0) -> Response:
    """Compute the hours of all tiles, and show the board with them."""
    site.hours.computed(plan.load, _roster(plan, team))
    return _shown(request, site, plan, team=team)


@router.post("/board")
def change(
    request: Request, site: TheSite, plan: ThePlan, sent: TheForm, team: For = 0
) -> Response:
    """Do what a button of the board asks for."""
    item = plan.whole.event
    try:
        document, address = moved_by_button(plan.document, sent)
        store.save(site.database, EVENT, item.id, document, ItemForm.of(sent).version)
    except StaleError:
        return _shown(request, site, plan, team=team, notice=STALE, status=409)
    except InputError as error:
        notice = NOT_DONE.format(sentence(str(error)))
        return _shown(request, site, plan, team=team, notice=notice, status=422)
    if wants_part(request):
        return _shown(request, site, site.plans.read(item.id), team=team)
    return redirected(request, f"{plan.base}{f'#tile-{address}' if address else ''}")


@router.get("/rows/{row}/delete")
def ask_about_row(request: Request, plan: ThePlan, row: int) -> Response:
    """Ask whether to remove a row."""
    return _row_question(request, plan, row)


@router.post("/rows/{row}/delete")
def remove_row(request: Request, site: TheSite, plan: ThePlan, row: int, sent: TheForm) -> Response:
    """Remove a row with its tiles."""
    version = ItemForm.of(sent).version
    try:
        document = board.remove_row(plan.document, row)
        store.save(site.database, EVENT, plan.whole.event.id, document, version)
    except StaleError:
        return _row_question(request, plan, row, STALE)
    except InputError as error:
        raise NotFoundError(str(error)) from None
    return redirected(request, plan.base)


@router.get("/settings")
def settings(request: Request, plan: ThePlan) -> Response:
    """Show the form of the settings."""
    form = ItemForm(typed_settings(plan.document), plan.whole.event.version)
    return _settings(request, plan, form)


@router.post("/settings")
def save_settings(request: Request, site: TheSite, plan: ThePlan, sent: TheForm) -> Response:
    """Save them."""
    form = ItemForm.of(sent)
    if form.altered(sent):
        return _settings(request, plan, form)
    document = changed_settings(form, plan.document)
    if document is not None:
        id_ = plan.whole.event.id
        saved = form.kept(lambda: store.save(site.database, EVENT, id_, document, form.version))
        if saved is not None:
            return redirected(request, f"{plan.base}?done=saved")
    return _settings(request, plan, form)


def _settings(request: Request, plan: Plan, form: ItemForm) -> Response:
    template = "events/settings-form.html" if wants_part(request) else "events/settings.html"
    keys = board.tile_keys(plan.document)
    return page(request, template, form.status, plan=plan, form=form, keys=keys, zones=zone_names())


def _row_question(request: Request, plan: Plan, row: int, notice: str = "") -> Response:
    rows = board.rows_of(plan.document)
    if not 0 <= row < len(rows):
        raise NotFoundError(f"there is no row {row + 1} any more")
    template = "events/remove-row-form.html" if wants_part(request) else "events/remove-row.html"
    context = {"plan": plan, "row": row, "tiles": rows[row], "notice": notice}
    return page(request, template, 409 if notice else 200, **context)


def _shown(
    request: Request,
    site: Site,
    plan: Plan,
    *,
    team: int = 0,
    notice: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    known = site.hours.known(plan.load, _roster(plan, team))
    template = "events/board-part.html" if wants_part(request) else "events/board.html"
    context = {
        "plan": plan,
        "head": head_of(plan.document),
        "rows": rows_on_page(plan, known),
        "hours": known,
        "team": team,
        "notice": notice,
        "done": done,
        "effects": effects_of(site, plan.whole.event),
    }
    return page(request, template, status, **context)


def _roster(plan: Plan, team: int) -> Roster:
    if team == 0:
        return plan.load.ordinary()
    rosters = rosters_of(plan.whole)
    if team > len(rosters):
        raise NotFoundError(f"this event has {len(rosters)} teams")
    return rosters[team - 1]
