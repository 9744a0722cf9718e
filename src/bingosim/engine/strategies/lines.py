"""`lines`: as `greedy`, with each tile worth its points plus its share of every open bonus."""

from __future__ import annotations

from bingosim.engine.jit import kernel


@kernel
def score_lines(team, standing, player):
    """Value a tile at its points + bonus / incomplete tiles of the bonus, over its open bonuses."""
    for tile in range(standing.value.size):
        standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
    for bonus in range(team.bonus_points.size):
        if standing.bonus_paid[bonus] >= 0:
            continue
        first, last = team.bonus_tile_start[bonus], team.bonus_tile_start[bonus + 1]
        incomplete = 0
        for i in range(first, last):
            incomplete += standing.completed[team.bonus_tile[i]] < 0
        for i in range(first, last):
            standing.value[team.bonus_tile[i]] += team.bonus_points[bonus] / incomplete
