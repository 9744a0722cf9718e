"""The teams of an event: who is in them, how they compare, how they play."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from bingosim.errors import InputError, StaleError
from bingosim.event.strategies import STRATEGIES
from bingosim.library import board, store, teams
from bingosim.storage.tables import ItemKind
from bingosim.web.events.balance import asked_of, balances
from bingosim.web.events.draft import candidates, done_by_button, without_team
from bingosim.web.events.hours import rosters_of
from bingosim.web.events.plans import Plan
from bingosim.web.events.strategies import param_fields, team_document, typed_team
from bingosim.web.forms import ItemForm, TheForm, redirected, sentence
from bingosim.web.items import effects_of
from bingosim.web.listing import ON_A_PAGE, Search, TheSearch
from bingosim.web.problems import NotFoundError
from bingosim.web.site import Site, ThePlan, TheSite
from bingosim.web.templating import page, wants_part

EVENT, PLAYER = ItemKind.EVENT, ItemKind.PLAYER
STALE = "Somebody else changed this event meanwhile, so nothing was done: this is how it is now."
router = APIRouter(prefix="/events/{event}/teams")


@router.get("")
def show(request: Request, site: TheSite, plan: ThePlan, search: TheSearch) -> Response:
    """Show the teams, and who can be drafted."""
    return _shown(request, site, plan, search)


@router.get("/hours")
def hours(request: Request, site: TheSite, plan: ThePlan, search: TheSearch) -> Response:
    """Compute the work of all teams, and show them with it."""
    for roster in rosters_of(plan.whole):
        site.hours.computed(plan.load, roster)
    return _shown(request, site, plan, search)


@router.post("")
def change(request: Request, site: TheSite, plan: ThePlan, sent: TheForm) -> Response:
    """Do what a button of the page asks for."""
    number = sent.last("page")
    search = Search(
        sent.last("q")[:200], int(number) if number.isdecimal() and len(number) < 6 else 1
    )
    try:
        done_by_button(site.database, plan, sent, ItemForm.of(sent).version)
    except StaleError:
        return _shown(request, site, plan, search, STALE, 409)
    except InputError as error:
        return _shown(request, site, plan, search, f"Nothing was done. {sentence(str(error))}", 422)
    if wants_part(request):
        return _shown(request, site, site.plans.read(plan.whole.event.id), search)
    return redirected(request, search.address(f"{plan.base}/teams", search.number))


@router.get("/{team}")
def edit(request: Request, plan: ThePlan, team: int) -> Response:
    """Show the form of a team."""
    form = ItemForm(typed_team(_team(plan, team)), plan.whole.event.version)
    return _form(request, plan, team, form)


@router.post("/{team}")
def save(request: Request, site: TheSite, plan: ThePlan, team: int, sent: TheForm) -> Response:
    """Save a team; another strategy may show other fields first."""
    form = ItemForm.of(sent)
    before = _team(plan, team)
    if sent.last("fields"):
        return _form(request, plan, team, form)
    document = team_document(form, before)
    if document is not None:
        event = teams.replace_team(plan.document, team, document)
        id_ = plan.whole.event.id
        if form.kept(lambda: store.save(site.database, EVENT, id_, event, form.version)):
            return redirected(request, f"{plan.base}/teams#team-{team}")
    return _form(request, plan, team, form)


@router.get("/{team}/delete")
def ask(request: Request, plan: ThePlan, team: int) -> Response:
    """Ask whether to remove a team."""
    return _question(request, plan, team)


@router.post("/{team}/delete")
def remove(request: Request, site: TheSite, plan: ThePlan, team: int, sent: TheForm) -> Response:
    """Remove a team; its players stay players of the event."""
    _team(plan, team)
    event = teams.remove_team(plan.document, team)
    try:
        store.save(site.database, EVENT, plan.whole.event.id, event, ItemForm.of(sent).version)
    except StaleError:
        return _question(request, plan, team, STALE)
    return redirected(request, f"{plan.base}/teams")


def _shown(
    request: Request, site: Site, plan: Plan, search: Search, notice: str = "", status: int = 200
) -> Response:
    inside = without_team(plan, search.q)
    found = store.page(
        site.database, PLAYER, search.q, most=ON_A_PAGE, offset=search.offset, documents=True
    )
    own = {player.id for player in plan.whole.players}
    others = [one.item for one in found.listed if one.item.id not in own]
    known = [site.hours.known(plan.load, roster) for roster in rosters_of(plan.whole)]
    context: dict[str, Any] = {
        "plan": plan,
        "search": search,
        "query": urlencode([(k, v) for k, v in (("q", search.q), ("page", search.number)) if v]),
        "total": found.total,
        "candidates": candidates(plan, [*inside, *others]),
        "balances": balances(plan, known),
        "asked": asked_of(plan),
        "complete": all(one.complete for one in known),
        "row_count": len(board.rows_of(plan.document)),
        "members": [teams.members(team) for team in plan.document["teams"]],
        "remarks": [one for one in plan.remarks if one.team is not None or one.label == "Teams"],
        "notice": notice,
        "effects": effects_of(site, plan.whole.event),
    }
    template = "events/teams-part.html" if wants_part(request) else "events/teams.html"
    if request.headers.get("hx-target", "").endswith("#list"):
        template = "events/pool.html"
    return page(request, template, status, **context)


def _form(request: Request, plan: Plan, team: int, form: ItemForm) -> Response:
    chosen, before = form.text("strategy"), _team(plan, team)
    names = [(one.name, f"{one.name}: {one.summary}") for one in STRATEGIES.values()]
    was = str(before.get("strategy", "greedy"))
    if was not in STRATEGIES:
        names.append((was, f"{was}: your own, with its parameters as they are"))
    context = {
        "plan": plan,
        "team": team,
        "form": form,
        "strategies": names,
        "fields": param_fields(chosen),
        "kept": {} if chosen in STRATEGIES else before.get("params") or {},
        "keys": board.tile_keys(plan.document),
    }
    template = "events/team-form.html" if wants_part(request) else "events/team.html"
    return page(request, template, form.status, **context)


def _question(request: Request, plan: Plan, team: int, notice: str = "") -> Response:
    found = _team(plan, team)
    template = "events/remove-team-form.html" if wants_part(request) else "events/remove-team.html"
    context = {"plan": plan, "team": team, "document": found, "notice": notice}
    return page(request, template, 409 if notice else 200, **context)


def _team(plan: Plan, team: int) -> dict[str, Any]:
    if not 0 <= team < len(plan.document["teams"]):
        raise NotFoundError(f"this event has no team {team + 1} any more")
    found: dict[str, Any] = plan.document["teams"][team]
    return found
