"""What an activity is, in words and numbers for people, and where each figure is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from bingosim.event.catalog.entry import BANDS, COUNTERS, GROUP, SPREAD, TIME, Confidence
from bingosim.event.catalog.sources import SOURCES
from bingosim.event.quantities import format_chance, format_duration, format_fraction
from bingosim.event.yields import stacks_per_completion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from bingosim.event.catalog.entry import CatalogEntry, Figure
    from bingosim.event.catalog.sources import Source
    from bingosim.event.model import Activity, Band, Group, TimeModel

MOST_KNOWN_DROPS = 3


class Fact(NamedTuple):
    """Something about an activity besides its drops: what it is called, and its value.

    Attributes:
        figure: Where it is from; None where that needs no source.
    """

    label: str
    value: str
    figure: Figure | None = None


class Dispute(NamedTuple):
    """Figures that needed a decision.

    Attributes:
        of: What they are about.
        why: Why they were chosen.
        others: What other sources say, by their codes.
    """

    of: tuple[str, ...]
    why: str
    others: tuple[tuple[str, str], ...]


def facts(activity: Activity, figures: Mapping[str, Figure] | None = None) -> Iterator[Fact]:
    """Yield what there is besides drops.

    Args:
        activity: Of the catalog or not.
        figures: Where its figures are from, as `CatalogEntry.figure_of` has them.
    """
    of = figures or {}
    time, group = activity.time, activity.group
    pace = f"{float(3600 / time.seconds):.1f} an hour"
    yield Fact("time", f"{format_fraction(time.seconds)} s ({pace})", of.get(TIME))
    yield Fact("spread", spread_told(time), of.get(SPREAD))
    yield Fact("group", group_told(group), of.get(GROUP))
    for band in activity.bands:
        yield Fact(f"size {band.sizes}", _band_told(band), of.get(BANDS))
    if activity.requires:
        yield Fact("requires", ", ".join(activity.requires))


def spread_told(time: TimeModel) -> str:
    """Write how attempts differ: `±35 s, uniform`."""
    return f"±{format_fraction(time.spread)} s, {time.law}"


def group_told(group: Group) -> str:
    """Write who does it together: `alone or 2 to 8, wants 3, waits 10m`."""
    if group.max == 1:
        return "alone"
    return f"{sizes_told(group)}, wants {group.want}, waits {format_duration(group.max_wait)}"


def sizes_told(group: Group) -> str:
    """Write how many do it together: `alone or 2 to 8`."""
    if group.max == 1:
        return "alone"
    alone = "alone or " if group.solo else ""
    least = max(2, group.min)
    return f"{alone}{least} to {group.max}" if least < group.max else f"{alone}{least}"


def _band_told(band: Band) -> str:
    chance = "" if band.chance == 1 else f", chance x{format_fraction(band.chance)}"
    return f"time x{format_fraction(band.time)}{chance}"


def known_drops(activity: Activity) -> list[str]:
    """Return the first drops that are not certain; the catalog puts the best known first."""
    rates = stacks_per_completion(activity)
    drops = [drop for drop in rates if drop not in COUNTERS]
    rare = [drop for drop in drops if rates[drop] < 1]
    return (rare or drops)[:MOST_KNOWN_DROPS]


def spoken(drop: str) -> str:
    """Return a drop's name as people say it: `item.vorkaths_head` is `vorkaths head`."""
    return drop.partition(".")[2].replace("_", " ") or drop


def rate_told(rate: Fraction) -> str:
    """Write how often a completion drops something: `1/5000`, or `2.5` where it is often."""
    return format_chance(rate) if rate <= 1 else format_fraction(rate)


def confidences(entry: CatalogEntry) -> tuple[Confidence, list[Confidence]]:
    """Return how sure the time is, and each degree of sureness that drops have, least first."""
    of = entry.figure_of
    drops = {figure.confidence for name, figure in of.items() if name in entry.activity.drop_keys}
    return of[TIME].confidence, sorted(drops, key=get_args(Confidence)[::-1].index)


def disputes(entry: CatalogEntry) -> Iterator[Dispute]:
    """Yield the figures that sources disagree on, or that need an explanation."""
    for figure in entry.figures:
        if figure.others or figure.why:
            others = tuple((source, _said(figure, rate)) for source, rate in figure.others.items())
            yield Dispute(figure.of, figure.why, others)


def sources_of(entry: CatalogEntry) -> dict[str, Source]:
    """Return the sources that an entry's figures name, by their codes."""
    used = {source for figure in entry.figures for source in _named(figure)}
    return {code: source for code, source in SOURCES.items() if code in used}


def _named(figure: Figure) -> set[str]:
    quantity = {figure.quantity} if figure.quantity else set()
    return {figure.source, *figure.agree, *figure.others, *quantity}


def _said(figure: Figure, rate: Fraction) -> str:
    return f"{format_fraction(rate)} s" if TIME in figure.of else rate_told(rate)
