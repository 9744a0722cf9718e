"""Rankings: of how things stood when the last tile was completed, and at no other time."""

from __future__ import annotations

from bingosim.engine.jit import inlined, part
from bingosim.engine.state import GRANTS_RANKED, RANKING_VERSION
from bingosim.engine.strategies import GRANT, score
from bingosim.engine.strategies.standing import estimated_work


@part
def renew_rankings(team, state):
    """Note how the team stands now; rankings are made from that once somebody asks."""
    standing = state.standing
    opens = 0
    for tile in range(state.open.size):
        if state.open[tile]:
            standing.open_tile[opens] = tile
            opens += 1
            measure_tile(team, state, tile)
    standing.opens[0] = opens
    state.now[RANKING_VERSION] += 1


@inlined
def measure_tile(team, state, tile):
    """Note what remains to be done of a tile."""
    standing = state.standing
    done = 0
    for slot in range(team.slot_start[tile], team.slot_start[tile + 1]):
        done += state.progress[slot]
    standing.remaining[tile] = team.tile_need[tile] - done
    standing.work[tile] = estimated_work(standing.remaining[tile], team.work_factor[tile])


@part
def rank_for_grants(team, state):
    """Renew `State.grant_rank` where it is of an older ranking."""
    if state.now[GRANTS_RANKED] == state.now[RANKING_VERSION]:
        return
    state.now[GRANTS_RANKED] = state.now[RANKING_VERSION]
    _score(team, state, GRANT)
    first = state.status.size * state.open.size  # the row after the players' serves as scratch
    for position in range(_sort(team, state, first)):
        state.grant_rank[state.ranking[first + position]] = position


@part
def ranking_row(team, state, player):
    """Return the row of `State.ranking` that holds a player's ranking, made now if need be."""
    row = player if team.ranks_each_player else 0
    if state.ranked[row] != state.now[RANKING_VERSION]:
        _score(team, state, player)
        state.ranking_length[row] = _sort(team, state, row * state.open.size)
        state.ranked[row] = state.now[RANKING_VERSION]
    return row


@part
def _score(team, state, player):
    """Ask the strategy, and note whether it failed; a run goes on, and its result is thrown away.

    The note outlives the run: whoever plays runs looks at it once, when they are all played.
    """
    if score(team.strategy, team, state.standing, player):
        state.strategy_failed[0] = True


@part
def _sort(team, state, first):
    """Sort the open tiles by value, cost and key, from a place on; return how many they are.

    By insertion: a board has few tiles open, and they are nearly in order.
    """
    length = 0
    value, cost, rank = state.standing.value, state.standing.cost, team.tile_key_rank
    for i in range(state.standing.opens[0]):
        tile = state.standing.open_tile[i]
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
