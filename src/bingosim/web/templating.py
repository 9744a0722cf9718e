"""Templates: everything is escaped, nothing that is missing goes unnoticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bingosim import words
from bingosim.event.catalog.telling import spoken
from bingosim.event.examples import NAMES
from bingosim.event.quantities import format_duration
from bingosim.reporting.bars import around, interval
from bingosim.storage.states import BatchStatus
from bingosim.web import views
from bingosim.web.overview import place_of

if TYPE_CHECKING:
    from fastapi import Request

    from bingosim.web.access import Access
    from bingosim.web.static import Assets


def make_environment(assets: Assets, access: Access) -> Environment:
    """Return what renders the pages."""
    environment = Environment(
        loader=PackageLoader("bingosim.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        static=assets.address,
        version=version("bingosim"),
        statuses=list(BatchStatus),
        examples=NAMES,
        views=views.VIEWS,
        has_login=access.asked,
    )
    environment.filters.update(
        percent=words.percent,
        number=words.number,
        duration=words.duration,
        mean=words.mean,
        hours=words.hours,
        clean=words.clean,
        whole=lambda number: f"{number:,}",
        rough=rough_time,
        moment=moment,
        interval=interval,
        data=_data,
        ahead=_ahead,
        marked=_marked,
        count=words.count,
        unbroken=lambda text: text.replace(" %", "\N{NO-BREAK SPACE}%"),
        length_of=format_duration,
        ranked=words.ranked,
        place=place_of,
        around=around,
        apart=words.apart,
        signed=words.signed,
        differs=words.differs,
        anchor=_anchor,
        spoken=spoken,
    )
    return environment


def page(request: Request, template: str, code: int = 200, /, **context: Any) -> HTMLResponse:
    """Return a page, or a part of one."""
    environment: Environment = request.app.state.site.templates
    html = environment.get_template(template).render(path=request.url.path, **context)
    return HTMLResponse(html, code, {"vary": "hx-request"})


def wants_part(request: Request) -> bool:
    """Return whether htmx asks for a part of a page."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def rough_time(seconds: float | None) -> str:
    """Write how long something takes: `about 40 s`, `about 3 min`."""
    if seconds is None:
        return "an unknown time"
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * unit:
            return (
                f"about {seconds / unit:.{1 if seconds < 10 * unit and unit > 60 else 0}f} {name}"
            )
    return f"about {words.round_up(seconds)} s" if seconds >= 1 else "about a second"


def moment(milliseconds: int) -> Markup:
    """Write a moment by this machine's clock, so that a browser may write it by its own."""
    utc = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), words.moment(milliseconds)[:-3]
    )


def _marked(text: str) -> Markup:
    """Write what stands between backquotes as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def _ahead(difference: float) -> str:
    """Write a difference of chances in percentage points: `+3.1`."""
    rounded = round(100 * difference, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def _anchor(path: str) -> str:
    """Return the id of a field: `loot[0].chance` -> `loot-0-chance`."""
    return path.replace("].", "-").replace("[", "-").replace("]", "").replace(".", "-")


def _data(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
