"""Laws of one attempt, read from a compiled team: what it brings for a tile, how long it takes."""

from __future__ import annotations

from math import ceil, erfc, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bingosim.engine.rng import CERTAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.engine.arrays import CompiledTeam, Floats, Int64s

_NORMAL = 2
_SPREADS = 9
"""No sample of the engine lies further from the mean (`TimeModel.longest_sample`)."""


class Stack(NamedTuple):
    """Items of one drop key that come together.

    Attributes:
        slot: Which of the tile's slots counts them, from 0.
        low, width: Least quantity and number of different quantities, each equally likely.
        units: What one item is worth for the tile.
    """

    slot: int
    low: int
    width: int
    units: int


class Hit(NamedTuple):
    """One way a roll can end that brings the tile something; the ways exclude each other."""

    chance: float
    stacks: tuple[Stack, ...]


class Rolls(NamedTuple):
    """Independent rolls of one law; none of the hits: nothing for this tile."""

    times: int
    hits: tuple[Hit, ...]

    @property
    def nothing(self) -> float:
        """Chance that a roll brings the tile nothing."""
        return max(0.0, 1.0 - sum(hit.chance for hit in self.hits))


AttemptLaw = tuple[Rolls, ...]
"""What one attempt of a unit brings a tile."""


def attempt_law(team: CompiledTeam, source: int, size: int, mask: int) -> AttemptLaw:
    """Return what an attempt of `size` players alike brings the source's tile.

    Args:
        team: The compiled team.
        source: Number of the source.
        size: Players in the unit; each has `mask`.
        mask: Which of the source's modifiers they have.
    """
    return tuple(_rolls(team, source, size, mask))


def _rolls(team: CompiledTeam, source: int, size: int, mask: int) -> Iterator[Rolls]:
    activity = team.source_activity[source]
    variant = _variant(team, source, size, mask)
    first_line, last_line = team.line_start[activity : activity + 2]
    # Thresholds of a variant stand one behind the other for all outcomes of its activity.
    shift = team.variant_law[variant] - team.outcome_start[first_line]
    for line in range(first_line, last_line):
        hits = []
        below = 0
        for outcome in range(*team.outcome_start[line : line + 2]):
            threshold = int(team.thresholds[shift + outcome])
            stacks = tuple(_stacks(team, int(team.source_tile[source]), outcome))
            if stacks and threshold > below:
                hits.append(Hit((threshold - below) / int(CERTAIN), stacks))
            below = threshold
        if hits:
            rollers = 1 if team.line_per_group[line] else size
            yield Rolls(int(team.line_rolls[line]) * rollers, tuple(hits))


def _variant(team: CompiledTeam, source: int, size: int, mask: int) -> int:
    return int(team.variant_start[source] + (size - 1) * team.variant_masks[source] + mask)


def _stacks(team: CompiledTeam, tile: int, outcome: int) -> Iterator[Stack]:
    for drop in range(*team.drop_start[outcome : outcome + 2]):
        for receiver in range(*team.receiver_start[drop : drop + 2]):
            if team.receiver_tile[receiver] == tile:
                yield Stack(
                    int(team.receiver_slot[receiver] - team.slot_start[tile]),
                    int(team.drop_low[drop]),
                    int(team.drop_width[drop]),
                    int(team.receiver_units[receiver]),
                )


def mean_units(law: AttemptLaw) -> float:
    """Return the expected units of an attempt, also of those that are more than a tile needs."""
    return sum(
        rolls.times * hit.chance * stack.units * (stack.low + (stack.width - 1) / 2)
        for rolls in law
        for hit in rolls.hits
        for stack in hit.stacks
    )


def multiplier_number(team: CompiledTeam, source: int, size: int, player: int) -> int:
    """Return which time multiplier holds for a unit of `size` players who are all like one."""
    variant = _variant(
        team, source, size, team.modifier_mask[player * team.source_tile.size + source]
    )
    speed = team.speed_rank[player * team.activity_salt.size + team.source_activity[source]]
    return int(team.variant_time_start[variant] + speed)


def mean_seconds(team: CompiledTeam, activity: int, multiplier: int) -> float:
    """Return the expected seconds of an attempt: the mean of max(1, floor(sample x multiplier)).

    It is a sum over every possible sample. Where the time is fixed or uniform it is exact; the
    normal law is cut 9 standard deviations from its mean, which changes less than 1e-15 of it.

    Args:
        team: The compiled team.
        activity: Number of the activity.
        multiplier: What `multiplier_number` returns.
    """
    if team.time_law[activity] == _NORMAL:
        mean, spread = float(team.time_mean[activity]), float(team.time_spread[activity])
        samples = np.arange(1, ceil(mean + _SPREADS * spread) + 1)
        chances = _rounded_normal(samples, mean, spread)
    else:
        samples = team.time_low[activity] + np.arange(team.time_width[activity])
        chances = np.full(samples.size, 1 / samples.size)
    seconds = (samples * team.time_factor[multiplier]) >> team.time_shift[multiplier]
    return float(np.maximum(1, seconds) @ chances)


def _rounded_normal(samples: Int64s, mean: float, spread: float) -> Floats:
    """Return the chances of the samples 1, 2, ...: the first takes all below it."""
    ends = (samples + 0.5 - mean) / (spread * sqrt(2))
    upto = np.array([erfc(-end) / 2 for end in ends.tolist()])
    upto[-1] = 1.0
    return np.diff(upto, prepend=0.0)
