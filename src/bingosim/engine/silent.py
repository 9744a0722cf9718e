"""Certain drops, granted silently: summed over many attempts that nothing else depends on.

A roll whose first outcome has chance 1 gives the same drops at every attempt. Where one tile takes
them all, a leg reserves the most that some attempts can add to it, and plays these without coming
up: all reservations of a tile together, and its progress, stay below its need, so that no silent
grant completes it.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.chances import NEVER_HITS, look, quantity_stream, roll_law
from bingosim.engine.grants import first_outcome
from bingosim.engine.jit import inlined, part
from bingosim.engine.rng import CERTAIN, GAMMA, below, mix
from bingosim.engine.state import NOBODY, NOTHING, STEPWISE, VERSION

ONE_BY_ONE = -2
"""In place of a tile: certain drops must be granted attempt by attempt."""


@inlined
def silent_tile_of(team, state, lead):
    """Return what `find_silent_tile` does; for one player's law of chances it is kept."""
    if state.size[lead] > 1:
        return find_silent_tile(team, state, lead)
    law = state.law[lead] + first_outcome(team, state.activity[lead])
    if state.law_looked[law] != state.now[VERSION]:
        state.law_looked[law] = state.now[VERSION]
        state.law_silent[law], state.law_most[law] = find_silent_tile(team, state, lead)
    return state.law_silent[law], state.law_most[law]


@part
def find_silent_tile(team, state, lead):
    """Return the one tile that takes all certain drops, and the most an attempt adds to it.

    The tile is NOTHING where no certain drop is of use, and ONE_BY_ONE where they go to one of
    several tiles, count per drop key, or fall to a member by chance.
    """
    silent, most = np.int64(NOTHING), np.int64(0)
    activity = state.activity[lead]
    look(team, state, activity)
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        while member != NOBODY:
            if team.thresholds[roll_law(team, state, lead, member, line)] >= CERTAIN:
                outcome = team.outcome_start[line]
                for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
                    receiver = state.taker[drop]
                    if receiver < 0:
                        continue
                    tile = np.int64(team.receiver_tile[receiver])
                    if (
                        silent not in (NOTHING, tile)
                        or team.slot_start[tile + 1] - team.slot_start[tile] > 1
                        or team.slot_cap[team.receiver_slot[receiver]] < team.tile_need[tile]
                        or (team.line_per_group[line] and state.size[lead] > 1)
                    ):
                        return np.int64(ONE_BY_ONE), np.int64(0)
                    silent = tile
                    quantity = team.drop_low[drop] + team.drop_width[drop] - 1
                    most += quantity * team.receiver_units[receiver] * team.line_rolls[line]
            member = NOBODY if team.line_per_group[line] else state.next_member[member]
    return silent, most


@part
def reserve(team, state, lead):
    """Reserve room for certain drops, and set the quota of attempts that it lasts for."""
    state.quota[lead] = NEVER_HITS
    if not team.certain[state.activity[lead]]:
        return
    tile, each = silent_tile_of(team, state, lead)
    if tile == NOTHING:
        return
    state.quota[lead] = state.done[lead]
    if tile == ONE_BY_ONE or state.now[STEPWISE]:
        return
    state.sharing[tile] += 1
    sharing = state.sharing[tile]
    room = team.tile_need[tile] - 1 - state.progress[team.slot_start[tile]] - state.reserved[tile]
    attempts = max(0, room) // each
    if attempts > sharing:
        attempts //= sharing
    elif attempts > 1:
        attempts = np.int64(1)
    state.silent_tile[lead] = tile
    state.silent_units[lead] = each
    state.quota[lead] += attempts
    state.kept[lead] = attempts * each
    state.reserved[tile] += attempts * each


@inlined
def give_back(state, lead):
    """Give back what a leg has reserved."""
    tile = state.silent_tile[lead]
    if tile != NOTHING:
        state.reserved[tile] -= state.kept[lead]
        state.kept[lead] = 0
        state.silent_tile[lead] = NOTHING
        state.sharing[tile] -= 1


@part
def credit(team, state, lead, first, count):
    """Grant the certain drops of a leg's attempts `first` to `first + count - 1`, silently."""
    tile = state.silent_tile[lead]
    activity = state.activity[lead]
    nth = np.uint64(0)  # of the drops of an attempt whose quantity is drawn
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        while member != NOBODY:
            if team.thresholds[roll_law(team, state, lead, member, line)] >= CERTAIN:
                outcome = team.outcome_start[line]
                for _ in range(team.line_rolls[line]):
                    for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
                        quantity = count * team.drop_low[drop]
                        width = team.drop_width[drop]
                        if width > 1:
                            nth += np.uint64(1)
                            quantity += sum_quantities(state, lead, first, count, nth, width)
                        receiver = state.taker[drop]
                        if receiver >= 0:
                            units = quantity * team.receiver_units[receiver]
                            state.progress[team.receiver_slot[receiver]] += units
                            state.units[member * state.open.size + tile] += units
            member = NOBODY if team.line_per_group[line] else state.next_member[member]
    used = count * state.silent_units[lead]
    state.kept[lead] -= used
    state.reserved[tile] -= used


@inlined
def sum_quantities(state, lead, first, count, nth, width):
    """Return the sum over attempts of what the nth drawn quantity is above its least."""
    total = np.int64(0)
    for i in range(first, first + count):
        total += below(mix(quantity_stream(state, lead, i) + GAMMA * nth), width)
    return total
