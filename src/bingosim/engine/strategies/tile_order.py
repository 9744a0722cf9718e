"""`tile-order`: the listed tiles in their order, the others greedily after them."""

from __future__ import annotations

from bingosim.engine.jit import kernel

_LISTED = 2.0**50  # above all points


@kernel
def score_tile_order(team, standing, player):
    """Value listed tiles by their place in the list, others by their points."""
    for i in range(standing.opens[0]):
        tile = standing.open_tile[i]
        if team.listed_rank[tile] < standing.value.size:
            standing.value[tile] = _LISTED - team.listed_rank[tile]
        else:
            standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
