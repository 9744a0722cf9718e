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
    Roster,
    chance_multiplier,
    int32,
    offsets,
    time_multiplier,
)

if TYPE_CHECKING:
    from bingosim.event.model import Activity, Source

_Option = tuple[Fraction, int, int]  # rate, source number, expected attempt in whole seconds


def compile_options(roster: Roster) -> dict[str, Any]:
    """Return every player's options and the factors of estimated work; see `CompiledTeam`."""
    options = _options(roster)
    tiles, players = range(len(roster.tiles)), range(len(roster.players))
    ordered = [
        sorted(options[p][t], key=lambda option: (-option[0], option[1]))
        for p in players
        for t in tiles
    ]
    best = [its_options[0][0] if its_options else None for its_options in ordered]
    width = len(roster.tiles)
    return {
        "option_start": int32(offsets(len(its_options) for its_options in ordered)),
        "option_source": int32([source for o in ordered for _, source, _ in o]),
        "option_seconds": int32([seconds for o in ordered for _, _, seconds in o]),
        "work_factor": np.array(
            [_work_factor([r for r in best[t::width] if r is not None]) for t in tiles]
        ),
        "own_work_factor": np.array([_work_factor([r] if r is not None else []) for r in best]),
    }


def _options(roster: Roster) -> list[list[list[_Option]]]:
    """Return per player and tile the sources whose requirements the player meets."""
    options: list[list[list[_Option]]] = [[[] for _ in roster.tiles] for _ in roster.players]
    known: dict[tuple[int, int, Fraction], tuple[Fraction, int]] = {}
    for number, (tile, source) in enumerate(roster.sources):
        activity = roster.activity(source)
        for p in roster.eligible[number]:
            mask, speed = roster.masks[number][p], roster.players[p].speed_at(activity.key)
            key = (number, mask, speed)
            if key not in known:
                seconds = expected_seconds(source, activity, mask, speed)
                known[key] = (expected_units(source, activity, mask) / seconds, ceil(seconds))
            rate, seconds_up = known[key]
            options[p][tile].append((rate, number, seconds_up))
    return options


def expected_seconds(source: Source, activity: Activity, mask: int, speed: Fraction) -> Fraction:
    """Return baseline x own speed x the band of the wanted size x own modifiers."""
    return (
        activity.time.seconds
        * speed
        * time_multiplier(source, activity, activity.group.want, mask)
    )


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
    """Return milliseconds per unit at the mean of some rates; inf where there are none."""
    total = sum(rates, start=Fraction(0))
    return float(1000 * len(rates) / total) if total else inf
