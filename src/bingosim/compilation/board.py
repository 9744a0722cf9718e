"""Tiles, rows, slots and bonuses, and what is done when a run begins."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

from bingosim.compilation.roster import Roster, int32, int64, offsets
from bingosim.engine.arrays import NEVER

if TYPE_CHECKING:
    from bingosim.event.snapshot import TeamState


def compile_board(roster: Roster) -> dict[str, Any]:
    """Return the board's arrays; see `CompiledTeam`."""
    layout = roster.layout
    board = layout.snapshot.board
    tiles = layout.tiles
    by_key = {key: rank for rank, key in enumerate(sorted(tile.key for tile in tiles))}
    bonuses = [[layout.tile_number[key] for key in bonus.tiles] for bonus in board.bonuses]
    bonuses_of = [
        [b for b, members in enumerate(bonuses) if t in members] for t in range(len(tiles))
    ]
    return {
        "tile_points": int64([tile.points for tile in tiles]),
        "tile_need": int64([tile.need for tile in tiles]),
        "tile_row": int32([r for r, row in enumerate(board.rows) for _ in row]),
        "tile_key_rank": int32([by_key[tile.key] for tile in tiles]),
        "row_tile_start": int32(offsets(len(row) for row in board.rows)),
        "row_tile_by_key": int32(
            [layout.tile_number[key] for row in board.rows for key in sorted(t.key for t in row)]
        ),
        "points_step": gcd(board.unlock_points or 0, *(tile.points for tile in tiles)) or 1,
        "unlock_points": 0 if board.everything_open else board.unlock_points,
        "slot_start": int32(layout.slot_start),
        "slot_cap": int64(
            [tile.each or tile.need for t, tile in enumerate(tiles) for _ in layout.slots[t]]
        ),
        "bonus_points": int64([bonus.points for bonus in board.bonuses]),
        "bonus_tile_start": int32(offsets(len(members) for members in bonuses)),
        "bonus_tile": int32([t for members in bonuses for t in members]),
        "tile_bonus_start": int32(offsets(len(bs) for bs in bonuses_of)),
        "tile_bonus": int32([b for bs in bonuses_of for b in bs]),
    }


def compile_start(roster: Roster) -> dict[str, Any]:
    """Return progress, completed tiles, open rows and points of the moment a run begins."""
    layout = roster.layout
    state = layout.snapshot.state
    team_state = state.teams[roster.index] if state else None
    at = layout.first_second
    board = layout.snapshot.board
    completed = [_completed_at(team_state, tile.key, at) for tile in layout.tiles]
    paid = [
        max(times) if NEVER not in times else NEVER
        for times in ([completed[layout.tile_number[k]] for k in b.tiles] for b in board.bonuses)
    ]
    points = sum(
        tile.points for tile, done in zip(layout.tiles, completed, strict=True) if done != NEVER
    ) + sum(b.points for b, done in zip(board.bonuses, paid, strict=True) if done != NEVER)
    return {
        "first_progress": int64(_progress(roster, team_state, completed)),
        "first_completed": int32(completed),
        "first_row_opened": int32(_rows_opened(roster, completed)),
        "first_bonus_paid": int32(paid),
        "first_points": points,
        "first_last_point": max([NEVER, *completed, *paid]),
    }


def _completed_at(state: TeamState | None, key: str, at: int) -> int:
    if state is None or key not in state.completed:
        return NEVER
    second = state.completed[key]
    return at if second is None else second


def _progress(roster: Roster, state: TeamState | None, completed: list[int]) -> list[int]:
    layout = roster.layout
    progress = [0] * layout.slot_start[-1]
    if state is None:
        return progress
    for key, by_drop in state.progress.items():
        tile = layout.tile_number[key]
        if completed[tile] == NEVER:
            for drop_key, units in by_drop.items():
                progress[layout.slot_number(tile, drop_key)] = units
    return progress


def _rows_opened(roster: Roster, completed: list[int]) -> list[int]:
    """Return when each row opened: as soon as the row before was worth the threshold."""
    layout = roster.layout
    board = layout.snapshot.board
    if board.everything_open:
        return [0] * len(board.rows)
    opened = [NEVER] * len(board.rows)
    opened[0] = 0
    for r, row in enumerate(board.rows[:-1]):
        points = 0
        done = sorted(
            (completed[layout.tile_number[tile.key]], tile.points)
            for tile in row
            if completed[layout.tile_number[tile.key]] != NEVER
        )
        for second, worth in done:
            points += worth
            if points >= board.unlock_points:
                opened[r + 1] = max(second, opened[r])
                break
        else:
            break
    return opened
