"""Variants: what a unit's size and capabilities make of a source's times and chances.

A variant is a source, a size and a mask of modifiers (of one player, or the union of a group's). It
knows the multiplier of attempt times, per speed of the slowest member, and the thresholds of the
outcomes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.compilation.loot import lines_that_matter, thresholds
from bingosim.compilation.roster import (
    Roster,
    chance_multiplier,
    int32,
    int64,
    offsets,
    ratio,
    time_multiplier,
)
from bingosim.engine.rng import CERTAIN
from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from bingosim.event.model import Activity, Source


def compile_variants(roster: Roster) -> dict[str, Any]:
    """Return sources, time laws and variants; see `CompiledTeam`."""
    layout = roster.layout
    builder = _Variants(roster)
    sizes = [
        range(1, min(layout.activity(source).group.max, max(1, len(eligible))) + 1)
        for (_, source), eligible in zip(layout.sources, roster.eligible, strict=True)
    ]
    for number, (_, source) in enumerate(layout.sources):
        masks = _reachable({roster.masks[number][p] for p in roster.eligible[number]})
        for size in sizes[number]:
            for mask in range(1 << len(source.modifiers)):
                builder.add(source, size, mask, reachable=mask in masks)
    mask_counts = [1 << len(source.modifiers) for _, source in layout.sources]
    slots = [_slots_to_watch(roster, tile, source) for tile, source in layout.sources]
    groups = [layout.activity(source).group for _, source in layout.sources]
    return {
        "tile_source_start": int32(offsets(len(tile.sources) for tile in layout.tiles)),
        "source_tile": int32([tile for tile, _ in layout.sources]),
        "source_activity": int32([layout.activity_number[s.activity] for _, s in layout.sources]),
        "source_slot_start": int32(offsets(len(s) for s in slots)),
        "source_slot": int32([slot for s in slots for slot in s]),
        "group_min": int32([group.min for group in groups]),
        "group_want": int32([group.want for group in groups]),
        "group_max": int32([group.max for group in groups]),
        "group_solo": int32([group.solo for group in groups]).astype(bool),
        "max_wait": int32([group.max_wait for group in groups]),
        "variant_start": int32(
            offsets(len(s) * m for s, m in zip(sizes, mask_counts, strict=True))[:-1]
        ),
        "variant_masks": int32(mask_counts),
        **_time_laws(roster),
        **builder.arrays(),
    }


def _slots_to_watch(roster: Roster, tile: int, source: Source) -> list[int]:
    """Return the slots whose fullness makes a source useless; none where the tile has but one."""
    layout = roster.layout
    if len(layout.slots[tile]) == 1:
        return []
    return sorted({layout.slot_number(tile, key) for key in source.accepts})


def _reachable(masks: set[int]) -> set[int]:
    """Return every union of some of the masks: what a group of these players can have."""
    unions = {0}
    for mask in masks:
        unions |= {union | mask for union in unions}
    return unions


def _time_laws(roster: Roster) -> dict[str, Any]:
    times = [activity.time for activity in roster.layout.activities]
    widths = [2 * int(t.spread) + 1 if t.law == "uniform" else 1 for t in times]
    laws = [
        2 if time.law == "normal" else int(width > 1)
        for time, width in zip(times, widths, strict=True)
    ]
    low = [t.seconds_rounded - (w - 1) // 2 for t, w in zip(times, widths, strict=True)]
    return {
        "time_law": int32(laws),
        "time_low": int64(low),
        "time_width": int64(widths),
        "time_mean": int64([t.seconds_rounded for t in times]).astype(float),
        "time_spread": np.array([float(t.spread) for t in times]),
    }


class _Variants:
    """Collects the variants of all sources; equal multipliers share their tables."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._time_start: list[int] = []
        self._times: list[tuple[int, int]] = []
        self._law_start: list[int] = []
        self._thresholds: list[int] = []
        self._known_times: dict[Hashable, int] = {}
        self._known_laws: dict[Hashable, int] = {}
        self._certain: set[str] = set()

    def add(self, source: Source, size: int, mask: int, *, reachable: bool) -> None:
        """Add the next variant; one that no group of this team can have takes no room."""
        activity = self._roster.layout.activity(source)
        self._time_start.append(self._time(source, activity, size, mask) if reachable else 0)
        self._law_start.append(self._law(source, activity, size, mask) if reachable else 0)

    def _time(self, source: Source, activity: Activity, size: int, mask: int) -> int:
        layout = self._roster.layout
        multiplier = time_multiplier(source, activity, size, mask)
        key = (activity.key, ratio(multiplier))
        if key not in self._known_times:
            self._known_times[key] = len(self._times)
            for speed in self._roster.speeds[layout.activity_number[activity.key]]:
                at_speed = ("time", *key, ratio(speed))
                if at_speed not in layout.known:
                    longest = activity.time.longest_sample
                    layout.known[at_speed] = exact_multiplier(
                        multiplier * speed, longest, activity.key
                    )
                self._times.append(layout.known[at_speed])
        return self._known_times[key]

    def _law(self, source: Source, activity: Activity, size: int, mask: int) -> int:
        multiplier = chance_multiplier(source, activity, size, mask)
        scaled = frozenset(source.accepts) if multiplier != 1 else frozenset()
        key = (activity.key, scaled, ratio(multiplier))
        if key not in self._known_laws:
            self._known_laws[key] = len(self._thresholds)
            law = thresholds(self._roster.layout, source, multiplier)
            self._thresholds += law
            lines = lines_that_matter(self._roster.layout, activity)
            firsts = offsets(len(outcomes) for _, outcomes in lines)[:-1]
            if any(law[first] >= CERTAIN for first in firsts):
                self._certain.add(activity.key)
        return self._known_laws[key]

    def arrays(self) -> dict[str, Any]:
        """Return the variants' arrays."""
        return {
            "certain": np.array(
                [activity.key in self._certain for activity in self._roster.layout.activities],
                dtype=np.bool_,
            ),
            "variant_time_start": int32(self._time_start),
            "variant_law": int32(self._law_start),
            "time_factor": int64([factor for factor, _ in self._times]),
            "time_shift": int64([shift for _, shift in self._times]),
            "thresholds": int64(self._thresholds),
        }


def exact_multiplier(multiplier: Fraction, longest: int, place: str) -> tuple[int, int]:
    """Return (factor, shift): `s * factor >> shift` is floor(s * multiplier) for 1 <= s <= longest.

    The greatest fraction p/q <= multiplier with q <= longest has the same floors: floor(s * m) = k
    means k/s <= m, and k/s is itself such a fraction. With 2^shift > longest * q, rounding
    p/q * 2^shift up adds less than 1/q to s * p/q: too little to reach the next whole number.

    Raises:
        InputError: The product does not fit into 63 bits (a multiplier of hundreds).
    """
    lower = _best_below(multiplier, longest)
    shift = (longest * lower.denominator).bit_length()
    factor = -((-lower.numerator << shift) // lower.denominator)
    if longest * factor >= 2**63:
        raise InputError(f"{place}: a time multiplier of {float(multiplier):g} is too large")
    return factor, shift


def _best_below(number: Fraction, most: int) -> Fraction:
    """Return the greatest fraction <= number with a denominator of at most `most`."""
    if number.denominator <= most:
        return number
    nearest = number.limit_denominator(most)
    if nearest <= number:
        return nearest
    # `nearest` = a/b is then the next above; its left neighbour c/d in the Farey sequence of this
    # order is the one with a*d - b*c = 1 and the greatest d <= most.
    a, b = nearest.numerator, nearest.denominator
    inverse = pow(a, -1, b)
    d = inverse + (most - inverse) // b * b
    return Fraction((a * d - 1) // b, d)
