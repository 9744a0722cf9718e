"""The built-in strategies: which tile a player goes for, and which a drop goes to.

A ranking is a list of open, incomplete tiles (by number), the best first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bingosim.reference.rates import MOST_WORK_MS, Rates, work_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bingosim.event.snapshot import SnapshotTeam
    from bingosim.reference.board import Progress


@dataclass(frozen=True)
class Situation:
    """What a strategy looks at."""

    team: SnapshotTeam
    progress: Progress
    rates: Rates
    seconds_left: int

    def points(self, tile: int) -> int:
        """Return a tile's points."""
        return self.progress.tiles[tile].points

    def key(self, tile: int) -> str:
        """Return a tile's key: what decides between equals."""
        return self.progress.tiles[tile].key

    def work(self, tile: int) -> int:
        """Return the estimated work of a tile in milliseconds, for the team's mean player."""
        return work_ms(self.progress.remaining(tile), self.rates.mean[tile])

    def own_work(self, player: int, tile: int) -> int:
        """Return the estimated work of a tile in milliseconds, for one player."""
        return work_ms(self.progress.remaining(tile), self.rates.best_rate(player, tile))

    def activities(self, tile: int) -> set[str]:
        """Return the keys of the activities that make progress on a tile."""
        return {source.activity for source in self.progress.tiles[tile].sources}

    def sharing(self, tile: int, others: Iterable[int]) -> int:
        """Count the other tiles that share one of the tile's activities."""
        mine = self.activities(tile)
        return sum(1 for other in others if other != tile and mine & self.activities(other))

    def every_row_open(self) -> bool:
        """Whether nothing is left to unlock."""
        return self.progress.rows_open() == len(self.progress.opened)

    def furthest_row(self) -> int:
        """Return the last row that is open."""
        return self.progress.rows_open() - 1


def ranking(now: Situation, player: int) -> list[int]:
    """Return the tiles in the order in which a player of the team would play them."""
    return _FOR_PLAYERS[now.team.strategy](now, player)


def grant_ranking(now: Situation) -> list[int]:
    """Return the tiles in the order in which drops are granted to them."""
    return _FOR_GRANTS[now.team.strategy](now)


def _greedy(now: Situation) -> list[int]:
    return sorted(now.progress.playable(), key=lambda t: (-now.points(t), now.work(t), now.key(t)))


def _by_points(now: Situation, tiles: Iterable[int]) -> list[int]:
    return sorted(tiles, key=lambda t: (-now.points(t), now.key(t)))


def _balanced(now: Situation, player: int) -> list[int]:
    def points_per_work(tile: int) -> float:
        return now.points(tile) / max(now.own_work(player, tile), 1)

    return sorted(now.progress.playable(), key=lambda t: (-points_per_work(t), now.key(t)))


def _row_unlocking(now: Situation, _player: int) -> list[int]:
    return _greedy(now) if now.every_row_open() else _unlocking(now, now.work)


def _combo_unlocking(now: Situation, _player: int) -> list[int]:
    if now.every_row_open():
        incomplete = now.progress.playable()
        return sorted(
            incomplete,
            key=lambda t: (-(now.points(t) + now.sharing(t, incomplete)), now.key(t)),
        )
    locked = now.progress.locked()
    return _unlocking(now, lambda t: min(now.work(t) * (1 + now.sharing(t, locked)), MOST_WORK_MS))


def _unlocking(now: Situation, work: Callable[[int], int]) -> list[int]:
    """Rank the set that unlocks the next row, then the rest of the row, then the other tiles."""
    playable = now.progress.playable()
    row = now.furthest_row()
    in_row = [t for t in playable if now.progress.row_of[t] == row]
    chosen = unlocking_set(now, row, in_row, work)
    return [
        *_by_points(now, chosen),
        *_by_points(now, set(in_row) - chosen),
        *_by_points(now, set(playable) - set(in_row)),
    ]


def unlocking_set(
    now: Situation, row: int, in_row: list[int], work: Callable[[int], int]
) -> set[int]:
    """Return the incomplete tiles of a row that lift it to the threshold with the least work.

    Every subset is tried: this is for rows of a dozen tiles, not of fifty.
    """
    missing = now.progress.board.unlock_points - now.progress.row_worth(row)
    cost = {tile: work(tile) for tile in in_row}
    enough = [
        subset
        for size in range(len(in_row) + 1)
        for subset in combinations(in_row, size)
        if sum(now.points(tile) for tile in subset) >= missing
    ]

    def preference(subset: tuple[int, ...]) -> tuple[int, int, list[str]]:
        total = sum(cost[tile] for tile in subset)
        return total, len(subset), sorted(now.key(tile) for tile in subset)

    best = min(enough, key=preference)
    return set(best)


def _unlocking_grants(now: Situation) -> list[int]:
    if now.every_row_open():
        return _greedy(now)
    row = now.furthest_row()
    return sorted(
        now.progress.playable(),
        key=lambda t: (now.progress.row_of[t] != row, -now.points(t), now.key(t)),
    )


def _worth(now: Situation, tile: int) -> float:
    """Return a tile's points and its share of every bonus still open."""
    total = float(now.points(tile))
    for bonus, paid in zip(now.progress.board.bonuses, now.progress.paid, strict=True):
        if paid is None and now.key(tile) in bonus.tiles:
            numbers = (now.progress.number[key] for key in bonus.tiles)
            total += bonus.points / sum(not now.progress.is_complete(t) for t in numbers)
    return total


def _lines(now: Situation) -> list[int]:
    return sorted(now.progress.playable(), key=lambda t: (-_worth(now, t), now.work(t), now.key(t)))


def _look_ahead(now: Situation, player: int | None) -> list[int]:
    """Rank for a player, or for a grant where there is none."""
    playable = now.progress.playable()
    row = now.furthest_row()
    in_row = [t for t in playable if now.progress.row_of[t] == row]
    opens_next = set() if now.every_row_open() else unlocking_set(now, row, in_row, now.work)

    def value(tile: int) -> float:
        worth = _worth(now, tile) + (now.progress.board.unlock_points if tile in opens_next else 0)
        work = max(now.work(tile), 1)
        own = work if player is None else max(now.own_work(player, tile), 1)
        return worth * worth * (work / own) / (work + 500 * now.seconds_left)

    return sorted(playable, key=lambda t: (-value(t), now.work(t), now.key(t)))


def _tile_order(now: Situation) -> list[int]:
    listed = [now.progress.number[key] for key in now.team.params.get("tiles", ())]
    playable = now.progress.playable()
    first = [t for t in listed if t in playable]
    return first + [t for t in _greedy(now) if t not in first]


_FOR_PLAYERS: dict[str, Callable[[Situation, int], list[int]]] = {
    "greedy": lambda now, _player: _greedy(now),
    "balanced": _balanced,
    "row-unlocking": _row_unlocking,
    "combo-unlocking": _combo_unlocking,
    "lines": lambda now, _player: _lines(now),
    "look-ahead": _look_ahead,
    "tile-order": lambda now, _player: _tile_order(now),
}
_FOR_GRANTS: dict[str, Callable[[Situation], list[int]]] = {
    "greedy": _greedy,
    "balanced": _greedy,
    "row-unlocking": _unlocking_grants,
    "combo-unlocking": _unlocking_grants,
    "lines": _lines,
    "look-ahead": lambda now: _look_ahead(now, None),
    "tile-order": _tile_order,
}
