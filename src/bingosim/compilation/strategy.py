"""A team's strategy as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.compilation.own_strategies import compile_own
from bingosim.compilation.roster import Roster, int32
from bingosim.engine.strategies import address_of
from bingosim.errors import InputError
from bingosim.event.strategies import find_strategy

if TYPE_CHECKING:
    from bingosim.event.snapshot import SnapshotTeam
    from bingosim.event.strategies import Strategy


def compile_strategy(roster: Roster) -> dict[str, Any]:
    """Return the strategy as the kernel knows it, and its parameters; see `CompiledTeam`.

    Raises:
        InputError: A user's own is not what the snapshot was made with, or cannot be compiled.
    """
    layout = roster.layout
    activities = [{source.activity for source in tile.sources} for tile in layout.tiles]
    shares = [a is not b and not a.isdisjoint(b) for a in activities for b in activities]
    params = roster.team.params
    listed = {key: rank for rank, key in enumerate(params.get("tiles") or ())}
    strategy = find_same_strategy(roster.team)
    return {
        "shares_activity": np.array(shares, dtype=np.bool_),
        "strategy": address_of(team_kernel(roster.team)),
        "ranks_each_player": int(strategy.ranks_each_player),
        "max_players": params.get("max_players") or 0,
        "listed_rank": int32([listed.get(tile.key, len(layout.tiles)) for tile in layout.tiles]),
    }


def team_kernel(team: SnapshotTeam) -> Any:
    """Return the strategy of a team as a kernel, which is the same one each time.

    Raises:
        InputError: A user's own is not what the snapshot was made with, or cannot be compiled.
    """
    strategy = find_same_strategy(team)
    return compile_own(team, strategy) if strategy.is_own else strategy.function()


def find_same_strategy(team: SnapshotTeam) -> Strategy:
    """Return a team's strategy, which must be what it was when the snapshot was made.

    Raises:
        InputError: A user's own cannot be imported, or its source is another now.
    """
    try:
        strategy = find_strategy(team.strategy)
    except InputError as error:
        raise InputError(f"team {team.name!r}: {error}") from None
    if strategy.source_sha256 != team.strategy_sha256:
        raise InputError(
            f"team {team.name!r}: the source of the strategy {team.strategy!r} is not what it was "
            "when the snapshot was made: make the snapshot anew, or bring back the old source"
        )
    return strategy
