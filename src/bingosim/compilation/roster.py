"""What the compiler asks about a board and a team on it, looked up or computed once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    from bingosim.event.model import Activity, Source
    from bingosim.event.snapshot import Snapshot

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A tile that accepts a drop: the slot that counts it, and what one item is worth."""

    tile: int
    slot: int
    units: int


class Layout:
    """What all teams of a snapshot share: the board, numbered as the arrays number it.

    Attributes:
        tiles: Board order.
        sources: (tile number, source) in board order.
        activities: The snapshot's, by number.
        slots: Per tile the drop keys whose progress is held apart; one nameless key without `each`.
        slot_start: First slot number of every tile, and the number of slots.
        receivers: Activity -> drop key -> the tiles that accept it from there, in board order.
        known: Results of whoever computes something that is the same for every team.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.first_second = snapshot.state.at if snapshot.state else 0
        self.tiles = snapshot.board.tiles
        self.sources: list[tuple[int, Source]] = [
            (number, source) for number, tile in enumerate(self.tiles) for source in tile.sources
        ]
        self.activities = snapshot.activities
        self.activity_number = {a.key: n for n, a in enumerate(self.activities)}
        self.tile_number = {tile.key: number for number, tile in enumerate(self.tiles)}
        self.slots = [
            [""] if tile.each is None else sorted({k for s in tile.sources for k in s.accepts})
            for tile in self.tiles
        ]
        self.slot_start = offsets(len(keys) for keys in self.slots)
        self.receivers = self._find_receivers()
        self.known: dict[Hashable, Any] = {}

    def activity(self, source: Source) -> Activity:
        """Return what is done at a source."""
        return self.activities[self.activity_number[source.activity]]

    def slot_number(self, tile: int, drop_key: str) -> int:
        """Return the slot in which a tile counts a drop key."""
        keys = self.slots[tile]
        return self.slot_start[tile] + (keys.index(drop_key) if keys != [""] else 0)

    def _find_receivers(self) -> dict[str, dict[str, list[Receiver]]]:
        found: dict[str, dict[str, list[Receiver]]] = {a.key: {} for a in self.activities}
        for tile, source in self.sources:
            for key, units in source.accepts.items():
                takers = found[source.activity].setdefault(key, [])
                if not takers or takers[-1].tile != tile:
                    takers.append(Receiver(tile, self.slot_number(tile, key), units))
        return found


class Roster:
    """A team and its players on the board, with what the compiler asks about them.

    Attributes:
        layout: The board.
        index: The team's number.
        team: The snapshot's team.
        players: Roster order.
    """

    def __init__(self, layout: Layout, index: int) -> None:
        self.layout = layout
        self.index = index
        self.team = layout.snapshot.teams[index]
        self.players = self.team.players

    @cached_property
    def capabilities(self) -> list[frozenset[str]]:
        """What each player has."""
        return [frozenset(player.has) for player in self.players]

    @cached_property
    def eligible(self) -> list[list[int]]:
        """Per source the players who meet its requirements."""
        return [
            [p for p, has in enumerate(self.capabilities) if has.issuperset(source.requires)]
            for _, source in self.layout.sources
        ]

    @cached_property
    def masks(self) -> list[list[int]]:
        """Per source and player: bit i is set where the player has the source's i-th modifier."""
        return [
            [
                sum(1 << i for i, modifier in enumerate(source.modifiers) if modifier.has in has)
                for has in self.capabilities
            ]
            for _, source in self.layout.sources
        ]

    @cached_property
    def speeds(self) -> list[list[Fraction]]:
        """Per activity the team's different speeds there, fastest (smallest) first."""
        return [
            sorted({ratio(s): s for s in (p.speed_at(activity.key) for p in self.players)}.values())
            for activity in self.layout.activities
        ]

    @cached_property
    def speed_ranks(self) -> list[list[int]]:
        """Per player and activity the position of the player's speed among `speeds`."""
        ranks = [{ratio(speed): i for i, speed in enumerate(its)} for its in self.speeds]
        return [
            [
                ranks[a][ratio(player.speed_at(activity.key))]
                for a, activity in enumerate(self.layout.activities)
            ]
            for player in self.players
        ]


def ratio(number: Fraction) -> tuple[int, int]:
    """Return a key that is equal for equal numbers; a fraction's own hash takes long."""
    return number.numerator, number.denominator


def time_multiplier(source: Source, activity: Activity, size: int, mask: int) -> Fraction:
    """Return band x modifiers of a group's time; the speed is not in it."""
    band = activity.band(size)
    return prod(
        (m.time for i, m in enumerate(source.modifiers) if mask >> i & 1),
        start=band.time if band else ONE,
    )


def chance_multiplier(source: Source, activity: Activity, size: int, mask: int) -> Fraction:
    """Return band x modifiers of the chances of what a source accepts."""
    band = activity.band(size)
    return prod(
        (m.chance for i, m in enumerate(source.modifiers) if mask >> i & 1),
        start=band.chance if band else ONE,
    )


def offsets(lengths: Iterable[int]) -> list[int]:
    """Return where each part begins when parts of these lengths stand one behind the other."""
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + length)
    return starts


def int32(values: Sequence[int] | Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Return a contiguous, flat int32 array."""
    return np.asarray(values, dtype=np.int32).reshape(-1)


def int64(values: Sequence[int]) -> NDArray[np.int64]:
    """Return a contiguous, flat int64 array."""
    return np.asarray(values, dtype=np.int64).reshape(-1)
