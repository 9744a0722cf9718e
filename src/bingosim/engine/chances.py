"""Which attempts of a leg drop something of use, and what these drop.

What is of use is a set of outcomes: those with a drop that an open tile accepts. It is noted for
each activity when somebody looks and something has changed since (`VERSION`); the chance that an
attempt drops nothing of use is kept for each law of chances that a single player may have.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.grants import first_outcome, hand_out, member_law, team_draws
from bingosim.engine.jit import inlined, part
from bingosim.engine.normal import natural_log
from bingosim.engine.receivers import best_receiver
from bingosim.engine.rng import CERTAIN, GAMMA, chance_draw, inside_unit, mix
from bingosim.engine.state import FIRST_VERSION, NOBODY, NOTHING, OWN_STREAMS, VERSION

NEVER_HITS = np.int64(2**60)
"""The number of an attempt that is never made."""
_FOR_HITS = np.uint64(0x243F6A8885A308D3)
_FOR_CHANCES = np.uint64(0x13198A2E03707344)
_FOR_QUANTITIES = np.uint64(0xA4093822299F31D0)
_SURE = 1.0 - 1e-12


@inlined
def quantity_stream(state, lead, attempt):
    """Return the stream of the quantities of an attempt's certain drops."""
    return mix((state.leg_key[lead] ^ _FOR_QUANTITIES) + GAMMA * np.uint64(attempt))


@inlined
def chance_stream(state, lead, attempt):
    """Return the stream of all other chances of an attempt."""
    return mix((state.leg_key[lead] ^ _FOR_CHANCES) + GAMMA * np.uint64(attempt))


@part
def look(team, state, activity):
    """Note which outcomes of an activity are of use now, and who takes each drop."""
    if state.looked[activity] == state.now[VERSION]:
        return
    state.looked[activity] = state.now[VERSION]
    first, last = team.line_start[activity], team.line_start[activity + 1]
    for outcome in range(team.outcome_start[first], team.outcome_start[last]):
        of_use = False
        for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
            state.taker[drop] = best_receiver(team, state, drop)
            of_use |= state.taker[drop] >= 0
        state.of_use[outcome] = of_use


@inlined
def roll_law(team, state, lead, member, line):
    """Return where the thresholds of one roll begin: of a loot line, for one member of a unit."""
    law = state.law[lead]
    if not team.line_per_group[line] and state.size[lead] > 1:
        law = member_law(team, state, lead, member)
    return law + team.outcome_start[line]


@inlined
def chance_of_use(team, state, line, law):
    """Return the chance that a roll ends with one of the outcomes that are of use."""
    mass = np.int64(0)
    first = team.outcome_start[line]
    below_it = np.int64(0)
    for i in range(team.outcome_start[line + 1] - first):
        if state.of_use[first + i]:
            mass += team.thresholds[law + i] - below_it
        below_it = team.thresholds[law + i]
    return mass * 2.0**-62


@part
def chance_of_none(team, state, lead):
    """Return the chance that no uncertain roll of an attempt ends with an outcome of use."""
    activity = state.activity[lead]
    none = 1.0
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        while member != NOBODY:
            law = roll_law(team, state, lead, member, line)
            if team.thresholds[law] < CERTAIN:
                miss = 1.0 - chance_of_use(team, state, line, law)
                for _ in range(team.line_rolls[line]):
                    none *= miss
            member = NOBODY if team.line_per_group[line] else state.next_member[member]
    return none


@part
def find_law(team, state, lead):
    """Note the chance that an attempt of a unit drops nothing of use, as things stand."""
    activity = state.activity[lead]
    version = state.use_version[activity]
    law = state.law[lead] + first_outcome(team, activity)
    if version == FIRST_VERSION:
        law += team.thresholds.size  # what holds when a run begins is kept from run to run
    if state.size[lead] > 1 or state.law_version[law] != version:
        look(team, state, activity)
        none = chance_of_none(team, state, lead)
        state.law_version[law] = version if state.size[lead] == 1 else -1
        state.law_none[law] = none
        if none >= 1.0:
            state.law_scale[law] = 1.0
        elif none <= 0.0:
            state.law_scale[law] = 0.0
        else:
            state.law_scale[law] = 1.0 / natural_log(none)
    state.none[lead] = state.law_none[law]
    state.scale[lead] = state.law_scale[law]
    state.hit_version[lead] = version


@part
def find_hit(team, state, lead):
    """Draw the next attempt of use, unless the one drawn still holds."""
    if state.hit_version[lead] != state.use_version[state.activity[lead]]:
        find_law(team, state, lead)
    elif state.hit[lead] > state.done[lead]:
        return
    scale = state.scale[lead]
    if scale > 0.0:
        state.hit[lead] = NEVER_HITS
        return
    key = mix((state.leg_key[lead] ^ _FOR_HITS) + GAMMA * np.uint64(state.done[lead]))
    misses = natural_log(inside_unit(key)) * scale
    state.hit[lead] = state.done[lead] + 1 + np.int64(min(misses, 1e15))


@part
def play_attempt(team, state, lead, second, of_use, trace):
    """Roll an attempt, given that it does or does not drop something of use.

    What is of use was settled when the attempt began: a tile that one of its own drops completes or
    opens does not change the condition, only what becomes of the drops.
    """
    activity = state.activity[lead]
    if not of_use and not team.certain[activity]:
        return
    own = state.luck.size - OWN_STREAMS
    state.luck[own] = chance_stream(state, lead, state.done[lead])
    state.luck[own + 1] = quantity_stream(state, lead, state.done[lead])
    look(team, state, activity)
    version = state.now[VERSION]
    none = state.none[lead] if of_use else 1.0
    awaited = of_use  # the first roll of use is still to come
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        first = team.outcome_start[line]
        while member != NOBODY:
            law = roll_law(team, state, lead, member, line)
            certain = not team_draws(team, law)
            use = 0.0 if certain else chance_of_use(team, state, line, law)
            for _ in range(team.line_rolls[line]):
                outcome = NOTHING
                stream = own
                if certain:
                    outcome = 0
                    stream = own + 1
                elif of_use and not awaited:
                    outcome = roll_all(team, state, line, law)
                else:
                    hit = False
                    if awaited:
                        chance = use / (1.0 - none)
                        hit = chance >= _SURE or (use > 0.0 and unit_draw(state) < chance)
                        none /= 1.0 - use if use < 1.0 else 1.0
                    if hit:
                        awaited = False
                        outcome = roll_marked(team, state, line, law, True)
                    elif state.now[VERSION] != version:
                        outcome = roll_marked(team, state, line, law, False)
                if outcome != NOTHING:
                    hand_out(
                        team, state, stream, lead, member, line, first + outcome, second, trace
                    )
            member = NOBODY if team.line_per_group[line] else state.next_member[member]


@inlined
def unit_draw(state):
    """Draw from [0, 1) out of the attempt's own stream of chances."""
    own = state.luck.size - OWN_STREAMS
    state.luck[own] += GAMMA
    return np.float64(mix(state.luck[own]) >> np.uint64(11)) * 2.0**-53


@part
def roll_all(team, state, line, law):
    """Roll without a condition; return the outcome's number in its line, or NOTHING."""
    own = state.luck.size - OWN_STREAMS
    state.luck[own] += GAMMA
    draw = chance_draw(mix(state.luck[own]))
    for i in range(team.outcome_start[line + 1] - team.outcome_start[line]):
        if draw < team.thresholds[law + i]:
            return np.int64(i)
    return np.int64(NOTHING)


@part
def roll_marked(team, state, line, law, marked):
    """Roll given that the outcome is (or is not) of use; NOTHING is not."""
    first = team.outcome_start[line]
    count = team.outcome_start[line + 1] - first
    mass = np.int64(0) if marked else CERTAIN
    below_it = np.int64(0)
    for i in range(count):
        if state.of_use[first + i]:
            width = team.thresholds[law + i] - below_it
            mass += width if marked else -width
        below_it = team.thresholds[law + i]
    left = np.int64(unit_draw(state) * mass)
    below_it = np.int64(0)
    last = np.int64(NOTHING)
    for i in range(count):
        if state.of_use[first + i] == marked:
            left -= team.thresholds[law + i] - below_it
            last = np.int64(i)
            if left < 0:
                return last
        below_it = team.thresholds[law + i]
    return last if marked else np.int64(NOTHING)
