"""`balanced`: points per hour of the player's own expected work; grants as `greedy`."""

from __future__ import annotations

from bingosim.engine.jit import kernel
from bingosim.engine.strategies.greedy import score_greedy
from bingosim.engine.strategies.standing import GRANT, estimated_work


@kernel
def score_balanced(team, standing, player):
    """Value a tile at its points per millisecond of the player's own work."""
    if player == GRANT:
        score_greedy(team, standing, player)
        return
    tiles = standing.value.size
    for i in range(standing.opens[0]):
        tile = standing.open_tile[i]
        factor = team.own_work_factor[player * tiles + tile]
        work = estimated_work(standing.remaining[tile], factor)
        standing.value[tile] = team.tile_points[tile] / max(work, 1)
        standing.cost[tile] = 0
