"""Strategies: each gives every tile a value and a cost.

A ranking is the open, incomplete tiles by value descending, then cost ascending, then key. One file
holds one strategy: a kernel

    score(team, standing, player, value, cost)

that fills `value` (float64[T], higher comes first) and `cost` (int64[T], lower comes first among
equal values) for a player, or for a grant where `player` is `GRANT`. What it writes for closed and
completed tiles is not looked at. It may look at anything in `team` (a `CompiledTeam`) and `standing`
(a `Standing`), and must not change them.
"""

from __future__ import annotations

from bingosim.engine.jit import kernel
from bingosim.engine.strategies.balanced import score_balanced
from bingosim.engine.strategies.combo_unlocking import score_combo_unlocking
from bingosim.engine.strategies.greedy import score_greedy
from bingosim.engine.strategies.lines import score_lines
from bingosim.engine.strategies.row_unlocking import score_row_unlocking
from bingosim.engine.strategies.standing import GRANT, Standing
from bingosim.engine.strategies.tile_order import score_tile_order

__all__ = ["GRANT", "NUMBERS", "Standing", "depends_on_player", "score"]

NUMBERS = {
    "greedy": 0,
    "balanced": 1,
    "row-unlocking": 2,
    "combo-unlocking": 3,
    "lines": 4,
    "tile-order": 5,
}
"""The number by which the kernel knows a strategy."""

_BALANCED = NUMBERS["balanced"]


@kernel
def depends_on_player(strategy):  # type: ignore[no-untyped-def]
    """Return whether players of one team may have different rankings under a strategy."""
    return strategy == _BALANCED


@kernel
def score(team, standing, player, value, cost):  # type: ignore[no-untyped-def]
    """Fill value and cost by the team's own strategy."""
    if team.strategy == 0:
        score_greedy(team, standing, player, value, cost)
    elif team.strategy == 1:
        score_balanced(team, standing, player, value, cost)
    elif team.strategy == 2:
        score_row_unlocking(team, standing, player, value, cost)
    elif team.strategy == 3:
        score_combo_unlocking(team, standing, player, value, cost)
    elif team.strategy == 4:
        score_lines(team, standing, player, value, cost)
    else:
        score_tile_order(team, standing, player, value, cost)
