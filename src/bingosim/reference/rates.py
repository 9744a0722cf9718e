"""Rates: how long attempts take, what they are expected to bring, and the work left in a tile."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from bingosim.engine.normal import standard_normal_quantile
from bingosim.reference.loot import expected_units

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bingosim.event.model import TimeModel
    from bingosim.event.snapshot import SnapshotPlayer
    from bingosim.reference.board import TileSource
    from bingosim.reference.draws import Luck

MOST_WORK_MS = 2**50

# The function itself, where it comes compiled: the same IEEE operations in the interpreter.
normal_quantile: Callable[[float], float] = getattr(
    standard_normal_quantile, "py_func", standard_normal_quantile
)


def time_multiplier(source: TileSource, size: int, has: Collection[str]) -> Fraction:
    """Return what a group's size and the capabilities it has make of the time."""
    band = source.activity.band(size)
    product = Fraction(1) if band is None else Fraction(band.time)
    for modifier in source.spec.modifiers:
        if modifier.has in has:
            product *= modifier.time
    return product


def sampled_seconds(time: TimeModel, luck: Luck) -> int:
    """Draw the seconds of one attempt at speed 1, before band and modifiers."""
    if time.law == "normal":
        z = normal_quantile(luck.between_0_and_1())
        return max(1, floor(time.seconds_rounded + float(time.spread) * z + 0.5))
    if time.law == "uniform" and time.spread:
        spread = int(time.spread)
        return time.seconds_rounded - spread + luck.below(2 * spread + 1)
    return time.seconds_rounded


def attempt_seconds(source: TileSource, members: Sequence[SnapshotPlayer], luck: Luck) -> int:
    """Draw how long an attempt of a group takes."""
    slowest = max(player.speed_at(source.activity.key) for player in members)
    united = {capability for player in members for capability in player.has}
    multiplier = slowest * time_multiplier(source, len(members), united)
    return max(1, floor(sampled_seconds(source.activity.time, luck) * multiplier))


def work_ms(remaining: int, rate: Fraction | None) -> int:
    """Return the milliseconds that units take at a rate in units per second; None: nobody can."""
    if not rate:
        return MOST_WORK_MS
    return min(floor(remaining * float(1000 / rate) + 0.5), MOST_WORK_MS)


class Rates:
    """What a team's players can do, and how fast; nothing of it changes in a run."""

    def __init__(self, players: Sequence[SnapshotPlayer], sources: Sequence[TileSource]) -> None:
        self.players = players
        self.of_tile: dict[int, list[TileSource]] = {}
        for source in sources:
            self.of_tile.setdefault(source.tile, []).append(source)
        everybody = range(len(players))
        self.expected = {
            (p, s.number): self._expected_attempt(players[p], s) for p in everybody for s in sources
        }
        self.rate = {
            (p, s.number): self._expected_units(players[p], s) / self.expected[p, s.number]
            for p in everybody
            for s in sources
        }
        self.mean = {tile: self._mean_rate(tile) for tile in self.of_tile}

    @staticmethod
    def _expected_attempt(player: SnapshotPlayer, source: TileSource) -> Fraction:
        activity = source.activity
        multiplier = time_multiplier(source, activity.group.want, player.has)
        return activity.time.seconds * player.speed_at(activity.key) * multiplier

    @staticmethod
    def _expected_units(player: SnapshotPlayer, source: TileSource) -> Fraction:
        return expected_units(source, source.activity.group.want, player.has)

    def may_play(self, player: int, source: TileSource) -> bool:
        """Whether the player has what the source requires."""
        return set(source.spec.requires) <= set(self.players[player].has)

    def best_rate(self, player: int, tile: int) -> Fraction | None:
        """Return the player's greatest expected units per second at a tile; None: cannot do it."""
        return max(
            (self.rate[player, s.number] for s in self.of_tile[tile] if self.may_play(player, s)),
            default=None,
        )

    def _mean_rate(self, tile: int) -> Fraction | None:
        """Return the mean of the best rates of those who can do the tile; None: nobody can."""
        best = [self.best_rate(player, tile) for player in range(len(self.players))]
        able = [rate for rate in best if rate is not None]
        return sum(able, Fraction(0)) / len(able) if able else None
