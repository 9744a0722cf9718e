"""How a team stands at the moment its ranking is made."""

from __future__ import annotations

import numpy as np

from bingosim.engine.arrays import WORK_LIMIT_MS, Floats, Int64s
from bingosim.engine.bundle import Bundle
from bingosim.engine.jit import kernel

GRANT = -1
"""In place of a player: the ranking is for a dropped stack."""


class Standing(Bundle):
    """What a strategy looks at beside the compiled team, and where it writes its scores.

    Attributes:
        open_tile: int64[T], the open, incomplete tiles in board order; the first `opens[0]` count.
        opens: int64[1], how many they are.
        completed: int64[T], second of completion; -1 where not complete.
        remaining: int64[T], units still needed when the ranking was made.
        work: int64[T], estimated work in milliseconds of one mean player; at most 2^50.
        row_opened: int64[R], second of opening; -1 where locked.
        bonus_paid: int64[B], second of payment; -1 where not paid.
        value: float64[T], written by the strategy: higher comes first.
        cost: int64[T], written by the strategy: among equal values lower comes first.
    """

    open_tile: Int64s
    opens: Int64s
    completed: Int64s
    remaining: Int64s
    work: Int64s
    row_opened: Int64s
    bonus_paid: Int64s
    value: Floats
    cost: Int64s


@kernel
def estimated_work(remaining, factor):
    """Return the work of so many units at so many milliseconds a unit, in whole milliseconds."""
    work = np.floor(remaining * factor + 0.5)
    return WORK_LIMIT_MS if work >= WORK_LIMIT_MS else np.int64(work)


@kernel
def furthest_row(standing):
    """Return the number of the last open row."""
    row = 0
    while row + 1 < standing.row_opened.size and standing.row_opened[row + 1] >= 0:
        row += 1
    return row


@kernel
def seconds_left(team, standing):
    """Return the seconds from now to the end: it is now when a tile was last completed."""
    now = team.start
    for tile in range(standing.completed.size):
        now = max(now, standing.completed[tile])
    return team.duration - now
