"""The engine that jumps over attempts which drop nothing of use. The law is the same.

Why. Between two moments at which anything but the time and silent progress changes, a unit makes
attempts that are independent and alike: each takes a time from the same law, and drops something of
use with the same chance p, independent of the time. So the number of attempts up to and including
the first of use is geometric in p, independent of their times; given that an attempt is of use, its
rolls have their joint law under that condition, and given that it is not, what they drop is lost.
Attempts that are cut short of their success by an interrupt have all failed, which tells nothing of
the ones to come: these are drawn anew. `legs.py` says when units come up; the rest is the same code
as in the engine that plays every attempt.

Errors that remain: p and the quantiles of the geometric law are doubles, so each chance is wrong by
less than 1e-15 of itself + 2^-53; a time is drawn from 44 bits, as in the other engine.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.choosing import choose
from bingosim.engine.grants import hand_out, team_draws
from bingosim.engine.jit import kernel
from bingosim.engine.legs import (
    advance,
    chance_of_none,
    chance_of_use,
    chance_stream,
    credit,
    give_back,
    mark_outcomes,
    plays,
    quantity_stream,
    renew_legs,
    resolve,
    roll_law,
    start_leg,
)
from bingosim.engine.rng import CERTAIN, GAMMA, chance_draw, mix
from bingosim.engine.run import (
    begin,
    change_sessions,
    decide,
    goes_on,
    soonest_end,
    write_columns,
)
from bingosim.engine.state import (
    ATTEMPTS,
    CONSIDERED,
    FREE,
    KEY,
    KEY_BITS,
    LEAD,
    NEXT_DEADLINE,
    NEXT_SESSION,
    NO_KEY,
    NOBODY,
    NOTHING,
    OWN_STREAMS,
    STEPWISE,
    VERSION,
    WAITING,
)
from bingosim.engine.units import note_attempt, release

_SURE = 1.0 - 1e-12


@kernel
def jump_runs(  # noqa: C901 - the event loop, in one place
    team, state, seed, runs, index, first_player, columns, trace, stepwise=False
):
    """Play one team's part of some runs and write the results.

    Args and result as of `attempt.play_runs`, but that it returns how many attempts came to the
    front of the queue; `stepwise` makes every attempt come there, which changes no result.
    """
    events = 0
    for i in range(runs.size):
        stream = mix(mix(seed + GAMMA * np.uint64(runs[i] + 1)) ^ team.salt)
        begin(team, state, stream)
        begin_legs(state, stepwise or team.max_players > 0)
        decide(team, state, team.start)
        soonest = soonest_end(state)
        while True:
            other = min(state.now[NEXT_SESSION], state.now[NEXT_DEADLINE])
            second = min(soonest >> KEY_BITS, other)
            if second > team.duration:
                break
            everyone = second == other or team.max_players > 0
            ended = 0
            while soonest >> KEY_BITS == second:
                lead = soonest & (KEY - 1)
                if state.exact[lead]:
                    note_attempt(state, lead, second, trace)
                    come_up(team, state, lead, second, trace)
                    state.ended[ended] = lead
                    ended += 1
                else:
                    resolve(team, state, lead)
                soonest = soonest_end(state)
            everyone |= state.now[CONSIDERED] != state.now[VERSION]
            stays = True
            for j in range(ended):
                stays = stays and goes_on(team, state, state.ended[j], second)
            # One who plays alone and does not stay chooses without troubling the others.
            alone = ended == 1 and team.group_max[state.choice[state.ended[0]]] == 1
            everyone = everyone or not (stays or alone)
            for j in range(ended):
                lead = state.ended[j]
                if stays and not everyone:
                    start_leg(team, state, lead, second, True)
                    continue
                release(state, lead)
                if not everyone and state.status[lead] == FREE:
                    choose(team, state, lead, second)
                    everyone = state.status[lead] == WAITING
            if everyone:
                if second == state.now[NEXT_SESSION]:
                    change_sessions(team, state, second)
                decide(team, state, second)
            soonest = soonest_end(state)
        for lead in range(state.status.size):
            if plays(state, lead) and state.silent_tile[lead] != NOTHING:
                advance(team, state, lead, team.duration + 1)
        events += state.now[ATTEMPTS]
        write_columns(state, columns, i, index, first_player)
    return events


@kernel
def begin_legs(state, stepwise):
    """Reset what legs are, before anybody has begun one."""
    state.now[STEPWISE] = stepwise
    for tile in range(state.reserved.size):
        state.reserved[tile] = 0
    for activity in range(state.use_version.size):
        state.use_version[activity] = 0
    for player in range(state.status.size):
        state.pending[player] = False
        state.leg_source[player] = NOTHING
        state.silent_tile[player] = NOTHING
        state.kept[player] = 0


@kernel
def come_up(team, state, lead, second, trace):
    """Settle a leg up to the attempt that ends now, and hand out what that one drops."""
    attempt = state.due[lead]
    credit(team, state, lead, state.done[lead] + 1, attempt - 1 - state.done[lead])
    give_back(state, lead)
    state.done[lead] = attempt
    state.at[lead] = second
    state.pending[lead] = True
    state.key[lead] = NO_KEY
    state.now[LEAD] = lead
    version = state.now[VERSION]
    play_attempt(team, state, lead, second, attempt == state.hit[lead], trace)
    if state.now[VERSION] != version:
        renew_legs(team, state, second, lead)


@kernel
def play_attempt(team, state, lead, second, of_use, trace):
    """Roll an attempt, given that it does or does not drop something of use.

    What is of use was settled when the attempt began: a tile that one of its own drops completes or
    opens does not change the condition, only what becomes of the drops.
    """
    activity = team.source_activity[state.choice[lead]]
    own = state.luck.size - OWN_STREAMS
    state.luck[own] = chance_stream(state, lead, state.done[lead])
    state.luck[own + 1] = quantity_stream(state, lead, state.done[lead])
    mark_outcomes(team, state, activity)
    version = state.now[VERSION]
    none = chance_of_none(team, state, lead) if of_use else 1.0
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


@kernel
def unit_draw(state):
    """Draw from [0, 1) out of the attempt's own stream of chances."""
    own = state.luck.size - OWN_STREAMS
    state.luck[own] += GAMMA
    return np.float64(mix(state.luck[own]) >> np.uint64(11)) * 2.0**-53


@kernel
def roll_all(team, state, line, law):
    """Roll without a condition; return the outcome's number in its line, or NOTHING."""
    own = state.luck.size - OWN_STREAMS
    state.luck[own] += GAMMA
    draw = chance_draw(mix(state.luck[own]))
    for i in range(team.outcome_start[line + 1] - team.outcome_start[line]):
        if draw < team.thresholds[law + i]:
            return np.int64(i)
    return np.int64(NOTHING)


@kernel
def roll_marked(team, state, line, law, marked):
    """Roll given that the outcome is (or is not) one that `of_use` marks; NOTHING is not one."""
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
