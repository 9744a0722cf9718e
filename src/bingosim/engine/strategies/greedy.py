"""`greedy`: points descending, then estimated work ascending; the same for grants."""

from __future__ import annotations

from bingosim.engine.jit import kernel


@kernel
def score_greedy(team, standing, player, value, cost):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Value a tile at its points; what takes least work comes first."""
    for tile in range(value.size):
        value[tile] = team.tile_points[tile]
        cost[tile] = standing.work[tile]
