"""Strategies: each gives every tile a value and a cost.

A ranking is the open, incomplete tiles by value descending, then cost ascending, then key. One file
holds one strategy: a kernel

    score(team, standing, player)

that fills `standing.value` (float64[T], higher comes first) and `standing.cost` (int64[T], lower
comes first among equal values) for a player, or for a grant where `player` is `GRANT`. What it
writes for closed and completed tiles is not looked at. It may look at anything in `team` (a
`CompiledTeam`) and `standing` (a `Standing`), and changes nothing else.

A kernel that plays runs knows a strategy by its address alone: strategies are compiled apart, each
when a team first asks for it, and a new one costs no compilation of the rest.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from bingosim.engine.arrays import CompiledTeam
from bingosim.engine.strategies.balanced import score_balanced
from bingosim.engine.strategies.combo_unlocking import score_combo_unlocking
from bingosim.engine.strategies.greedy import score_greedy
from bingosim.engine.strategies.lines import score_lines
from bingosim.engine.strategies.row_unlocking import score_row_unlocking
from bingosim.engine.strategies.standing import GRANT, Standing
from bingosim.engine.strategies.tile_order import score_tile_order

__all__ = ["GRANT", "STRATEGIES", "Standing", "Strategy", "entry_point", "score"]


class Strategy(NamedTuple):
    """A strategy as the engine knows it.

    Attributes:
        score: The kernel.
        per_player: Whether players of one team may have different rankings.
    """

    score: Any
    per_player: bool = False


STRATEGIES = {
    "greedy": Strategy(score_greedy),
    "balanced": Strategy(score_balanced, per_player=True),
    "row-unlocking": Strategy(score_row_unlocking),
    "combo-unlocking": Strategy(score_combo_unlocking),
    "lines": Strategy(score_lines),
    "tile-order": Strategy(score_tile_order),
}


@cache
def _compiled(name: str) -> Any:
    signature = types.void(CompiledTeam.numba_type, Standing.numba_type, types.int64)
    return numba.cfunc(signature, cache=True)(STRATEGIES[name].score.py_func)


def entry_point(name: str) -> int:
    """Return the address at which kernels call a strategy; it stays good for the whole process."""
    return int(_compiled(name).address)


def _score(_: Any, address: Any, team: Any, standing: Any, player: Any) -> Any:
    """Call the strategy at an address: score(address, team, standing, player)."""

    def call(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        function = ir.FunctionType(pointer, [pointer, pointer, ir.IntType(64)])
        builder.call(builder.inttoptr(arguments[0], function.as_pointer()), arguments[1:])
        return context.get_dummy_value()

    return types.void(address, team, standing, types.int64), call


score: Any = intrinsic(_score)
