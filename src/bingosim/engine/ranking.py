"""Rankings: made when a tile is completed, and at no other time."""

from __future__ import annotations

import numpy as np

from bingosim.engine.jit import kernel
from bingosim.engine.state import RANKING_VERSION
from bingosim.engine.strategies import GRANT, score
from bingosim.engine.strategies.standing import estimated_work


@kernel
def renew_rankings(team, state):
    """Note how the team stands now; rank for grants, and for players once somebody asks."""
    standing = state.standing
    for tile in range(state.open.size):
        done = 0
        for slot in range(team.slot_start[tile], team.slot_start[tile + 1]):
            done += state.progress[slot]
        standing.remaining[tile] = team.tile_need[tile] - done
        if standing.completed[tile] < 0:
            standing.work[tile] = estimated_work(standing.remaining[tile], team.work_factor[tile])
    state.now[RANKING_VERSION] += 1
    _score(team, state, GRANT)
    length = _sort(team, state, np.int64(0))
    for position in range(length):
        state.grant_rank[state.ranking[position]] = position
    state.ranked[0] = -1  # row 0 served as scratch


@kernel
def ranking_row(team, state, player):
    """Return the row of `State.ranking` that holds a player's ranking, made now if need be."""
    row = player if team.ranks_each_player else 0
    if state.ranked[row] != state.now[RANKING_VERSION]:
        _score(team, state, player)
        state.ranking_length[row] = _sort(team, state, row)
        state.ranked[row] = state.now[RANKING_VERSION]
    return row


@kernel
def _score(team, state, player):
    """Ask the strategy, and note whether it failed; a run goes on, and its result is thrown away.

    The note outlives the run: whoever plays runs looks at it once, when they are all played.
    """
    if score(team.strategy, team, state.standing, player):
        state.strategy_failed[0] = True


@kernel
def _sort(team, state, row):
    """Sort the open tiles into a row by value, cost and key; return how many they are.

    By insertion: a board has few tiles open, and they are nearly in order.
    """
    first = row * state.open.size
    value, cost, rank = state.standing.value, state.standing.cost, team.tile_key_rank
    length = 0
    for tile in range(state.open.size):
        if not state.open[tile]:
            continue
        at = first + length
        while at > first:
            other = state.ranking[at - 1]
            if value[other] > value[tile] or (
                value[other] == value[tile]
                and (
                    cost[other] < cost[tile]
                    or (cost[other] == cost[tile] and rank[other] < rank[tile])
                )
            ):
                break
            state.ranking[at] = other
            at -= 1
        state.ranking[at] = tile
        length += 1
    return length
