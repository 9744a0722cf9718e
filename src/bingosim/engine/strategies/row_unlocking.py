"""`row-unlocking`: open the next row with the least work.

Among the sets of tiles of the furthest open row that lift it to the threshold, the one with the
least estimated remaining work, then the fewest tiles, then the keys. Inside it points descending;
then the rest of that row; then the other open tiles. Grants: furthest row first, points descending.
With every row open: greedy.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.jit import kernel
from bingosim.engine.strategies.greedy import score_greedy
from bingosim.engine.strategies.standing import GRANT, furthest_row

_TIER = 2.0**40  # above all points, so that tiers never mix


@kernel
def score_row_unlocking(team, standing, player):
    """Value the cheapest unlocking set above the rest of its row, and that above other rows."""
    row = furthest_row(standing)
    if row + 1 == standing.row_opened.size:
        score_greedy(team, standing, player)
    else:
        score_unlocking(team, standing, player, row, standing.work)


@kernel
def score_unlocking(team, standing, player, row, work):
    """Rank by tiers while a row remains to be unlocked; `work` is what a tile counts for."""
    first, last = team.row_tile_start[row], team.row_tile_start[row + 1]
    for i in range(standing.opens[0]):
        tile = standing.open_tile[i]
        standing.value[tile] = team.tile_points[tile]
        if first <= tile < last:
            standing.value[tile] += _TIER
        standing.cost[tile] = 0
    if player != GRANT:
        chosen = cheapest_unlocking_set(team, standing, row, work)
        for tile in range(first, last):
            if chosen[tile - first]:
                standing.value[tile] += _TIER


@kernel
def cheapest_unlocking_set(team, standing, row, work):
    """Return for each tile of a row whether it is in the set (bool, by position in the row).

    Dynamic programming over (tiles left, points still needed): tiles in order of their keys, so
    that of two sets equal in work and number the one that takes the earlier key is the smaller.
    """
    first, last = team.row_tile_start[row], team.row_tile_start[row + 1]
    chosen = np.zeros(last - first, np.bool_)
    needed = team.unlock_points
    for tile in range(first, last):
        if standing.completed[tile] >= 0:
            needed -= team.tile_points[tile]
    if needed <= 0:
        return chosen
    needed //= team.points_step
    width = needed + 1
    unreachable = np.int64(2**62)
    best_work = np.full(width, unreachable)  # of the tiles from i on, by points needed
    best_count = np.empty(width, np.int64)
    best_work[0] = best_count[0] = 0
    taken = np.zeros((last - first) * width, np.bool_)
    for i in range(last - 1, first - 1, -1):
        tile = team.row_tile_by_key[i]
        if standing.completed[tile] >= 0:
            continue
        points = team.tile_points[tile] // team.points_step
        for points_needed in range(needed, 0, -1):
            rest = max(0, points_needed - points)
            if best_work[rest] == unreachable:
                continue
            total = best_work[rest] + work[tile]
            count = best_count[rest] + 1
            if total < best_work[points_needed] or (
                total == best_work[points_needed] and count <= best_count[points_needed]
            ):
                best_work[points_needed] = total
                best_count[points_needed] = count
                taken[(i - first) * width + points_needed] = True
    for i in range(first, last):
        if needed > 0 and taken[(i - first) * width + needed]:
            tile = team.row_tile_by_key[i]
            chosen[tile - first] = True
            needed = max(0, needed - team.tile_points[tile] // team.points_step)
    return chosen
