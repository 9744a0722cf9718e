"""The pages of one batch: what came out so far, each view at its own address."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from bingosim import words
from bingosim.engines import engine_version
from bingosim.reporting.board import heat_map
from bingosim.storage.batches import Batch
from bingosim.storage.states import BatchStatus
from bingosim.web import views
from bingosim.web.problems import NotFoundError
from bingosim.web.results import Standing
from bingosim.web.site import Site, TheBatch, TheSite
from bingosim.web.templating import page

router = APIRouter(prefix="/batches/{batch}")

Team = Annotated[int, Query(ge=1, description="Which team; 1 is the first.")]
Minus = Annotated[int | None, Query(ge=0, description="From which the difference is taken.")]


@router.get("")
@router.get("/{view}")
def show(
    request: Request,
    site: TheSite,
    batch: TheBatch,
    view: str = "",
    team: Team = 1,
    minus: Minus = None,
) -> Response:
    """Show a view of a batch."""
    if view not in views.VIEWS or view in ("runs", "files"):
        raise NotFoundError(f"a batch has no view {view}")
    standing = site.results.standing(batch.id)
    context = view_of(site, standing, view, team, minus)
    return page(request, "batch/page.html", **context)


def view_of(
    site: Site, standing: Standing, view: str, team: int = 1, minus: int | None = None
) -> dict[str, Any]:
    """Return what a view shows.

    Raises:
        NotFoundError: The batch has no such team.
    """
    result = site.results.result(standing)
    teams = result.report["teams"]
    if team > len(teams) or (minus or 0) > len(teams):
        raise NotFoundError(f"this event has teams 1 to {len(teams)}")
    context = frame_of(standing, view)
    choice = {"team": team, **({"minus": minus} if minus else {})}
    context |= {
        "live": f"{context['base']}/live?{urlencode({'view': view, **choice})}",
        "report": result.report,
        "teams": teams,
        "team": team,
        "minus": minus or 0,
    }
    match view:
        case "":
            context |= {
                "headline": words.headline(teams) if result.report["runs"] else "",
                "precise": _precise(result.report),
                "chart": views.points_chart(result),
                "deciding": [(words.least_sure(one), words.latest(one)) for one in teams],
            }
        case "board":
            other = teams[minus - 1] if minus and minus != team else None
            context["heat"] = heat_map(result.snapshot.board, teams[team - 1], other)
        case "rows":
            context |= {
                "chart": views.rows_chart(result, team - 1),
                "opening": words.locked_rows(teams),
            }
    return context


def frame_of(standing: Standing, view: str) -> dict[str, Any]:
    """Return what stands around every view of a batch."""
    batch = standing.batch
    return {
        "standing": standing,
        "batch": batch,
        "base": f"/batches/{batch.id}",
        "view": view,
        "status_words": status_words(standing),
        "live": "",
    }


def status_words(standing: Standing) -> str:
    """Return how a batch stands, in a sentence."""
    batch, progress = standing.batch, standing.progress
    done, runs = f"{progress.done:,}", f"{progress.runs:,}"
    match batch.status:
        case BatchStatus.COMPLETED:
            return f"All {runs} runs are done."
        case BatchStatus.CANCELLED:
            return f"Cancelled after {progress.completed:,} of {runs} runs."
        case BatchStatus.ERROR:
            return batch.reason or "It failed."
        case BatchStatus.PAUSED:
            return f"Paused after {done} of {runs} runs."
    said = f"{done} of {runs} runs"
    if batch.precision is not None:
        said += f", then a look whether that is precise; {batch.precision.max_runs:,} at most"
    return f"{said}{_who(batch, standing)}."


def _who(batch: Batch, standing: Standing) -> str:
    if standing.workers:
        return ""
    if standing.crew is not None:
        if standing.crew.workers:
            return "; waiting for workers"
        return "; no worker is alive, bingosim worker starts one"
    if batch.engine_version != engine_version(batch.engine):
        return "; another release of BingoSim began it, and only that can go on with it"
    return "; about to begin"


def _precise(report: Any) -> str:
    if "precision" not in report or not report["runs"]:
        return ""
    return words.how_precise(report["precision"], report["runs"])
