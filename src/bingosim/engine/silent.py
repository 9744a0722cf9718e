"""Silent grants: drops summed over many attempts that nothing else depends on.

Where one tile takes all that the next attempts of a leg can drop, these change nothing but its
progress, as long as they do not complete it. So a leg reserves the most that some of them can add,
and plays them without coming up: all reservations of a tile together, and its progress, stay below
its need. There are two kinds:

- certain drops (a roll whose first outcome has chance 1), the same at every attempt: reserved for
  so many attempts, and added up over all of them at once;
- drops by chance: reserved for so many attempts of use, each rolled when its leg is settled, from
  streams of its own.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.chances import (
    NEVER_HITS,
    look,
    next_hit,
    quantity_stream,
    roll_attempt,
    roll_law,
)
from bingosim.engine.grants import count_stack, first_outcome
from bingosim.engine.jit import inlined, kernel
from bingosim.engine.rng import CERTAIN, GAMMA, below, mix
from bingosim.engine.state import NOBODY, NOTHING, SILENT_STREAMS, STEPWISE, VERSION

ONE_BY_ONE = -2
"""In place of a tile: certain drops must be granted attempt by attempt."""
_MOST_HITS = 16  # attempts of use that a leg looks ahead


@inlined
def silent_law(team, state, lead):
    """Return what `find_silent_law` does; for one player's law of chances it is kept."""
    if state.size[lead] > 1:
        return find_silent_law(team, state, lead)
    law = state.law[lead] + first_outcome(team, state.activity[lead])
    if state.law_looked[law] != state.now[VERSION]:
        state.law_looked[law] = state.now[VERSION]
        tile, each, by_chance = find_silent_law(team, state, lead)
        state.law_silent[law] = tile
        state.law_each[law] = each
        state.law_by_chance[law] = by_chance
    return state.law_silent[law], state.law_each[law], state.law_by_chance[law]


@kernel
def find_silent_law(team, state, lead):
    """Return the tile that may be granted silently, and the most units that it can get.

    The tile is NOTHING where there is none, and ONE_BY_ONE where certain drops go to one of several
    tiles, count per drop key, or fall to a member by chance. Then come the most units of certain
    drops at an attempt, and, if there are none, of drops by chance at an attempt of use.
    """
    activity = state.activity[lead]
    look(team, state, activity)
    tile, each = np.int64(NOTHING), np.int64(0)
    by_chance = np.int64(0)
    lucky = np.int64(NOTHING)  # the tile that takes what drops by chance
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        while member != NOBODY:
            certain = team.thresholds[roll_law(team, state, lead, member, line)] >= CERTAIN
            first, last = team.outcome_start[line], team.outcome_start[line + 1]
            most = np.int64(0)
            for outcome in range(first, first + 1 if certain else last):
                units = np.int64(0)
                for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
                    receiver = state.taker[drop]
                    if receiver < 0:
                        continue
                    taker = np.int64(team.receiver_tile[receiver])
                    simple = (
                        team.slot_start[taker + 1] - team.slot_start[taker] == 1
                        and team.slot_cap[team.receiver_slot[receiver]] >= team.tile_need[taker]
                    )
                    quantity = team.drop_low[drop] + team.drop_width[drop] - 1
                    units += quantity * team.receiver_units[receiver]
                    if certain:
                        apart = team.line_per_group[line] and state.size[lead] > 1
                        if not simple or apart or tile not in (NOTHING, taker):
                            return np.int64(ONE_BY_ONE), each, by_chance
                        tile = taker
                    else:
                        same = lucky in (NOTHING, taker)
                        lucky = taker if simple and same else np.int64(ONE_BY_ONE)
                most = max(most, units)
            if certain:
                each += most * team.line_rolls[line]
            else:
                by_chance += most * team.line_rolls[line]
            member = NOBODY if team.line_per_group[line] else state.next_member[member]
    if tile != NOTHING or lucky < 0:
        return tile, each, np.int64(0)
    return lucky, each, by_chance


@kernel
def reserve(team, state, lead):
    """Reserve room for silent grants; set how many attempts, or attempts of use, it lasts for."""
    state.quota[lead] = NEVER_HITS
    state.loud[lead] = state.hit[lead]
    if state.now[STEPWISE]:
        if team.certain[state.activity[lead]]:
            state.quota[lead] = state.done[lead]
        return
    tile, each, by_chance = silent_law(team, state, lead)
    if tile == NOTHING:
        return
    if tile == ONE_BY_ONE:
        state.quota[lead] = state.done[lead]
        return
    state.sharing[tile] += 1
    room = team.tile_need[tile] - 1 - state.progress[team.slot_start[tile]] - state.reserved[tile]
    times = max(0, room) // max(each, by_chance)
    if times > state.sharing[tile]:
        times //= state.sharing[tile]
    elif times > 1:
        times = np.int64(1)
    if each > 0:
        state.quota[lead] = state.done[lead] + times
    else:
        times = min(times, _MOST_HITS)
        for _ in range(times):
            state.loud[lead] = next_hit(state, lead, state.loud[lead])
    state.silent_tile[lead] = tile
    state.silent_each[lead] = each
    state.silent_by_chance[lead] = by_chance
    state.kept[lead] = times * max(each, by_chance)
    state.reserved[tile] += state.kept[lead]


@inlined
def give_back(state, lead):
    """Give back what a leg has reserved."""
    tile = state.silent_tile[lead]
    if tile != NOTHING:
        state.reserved[tile] -= state.kept[lead]
        state.kept[lead] = 0
        state.silent_tile[lead] = NOTHING
        state.sharing[tile] -= 1


@inlined
def credit(team, state, lead, last):
    """Settle the silent grants of a leg's attempts after `done` up to a last one."""
    if state.silent_tile[lead] != NOTHING:
        if state.silent_by_chance[lead] > 0:
            credit_hits(team, state, lead, last)
        elif last > state.done[lead]:
            credit_certain(team, state, lead, state.done[lead] + 1, last - state.done[lead])


@kernel
def credit_hits(team, state, lead, last):
    """Roll the attempts of use up to a last one."""
    while state.hit[lead] <= last:
        use_up(state, lead, state.silent_by_chance[lead])
        roll_attempt(SILENT_STREAMS, team, state, lead, state.hit[lead], True, None, None)
        state.hit[lead] = next_hit(state, lead, state.hit[lead])


@inlined
def use_up(state, lead, units):
    """Take so many units of what a leg has reserved."""
    state.kept[lead] -= units
    state.reserved[state.silent_tile[lead]] -= units


@kernel
def credit_certain(team, state, lead, first, count):
    """Grant the certain drops of so many attempts at once."""
    activity = state.activity[lead]
    use_up(state, lead, count * state.silent_each[lead])
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
                            count_stack(team, state, receiver, quantity, member)
            member = NOBODY if team.line_per_group[line] else state.next_member[member]


@inlined
def sum_quantities(state, lead, first, count, nth, width):
    """Return the sum over attempts of what the nth drawn quantity is above its least."""
    total = np.int64(0)
    for i in range(first, first + count):
        total += below(mix(quantity_stream(state, lead, i) + GAMMA * nth), width)
    return total
