"""A team's strategy as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from bingosim.compilation.roster import Roster, int32
from bingosim.engine.strategies import STRATEGIES, entry_point


def compile_strategy(roster: Roster) -> dict[str, Any]:
    """Return the strategy as the kernel knows it, and its parameters; see `CompiledTeam`."""
    layout = roster.layout
    activities = [{source.activity for source in tile.sources} for tile in layout.tiles]
    shares = [a is not b and not a.isdisjoint(b) for a in activities for b in activities]
    params = roster.team.params
    listed = {key: rank for rank, key in enumerate(params.get("tiles") or ())}
    return {
        "shares_activity": np.array(shares, dtype=np.bool_),
        "strategy": entry_point(roster.team.strategy),
        "ranks_each_player": int(STRATEGIES[roster.team.strategy].per_player),
        "max_players": params.get("max_players") or 0,
        "listed_rank": int32([listed.get(tile.key, len(layout.tiles)) for tile in layout.tiles]),
    }
