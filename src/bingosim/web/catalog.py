"""What pages show of activities: a line of the list, loot with its sources, what an hour brings."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from bingosim.event.catalog.telling import (
    confidences,
    known_drops,
    rate_told,
    sizes_told,
    spoken,
)
from bingosim.event.quantities import format_chance, format_duration
from bingosim.event.yields import stacks_per_completion, usual_size, yields
from bingosim.words import hours, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bingosim.event.catalog.entry import Figure
    from bingosim.event.model import Activity, LootLine
    from bingosim.library.activities import Line

MOST_FOUND = 6


class Row(NamedTuple):
    """A line of the list, in words.

    Attributes:
        line: What it says.
        href: Its page.
        time: Of an attempt.
        sizes: How many do it together.
        different: How many different drops it has.
        drops: Some of them with their rates: those that were found, or the best known.
        sure: How sure its figures are; nothing for one of the library.
    """

    line: Line
    href: str
    time: str
    sizes: str
    different: int
    drops: Sequence[tuple[str, str]]
    sure: str


def row_of(line: Line) -> Row:
    """Return a line of the list in words."""
    activity = line.activity
    rates = stacks_per_completion(activity)
    shown = line.found[:MOST_FOUND] or known_drops(activity)
    return Row(
        line,
        f"/activities/{line.item.id}" if line.item else f"/activities/catalog/{activity.key}",
        format_duration(activity.time.seconds_rounded),
        sizes_told(activity.group),
        len(rates),
        [(spoken(drop), rate_told(rates[drop])) for drop in shown],
        _sure(line),
    )


def _sure(line: Line) -> str:
    if line.entry is None or line.item is not None:
        return ""
    time, drops = confidences(line.entry)
    if not drops:
        return f"time {time}"
    least, most = drops[0], drops[-1]
    return f"time {time}, drops {least if least == most else f'{least} to {most}'}"


class Stack(NamedTuple):
    """A drop of an outcome.

    Attributes:
        drop: Its key.
        chance: Of the outcome in one roll.
        quantity: How many.
        attempt: Expected from an attempt: `1/258`, `8.25`.
        hour: Expected of this drop in an hour: `12.4`, or `one in 17 h`.
        figure: Where its chance is from.
    """

    drop: str
    chance: str
    quantity: str
    attempt: str
    hour: str
    figure: Figure | None


class Roll(NamedTuple):
    """A loot line.

    Attributes:
        who: Who rolls, and how often: `3 rolls for each player`.
        stacks: What it gives.
        outcomes: How many there are.
        nothing: Chance of nothing in one roll.
    """

    who: str
    stacks: Sequence[Stack]
    outcomes: int
    nothing: str

    @property
    def plain(self) -> bool:
        """Whether it is one roll of one outcome for each player, which needs no words."""
        return self.outcomes == 1 and self.who == "one roll for each player"


class Loot(NamedTuple):
    """All loot of an activity.

    Attributes:
        rolls: Line by line.
        whom: For whom an hour counts: `alone`, `for 5 together`.
    """

    rolls: Sequence[Roll]
    whom: str


class Hour(NamedTuple):
    """What an attempt and an hour bring of a drop."""

    drop: str
    attempt: str
    hour: str


def hours_of(activity: Activity) -> tuple[list[Hour], str]:
    """Return what an hour is expected to bring, and for whom that counts."""
    size = usual_size(activity)
    found = [
        Hour(one.drop, _items(one.attempt), per_hour(one.hour)) for one in yields(activity, size)
    ]
    return found, "alone" if size == 1 else f"for {size} together"


def loot_of(activity: Activity, figures: Mapping[str, Figure]) -> Loot:
    """Return an activity's loot in words."""
    found, whom = hours_of(activity)
    expected = {one.drop: one for one in found}
    return Loot([_roll(line, expected, figures) for line in activity.loot], whom)


def _roll(line: LootLine, expected: Mapping[str, Hour], figures: Mapping[str, Figure]) -> Roll:
    stacks = [
        Stack(
            drop,
            format_chance(outcome.chance),
            str(quantity),
            expected[drop].attempt,
            expected[drop].hour,
            figures.get(drop),
        )
        for outcome in line.drops
        for drop, quantity in outcome.gives.items()
    ]
    count = "one roll" if line.rolls == 1 else f"{line.rolls} rolls"
    whom = "the group" if line.per == "group" else "each player"
    rest = 1 - sum((outcome.chance for outcome in line.drops), Fraction(0))
    return Roll(f"{count} for {whom}", stacks, len(line.drops), nothing_told(rest))


def nothing_told(rest: Fraction) -> str:
    """Write the chance that a roll gives nothing."""
    if rest < 0:
        return f"chances add up to {percent(float(1 - rest))}, more than 100 %"
    return f"nothing {percent(float(rest))}" if rest else "always something"


def per_hour(items: Fraction) -> str:
    """Write how often: `12.4`, or `one in 17 h` where it is less than one."""
    return hours(float(items)) if items >= 1 else f"one in {hours(float(1 / items))} h"


def _items(items: Fraction) -> str:
    return rate_told(items) if items < 1 else f"{float(items):,.2f}".rstrip("0").rstrip(".")
