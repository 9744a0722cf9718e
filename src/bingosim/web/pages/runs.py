"""One run of a batch, played again and told."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from bingosim.replay.model import Attempts, BonusPaid, Grant, TileCompleted
from bingosim.replay.telling import Words, headline
from bingosim.web.pages.batch import Team, frame_of
from bingosim.web.problems import NotFoundError
from bingosim.web.replays import replay_of
from bingosim.web.site import TheBatch, TheSite
from bingosim.web.templating import page, wants_part

router = APIRouter(prefix="/batches/{batch}/runs")


@router.get("")
def choose(batch: TheBatch, index: Annotated[int, Query(ge=0)] = 0) -> Response:
    """Go to a run."""
    return RedirectResponse(f"/batches/{batch.id}/runs/{index}", 303)


@router.get("/{index}")
def show(
    request: Request,
    site: TheSite,
    batch: TheBatch,
    index: int,
    team: Team = 1,
    grants: bool = False,
) -> Response:
    """Show a run; playing it again takes a moment, so the page comes first and asks for it."""
    if not 0 <= index < batch.runs:
        raise NotFoundError(f"this batch has runs 0 to {batch.runs - 1:,}")
    teams = site.results.snapshot(batch.snapshot_sha256).teams
    if team > len(teams):
        raise NotFoundError(f"this event has teams 1 to {len(teams)}")
    context = frame_of(site.results.standing(batch.id), "runs")
    context |= {"index": index, "team": team, "grants": grants, "teams": teams}
    if not wants_part(request):
        return page(request, "batch/run.html", **context)
    told = replay_of(batch, site.results.snapshot(batch.snapshot_sha256), index)
    words = Words(told.snapshot)
    chosen = told.teams[team - 1]
    return page(
        request,
        "parts/run.html",
        **context,
        headline=headline(told),
        results=[words.result(one) for one in told.teams],
        winners=[bool(one.won) for one in told.teams],
        lines=_lines(words, chosen, grants=grants),
        notes=list(words.notes(chosen)),
    )


def _lines(words: Words, team: Any, *, grants: bool) -> list[dict[str, Any]]:
    hidden = (Attempts,) if grants else (Attempts, Grant)
    done = {tile.tile: tile for tile in team.tiles}
    return [
        {
            "kind": entry.kind,
            "when": words.when(entry.second),
            "second": entry.second,
            "points": entry.points if isinstance(entry, TileCompleted | BonusPaid) else None,
            "total": entry.total if isinstance(entry, TileCompleted | BonusPaid) else None,
            "what": words.what(entry, done),
        }
        for entry in team.timeline
        if not isinstance(entry, hidden)
    ]
