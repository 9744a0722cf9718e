"""What changes while one team plays one run: scratch arrays, made once and reset for every run.

Dimensions as in `arrays.py`. Numbers that many functions change live in `State.now`, at the places
named below, since a kernel cannot hand on a number to be changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bingosim.engine.arrays import FAR, Bools, Floats, Int64s, UInt64s
from bingosim.engine.bundle import Bundle
from bingosim.engine.strategies import Standing

if TYPE_CHECKING:
    from bingosim.engine.arrays import CompiledTeam

OFFLINE, FREE, WAITING, BUSY = 0, 1, 2, 3
NOBODY = -1
NOTHING = -1
KEY_BITS = 10
KEY = 2**KEY_BITS
"""Players of a team are fewer: second * KEY + player orders moments, then the roster."""
NO_KEY = FAR * KEY
VECTOR = 32

# Places in `State.now`.
POINTS = 0
TILES_COMPLETED = 1
ROWS_OPEN = 2
LAST_POINT = 3
VERSION = 4  # how things stand: a new one at every completed tile and full slot
TILE_WAS_COMPLETED = 5  # in this second
NEXT_SESSION = 6  # the next start or end of anybody's session
NEXT_DEADLINE = 7  # the next end of anybody's waiting
BARS = 8  # how many bars stand
RANKING_VERSION = 9
GRANTS_RANKED = 15  # RANKING_VERSION of which `grant_rank` is
ATTEMPTS = 10
TRACED = 11  # rows of the trace written
STEPWISE = 12  # 1 where jumps are one attempt long
CONSIDERED = 13  # VERSION for which the busy have been asked whether their choice still holds
LEAD = 14  # whose attempt is having its loot
UNSETTLED = 16  # whether groups have anything to settle but waiting times that run out
LISTED = 17  # how many stand in `waiting`
MOMENT = 18  # number of that start or end among the team's moments
PLACES = 19

OWN_STREAMS = 2
"""Streams at the end of `State.luck` that serve one attempt of a leg: chances, quantities."""

FIRST_VERSION = 0
"""The version of how things stand when a run begins: the same in every run."""

ATTEMPT, GRANT_MADE = 0, 1
"""First column of a trace: (ATTEMPT, end, start, source, member) of every member of an attempt
that counts, (GRANT_MADE, second, tile, member, units) of every grant."""


class State(Bundle):
    """Scratch of one team.

    Attributes:
        now: int64[PLACES], see above.
        versions: int64[1], the last version given; runs do not reset it, so that what is known of
            one is known for good.
        luck: uint64[P*A], the streams.
        progress: int64[L], units counted in each slot.
        units: int64[P*T], units granted in this run.
        open: bool[T], open and incomplete.
        standing: What strategies look at and write to.
        strategy_failed: bool[1], whether the strategy ever raised; a new run does not reset it.
        ranking: int64[(P+1)*T], tiles in the order of a player; a common one stands in row 0.
        ranking_length: int64[P].
        ranked: int64[P], RANKING_VERSION of which the row is.
        grant_rank: int64[T], position of a tile when a stack is granted.
        session: int64[P], present or last session.
        online: bool[P], whether it has not ended.
        attended: bool[M].
        status: int64[P].
        idle: bool[P], free, found nothing to do, and need not look again yet.
        choice: int64[P], source chosen last; NOTHING.
        choice_seconds: int64[P], its expected attempt.
        choice_version: int64[P], VERSION under which it was chosen.
        barred: bool[P*S].
        wait_since: int64[P], when the player first chose the source they wait for.
        newly_waiting: bool[P].
        rechoosing: int64[P], the source a waiting player waited for, while choosing again.
        deadline: int64[P], end of waiting; FAR for who holds a place or does not wait.
        key: int64[P + ...], end of the attempt that a player leads * KEY + the player; NO_KEY for
            others, and beyond the players, since whole vectors are searched faster.
        start: int64[P], its start.
        size: int64[P], members of the unit that a player leads.
        factor, shift: int64[P], of the attempt times of the unit that a player leads.
        law: int64[P], where its thresholds begin, less the number of its activity's first outcome.
        activity: int64[P], what it does.
        next_member: int64[P], next in the unit, in roster order; NOBODY at its end.
        ended_lead: int64[P], who led the unit whose attempt ended in this second.
        waiting: int64[P], scratch: who waits while groups are settled, in roster order.
        group: int64[P], scratch: members of a unit in the making.
        ended: int64[P], scratch: who led the attempts that end in this second.
        staying: int64[P], scratch: how many of a unit that ended chose its source again.
    """

    now: Int64s
    versions: Int64s
    luck: UInt64s
    progress: Int64s
    units: Int64s
    open: Bools
    standing: Standing
    strategy_failed: Bools
    ranking: Int64s
    ranking_length: Int64s
    ranked: Int64s
    grant_rank: Int64s
    session: Int64s
    online: Bools
    attended: Bools
    status: Int64s
    idle: Bools
    choice: Int64s
    choice_seconds: Int64s
    choice_version: Int64s
    barred: Bools
    wait_since: Int64s
    newly_waiting: Bools
    rechoosing: Int64s
    deadline: Int64s
    key: Int64s
    start: Int64s
    size: Int64s
    factor: Int64s
    shift: Int64s
    law: Int64s
    activity: Int64s
    next_member: Int64s
    ended_lead: Int64s
    waiting: Int64s
    group: Int64s
    ended: Int64s
    staying: Int64s


_NUMBERS_OF_PLAYERS = (
    *("ranking_length", "session", "status", "choice", "choice_seconds", "wait_since"),
    *("rechoosing", "deadline", "start", "size", "law", "next_member", "ended_lead"),
    *("waiting", "group", "ended", "staying", "activity"),
)


def new_state(team: CompiledTeam) -> State:
    """Make the scratch of a team; a thread needs one of its own."""
    players, tiles = team.player_salt.size, team.tile_points.size
    sources, activities = team.source_tile.size, team.activity_salt.size
    of_players = {name: np.zeros(players, np.int64) for name in _NUMBERS_OF_PLAYERS}
    return State(
        now=np.zeros(PLACES, np.int64),
        versions=np.array([FIRST_VERSION]),
        luck=np.zeros(players * activities, np.uint64),
        progress=np.zeros(team.slot_cap.size, np.int64),
        units=np.zeros(players * tiles, np.int64),
        open=np.zeros(tiles, np.bool_),
        standing=Standing(
            open_tile=np.zeros(tiles, np.int64),
            opens=np.zeros(1, np.int64),
            completed=np.zeros(tiles, np.int64),
            remaining=np.zeros(tiles, np.int64),
            work=np.zeros(tiles, np.int64),
            row_opened=np.zeros(team.first_row_opened.size, np.int64),
            bonus_paid=np.zeros(team.bonus_points.size, np.int64),
            value=np.zeros(tiles, np.float64),
            cost=np.zeros(tiles, np.int64),
        ),
        strategy_failed=np.zeros(1, np.bool_),
        ranking=np.zeros((players + 1) * tiles, np.int64),
        ranked=np.zeros(players, np.int64),
        grant_rank=np.zeros(tiles, np.int64),
        online=np.zeros(players, np.bool_),
        attended=np.zeros(team.session_start.size, np.bool_),
        idle=np.zeros(players, np.bool_),
        choice_version=np.zeros(players, np.int64),
        barred=np.zeros(players * sources, np.bool_),
        newly_waiting=np.zeros(players, np.bool_),
        key=np.full(-(-players // VECTOR) * VECTOR, NO_KEY),
        factor=np.zeros(players, np.int64),
        shift=np.zeros(players, np.int64),
        **of_players,
    )


class JumpState(State):
    """Scratch of one team whose units jump; see `legs.py`. What is of a unit stands at its leader.

    Attributes:
        leader: int64[P], of each busy player, who leads the unit.
        leg_key: uint64[P].
        leg_source, leg_size: int64[P], what the leg is an unbroken row of attempts at, by how many.
        done: int64[P], attempts of the leg that have been settled; at: int64[P], end of the last.
        hit: int64[P], number of the next attempt that drops something of use.
        hit_version: int64[P], `use_version` of the activity when `hit` was drawn; -1 = not drawn.
        until: int64[P], end of attempt `done + 1`; 0 where it has not been computed.
        none: float64[P], chance that an attempt drops nothing of use.
        scale: float64[P], 1 / log(none); 0 where none is 0, above 0 where it is 1.
        stop: int64[P], the first attempt that ends here or later is the last for now.
        quota: int64[P], number of the last attempt whose certain drops surely complete nothing.
        due: int64[P], number of the attempt at which the unit comes up next, where `exact`.
        exact: bool[P], whether `key` is that attempt's end; if not, it is a lower bound.
        pending: bool[P], whether the unit has come up and its leg is yet to go on or to end.
        shortest, longest: int64[P], bounds of an attempt's seconds.
        silent_tile: int64[P], tile that takes the certain drops; NOTHING where none does.
        silent_units: int64[P], the most that one attempt adds to it.
        kept: int64[P], units of it that the leg has reserved.
        reserved: int64[T], units reserved by all legs; sharing: int64[T], by how many.
        use_version: int64[A], which drops of an activity are of use, as a version.
        looked: int64[A], VERSION for which `of_use` and `taker` are right.
        of_use: bool[O], outcomes of use.
        taker: int64[D], the receiver that takes a drop; -1 where none does.
        law_version: int64[2*thresholds], by where a law of chances begins: `use_version` for which
            law_none, law_scale: float64[thresholds] are what `none` and `scale` are to one player.
        law_looked: int64[thresholds], VERSION for which law_silent, law_most: int64[thresholds]
            are what `silent_tile` and `silent_units` are to one player.
    """

    leader: Int64s
    leg_key: UInt64s
    leg_source: Int64s
    leg_size: Int64s
    done: Int64s
    at: Int64s
    hit: Int64s
    hit_version: Int64s
    until: Int64s
    none: Floats
    scale: Floats
    stop: Int64s
    quota: Int64s
    due: Int64s
    exact: Bools
    pending: Bools
    shortest: Int64s
    longest: Int64s
    silent_tile: Int64s
    silent_units: Int64s
    kept: Int64s
    reserved: Int64s
    sharing: Int64s
    use_version: Int64s
    looked: Int64s
    of_use: Bools
    taker: Int64s
    law_version: Int64s
    law_none: Floats
    law_scale: Floats
    law_looked: Int64s
    law_silent: Int64s
    law_most: Int64s


_NUMBERS_OF_LEGS = (
    *("leader", "leg_source", "leg_size", "done", "at", "hit", "hit_version", "stop", "quota"),
    *("until", "due", "shortest", "longest", "silent_tile", "silent_units", "kept"),
)


_NUMBERS_OF_LAWS = ("law_silent", "law_most")


def new_jump_state(team: CompiledTeam) -> JumpState:
    """Make the scratch of a team whose units jump; a thread needs one of its own."""
    players = team.player_salt.size
    state = new_state(team)
    values = {name: getattr(state, name) for name in State.numba_type.fields}
    return JumpState(
        **values | {"luck": np.zeros(state.luck.size + OWN_STREAMS, np.uint64)},
        leg_key=np.zeros(players, np.uint64),
        none=np.zeros(players, np.float64),
        scale=np.zeros(players, np.float64),
        exact=np.zeros(players, np.bool_),
        pending=np.zeros(players, np.bool_),
        reserved=np.zeros(team.tile_points.size, np.int64),
        sharing=np.zeros(team.tile_points.size, np.int64),
        use_version=np.zeros(team.activity_salt.size, np.int64),
        looked=np.full(team.activity_salt.size, -1),
        law_looked=np.full(team.thresholds.size, -1),
        of_use=np.zeros(len(team.drop_start), np.bool_),
        taker=np.zeros(team.drop_low.size, np.int64),
        law_version=np.full(2 * team.thresholds.size, -1),
        law_none=np.zeros(2 * team.thresholds.size, np.float64),
        law_scale=np.zeros(2 * team.thresholds.size, np.float64),
        **{name: np.zeros(team.thresholds.size, np.int64) for name in _NUMBERS_OF_LAWS},
        **{name: np.zeros(players, np.int64) for name in _NUMBERS_OF_LEGS},
    )
