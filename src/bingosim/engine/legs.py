"""Legs: unbroken rows of attempts, jumped over as far as nothing happens.

A leg begins when a unit starts at a source, and goes on as long as the same members go on there. It
has one 64-bit key, and its whole future is a pure function of the key and of numbers of attempts:
how long attempt i takes, what its certain drops amount to, which chances it has. So any part of it
can be computed late, or twice, and nothing depends on how far anybody looked ahead.

After `done` attempts the next one of use is number `hit = done + G`, with G geometric in the chance
that an attempt drops something that an open tile accepts (`chances.py`). Until then attempts change
nothing but the time, and the progress made by certain drops (`silent.py`). When what is of use
changes, G is drawn anew from the attempts not yet ended: they are independent of those that ended,
so this changes no law.

A unit comes up in the queue at the first of these attempts: `hit`; the first to end at `stop` or
later (a session too short for another one, or somebody who waits to join); `quota + 1`, whose
certain drops could complete a tile. When that is, is not computed until the unit's lower bound
comes to the front of the queue.
"""

from __future__ import annotations

from bingosim.engine.arrays import FAR
from bingosim.engine.chances import NEVER_HITS, find_hit, play_attempt
from bingosim.engine.choosing import find_source
from bingosim.engine.durations import bound_durations, walk
from bingosim.engine.groups import is_waited_for
from bingosim.engine.hooks import (
    after_grant,
    after_release,
    at,
    bar_lifted,
    before_choosing,
    before_completion,
    before_grant,
    call_in,
    use_changed,
)
from bingosim.engine.jit import inlined, part
from bingosim.engine.rng import GAMMA, mix
from bingosim.engine.silent import credit, give_back, reserve, silent_tile_of
from bingosim.engine.state import (
    BUSY,
    CONSIDERED,
    FIRST_VERSION,
    KEY,
    LEAD,
    LISTED,
    NO_KEY,
    NOBODY,
    NOTHING,
    STEPWISE,
    VERSION,
    JumpState,
)
from bingosim.engine.units import release, start_unit

_FEW = 12  # attempts that are summed at once sooner than bounded


@part
def begin_legs(state, stepwise):
    """Reset what legs are, before anybody has begun one."""
    state.now[STEPWISE] = stepwise
    for tile in range(state.reserved.size):
        state.reserved[tile] = 0
        state.sharing[tile] = 0
    for activity in range(state.use_version.size):
        state.use_version[activity] = FIRST_VERSION
    for player in range(state.status.size):
        state.pending[player] = False
        state.leg_source[player] = NOTHING
        state.silent_tile[player] = NOTHING
        state.kept[player] = 0


@inlined
def plays(state, lead):
    """Return whether a player leads a unit whose leg is under way."""
    return state.status[lead] == BUSY and state.size[lead] > 0 and not state.pending[lead]


# -- the course of a leg -------------------------------------------------------------------------


@part
def start_leg(team, state, lead, second, continued):
    """Begin a unit's leg, or go on with it where the same members go on at the same source."""
    source = state.choice[lead]
    if not (
        continued
        and state.leg_source[lead] == source
        and state.leg_size[lead] == state.size[lead]
        and state.at[lead] == second
    ):
        stream = lead * team.activity_salt.size + state.activity[lead]
        state.luck[stream] += GAMMA
        state.leg_key[lead] = mix(state.luck[stream])
        state.leg_source[lead] = source
        state.leg_size[lead] = state.size[lead]
        state.done[lead] = 0
        state.hit_version[lead] = -1
        state.until[lead] = 0
        bound_durations(team, state, lead)
    state.at[lead] = second
    state.start[lead] = second
    stop = FAR
    member = lead
    while member != NOBODY:
        state.leader[member] = lead
        stop = min(stop, team.session_end[state.session[member]] - state.choice_seconds[member] + 1)
        if state.choice_version[member] != state.now[VERSION]:
            stop = second  # what could change the choice came while waiting
        member = state.next_member[member]
    # Who has waited long may not fit any more: that is not asked again when a group forms.
    stop = max(stop, second + 1)
    if state.size[lead] < team.group_max[source] and is_waited_for(state, source):
        stop = second + 1
    state.stop[lead] = stop
    go_on_with_leg(team, state, lead)


@part
def go_on_with_leg(team, state, lead):
    """Look ahead from where a leg stands: what is of use next, and when the unit comes up."""
    state.pending[lead] = False
    find_hit(team, state, lead)
    reserve(team, state, lead)
    count = min(state.hit[lead], state.quota[lead] + 1) - state.done[lead]
    if count <= _FEW or state.now[STEPWISE]:
        resolve(team, state, lead)
        return
    soonest = min(state.at[lead] + min(count, FAR) * state.shortest[lead], state.stop[lead])
    state.key[lead] = soonest * KEY + lead
    state.exact[lead] = False


@part
def resolve(team, state, lead):
    """Find the attempt at which a unit comes up, and put the unit into the queue at its end."""
    target = min(state.hit[lead], state.quota[lead] + 1)
    due, end = state.done[lead] + 1, state.until[lead]
    if state.now[STEPWISE]:
        target = due
    if end < state.stop[lead] and (due < target or end == 0):
        due, end, _ = walk(team, state, lead, target, state.stop[lead])
    state.due[lead] = due
    state.exact[lead] = True
    state.key[lead] = end * KEY + lead if end <= team.duration else NO_KEY


@part
def advance(team, state, lead, before):
    """Settle the attempts of a leg that end before a moment; the unit comes up later than that."""
    if state.until[lead] >= before:
        return
    due, end, at = walk(team, state, lead, NEVER_HITS, before)
    if state.silent_tile[lead] != NOTHING and due - 1 > state.done[lead]:
        credit(team, state, lead, state.done[lead] + 1, due - 1 - state.done[lead])
    state.done[lead] = due - 1
    state.at[lead] = at
    state.until[lead] = end


@part
def come_up(team, state, lead, second, trace):
    """Settle a leg up to the attempt that ends now, and hand out what that one drops."""
    attempt = state.due[lead]
    of_use = attempt == state.hit[lead]
    silent = attempt <= state.quota[lead] and not of_use
    count = attempt - state.done[lead] - (not silent)
    if state.silent_tile[lead] != NOTHING:
        if count > 0:
            credit(team, state, lead, state.done[lead] + 1, count)
        give_back(state, lead)
    state.done[lead] = attempt
    state.at[lead] = second
    state.until[lead] = 0
    state.pending[lead] = True
    state.key[lead] = NO_KEY
    if silent:
        return
    state.now[LEAD] = lead
    version = state.now[VERSION]
    play_attempt(team, state, lead, second, of_use, trace)
    if state.now[VERSION] != version:
        renew_legs(team, state, second, lead)


# -- what one leg means for others ---------------------------------------------------------------


@part
def renew_legs(team, state, second, lead):
    """Look ahead anew in all legs for which it has changed what is of use, or who takes it."""
    for other in range(state.status.size):
        if other == lead or not plays(state, other):
            continue
        changed = state.hit_version[other] != state.use_version[state.activity[other]]
        if not changed and state.silent_tile[other] != NOTHING:
            changed = silent_tile_of(team, state, other)[0] != state.silent_tile[other]
        if changed:
            advance(team, state, other, second + (other < lead))
            give_back(state, other)
            go_on_with_leg(team, state, other)


@part
def interrupt(team, state, lead, second):
    """Make a unit come up at the next end of an attempt.

    Returns whether one ends in this very second, and the unit has not started another since: it
    must be released.
    """
    if not (state.exact[lead] and state.due[lead] == state.done[lead] + 1):
        advance(team, state, lead, second + 1)
        state.stop[lead] = min(state.stop[lead], second + 1)
        resolve(team, state, lead)
    return state.at[lead] == second and state.start[lead] < second


@part
def credit_all(team, state, second, lead, tile):
    """Settle silent legs (of one tile, or of any: NOTHING) up to the attempt that a lead ends now.

    Ends of one second count in roster order of the leads.
    """
    for other in range(state.status.size):
        silent = state.silent_tile[other]
        asked = silent != NOTHING and tile in (NOTHING, silent)
        if asked and other != lead and plays(state, other):
            advance(team, state, other, second + (other < lead))


@part
def reconsider(team, state, second):
    """Ask the busy whether they would choose again what they do; make the others come up.

    Who would now, will at the end of the attempt: less time is left then, so what does not fit now
    does not fit then, and the choice itself was made to fit until the leg's end.
    """
    state.now[CONSIDERED] = state.now[VERSION]
    for lead in range(state.status.size):
        if not plays(state, lead):
            continue
        content = True
        member = lead
        while member != NOBODY:
            if state.online[member]:
                seconds = state.choice_seconds[member]
                content &= find_source(team, state, member, second) == state.choice[member]
                state.choice_seconds[member] = seconds
            member = state.next_member[member]
        if not content:
            if interrupt(team, state, lead, second):
                release(team, state, lead)
        else:
            member = lead
            while member != NOBODY:
                state.choice_version[member] = state.now[VERSION]
                member = state.next_member[member]


@part
def call_in_units(team, state, second):
    """Make units come up at the next end that somebody waits for; return whether one is now."""
    anyone = False
    for lead in range(state.status.size):
        source = state.choice[lead]
        if (
            plays(state, lead)
            and state.size[lead] < team.group_max[source]
            and is_listed(state, source)
            and interrupt(team, state, lead, second)
        ):
            release(team, state, lead)
            anyone = True
    return anyone


@inlined
def is_listed(state, source):
    """Return whether somebody in the list of who waits waits for a source."""
    listed = False
    for i in range(state.now[LISTED]):
        listed |= state.choice[state.waiting[i]] == source
    return listed


# -- what the hooks are to units that jump -------------------------------------------------------


@at(start_unit, JumpState)
def _start_unit(team, state, lead, second, continued):
    start_leg(team, state, lead, second, continued)


@at(after_release, JumpState)
def _after_release(state, lead):
    give_back(state, lead)


@at(bar_lifted, JumpState)
def _bar_lifted(team, state, player, second):
    # Whose attempt ends in this second has chosen before the bar fell.
    interrupt(team, state, state.leader[player], second)


@at(use_changed, JumpState)
def _use_changed(team, state, tile):
    for source in range(team.tile_source_start[tile], team.tile_source_start[tile + 1]):
        state.versions[0] += 1
        state.use_version[team.source_activity[source]] = state.versions[0]


@at(before_grant, JumpState)
def _before_grant(team, state, tile, units, second):
    # Where even with all that is reserved the tile stays incomplete, what it is worth now may wait.
    if state.reserved[tile] > 0 and (
        state.progress[team.slot_start[tile]] + state.reserved[tile] + units >= team.tile_need[tile]
    ):
        credit_all(team, state, second, state.now[LEAD], tile)


@at(before_completion, JumpState)
def _before_completion(team, state, tile, second):
    credit_all(team, state, second, state.now[LEAD], NOTHING)


@at(after_grant, JumpState)
def _after_grant(team, state, tile, left):
    if left > state.reserved[tile]:
        return
    # The grant has taken what legs had reserved: they share anew what is left.
    for lead in range(state.status.size):
        if state.silent_tile[lead] == tile and plays(state, lead):
            give_back(state, lead)
            go_on_with_leg(team, state, lead)


@at(before_choosing, JumpState)
def _before_choosing(team, state, second):
    if not state.now[STEPWISE] and state.now[CONSIDERED] != state.now[VERSION]:
        reconsider(team, state, second)


@at(call_in, JumpState)
def _call_in(team, state, second):
    if state.now[STEPWISE]:
        return False
    return call_in_units(team, state, second)
