"""One team's estimate: who would work where, for how many attempts of which length."""

from __future__ import annotations

from functools import cache
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

from bingosim.engine.arrays import NEVER
from bingosim.engine.rng import CERTAIN
from bingosim.estimates.attempts import Task, Way
from bingosim.estimates.laws import attempt_law, mean_seconds, mean_units, multiplier_number
from bingosim.estimates.model import (
    HOUR_S,
    PlayerEstimate,
    SourceEstimate,
    TeamEstimate,
    TileEstimate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bingosim.engine.arrays import CompiledTeam
    from bingosim.event.snapshot import Snapshot, SnapshotTeam


class _Option(NamedTuple):
    """A source that a player may work at, in a unit of players like them."""

    activity: str
    size: int
    seconds: float
    way: Way


class Estimator:
    """Estimates one team from its arrays.

    Attributes:
        snapshot: The event, for its names.
        own: The team in it.
        arrays: The same team, compiled.
        attempts: `expected_attempts`, which may remember what it was asked.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        own: SnapshotTeam,
        arrays: CompiledTeam,
        attempts: Callable[[Task], tuple[float, ...] | None],
    ) -> None:
        self.snapshot = snapshot
        self.own = own
        self.arrays = arrays
        self.attempts = attempts
        self._way = cache(self._make_way)
        self._seconds = cache(mean_seconds)
        self._sizes = [self._size(source) for source in range(arrays.source_tile.size)]

    def team(self) -> TeamEstimate:
        """Return the estimate."""
        players = range(len(self.own.players))
        rows = self.arrays.tile_row.tolist()
        return TeamEstimate(
            name=self.own.name,
            players=tuple(player.name for player in self.own.players),
            online_hours=tuple(self._online_hours(player) for player in players),
            tiles=tuple(
                TileEstimate(
                    tile.key,
                    tile.name,
                    rows[number],
                    tuple(self._player(number, player) for player in players),
                )
                for number, tile in enumerate(self.snapshot.board.tiles)
            ),
        )

    def _online_hours(self, player: int) -> float:
        """Return the hours of the sessions that are still to come, each times its chance."""
        arrays = self.arrays
        own = slice(*arrays.session_start_index[player : player + 2])
        left = arrays.session_end[own] - arrays.session_start[own].clip(min=arrays.start)
        return float(left.clip(min=0) @ (arrays.session_chance[own] / int(CERTAIN))) / HOUR_S

    def _player(self, tile: int, player: int) -> PlayerEstimate:
        name = self.own.players[player].name
        if self.arrays.first_completed[tile] != NEVER:
            return PlayerEstimate(name, 0.0, exact=True, sources=())
        options = self._options(tile, player)
        task = self._task(tile, options)
        attempts = self.attempts(task)
        exact = attempts is not None
        if attempts is None:
            attempts = _least_attempts(task, options)
        if not all(map(isfinite, attempts)) or not attempts:
            return PlayerEstimate(name, inf, exact=True, sources=())
        sources = tuple(
            SourceEstimate(option.activity, option.size, expected, option.seconds)
            for option, expected in zip(options, attempts, strict=True)
            if expected
        )
        return PlayerEstimate(name, sum(s.hours for s in sources), exact, sources)

    def _task(self, tile: int, options: Sequence[_Option]) -> Task:
        arrays = self.arrays
        slots = slice(*arrays.slot_start[tile : tile + 2])
        return Task(
            need=int(arrays.tile_need[tile]),
            caps=tuple(arrays.slot_cap[slots].tolist()),
            held=tuple(arrays.first_progress[slots].tolist()),
            ways=tuple(option.way for option in options),
        )

    def _options(self, tile: int, player: int) -> list[_Option]:
        """Return where a player may work on a tile, the source they would take first."""
        arrays = self.arrays
        cell = player * arrays.tile_need.size + tile
        options = []
        for source in arrays.option_source[slice(*arrays.option_start[cell : cell + 2])].tolist():
            size = self._sizes[source]
            if size:
                mask = int(arrays.modifier_mask[player * arrays.source_tile.size + source])
                activity = int(arrays.source_activity[source])
                multiplier = multiplier_number(arrays, source, size, player)
                options.append(
                    _Option(
                        self.snapshot.activities[activity].key,
                        size,
                        self._seconds(arrays, activity, multiplier),
                        self._way(source, size, mask),
                    )
                )
        return options

    def _make_way(self, source: int, size: int, mask: int) -> Way:
        arrays = self.arrays
        first_slot = arrays.slot_start[arrays.source_tile[source]]
        watched = arrays.source_slot[slice(*arrays.source_slot_start[source : source + 2])]
        # Of a tile with one slot none is listed: it is open until that one is full.
        slots = tuple((watched - first_slot).tolist()) or (0,)
        return Way(attempt_law(arrays, source, size, mask), slots)

    def _size(self, source: int) -> int:
        """Return how many players of a source work together: the wanted size, if they are so many.

        Else all of them where that is allowed, or one; 0 where neither is.
        """
        arrays = self.arrays
        # Nobody has a source twice among their options.
        able = int((arrays.option_source == source).sum())
        size = min(able, int(arrays.group_want[source]))
        if size >= arrays.group_min[source]:
            return size
        return int(able > 0 and arrays.group_solo[source])


def _least_attempts(task: Task, options: Sequence[_Option]) -> tuple[float, ...]:
    """Return attempts that take no longer than the expectation does: need / rate at the best rate.

    By Wald's identity the units of all attempts, overshoot and full keys included, are expected to
    be the mean units of an attempt times the expected attempts; and they are at least the need.
    """
    # A tile of one count is never left for another source.
    used = range(len(options) if len(task.caps) > 1 else 1)
    units = [mean_units(options[n].way.law) for n in used]
    cost = {n: options[n].seconds * options[n].size / units[n] for n in used if units[n]}
    best = min(cost, key=cost.__getitem__)
    left = task.need - sum(task.held)
    return tuple(left / units[n] if n == best else 0.0 for n in range(len(options)))
