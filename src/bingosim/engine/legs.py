"""Legs: unbroken rows of attempts, jumped over as far as nothing happens.

A leg begins when a unit starts at a source, and goes on as long as the same members go on there. It
has one 64-bit key, and its whole future is a pure function of the key and of numbers of attempts:
how long attempt i takes, what its certain drops amount to, which chances it has. So any part of it
can be computed late, or twice, and nothing depends on how far anybody looked ahead.

After `done` attempts the next one of use is number `hit = done + G`, with G geometric in the chance
that an attempt drops something that an open tile accepts. Until then attempts change nothing but
the time, and the progress made by certain drops. When what is of use changes, G is drawn anew from
the attempts not yet ended: they are independent of those that ended, so this changes no law.

A unit comes up in the queue at the first of these attempts: `hit`; the first to end at `stop` or
later (a session too short for another one, or somebody who waits to join); `quota + 1`, whose
certain drops could complete a tile. When that is, is not computed until the unit's lower bound
comes to the front of the queue.

Certain drops (a roll whose first outcome has chance 1) of up to `quota` are granted silently,
summed over many attempts. For that a leg reserves the most that they can add: all reservations of
a tile together, and its progress, stay below its need, so that no silent grant completes it.
"""

from __future__ import annotations

import numpy as np

from bingosim.engine.arrays import FAR
from bingosim.engine.choosing import find_source
from bingosim.engine.grants import member_law
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
from bingosim.engine.jit import inlined, kernel
from bingosim.engine.normal import natural_log
from bingosim.engine.receivers import best_receiver
from bingosim.engine.rng import CERTAIN, GAMMA, below, inside_unit, mix
from bingosim.engine.state import (
    BUSY,
    CONSIDERED,
    KEY,
    LEAD,
    NO_KEY,
    NOBODY,
    NOTHING,
    STEPWISE,
    VERSION,
    WAITING,
    JumpState,
)
from bingosim.engine.units import normal_sample, release, start_unit

_UNIFORM, _NORMAL = 1, 2
_NEVER = np.int64(2**60)  # the number of an attempt that is never made
_FEW = 12  # attempts that are summed at once sooner than bounded
_FOR_HITS = np.uint64(0x243F6A8885A308D3)
_FOR_CHANCES = np.uint64(0x13198A2E03707344)
_FOR_QUANTITIES = np.uint64(0xA4093822299F31D0)


# -- time ----------------------------------------------------------------------------------------


@kernel
def sum_durations(team, state, lead, first, count):
    """Return the seconds of a leg's attempts `first` to `first + count - 1`."""
    activity = team.source_activity[state.leg_source[lead]]
    law, low, width = team.time_law[activity], team.time_low[activity], team.time_width[activity]
    factor, shift, key = state.factor[lead], state.shift[lead], state.leg_key[lead]
    total = np.int64(0)
    if law == _UNIFORM:
        for i in range(count):
            sample = low + below(mix(key + GAMMA * np.uint64(first + i)), width)
            total += max(1, (sample * factor) >> shift)
    elif law == _NORMAL:
        for i in range(count):
            sample = normal_sample(team, activity, mix(key + GAMMA * np.uint64(first + i)))
            total += max(1, (sample * factor) >> shift)
    else:
        total = count * max(1, (low * factor) >> shift)
    return total


@kernel
def bound_durations(team, state, lead):
    """Note the least and the most seconds that an attempt of a unit can take."""
    activity = team.source_activity[state.leg_source[lead]]
    factor, shift = state.factor[lead], state.shift[lead]
    low = team.time_low[activity]
    high = low + team.time_width[activity] - 1
    if team.time_law[activity] == _NORMAL:
        low = np.int64(1)
        high = np.int64(team.time_mean[activity] + 9.0 * team.time_spread[activity]) + 1
    state.shortest[lead] = max(1, (low * factor) >> shift)
    state.longest[lead] = max(1, (high * factor) >> shift)


# -- chance --------------------------------------------------------------------------------------


@kernel
def is_of_use(team, state, outcome):
    """Return whether an open tile accepts a drop of an outcome."""
    for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
        if best_receiver(team, state, drop) >= 0:
            return True
    return False


@kernel
def roll_law(team, state, lead, member, line):
    """Return where the thresholds of one roll begin: of a loot line, for one member of a unit."""
    law = state.law[lead]
    if not team.line_per_group[line] and state.size[lead] > 1:
        law = member_law(team, state, lead, member)
    return law + team.outcome_start[line]


@kernel
def chance_of_use(team, state, line, law):
    """Return the chance that a roll ends with one of the outcomes that `of_use` marks."""
    mass = np.int64(0)
    first = team.outcome_start[line]
    below_it = np.int64(0)
    for i in range(team.outcome_start[line + 1] - first):
        if state.of_use[first + i]:
            mass += team.thresholds[law + i] - below_it
        below_it = team.thresholds[law + i]
    return mass * 2.0**-62


@kernel
def mark_outcomes(team, state, activity):
    """Mark the outcomes of an activity that are of use now."""
    first, last = team.line_start[activity], team.line_start[activity + 1]
    for outcome in range(team.outcome_start[first], team.outcome_start[last]):
        state.of_use[outcome] = is_of_use(team, state, outcome)


@kernel
def chance_of_none(team, state, lead):
    """Return the chance that no uncertain roll of an attempt ends with what `of_use` marks."""
    activity = team.source_activity[state.choice[lead]]
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


@kernel
def find_hit(team, state, lead):
    """Draw the next attempt of use, unless the one drawn still holds."""
    activity = team.source_activity[state.choice[lead]]
    version = state.use_version[activity]
    if state.hit_version[lead] != version:
        mark_outcomes(team, state, activity)
        none = chance_of_none(team, state, lead)
        if none >= 1.0:
            state.log_miss[lead] = 1.0
        elif none <= 0.0:
            state.log_miss[lead] = 0.0
        else:
            state.log_miss[lead] = 1.0 / natural_log(none)
        state.hit_version[lead] = version
    elif state.hit[lead] > state.done[lead]:
        return
    scale = state.log_miss[lead]
    if scale > 0.0:
        state.hit[lead] = _NEVER
        return
    key = mix((state.leg_key[lead] ^ _FOR_HITS) + GAMMA * np.uint64(state.done[lead]))
    misses = natural_log(inside_unit(key)) * scale
    state.hit[lead] = state.done[lead] + 1 + np.int64(min(misses, 1e15))


# -- silent grants -------------------------------------------------------------------------------


@kernel
def find_silent_tile(team, state, lead):
    """Find the one tile that takes all certain drops, and the most an attempt adds to it.

    Returns False where a certain drop must be granted one by one: it goes to one of several tiles,
    counts per drop key, or falls to a member by chance.
    """
    activity = team.source_activity[state.choice[lead]]
    state.silent_tile[lead] = NOTHING
    state.silent_units[lead] = 0
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        while member != NOBODY:
            if team.thresholds[roll_law(team, state, lead, member, line)] >= CERTAIN:
                outcome = team.outcome_start[line]
                for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
                    receiver = best_receiver(team, state, drop)
                    if receiver < 0:
                        continue
                    tile = team.receiver_tile[receiver]
                    if (
                        (state.silent_tile[lead] != NOTHING and state.silent_tile[lead] != tile)
                        or team.slot_start[tile + 1] - team.slot_start[tile] > 1
                        or team.slot_cap[team.receiver_slot[receiver]] < team.tile_need[tile]
                        or (team.line_per_group[line] and state.size[lead] > 1)
                    ):
                        return False
                    most = team.drop_low[drop] + team.drop_width[drop] - 1
                    state.silent_tile[lead] = tile
                    state.silent_units[lead] += (
                        most * team.receiver_units[receiver] * team.line_rolls[line]
                    )
            member = NOBODY if team.line_per_group[line] else state.next_member[member]
    return True


@kernel
def reserve(team, state, lead):
    """Reserve room for certain drops, and set the quota that it lasts for."""
    if state.now[STEPWISE] or not find_silent_tile(team, state, lead):
        state.silent_tile[lead] = NOTHING
        state.quota[lead] = state.done[lead]
        return
    tile = state.silent_tile[lead]
    if tile == NOTHING:
        state.quota[lead] = _NEVER
        return
    sharing = 1
    for other in range(state.status.size):
        sharing += other != lead and state.silent_tile[other] == tile
    each = state.silent_units[lead]
    room = team.tile_need[tile] - 1 - state.progress[team.slot_start[tile]] - state.reserved[tile]
    attempts = max(0, room) // each
    if attempts > sharing:
        attempts //= sharing
    elif attempts > 1:
        attempts = np.int64(1)
    state.quota[lead] = state.done[lead] + attempts
    state.kept[lead] = attempts * each
    state.reserved[tile] += attempts * each


@kernel
def give_back(state, lead):
    """Give back what a leg has reserved."""
    tile = state.silent_tile[lead]
    if tile != NOTHING:
        state.reserved[tile] -= state.kept[lead]
        state.kept[lead] = 0
        state.silent_tile[lead] = NOTHING


@kernel
def credit(team, state, lead, first, count):
    """Grant the certain drops of a leg's attempts `first` to `first + count - 1`, silently."""
    tile = state.silent_tile[lead]
    if tile == NOTHING or count == 0:
        return
    activity = team.source_activity[state.choice[lead]]
    nth = np.uint64(0)  # of the drops of an attempt whose quantity is drawn
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        member = lead
        while member != NOBODY:
            if team.thresholds[roll_law(team, state, lead, member, line)] >= CERTAIN:
                outcome = team.outcome_start[line]
                for _ in range(team.line_rolls[line]):
                    for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
                        quantity = count * team.drop_low[drop]
                        if team.drop_width[drop] > 1:
                            nth += np.uint64(1)
                            width = team.drop_width[drop]
                            quantity += sum_quantities(state, lead, first, count, nth, width)
                        receiver = best_receiver(team, state, drop)
                        if receiver >= 0:
                            units = quantity * team.receiver_units[receiver]
                            state.progress[team.receiver_slot[receiver]] += units
                            state.units[member * state.open.size + tile] += units
            member = NOBODY if team.line_per_group[line] else state.next_member[member]
    used = count * state.silent_units[lead]
    state.kept[lead] -= used
    state.reserved[tile] -= used


@inlined
def quantity_stream(state, lead, attempt):
    """Return the stream of the quantities of an attempt's certain drops."""
    return mix((state.leg_key[lead] ^ _FOR_QUANTITIES) + GAMMA * np.uint64(attempt))


@inlined
def chance_stream(state, lead, attempt):
    """Return the stream of all other chances of an attempt."""
    return mix((state.leg_key[lead] ^ _FOR_CHANCES) + GAMMA * np.uint64(attempt))


@kernel
def sum_quantities(state, lead, first, count, nth, width):
    """Return the sum over attempts of what the nth drawn quantity is above its least."""
    total = np.int64(0)
    key = state.leg_key[lead] ^ _FOR_QUANTITIES
    for i in range(count):
        total += below(mix(mix(key + GAMMA * np.uint64(first + i)) + GAMMA * nth), width)
    return total


# -- the course of a leg -------------------------------------------------------------------------


@kernel
def start_leg(team, state, lead, second, continued):
    """Begin a unit's leg, or go on with it where the same members go on at the same source."""
    source = state.choice[lead]
    if not (
        continued
        and state.leg_source[lead] == source
        and state.leg_size[lead] == state.size[lead]
        and state.at[lead] == second
    ):
        stream = lead * team.activity_salt.size + team.source_activity[source]
        state.luck[stream] += GAMMA
        state.leg_key[lead] = mix(state.luck[stream])
        state.leg_source[lead] = source
        state.leg_size[lead] = state.size[lead]
        state.done[lead] = 0
        state.hit_version[lead] = -1
        bound_durations(team, state, lead)
    state.at[lead] = second
    state.start[lead] = second
    state.stop[lead] = FAR
    member = lead
    while member != NOBODY:
        state.leader[member] = lead
        last_start = team.session_end[state.session[member]] - state.choice_seconds[member]
        state.stop[lead] = min(state.stop[lead], last_start + 1)
        if state.choice_version[member] != state.now[VERSION]:
            state.stop[lead] = second  # what could change the choice came while waiting
        member = state.next_member[member]
    # Who has waited long may not fit any more: that is not asked again when a group forms.
    state.stop[lead] = max(state.stop[lead], second + 1)
    if state.size[lead] < team.group_max[source]:
        for player in range(state.status.size):
            if state.status[player] == WAITING and state.choice[player] == source:
                state.stop[lead] = second + 1
    go_on_with_leg(team, state, lead)


@kernel
def go_on_with_leg(team, state, lead):
    """Look ahead from where a leg stands: what is of use next, and when the unit comes up."""
    state.pending[lead] = False
    find_hit(team, state, lead)
    reserve(team, state, lead)
    plan(team, state, lead)


@kernel
def plan(team, state, lead):
    """Put a unit into the queue at the attempt it comes up at, or at a lower bound of its end."""
    target = min(state.hit[lead], state.quota[lead] + 1)
    count = 1 if state.now[STEPWISE] else target - state.done[lead]
    if count <= _FEW:
        resolve(team, state, lead)
        return
    soonest = min(state.at[lead] + min(count, FAR) * state.shortest[lead], state.stop[lead])
    state.key[lead] = soonest * KEY + lead
    state.exact[lead] = False


@kernel
def resolve(team, state, lead):
    """Find the attempt at which a unit comes up, and put the unit into the queue at its end."""
    done, at = state.done[lead], state.at[lead]
    stop, longest = state.stop[lead], state.longest[lead]
    target = min(state.hit[lead], state.quota[lead] + 1)
    if state.now[STEPWISE]:
        target = done + 1
    while done < target and at < stop:
        # So many attempts end before `stop` whatever they take; then one at a time.
        count = max(1, min(target - done, (stop - 1 - at) // longest))
        at += sum_durations(team, state, lead, done + 1, count)
        done += count
    state.due[lead] = done
    state.exact[lead] = True
    state.key[lead] = at * KEY + lead if at <= team.duration else NO_KEY


@kernel
def advance(team, state, lead, before):
    """Settle the attempts of a leg that end before a moment; the unit comes up later than that."""
    done, at = state.done[lead], state.at[lead]
    longest = state.longest[lead]
    while True:
        count = max(1, (before - 1 - at) // longest)
        end = at + sum_durations(team, state, lead, done + 1, count)
        if end >= before:
            break
        done += count
        at = end
    credit(team, state, lead, state.done[lead] + 1, done - state.done[lead])
    state.done[lead] = done
    state.at[lead] = at


@kernel
def interrupt(team, state, lead, second):
    """Make a unit come up at the next end of an attempt.

    Returns whether one ends in this very second, and the unit has not started another since: it
    drops nothing of use (else the unit would have come up), is settled, and may be released.
    """
    if not (state.exact[lead] and state.due[lead] == state.done[lead] + 1):
        advance(team, state, lead, second + 1)
        state.stop[lead] = min(state.stop[lead], second + 1)
        resolve(team, state, lead)
    return state.at[lead] == second and state.start[lead] < second


@kernel
def plays(state, lead):
    """Return whether a player leads a unit whose leg is under way."""
    return state.status[lead] == BUSY and state.size[lead] > 0 and not state.pending[lead]


@kernel
def credit_all(team, state, second, lead):
    """Settle all silent legs up to the attempt that a lead ends at a second.

    Ends of one second count in roster order of the leads.
    """
    for other in range(state.status.size):
        if other != lead and plays(state, other) and state.silent_tile[other] != NOTHING:
            advance(team, state, other, second + (other < lead))


@kernel
def renew_legs(team, state, second, lead):
    """Look ahead anew in all legs for which it has changed what is of use, or who takes it."""
    for other in range(state.status.size):
        if other == lead or not plays(state, other):
            continue
        activity = team.source_activity[state.choice[other]]
        changed = state.hit_version[other] != state.use_version[activity]
        if changed or state.silent_tile[other] != NOTHING:
            advance(team, state, other, second + (other < lead))
            give_back(state, other)
            go_on_with_leg(team, state, other)


@kernel
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
                release(state, lead)
        else:
            member = lead
            while member != NOBODY:
                state.choice_version[member] = state.now[VERSION]
                member = state.next_member[member]


@kernel
def call_in_units(team, state, second):
    """Make units come up at the next end that somebody waits for; return whether one is now."""
    anyone = False
    for player in range(state.status.size):
        if state.status[player] != WAITING:
            continue
        source = state.choice[player]
        for lead in range(state.status.size):
            if (
                plays(state, lead)
                and state.choice[lead] == source
                and state.size[lead] < team.group_max[source]
                and interrupt(team, state, lead, second)
            ):
                release(state, lead)
                anyone = True
    return anyone


# -- what the hooks are to units that jump ---------------------------------------------------------


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
        state.use_version[team.source_activity[source]] += 1


@at(before_grant, JumpState)
def _before_grant(team, state, tile, second):
    if state.reserved[tile] > 0:
        credit_all(team, state, second, state.now[LEAD])


@at(before_completion, JumpState)
def _before_completion(team, state, tile, second):
    credit_all(team, state, second, state.now[LEAD])


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
