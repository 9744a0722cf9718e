"""Groups: who starts together, who joins, who waits on, who waited in vain.

The five steps are those of `docs/simulation.md`.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.arrays import FAR
from bingosim.engine.hooks import bar_lifted
from bingosim.engine.jit import fill, inlined, part
from bingosim.engine.state import (
    BARS,
    BUSY,
    FREE,
    LISTED,
    NEXT_DEADLINE,
    NOBODY,
    NOTHING,
    UNSETTLED,
    WAITING,
)
from bingosim.engine.units import form_unit


@part
def settle_groups(team, state, second):
    """Settle every group source that is waited for; return whether somebody must choose again.

    `list_waiting` has been called.
    """
    again = False
    state.now[UNSETTLED] = 0
    source = next_source(state, np.int64(NOTHING))
    while source != NOTHING:
        go_on(team, state, source, second)
        hold_places(team, state, source)
        start_groups(team, state, source, np.int64(team.group_want[source]), second)
        if somebody_expired(state, source, second):
            start_groups(team, state, source, np.int64(1), second)
            again |= send_away(team, state, source, second)
        source = next_source(state, source)
    if state.now[BARS]:
        again |= lift_bars(team, state, second)
    state.now[NEXT_DEADLINE] = FAR
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        state.newly_waiting[player] = False
        if state.status[player] == WAITING:
            state.now[NEXT_DEADLINE] = min(state.now[NEXT_DEADLINE], state.deadline[player])
    return again


@inlined
def list_waiting(state):
    """List who waits, in roster order; who no longer does stays listed while groups are settled."""
    listed = 0
    for player in range(state.status.size):
        if state.status[player] == WAITING:
            state.waiting[listed] = player
            listed += 1
    state.now[LISTED] = listed


@part
def next_source(state, previous):
    """Return the first source after `previous`, in board order, that somebody waits for."""
    found = NOTHING
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        source = state.choice[player]
        if (
            state.status[player] == WAITING
            and source > previous
            and (found == NOTHING or source < found)
        ):
            found = source
    return found


@inlined
def allowed(team, source, size):
    """Return whether so many may start, or go on, together."""
    return team.group_min[source] <= size <= team.group_max[source] or (
        size == 1 and team.group_solo[source]
    )


@inlined
def waits_for(state, player, source):
    """Return whether a player waits for a source."""
    return state.status[player] == WAITING and state.choice[player] == source


@inlined
def is_waited_for(state, source):
    """Return whether somebody waits for a source."""
    waited_for = False
    for player in range(state.status.size):
        waited_for |= waits_for(state, player, source)
    return waited_for


@part
def go_on(team, state, source, second):
    """Step 1: units that ended go on, joined by who waits; those with too few members dissolve."""
    ended = 0
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        lead = state.ended_lead[player]
        if waits_for(state, player, source) and lead != NOBODY:
            if ended == 0:
                fill(state.staying, 0)
            state.staying[lead] += 1
            ended += 1
    if ended == 0:
        return
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        lead = state.ended_lead[player]
        if (
            waits_for(state, player, source)
            and lead != NOBODY
            and not allowed(team, source, state.staying[lead])
        ):
            state.ended_lead[player] = NOBODY
    for lead in range(state.status.size):
        if not allowed(team, source, state.staying[lead]):
            continue
        room = places_to_fill(team, state, source, state.staying[lead])
        size = np.int64(0)
        for i in range(state.now[LISTED]):
            player = state.waiting[i]
            if not waits_for(state, player, source):
                continue
            joins = state.ended_lead[player] == NOBODY and room > 0
            if joins or state.ended_lead[player] == lead:
                room -= joins
                state.group[size] = player
                size += 1
        form_unit(team, state, size, second)


@part
def places_to_fill(team, state, source, staying):
    """Return how many join a unit of so many; none where the size would not be allowed."""
    waiting = 0
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        waiting += waits_for(state, player, source) and state.ended_lead[player] == NOBODY
    joining = min(waiting, team.group_max[source] - staying)
    return np.int64(joining if allowed(team, source, staying + joining) else 0)


@part
def hold_places(team, state, source):
    """Step 2: who is first in roster order holds the free places of units that play on.

    Who holds one waits without limit (deadline FAR); the others' waiting ends in time.
    """
    places = 0
    for player in range(state.status.size):
        if (
            state.choice[player] == source
            and state.status[player] == BUSY
            and state.size[player] > 0
        ):
            places += team.group_max[source] - state.size[player]
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        if waits_for(state, player, source):
            if places > 0:
                places -= 1
                state.deadline[player] = FAR
            else:
                state.deadline[player] = state.wait_since[player] + team.max_wait[source]


@part
def start_groups(team, state, source, least, second):
    """Step 3 (and 4): the others form groups, as large as allowed, while `least` are left."""
    while True:
        size = np.int64(0)
        for i in range(state.now[LISTED]):
            player = state.waiting[i]
            if (
                size < team.group_max[source]
                and waits_for(state, player, source)
                and state.deadline[player] < FAR
            ):
                state.group[size] = player
                size += 1
        if size < least or not allowed(team, source, size):
            return
        form_unit(team, state, size, second)


@part
def somebody_expired(state, source, second):
    """Return whether the waiting time of one who is left has run out."""
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        if waits_for(state, player, source) and state.deadline[player] <= second:
            return True
    return False


@part
def send_away(team, state, source, second):
    """Step 5: who waited in vain is barred and free to choose; return whether there is one."""
    anyone = False
    for i in range(state.now[LISTED]):
        player = state.waiting[i]
        if waits_for(state, player, source) and state.deadline[player] <= second:
            bar = player * team.source_tile.size + source
            state.now[BARS] += not state.barred[bar]
            state.barred[bar] = True
            state.status[player] = FREE
            state.idle[player] = False
            state.deadline[player] = FAR
            state.now[UNSETTLED] = 1
            anyone = True
    return anyone


@part
def lift_bars(team, state, second):
    """Lift the bars from sources that somebody has begun to wait for, or started with room left.

    Returns whether somebody who is free may choose again.
    """
    freed = False
    sources = team.source_tile.size
    for player in range(state.status.size):
        source = state.choice[player]
        began = state.status[player] == WAITING and state.newly_waiting[player]
        started = (
            state.status[player] == BUSY
            and 0 < state.size[player] < team.group_max[source]
            and state.start[player] == second
        )
        if not (began or started):
            continue
        for other in range(state.status.size):
            if state.barred[other * sources + source]:
                state.barred[other * sources + source] = False
                state.now[BARS] -= 1
                state.choice_version[other] = -1
                if state.status[other] == BUSY:
                    bar_lifted(team, state, other, second)
                if state.status[other] == FREE:
                    state.idle[other] = False
                    state.now[UNSETTLED] = 1
                    freed = True
    return freed
