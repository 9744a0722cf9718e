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

from bingosim.engine.choosing import choose
from bingosim.engine.jit import kernel
from bingosim.engine.legs import advance, begin_legs, come_up, plays, resolve, start_leg
from bingosim.engine.run import (
    begin,
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
    NEXT_DEADLINE,
    NEXT_SESSION,
    NOTHING,
    VERSION,
    WAITING,
)
from bingosim.engine.units import note_attempt, release


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
        begin(team, state, seed, runs[i])
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
                    soonest = min(soonest, state.key[lead])
                    continue
                release(team, state, lead)
                if not everyone and state.status[lead] == FREE:
                    choose(team, state, lead, second)
                    everyone = state.status[lead] == WAITING
                    soonest = min(soonest, state.key[lead])
            if everyone:
                decide(team, state, second)
                soonest = soonest_end(state)
        for lead in range(state.status.size):
            if plays(state, lead) and state.silent_tile[lead] != NOTHING:
                advance(team, state, lead, team.duration + 1)
        events += state.now[ATTEMPTS]
        write_columns(state, columns, i, index, first_player)
    return events
