"""Activities: the catalog and the library's own, the form of one, copying and deleting."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from bingosim.errors import InputError
from bingosim.event.catalog import load_entry
from bingosim.event.catalog.telling import disputes, facts, sources_of
from bingosim.library.activities import Which, overrides
from bingosim.library.activities import page as page_of_all
from bingosim.web.catalog import loot_of, row_of
from bingosim.web.listing import ON_A_PAGE, TheSearch
from bingosim.web.problems import NotFoundError
from bingosim.web.site import TheSite
from bingosim.web.templating import page, wants_part

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
