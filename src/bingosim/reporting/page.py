"""A report as a page: one file of HTML that asks for nothing, and a table for notebooks.

It has neither scripts nor addresses, and its policy forbids both, so that what somebody calls a
team or a tile can do nothing but be read.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bingosim import words
from bingosim.event.quantities import format_duration
from bingosim.reporting import bars, palette
from bingosim.reporting.board import SHADES, heat_map, shade

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Report, TeamReport

TEAMS_ABREAST = 4
"""Columns of the table of rows."""


def to_html(report: Report, snapshot: Snapshot) -> str:
    """Return a report as one self-contained page.

    Equal reports of equal events give equal text, whatever time they took.

    Args:
        report: What came out.
        snapshot: The event that it came out of.
    """
    teams = report["teams"]
    bins = bars.points_bins(teams)
    return _render(
        "report.html",
        report=report,
        event=snapshot,
        ends=snapshot.start + timedelta(seconds=snapshot.duration),
        headline=_headline(report),
        precise=_precise(report),
        bins=bins,
        locked=words.locked_rows(teams),
        boards=[heat_map(snapshot.board, team) for team in teams],
    )


def to_fragment(report: Report) -> str:
    """Return who wins as a sentence and a table, to stand in somebody else's page."""
    return _render("fragment.html", report=report, headline=_headline(report))


def _headline(report: Report) -> str:
    return words.headline(report["teams"]) if report["runs"] else "Nothing is known yet."


def _precise(report: Report) -> str:
    if "precision" not in report or not report["runs"]:
        return ""
    return words.how_precise(report["precision"], report["runs"])


def _render(template: str, **context: Any) -> str:
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    """Return what renders reports: everything is escaped, what is missing is an error."""
    environment = Environment(
        loader=PackageLoader("bingosim.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(light=palette.LIGHT, dark=palette.DARK, shades=SHADES)
    environment.filters.update(
        name=_name,
        unbroken=_unbroken,
        percent=lambda chance: _unbroken(words.percent(chance)),
        number=words.number,
        mean=lambda values: _unbroken(words.mean(values)),
        duration=lambda seconds: words.duration(seconds).replace(" ", "\N{NO-BREAK SPACE}"),
        count=words.count,
        clean=words.clean,
        day=_day,
        length_of=format_duration,
        ranked=words.ranked,
        least_sure=words.least_sure,
        latest=words.latest,
        interval=bars.interval,
        opening=bars.opening,
        outline=bars.outline,
        shade=shade,
        colour=lambda number: f"c{number % palette.TEAM_COLOURS}",
        abreast=_abreast,
    )
    return environment


def _name(text: str) -> Markup:
    """Write what somebody called something, so that its script turns nothing around it."""
    return Markup("<bdi>{}</bdi>").format(words.clean(text))


def _unbroken(text: str) -> str:
    """Keep numbers on one line with what belongs to them."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%").replace(
        " ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
    )


def _day(moment: datetime) -> str:
    """Write a local moment: `5 December 2026, 12:00`."""
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def _abreast(teams: Sequence[TeamReport]) -> Iterator[list[tuple[int, TeamReport]]]:
    """Yield teams with their numbers, as many at a time as a table is wide."""
    numbered = list(enumerate(teams))
    for start in range(0, len(numbered), TEAMS_ABREAST):
        yield numbered[start : start + TEAMS_ABREAST]
