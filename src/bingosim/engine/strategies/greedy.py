"""`greedy`: points descending, then estimated work ascending; the same for grants."""

from __future__ import annotations

from bingosim.engine.jit import kernel


@kernel
def score_greedy(team, standing, player):
    """Value a tile at its points; what takes least work comes first."""
    for i in range(standing.opens[0]):
        tile = standing.open_tile[i]
        standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
