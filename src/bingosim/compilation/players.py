"""Who plays: random streams, online intervals, capabilities and speeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from bingosim.compilation.roster import Roster, int32, int64, offsets
from bingosim.engine.rng import CHANCE_BITS, salt


def compile_players(roster: Roster) -> dict[str, Any]:
    """Return the players' arrays; see `CompiledTeam`."""
    players = roster.players
    sessions = [(*session, p) for p, player in enumerate(players) for session in player.sessions]
    moments = sorted(
        (second, begins, number)
        for number, (start, end, _) in enumerate(sessions)
        for second, begins in ((start, True), (end, False))
        if second > roster.layout.first_second
    )
    return {
        "player_salt": np.array([salt(player.name) for player in players], dtype=np.uint64),
        "activity_salt": np.array([salt(a.key) for a in roster.layout.activities], dtype=np.uint64),
        "session_start_index": int32(offsets(len(player.sessions) for player in players)),
        "session_start": int32([start for start, _, _ in sessions]),
        "session_end": int32([end for _, end, _ in sessions]),
        "session_player": int32([player for _, _, player in sessions]),
        "session_chance": int64(
            [round(player.attends * 2**CHANCE_BITS) for player in players for _ in player.sessions]
        ),
        "moment_second": int32([second for second, _, _ in moments]),
        "moment_session": int32([number for _, _, number in moments]),
        "moment_begins": np.array([begins for _, begins, _ in moments], dtype=np.bool_),
        "modifier_mask": int32([masks[p] for p in range(len(players)) for masks in roster.masks]),
        "speed_rank": int32(roster.speed_ranks),
    }
