"""Loot: the lines, outcomes and drops that could matter, and who may receive them.

What no tile of the board accepts is left out; since that is fixed for the whole event, the law of
everything else stays as it was.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.compilation.roster import int32, int64, offsets, ratio
from bingosim.engine.rng import CHANCE_BITS

if TYPE_CHECKING:
    from bingosim.compilation.roster import Layout, Receiver, Roster
    from bingosim.event.model import Activity, LootLine, Source
    from bingosim.event.quantities import Quantity


def lines_that_matter(layout: Layout, activity: Activity) -> list[tuple[LootLine, list[int]]]:
    """Return the loot lines of an activity that can give something.

    With each line come the numbers of its outcomes that do.
    """
    key = ("lines", activity.key)
    if key not in layout.known:
        useful = layout.receivers[activity.key].keys()
        lines = (
            (line, [i for i, o in enumerate(line.drops) if not useful.isdisjoint(o.gives)])
            for line in activity.loot
        )
        layout.known[key] = [(line, outcomes) for line, outcomes in lines if outcomes]
    found: list[tuple[LootLine, list[int]]] = layout.known[key]
    return found


def outcome_chances(line: LootLine, source: Source, multiplier: Fraction) -> list[Fraction]:
    """Return the chances of a line's outcomes under a chance multiplier.

    It scales what drops something that the source accepts. Where these then exceed 1 they are
    scaled back to 1; the others share what is left, shrunk in proportion where needed.
    """
    if multiplier == 1:
        return [outcome.chance for outcome in line.drops]
    accepted = [not source.accepts.keys().isdisjoint(outcome.gives) for outcome in line.drops]
    wanted = sum(o.chance for o, ok in zip(line.drops, accepted, strict=True) if ok)
    others = sum(o.chance for o, ok in zip(line.drops, accepted, strict=True) if not ok)
    scale = min(multiplier, 1 / wanted) if wanted else Fraction(1)
    shrink = min(Fraction(1), (1 - scale * wanted) / others) if others else Fraction(1)
    return [
        outcome.chance * (scale if ok else shrink)
        for outcome, ok in zip(line.drops, accepted, strict=True)
    ]


def thresholds(layout: Layout, source: Source, multiplier: Fraction) -> list[int]:
    """Return the cumulated thresholds of an activity's outcomes that could matter, line by line."""
    scaled = frozenset(source.accepts) if multiplier != 1 else frozenset()
    key = ("thresholds", source.activity, scaled, ratio(multiplier))
    if key not in layout.known:
        layout.known[key] = _thresholds(layout, source, multiplier)
    found: list[int] = layout.known[key]
    return found


def _thresholds(layout: Layout, source: Source, multiplier: Fraction) -> list[int]:
    result: list[int] = []
    for line, outcomes in lines_that_matter(layout, layout.activity(source)):
        chances = outcome_chances(line, source, multiplier)
        total = Fraction(0)
        for outcome in outcomes:
            total += chances[outcome]
            result.append(round(total * 2**CHANCE_BITS))
    return result


def compile_loot(roster: Roster) -> dict[str, Any]:
    """Return the loot's arrays; see `CompiledTeam`."""
    layout = roster.layout
    by_activity = [lines_that_matter(layout, activity) for activity in layout.activities]
    lines = [line for activity in by_activity for line in activity]
    outcomes: list[list[tuple[Quantity, list[Receiver]]]] = []
    for activity, its_lines in zip(layout.activities, by_activity, strict=True):
        takers = layout.receivers[activity.key]
        outcomes += [
            [
                (quantity, takers[key])
                for key, quantity in line.drops[outcome].gives.items()
                if key in takers
            ]
            for line, its_outcomes in its_lines
            for outcome in its_outcomes
        ]
    drops = [drop for its_drops in outcomes for drop in its_drops]
    takers_of = [receiver for _, its_receivers in drops for receiver in its_receivers]
    return {
        "line_start": int32(offsets(len(its_lines) for its_lines in by_activity)),
        "line_per_group": np.array([line.per == "group" for line, _ in lines], dtype=np.bool_),
        "line_rolls": int32([line.rolls for line, _ in lines]),
        "outcome_start": int32(offsets(len(its_outcomes) for _, its_outcomes in lines)),
        "drop_start": int32(offsets(len(its_drops) for its_drops in outcomes)),
        "drop_low": int64([quantity.low for quantity, _ in drops]),
        "drop_width": int64([quantity.high - quantity.low + 1 for quantity, _ in drops]),
        "receiver_start": int32(offsets(len(its_receivers) for _, its_receivers in drops)),
        "receiver_tile": int32([receiver.tile for receiver in takers_of]),
        "receiver_slot": int32([receiver.slot for receiver in takers_of]),
        "receiver_units": int64([receiver.units for receiver in takers_of]),
    }
