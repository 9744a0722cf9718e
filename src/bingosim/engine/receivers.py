"""Receivers: which tile takes a dropped stack, as things stand."""

from __future__ import annotations

from bingosim.engine.jit import part
from bingosim.engine.ranking import rank_for_grants


@part
def best_receiver(team, state, drop):
    """Return the receiver that the grant ranking names first; -1 where no open tile accepts it."""
    best = -1
    for receiver in range(team.receiver_start[drop], team.receiver_start[drop + 1]):
        tile, slot = team.receiver_tile[receiver], team.receiver_slot[receiver]
        if not state.open[tile] or state.progress[slot] >= team.slot_cap[slot]:
            continue
        if best < 0:
            best = receiver
            continue
        rank_for_grants(team, state)
        if state.grant_rank[tile] < state.grant_rank[team.receiver_tile[best]]:
            best = receiver
    return best
