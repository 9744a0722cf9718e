"""What attempts at an activity are expected to bring."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bingosim.event.model import Activity

HOUR_S = 3_600


class Yield(NamedTuple):
    """What is expected of one drop, of all members of a group together.

    Attributes:
        drop: Its key.
        attempt: Items per attempt.
        hour: Items in an hour of players of speed 1.
    """

    drop: str
    attempt: Fraction
    hour: Fraction


def stacks_per_completion(activity: Activity) -> dict[str, Fraction]:
    """Return how many times a completion is expected to drop something, in the loot's order.

    These are stacks, not items; for a `per: player` line for each player, for a `per: group` line
    for all together. It is the chance per completion where there is one roll.
    """
    rates: dict[str, Fraction] = {}
    for line in activity.loot:
        for outcome in line.drops:
            for drop in outcome.gives:
                rates[drop] = rates.get(drop, Fraction(0)) + line.rolls * outcome.chance
    return rates


def usual_size(activity: Activity) -> int:
    """Return with how many players it is done if nothing speaks against it: 1 where it may be."""
    return 1 if activity.group.allows(1) else activity.group.want


def yields(activity: Activity, size: int) -> list[Yield]:
    """Return what a group of some size is expected to get, in the loot's order.

    Chances are those of the loot: what a band makes of them holds for what a tile accepts, and no
    tile is meant here. The band's time counts.
    """
    band = activity.band(size)
    seconds = activity.time.seconds_rounded * (band.time if band else 1)
    items: dict[str, Fraction] = {}
    for line in activity.loot:
        rolls = line.rolls * (size if line.per == "player" else 1)
        for outcome in line.drops:
            for drop, quantity in outcome.gives.items():
                items[drop] = items.get(drop, Fraction(0)) + rolls * outcome.chance * quantity.mean
    return [Yield(drop, count, count * HOUR_S / seconds) for drop, count in items.items()]
