"""The least that playing every attempt can cost: its draws, and the queue of who ends next.

No tiles, no choices, no sessions, no groups. Each player attempts, over and over, what that player
attempted most in a run of the real engine.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.engine.jit import kernel
from bingosim.engine.rng import GAMMA, below, chance_draw, mix
from bingosim.engine.state import ATTEMPT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.engine.arrays import CompiledTeam


@kernel
def bare_loop(attempts, players, low, width, factor, shift, rolls, threshold, seed):
    """Draw so many attempts of a team in the order in which they end; return the hits."""
    end = np.zeros(players, np.int64)
    luck = np.zeros(players, np.uint64)
    for player in range(players):
        luck[player] = mix(seed + np.uint64(player))
        end[player] = player
    hits = 0
    for _ in range(attempts):
        soonest = end[0]
        for player in range(players):
            soonest = min(soonest, end[player])
        lead = soonest % 1024
        for _ in range(rolls[lead]):
            luck[lead] += GAMMA
            hits += chance_draw(mix(luck[lead])) < threshold[lead]
        luck[lead] += GAMMA
        sample = low[lead] + below(mix(luck[lead]), width[lead])
        second = soonest // 1024 + max(1, (sample * factor[lead]) >> shift[lead])
        end[lead] = second * 1024 + lead
    return hits


def bare_arguments(team: CompiledTeam, trace: NDArray[np.int64]) -> tuple[Any, ...]:
    """Return the loop's arguments for one team, from a traced run of it.

    Args:
        team: The compiled team.
        trace: int64[k, 5], as `play_runs` writes it.
    """
    players = len(team.player_salt)
    rows: list[tuple[int, ...]] = []
    attempts = trace[trace[:, 0] == ATTEMPT]
    usual = Counter(attempts[:, 3].tolist()).most_common(1)[0][0]
    for player in range(players):
        own = Counter(attempts[attempts[:, 4] == player][:, 3].tolist())
        rows.append(_draws(team, player, own.most_common(1)[0][0] if own else usual))
    low, width, factor, shift, rolls, threshold = (
        np.array(c, np.int64) for c in zip(*rows, strict=True)
    )
    return players, low, width, factor, shift, rolls, threshold, np.uint64(1)


def _draws(team: CompiledTeam, player: int, source: int) -> tuple[int, ...]:
    activity = team.source_activity[source]
    mask = team.modifier_mask[player * len(team.source_tile) + source]
    variant = team.variant_start[source] + mask
    time = (
        team.variant_time_start[variant]
        + team.speed_rank[player * len(team.activity_salt) + activity]
    )
    lines = range(team.line_start[activity], team.line_start[activity + 1])
    return (
        int(team.time_low[activity]),
        int(team.time_width[activity]),
        int(team.time_factor[time]),
        int(team.time_shift[time]),
        sum(int(team.line_rolls[line]) for line in lines),
        int(team.thresholds[team.variant_law[variant]]),
    )
