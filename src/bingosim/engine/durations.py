"""How long the attempts of a leg take: a pure function of its key and their numbers."""

from __future__ import annotations

import numpy as np

from bingosim.engine.jit import inlined, kernel
from bingosim.engine.rng import GAMMA, below, mix
from bingosim.engine.units import normal_sample

_UNIFORM, _NORMAL = 1, 2


@kernel
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
