"""Units: players at one attempt after another, alone or in a group."""

from __future__ import annotations

import numpy as np

from bingosim.engine.arrays import FAR
from bingosim.engine.grants import first_outcome
from bingosim.engine.hooks import after_release, hook
from bingosim.engine.jit import inlined, part
from bingosim.engine.normal import standard_normal_quantile
from bingosim.engine.rng import GAMMA, below, inside_unit, mix
from bingosim.engine.state import (
    ATTEMPT,
    ATTEMPTS,
    BUSY,
    FREE,
    KEY,
    NO_KEY,
    NOBODY,
    OFFLINE,
    TRACED,
    UNSETTLED,
)

_UNIFORM, _NORMAL = 1, 2


@part
def form_unit(team, state, members, second):
    """Make a unit of `State.group[:members]`, in roster order, and start its first attempt."""
    lead = state.group[0]
    source = state.choice[lead]
    activity = team.source_activity[source]
    mask, slowest = 0, 0
    continued = True
    for i in range(members):
        player = state.group[i]
        continued &= state.ended_lead[player] == lead
        mask |= team.modifier_mask[player * team.source_tile.size + source]
        slowest = max(slowest, team.speed_rank[player * team.activity_salt.size + activity])
        state.status[player] = BUSY
        state.idle[player] = False
        state.newly_waiting[player] = False
        state.deadline[player] = FAR
        state.ended_lead[player] = NOBODY
        state.size[player] = 0
        state.next_member[player] = state.group[i + 1] if i + 1 < members else NOBODY
    state.size[lead] = members
    variant = team.variant_start[source] + (members - 1) * team.variant_masks[source] + mask
    state.law[lead] = team.variant_law[variant] - first_outcome(team, activity)
    state.activity[lead] = activity
    state.factor[lead] = team.time_factor[team.variant_time_start[variant] + slowest]
    state.shift[lead] = team.time_shift[team.variant_time_start[variant] + slowest]
    state.now[UNSETTLED] |= team.group_max[source] > 1
    start_unit(team, state, lead, second, continued)


@hook
def start_unit(team, state, lead, second, continued):  # noqa: ARG001 - the other engine asks
    """Set a unit going; `continued` where all its members come from an attempt that it led."""
    start_attempt(team, state, lead, second)


@inlined
def start_attempt(team, state, lead, second):
    """Draw how long a unit's next attempt takes."""
    activity = state.activity[lead]
    stream = lead * team.activity_salt.size + activity
    law = team.time_law[activity]
    sample = team.time_low[activity]
    if law == _UNIFORM:
        state.luck[stream] += GAMMA
        sample += below(mix(state.luck[stream]), team.time_width[activity])
    elif law == _NORMAL:
        state.luck[stream] += GAMMA
        sample = normal_sample(team, activity, mix(state.luck[stream]))
    seconds = max(1, (sample * state.factor[lead]) >> state.shift[lead])
    state.start[lead] = second
    end = second + seconds
    state.key[lead] = end * KEY + lead if end <= team.duration else NO_KEY


@part
def normal_sample(team, activity, draw):
    """Return a rounded normal number of seconds; below 1 it is 1."""
    z = standard_normal_quantile(inside_unit(draw))
    return max(
        1, np.int64(np.floor(team.time_mean[activity] + team.time_spread[activity] * z + 0.5))
    )


@inlined
def note_attempt(state, lead, second, trace):
    """Count an attempt that ends now, and write its members into the trace."""
    state.now[ATTEMPTS] += 1
    if trace.shape[0]:
        member = lead
        while member != NOBODY:
            row = state.now[TRACED]
            if row < trace.shape[0]:
                trace[row, 0] = ATTEMPT
                trace[row, 1] = second
                trace[row, 2] = state.start[lead]
                trace[row, 3] = state.choice[lead]
                trace[row, 4] = member
                state.now[TRACED] += 1
            member = state.next_member[member]


@part
def release(team, state, lead):
    """Free the members of a unit whose attempt has ended, or send them offline."""
    member = lead
    state.now[UNSETTLED] |= team.group_max[state.choice[lead]] > 1
    while member != NOBODY:
        if state.online[member]:
            state.status[member] = FREE
            state.ended_lead[member] = lead
        else:
            state.status[member] = OFFLINE
            state.ended_lead[member] = NOBODY
        member = state.next_member[member]
    after_release(state, lead)
    state.size[lead] = 0
    state.key[lead] = NO_KEY
