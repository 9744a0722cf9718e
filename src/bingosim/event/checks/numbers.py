"""Checks that keep the engine's whole numbers inside 64 bits."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from bingosim.event.fields import WIDEST_RANGE
from bingosim.event.quantities import format_fraction

if TYPE_CHECKING:
    from bingosim.event.checks.context import Context
    from bingosim.event.model import Activity, Source

MOST_QUANTITY = 10**12
MOST_UNITS_AT_ONCE = 10**15
GREATEST_TIME_MULTIPLIER = 512


def check_quantities(context: Context) -> None:
    """A drop's quantity is bounded, and its range no wider than one draw can resolve."""
    for activity, path in context.draft.activities:
        for i, line in enumerate(activity.loot):
            for j, outcome in enumerate(line.drops):
                place = (*path, "loot", i, "drops", j, "gives")
                for drop, quantity in outcome.gives.items():
                    if quantity.high > MOST_QUANTITY:
                        message = f"expected at most {MOST_QUANTITY:,} at once, got {quantity}"
                        context.findings.error((*place, drop), message)
                    elif quantity.high - quantity.low >= WIDEST_RANGE:
                        message = f"expected a range of at most {WIDEST_RANGE:,} values"
                        context.findings.error((*place, drop), f"{message}, got {quantity}")


def check_units_at_once(context: Context) -> None:
    """What one stack is worth stays far below 2^62."""
    for placed, activity in context.known_sources():
        most: dict[str, int] = {}
        for line in activity.loot:
            for outcome in line.drops:
                for drop, quantity in outcome.gives.items():
                    most[drop] = max(most.get(drop, 0), quantity.high)
        for drop, units in placed.source.accepts.items():
            if most.get(drop, 0) * units > MOST_UNITS_AT_ONCE:
                context.findings.error(
                    (*placed.path, "accepts", drop),
                    f"{units} units for each of up to {most[drop]} {drop} is too much: expected at "
                    f"most {MOST_UNITS_AT_ONCE:,} units at once",
                )


def check_time_multipliers(context: Context) -> None:
    """The slowest player's whole time multiplier stays within the engine's range."""
    players = [player for player, _ in context.draft.players]
    slowest = {
        key: max((p.speeds.get(key, p.speed) for p in players), default=Fraction(1))
        for key in context.activities
    }
    reported: set[str] = set()
    for placed, activity in context.known_sources():
        multiplier = slowest[activity.key] * _slowest_conditions(placed.source, activity)
        if activity.key not in reported and multiplier > GREATEST_TIME_MULTIPLIER:
            reported.add(activity.key)
            context.findings.error(
                placed.path,
                "the slowest player's speed, size band and modifiers multiply the time by "
                f"{format_fraction(multiplier)}: expected at most {GREATEST_TIME_MULTIPLIER}",
            )


def _slowest_conditions(source: Source, activity: Activity) -> Fraction:
    bands = [band.time for band in activity.bands]
    modifiers = [max(modifier.time, Fraction(1)) for modifier in source.modifiers]
    return max([*bands, Fraction(1)]) * prod(modifiers, start=Fraction(1))


NUMBER_CHECKS = (check_quantities, check_units_at_once, check_time_multipliers)
