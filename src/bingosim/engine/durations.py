"""How long the attempts of a leg take: a pure function of its key and their numbers."""

from __future__ import annotations

import numpy as np

from bingosim.engine.jit import inlined, part
from bingosim.engine.rng import GAMMA, below, mix
from bingosim.engine.units import normal_sample

_UNIFORM, _NORMAL = 1, 2
_FEW = 16  # attempts that are added up one by one


@inlined
def seconds_of(team, state, lead, attempt):
    """Return how long one attempt of a leg takes."""
    activity = state.activity[lead]
    law = team.time_law[activity]
    sample = team.time_low[activity]
    draw = mix(state.leg_key[lead] + GAMMA * np.uint64(attempt))
    if law == _UNIFORM:
        sample += below(draw, team.time_width[activity])
    elif law == _NORMAL:
        sample = normal_sample(team, activity, draw)
    return max(1, (sample * state.factor[lead]) >> state.shift[lead])


@part
def sum_durations(team, state, lead, first, count):
    """Return the seconds of a leg's attempts `first` to `first + count - 1`."""
    activity = state.activity[lead]
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


@part
def walk(team, state, lead, target, stop):
    """Go from where a leg stands to its first attempt that ends at `stop` or later, or to `target`.

    Returns the attempt's number, its end, and the end of the one before it.
    """
    done, at = state.done[lead], state.at[lead]
    longest = state.longest[lead]
    while True:
        # So many attempts end before `stop` whatever they take.
        count = min(target - done - 1, (stop - 1 - at) // longest)
        if count < _FEW:
            break
        at += sum_durations(team, state, lead, done + 1, count)
        done += count
    before = at
    while done < target and at < stop:
        before = at
        done += 1
        at += seconds_of(team, state, lead, done)
    return done, at, before


@inlined
def bound_durations(team, state, lead):
    """Note the least and the most seconds that an attempt of a unit can take."""
    activity = state.activity[lead]
    factor, shift = state.factor[lead], state.shift[lead]
    low = team.time_low[activity]
    high = low + team.time_width[activity] - 1
    if team.time_law[activity] == _NORMAL:
        low = np.int64(1)
        high = np.int64(team.time_mean[activity] + 9.0 * team.time_spread[activity]) + 1
    state.shortest[lead] = max(1, (low * factor) >> shift)
    state.longest[lead] = max(1, (high * factor) >> shift)
