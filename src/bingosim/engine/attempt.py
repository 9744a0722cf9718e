"""The engine that plays every attempt: a compiled reading of `docs/simulation.md`.

`play_runs` is the event loop. All random numbers come from streams named by seed, run, team, player
and activity: nothing depends on threads, chunks or order.

One moment after the other: whose attempt ends gets its loot, one by one in roster order. In most
moments that is one unit that drops nothing useful and goes on with the same attempt; what could
change anybody's choice (a completed tile, a session, who waits) has all who are free choose.
"""

from __future__ import annotations

from bingosim.engine.grants import roll_loot
from bingosim.engine.jit import kernel
from bingosim.engine.run import begin, decide, goes_on, soonest_end, write_columns
from bingosim.engine.state import (
    ATTEMPTS,
    KEY,
    KEY_BITS,
    NEXT_DEADLINE,
    NEXT_SESSION,
    NO_KEY,
    TILE_WAS_COMPLETED,
)
from bingosim.engine.units import note_attempt, release, start_attempt


@kernel
def play_runs(team, state, seed, runs, index, first_player, columns, trace):
    """Play one team's part of some runs and write the results.

    Args:
        team: `CompiledTeam`.
        state: Scratch of this team (`new_state`), of nobody else at this time.
        seed: uint64, the batch's seed.
        runs: int64[n], run indices.
        index: The team's number among the columns' teams.
        first_player: The number of its first player among the columns' players.
        columns: `Columns` of n runs, all teams.
        trace: int64[k, 5], filled with what happens (see `state.py`) in the last run; k may be 0.

    Returns:
        How many attempts counted, over all runs; a group's attempt counts once.
    """
    attempts = 0
    for i in range(runs.size):
        begin(team, state, seed, runs[i])
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
                note_attempt(state, lead, second, trace)
                roll_loot(team, state, lead, second, trace)
                state.ended[ended] = lead
                ended += 1
                state.key[lead] = NO_KEY
                soonest = soonest_end(state)
            everyone |= state.now[TILE_WAS_COMPLETED] != 0
            for j in range(ended):
                everyone = everyone or not goes_on(team, state, state.ended[j], second)
            for j in range(ended):
                lead = state.ended[j]
                if everyone:
                    release(team, state, lead)
                else:
                    start_attempt(team, state, lead, second)
                    soonest = min(soonest, state.key[lead])
            if everyone:
                decide(team, state, second)
                soonest = soonest_end(state)
        attempts += state.now[ATTEMPTS]
        write_columns(state, columns, i, index, first_player)
    return attempts
