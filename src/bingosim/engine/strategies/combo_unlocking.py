"""`combo-unlocking`: as `row-unlocking`, but sparing activities that locked tiles will need.

A tile's work counts (1 + the number of locked, incomplete tiles that share one of its
activities) times.
Once all rows are open: points + the number of other incomplete tiles that share an activity.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.arrays import WORK_LIMIT_MS
from bingosim.engine.jit import kernel
from bingosim.engine.strategies.greedy import score_greedy
from bingosim.engine.strategies.row_unlocking import score_unlocking
from bingosim.engine.strategies.standing import GRANT, furthest_row


@kernel
def score_combo_unlocking(team, standing, player):
    """Value tiles by tiers while a row is locked, then by points and shared activities."""
    tiles = standing.value.size
    row = furthest_row(standing)
    if row + 1 < standing.row_opened.size:
        work = np.empty(tiles, np.int64)
        for tile in range(team.row_tile_start[row], team.row_tile_start[row + 1]):
            locked = 0
            for other in range(team.row_tile_start[row + 1], tiles):
                if standing.completed[other] < 0:
                    locked += team.shares_activity[tile * tiles + other]
            work[tile] = min(standing.work[tile] * (1 + locked), WORK_LIMIT_MS)
        score_unlocking(team, standing, player, row, work)
    elif player == GRANT:
        score_greedy(team, standing, player)
    else:
        for i in range(standing.opens[0]):
            tile = standing.open_tile[i]
            shared = 0
            for other in range(tiles):
                if standing.completed[other] < 0:
                    shared += team.shares_activity[tile * tiles + other]
            standing.value[tile] = team.tile_points[tile] + shared
            standing.cost[tile] = 0
