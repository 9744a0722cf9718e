"""Loot: how modifiers change the chances of a line, and what a roll gives.

Chances are exact fractions up to the threshold that a draw is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

from bingosim.reference.draws import CERTAIN, threshold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bingosim.event.model import LootLine
    from bingosim.event.quantities import Quantity
    from bingosim.event.snapshot import SnapshotPlayer
    from bingosim.reference.board import TileSource
    from bingosim.reference.draws import Luck


def chance_multiplier(source: TileSource, size: int, has: Collection[str]) -> Fraction:
    """Return what a group's size and the capabilities it has make of the chances."""
    band = source.activity.band(size)
    product = Fraction(1) if band is None else Fraction(band.chance)
    for modifier in source.spec.modifiers:
        if modifier.has in has:
            product *= modifier.chance
    return product


def outcome_chances(
    line: LootLine, accepts: Collection[str], multiplier: Fraction
) -> list[Fraction]:
    """Return the chances of a line's outcomes under a chance multiplier.

    The outcomes that drop something accepted are multiplied, and scaled back where they come to
    more than 1. The others share what is left: shrunk in proportion where it is too little.
    """
    helped = [any(key in accepts for key in outcome.gives) for outcome in line.drops]
    chances = [
        outcome.chance * multiplier if help_ else Fraction(outcome.chance)
        for outcome, help_ in zip(line.drops, helped, strict=True)
    ]
    ours = sum((c for c, help_ in zip(chances, helped, strict=True) if help_), Fraction(0))
    others = sum((c for c, help_ in zip(chances, helped, strict=True) if not help_), Fraction(0))
    left = max(1 - ours, Fraction(0))
    scale_ours = 1 / ours if ours > 1 else Fraction(1)
    scale_others = left / others if others > left else Fraction(1)
    return [
        chance * (scale_ours if help_ else scale_others)
        for chance, help_ in zip(chances, helped, strict=True)
    ]


def expected_units(source: TileSource, size: int, has: Collection[str]) -> Fraction:
    """Return the units that one attempt brings one member of a group of this size on average."""
    multiplier = chance_multiplier(source, size, has)
    total = Fraction(0)
    for line in source.activity.loot:
        chances = outcome_chances(line, source.spec.accepts, multiplier)
        per_roll = sum(
            (
                chance * quantity.mean * source.spec.accepts.get(key, 0)
                for chance, outcome in zip(chances, line.drops, strict=True)
                for key, quantity in outcome.gives.items()
            ),
            Fraction(0),
        )
        shared_by = size if line.per == "group" else 1
        total += line.rolls * per_roll / shared_by
    return total


@dataclass(frozen=True)
class LineLaw:
    """The outcomes of a line that could matter, with their cumulated thresholds."""

    certain: bool
    thresholds: Sequence[int]
    drops: Sequence[Sequence[tuple[str, Quantity]]]

    def roll(self, luck: Luck) -> Sequence[tuple[str, Quantity]]:
        """Return what one roll drops."""
        if self.certain:
            return self.drops[0]
        draw = luck.chance()
        for below, drops in zip(self.thresholds, self.drops, strict=True):
            if draw < below:
                return drops
        return ()


def line_law(
    line: LootLine, source: TileSource, multiplier: Fraction, wanted: Collection[str]
) -> LineLaw | None:
    """Return the law of one roll of a line; None where nothing of it could matter."""
    chances = outcome_chances(line, source.spec.accepts, multiplier)
    thresholds, drops = [], []
    for chance, outcome in zip(chances, line.drops, strict=True):
        matters = [(key, quantity) for key, quantity in outcome.gives.items() if key in wanted]
        if matters:
            thresholds.append(threshold(chance))
            drops.append(matters)
    if not drops:
        return None
    return LineLaw(thresholds[0] == CERTAIN, list(accumulate(thresholds)), drops)


class Loot:
    """What finished attempts give.

    Laws are kept once they are known: a source and a multiplier come up again and again.
    """

    def __init__(self, wanted: Mapping[str, Collection[str]]) -> None:
        """Take, for each activity, the drop keys that some tile of the board accepts from it."""
        self._wanted = wanted
        self._laws: dict[tuple[int, int, Fraction], LineLaw | None] = {}

    def stacks(
        self, source: TileSource, members: Mapping[int, SnapshotPlayer], luck: Luck
    ) -> Iterator[tuple[int, str, int]]:
        """Roll for a finished attempt; yield stacks (credited member, drop key, quantity).

        Args:
            source: What was played.
            members: Roster index -> player, in roster order.
            luck: The first member's luck at the activity.
        """
        roster = list(members)
        united = {capability for player in members.values() for capability in player.has}
        for number, line in enumerate(source.activity.loot):
            if line.per == "group":
                multiplier = chance_multiplier(source, len(roster), united)
                for key, count in self._rolls(source, number, multiplier, luck):
                    # A group's drop falls to one of them; alone there is nothing to draw.
                    index = luck.below(len(roster)) if len(roster) > 1 else 0
                    yield roster[index], key, count
            else:
                for member in roster:
                    multiplier = chance_multiplier(source, len(roster), members[member].has)
                    for key, count in self._rolls(source, number, multiplier, luck):
                        yield member, key, count

    def _rolls(
        self, source: TileSource, number: int, multiplier: Fraction, luck: Luck
    ) -> Iterator[tuple[str, int]]:
        """Make all rolls of a line; yield (drop key, quantity) as drawn."""
        line = source.activity.loot[number]
        name = (source.number, number, multiplier)
        if name not in self._laws:
            wanted = self._wanted[source.activity.key]
            self._laws[name] = line_law(line, source, multiplier, wanted)
        law = self._laws[name]
        if law is None:
            return
        for _ in range(line.rolls):
            for key, quantity in law.roll(luck):
                count = quantity.low
                if quantity.high > quantity.low:
                    count += luck.below(quantity.high - quantity.low + 1)
                yield key, count
