"""Snapshot -> CompiledEvent: the only bridge between objects and arrays.

Everything exact becomes a number of the engine here, once: chances become integer thresholds,
multipliers become an integer factor and a shift that give the exact floor, rates become an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bingosim.compilation.board import compile_board, compile_start
from bingosim.compilation.loot import compile_loot
from bingosim.compilation.options import compile_options
from bingosim.compilation.players import compile_players
from bingosim.compilation.roster import Layout, Roster
from bingosim.compilation.strategy import compile_strategy, team_kernel
from bingosim.compilation.trial import try_strategy
from bingosim.compilation.variants import compile_variants
from bingosim.engine.arrays import CompiledEvent, CompiledTeam
from bingosim.engine.rng import salt

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

__all__ = ["compile_snapshot", "compile_team"]


def compile_snapshot(snapshot: Snapshot) -> CompiledEvent:
    """Compile every team of a snapshot, in the order of the file.

    Raises:
        InputError: A time multiplier is beyond what the engine's integers hold, or a user's own
            strategy is not what it was, cannot be compiled, or fails when it is tried out.
    """
    layout = Layout(snapshot)
    return CompiledEvent(tuple(_compile(Roster(layout, i)) for i in range(len(snapshot.teams))))


def compile_team(snapshot: Snapshot, index: int) -> CompiledTeam:
    """Compile one team with the board as it sees it."""
    return _compile(Roster(Layout(snapshot), index))


def _compile(roster: Roster) -> CompiledTeam:
    snapshot = roster.layout.snapshot
    compiled = CompiledTeam(
        salt=np.uint64(salt(roster.team.name)),
        duration=snapshot.duration,
        start=roster.layout.first_second,
        **compile_board(roster),
        **compile_players(roster),
        **compile_options(roster),
        **compile_variants(roster),
        **compile_loot(roster),
        **compile_strategy(roster),
        **compile_start(roster),
    )
    if roster.team.strategy_sha256 is not None:
        try_strategy(snapshot, roster.index, compiled, team_kernel(roster.team))
    return compiled
