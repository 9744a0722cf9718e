"""`look-ahead`: what a tile will bring, to who is good at it, in the time that is left.

A tile is worth its points, its share of every open bonus (as `lines` has it) and, if it is in the
set that opens the next row with the least work, the points that open a row. Its value is

    worth^2 x (mean work / own work) / (mean work + half of the time left)

so worth counts most, a player goes where they are better than their team-mates, and long tiles lose
as the end comes near. A grant has nobody's own work: the middle factor is 1.
"""

from __future__ import annotations

from bingosim.engine.jit import kernel
from bingosim.engine.strategies.lines import score_lines
from bingosim.engine.strategies.row_unlocking import cheapest_unlocking_set
from bingosim.engine.strategies.standing import GRANT, estimated_work, furthest_row, seconds_left


@kernel
def score_look_ahead(team, standing, player):
    """Value a tile at what it will bring for the work that it takes this player."""
    score_lines(team, standing, player)
    row = furthest_row(standing)
    if row + 1 < standing.row_opened.size:
        first, last = team.row_tile_start[row], team.row_tile_start[row + 1]
        chosen = cheapest_unlocking_set(team, standing, row, standing.work)
        for tile in range(first, last):
            if chosen[tile - first]:
                standing.value[tile] += team.unlock_points
    tiles = standing.value.size
    half_ms = 500 * seconds_left(team, standing)
    for i in range(standing.opens[0]):
        tile = standing.open_tile[i]
        work = own = max(standing.work[tile], 1)
        if player != GRANT:
            factor = team.own_work_factor[player * tiles + tile]
            own = max(estimated_work(standing.remaining[tile], factor), 1)
        worth = standing.value[tile]
        standing.value[tile] = worth * worth * (work / own) / (work + half_ms)
