"""Rates: how fast each player can work on each tile, and which source they would take.

Rates compare as exact fractions; the kernel only sees their order.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, inf
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.compilation.loot import outcome_chances
from bingosim.compilation.roster import (
    chance_multiplier,
    int32,
    offsets,
    ratio,
    time_multiplier,
)
from bingosim.engine.arrays import FAR

if TYPE_CHECKING:
    from bingosim.compilation.roster import Layout, Roster
    from bingosim.event.model import Activity, Source

_Option = tuple[Fraction, int, int]  # rate, source number, expected attempt in whole seconds


def compile_options(roster: Roster) -> dict[str, Any]:
    """Return every player's options and the factors of estimated work; see `CompiledTeam`."""
    layout = roster.layout
    options = _options(roster)
    tiles, players = range(len(layout.tiles)), range(len(roster.players))
    ordered = [
        sorted(options[p][t], key=lambda option: (-option[0], option[1]))
        for p in players
        for t in tiles
    ]
    best = [[its_options[0][0]] if its_options else [] for its_options in ordered]
    width = len(layout.tiles)
    return {
        "option_start": int32(offsets(len(its_options) for its_options in ordered)),
        "option_source": int32([source for o in ordered for _, source, _ in o]),
        "option_seconds": int32([seconds for o in ordered for _, _, seconds in o]),
        "least_seconds": int32(
            [min((s for o in tiles for _, _, s in o), default=FAR) for tiles in options]
        ),
        "work_factor": np.array(
            [_work_factor([rate for own in best[t::width] for rate in own]) for t in tiles]
        ),
        "own_work_factor": np.array([_work_factor(own) for own in best]),
    }


def _options(roster: Roster) -> list[list[list[_Option]]]:
    """Return per player and tile the sources whose requirements the player meets."""
    layout = roster.layout
    options: list[list[list[_Option]]] = [[[] for _ in layout.tiles] for _ in roster.players]
    for number, (tile, source) in enumerate(layout.sources):
        activity = layout.activity(source)
        for p in roster.eligible[number]:
            speed = roster.players[p].speed_at(activity.key)
            rate, seconds = _expected(layout, number, roster.masks[number][p], speed)
            options[p][tile].append((rate, number, seconds))
    return options


def _expected(layout: Layout, number: int, mask: int, speed: Fraction) -> tuple[Fraction, int]:
    """Return units per second, and seconds of an attempt rounded up."""
    key = ("expected", number, mask, ratio(speed))
    if key not in layout.known:
        rate, seconds = _expected_at_speed_1(layout, number, mask)
        # Whatever takes longer than the event fits as little as what takes as long.
        longest = layout.snapshot.duration + 1
        layout.known[key] = (rate / speed, min(ceil(seconds * speed), longest))
    found: tuple[Fraction, int] = layout.known[key]
    return found


def _expected_at_speed_1(layout: Layout, number: int, mask: int) -> tuple[Fraction, Fraction]:
    """Return units per second, and seconds of an attempt."""
    key = ("expected at speed 1", number, mask)
    if key not in layout.known:
        _, source = layout.sources[number]
        activity = layout.activity(source)
        seconds = expected_seconds(source, activity, mask)
        layout.known[key] = (expected_units(source, activity, mask) / seconds, seconds)
    found: tuple[Fraction, Fraction] = layout.known[key]
    return found


def expected_seconds(source: Source, activity: Activity, mask: int) -> Fraction:
    """Return baseline x the band of the wanted size x own modifiers; the speed is not in it."""
    return activity.time.seconds * time_multiplier(source, activity, activity.group.want, mask)


def expected_units(source: Source, activity: Activity, mask: int) -> Fraction:
    """Return the units per completion that a player may expect for this source's tile.

    `per group` lines are shared by the wanted size.
    """
    want = activity.group.want
    multiplier = chance_multiplier(source, activity, want, mask)
    total = Fraction(0)
    for line in activity.loot:
        of_line = sum(
            (
                chance * quantity.mean * source.accepts[key]
                for outcome, chance in zip(
                    line.drops, outcome_chances(line, source, multiplier), strict=True
                )
                for key, quantity in outcome.gives.items()
                if key in source.accepts
            ),
            start=Fraction(0),
        )
        total += of_line * line.rolls / (want if line.per == "group" else 1)
    return total


def _work_factor(rates: list[Fraction]) -> float:
    """Return milliseconds per unit at the mean of some rates; inf where there are none.

    A quotient of integers is rounded once: the nearest double to the exact value.
    """
    total = sum(rates[1:], start=rates[0]) if rates else Fraction(0)
    return 1000 * len(rates) * total.denominator / total.numerator if total else inf
