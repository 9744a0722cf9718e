"""Every array of a compiled team, declared once: dtype, shape, unit and meaning.

A team is compiled on its own, with the board as it sees it: teams do not influence each other.

Dimensions: P players in roster order; T tiles and S tile sources in board order; R rows; B bonuses;
A activities; L slots (a tile without `each` has one, a tile with it one per drop key); M sessions;
F loot lines, O outcomes and D drops that could matter. `x_start[i]:x_start[i + 1]` is the part of x
that belongs to i. Times are whole seconds from the event's start; -1 stands for "never". A
threshold is a chance in units of 2^-62 (`rng.CHANCE_BITS`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bingosim.engine.bundle import Bundle

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
UInt64s = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEVER = -1
FAR = 2**31 - 1
"""A moment after every event: 2^31 - 1 seconds are 68 years."""
WORK_LIMIT_MS = 2**50
"""Estimated work of a tile that nobody can do; also the most that any tile counts for."""


class CompiledTeam(Bundle):
    """One team, ready to be played.

    Attributes:
        salt: uint64 scalar, names the team's random streams.
        duration: Seconds of the event.
        start: Second at which a run begins.

        tile_points: int64[T].
        tile_need: int64[T], units.
        tile_row: int32[T].
        tile_key_rank: int32[T], position among the keys in alphabetical order: breaks ties.
        row_tile_start: int32[R+1], rows of the board as ranges of tiles.
        row_tile_by_key: int32[T], the tiles row by row, inside a row in alphabetical order of keys.
        points_step: Greatest common divisor of `unlock_points` and all tiles' points.
        unlock_points: Points of a row that open the next; 0 where everything is open.
        slot_start: int32[T+1].
        slot_cap: int64[L], most units that count.
        bonus_points: int64[B].
        bonus_tile_start, bonus_tile: int32[B+1] and int32[...], tiles of each bonus.
        tile_bonus_start, tile_bonus: int32[T+1] and int32[...], bonuses of each tile.

        tile_source_start: int32[T+1].
        source_tile, source_activity: int32[S].
        source_slot_start, source_slot: int32[S+1] and int32[...], slots a source can fill; listed
            for tiles with several slots only (elsewhere the tile's being open says it all).
        group_min, group_want, group_max: int32[S], players.
        group_solo: bool[S].
        max_wait: int32[S], seconds.

        player_salt: uint64[P].
        activity_salt: uint64[A].
        session_start_index: int32[P+1].
        session_start, session_end: int32[M].
        session_player: int32[M].
        session_chance: int64[M], threshold of its taking place.
        moment_second: int32[...], the ends and starts of all sessions after `start`, in order of
            time, ends before starts, then in roster order.
        moment_session: int32[...], whose.
        moment_begins: bool[...], whether it is a start.
        option_start: int32[P*T+1]; the options of player p at tile t are those of p*T + t.
        option_source: int32[...], sources whose requirements p meets, best units per second first.
        option_seconds: int32[...], expected attempt, rounded up to whole seconds.
        least_seconds: int32[P], the least of a player's `option_seconds`; FAR without options.
        modifier_mask: int32[P*S], which of a source's modifiers a player has.
        speed_rank: int32[P*A], position among the team's different speeds there, fastest first.

        time_law: int32[A]: 0 fixed, 1 uniform, 2 normal.
        time_low, time_width: int64[A], least sample and number of different samples.
        time_mean, time_spread: float64[A], of the normal law.
        variant_start: int32[S]; a unit's variant is
            variant_start[s] + (size - 1) * variant_masks[s] + mask.
        variant_masks: int32[S], number of modifier masks (2^modifiers).
        variant_time_start: int32[variants], first multiplier of a variant; add the slowest
            member's speed rank.
        time_factor, time_shift: int64[...]: seconds = max(1, sample * factor >> shift), the exact
            floor for every possible sample.
        variant_law: int32[variants], where its thresholds begin.
        thresholds: int64[...], per variant the cumulated thresholds of its activity's outcomes.

        certain: bool[A], whether a roll of the activity may have a certain first outcome.
        line_start: int32[A+1], loot lines of an activity.
        line_per_group: bool[F].
        line_rolls: int32[F].
        outcome_start: int32[F+1].
        drop_start: int32[O+1].
        drop_low, drop_width: int64[D], least quantity and number of different quantities.
        receiver_start: int32[D+1].
        receiver_tile, receiver_slot: int32[...], who may take a drop.
        receiver_units: int64[...], units that one item is worth there.

        work_factor: float64[T], milliseconds per unit at the mean of the players' rates; inf where
            nobody can do the tile.
        own_work_factor: float64[P*T], the same for each player.
        shares_activity: bool[T*T], whether two different tiles share an activity.
        strategy: Address of the strategy (`strategies.address_of`).
        ranks_each_player: 1 where players of the team may have different rankings, else 0.
        max_players: Most players at one tile; 0 = no limit.
        listed_rank: int32[T], position in `tile-order`'s list; T where not listed.

        first_progress: int64[L], units before the run.
        first_completed: int32[T]; first_row_opened: int32[R]; first_bonus_paid: int32[B].
        first_points, first_last_point: scalars.
    """

    salt: np.uint64
    duration: int
    start: int

    tile_points: Int64s
    tile_need: Int64s
    tile_row: Int32s
    tile_key_rank: Int32s
    row_tile_start: Int32s
    row_tile_by_key: Int32s
    points_step: int
    unlock_points: int
    slot_start: Int32s
    slot_cap: Int64s
    bonus_points: Int64s
    bonus_tile_start: Int32s
    bonus_tile: Int32s
    tile_bonus_start: Int32s
    tile_bonus: Int32s

    tile_source_start: Int32s
    source_tile: Int32s
    source_activity: Int32s
    source_slot_start: Int32s
    source_slot: Int32s
    group_min: Int32s
    group_want: Int32s
    group_max: Int32s
    group_solo: Bools
    max_wait: Int32s

    player_salt: UInt64s
    activity_salt: UInt64s
    session_start_index: Int32s
    session_start: Int32s
    session_end: Int32s
    session_player: Int32s
    session_chance: Int64s
    moment_second: Int32s
    moment_session: Int32s
    moment_begins: Bools
    option_start: Int32s
    option_source: Int32s
    option_seconds: Int32s
    least_seconds: Int32s
    modifier_mask: Int32s
    speed_rank: Int32s

    time_law: Int32s
    time_low: Int64s
    time_width: Int64s
    time_mean: Floats
    time_spread: Floats
    variant_start: Int32s
    variant_masks: Int32s
    variant_time_start: Int32s
    time_factor: Int64s
    time_shift: Int64s
    variant_law: Int32s
    thresholds: Int64s

    certain: Bools
    line_start: Int32s
    line_per_group: Bools
    line_rolls: Int32s
    outcome_start: Int32s
    drop_start: Int32s
    drop_low: Int64s
    drop_width: Int64s
    receiver_start: Int32s
    receiver_tile: Int32s
    receiver_slot: Int32s
    receiver_units: Int64s

    work_factor: Floats
    own_work_factor: Floats
    shares_activity: Bools
    strategy: int
    ranks_each_player: int
    max_players: int
    listed_rank: Int32s

    first_progress: Int64s
    first_completed: Int32s
    first_row_opened: Int32s
    first_bonus_paid: Int32s
    first_points: int
    first_last_point: int


class CompiledEvent(NamedTuple):
    """All teams of an event, in the order of the file."""

    teams: tuple[CompiledTeam, ...]


class Columns(NamedTuple):
    """The columns of n runs that a kernel writes into; `results.COLUMNS` says what each holds.

    Attributes:
        points: int64[n, teams].
        tiles_completed, rows_open, last_point: int32[n, teams].
        row_opened: int32[n, teams, R].
        tile_completed: int32[n, teams, T].
        bonus_paid: int32[n, teams, B].
        units, credited: int64[players of all teams, T].
    """

    points: Int64s
    tiles_completed: Int32s
    rows_open: Int32s
    last_point: Int32s
    row_opened: Int32s
    tile_completed: Int32s
    bonus_paid: Int32s
    units: Int64s
    credited: Int64s


NO_TRACE = np.zeros((0, 5), dtype=np.int64)
"""Where a kernel wants a trace and nobody reads it."""
