"""What the engines that play runs have in common: how a run begins, decides, changes and ends."""

from __future__ import annotations

import numpy as np

from bingosim.engine.arrays import FAR
from bingosim.engine.choosing import choose, recall_waiting
from bingosim.engine.groups import is_waited_for, list_waiting, settle_groups
from bingosim.engine.hooks import before_choosing, call_in
from bingosim.engine.jit import copy, fill, inlined, part
from bingosim.engine.ranking import measure_tile, renew_rankings
from bingosim.engine.rng import CERTAIN, GAMMA, chance_draw, mix
from bingosim.engine.state import (
    BARS,
    BUSY,
    FIRST_VERSION,
    FREE,
    LAST_POINT,
    LISTED,
    MOMENT,
    NEXT_DEADLINE,
    NEXT_SESSION,
    NO_KEY,
    NOBODY,
    NOTHING,
    OFFLINE,
    POINTS,
    ROWS_OPEN,
    TILE_WAS_COMPLETED,
    TILES_COMPLETED,
    UNSETTLED,
    VERSION,
    WAITING,
)


@part
def write_columns(state, columns, i, index, first_player):
    """Write what a run came to into the columns."""
    columns.points[i, index] = state.now[POINTS]
    columns.tiles_completed[i, index] = state.now[TILES_COMPLETED]
    columns.rows_open[i, index] = state.now[ROWS_OPEN]
    columns.last_point[i, index] = state.now[LAST_POINT]
    copy(columns.row_opened[i, index], state.standing.row_opened)
    copy(columns.tile_completed[i, index], state.standing.completed)
    copy(columns.bonus_paid[i, index], state.standing.bonus_paid)
    tiles = state.open.size
    for player in range(state.status.size):
        for tile in range(tiles):
            units = state.units[player * tiles + tile]
            if units:
                columns.units[first_player + player, tile] += units
                if state.standing.completed[tile] >= 0:
                    columns.credited[first_player + player, tile] += units


@inlined
def soonest_end(state):
    """Return the least key: whose attempt ends next, and when."""
    soonest = NO_KEY
    for player in range(state.key.size):
        soonest = min(soonest, state.key[player])
    return soonest


@inlined
def goes_on(team, state, lead, second):
    """Return whether a unit whose attempt has ended is certain to go on as it is.

    Nothing that its members' choices depend on has changed since they were made, but the time: what
    did not fit then fits even less now, and the choices themselves still do. Nobody waits to join,
    and there is no bar that its going on with room left would lift.
    """
    source = state.choice[lead]
    if state.size[lead] < team.group_max[source]:
        if state.now[BARS]:
            return False
        if is_waited_for(state, source):
            return False
    member = lead
    while member != NOBODY:
        if (
            not state.online[member]
            or state.choice_version[member] != state.now[VERSION]
            or second + state.choice_seconds[member] > team.session_end[state.session[member]]
        ):
            return False
        member = state.next_member[member]
    return True


@part
def decide(team, state, second):
    """Let sessions begin and end, then the free choose, in roster order, and settle the groups.

    The free choose until nobody has to any more.
    """
    change_sessions(team, state, second)
    if state.now[TILE_WAS_COMPLETED]:
        recall_waiting(state)
        state.now[TILE_WAS_COMPLETED] = 0
    before_choosing(team, state, second)
    again = True
    while again:
        for player in range(state.status.size):
            if state.status[player] == FREE and not state.idle[player]:
                choose(team, state, player, second)
        again = False
        if state.now[UNSETTLED] or state.now[NEXT_DEADLINE] <= second:
            list_waiting(state)
            if state.now[LISTED]:
                again = call_in(team, state, second)
            again = again or settle_groups(team, state, second)


@part
def change_sessions(team, state, second):
    """Handle the sessions that end now, if any, then those that start; note when the next does."""
    while state.now[NEXT_SESSION] == second:
        session = team.moment_session[state.now[MOMENT]]
        if team.moment_begins[state.now[MOMENT]]:
            come_online(state, team.session_player[session], session)
        else:
            go_offline(state, team.session_player[session])
        state.now[MOMENT] += 1
        find_next_session(team, state)


@inlined
def find_next_session(team, state):
    """Move on to the next start or end of a session that takes place."""
    moments = team.moment_second.size
    moment = state.now[MOMENT]
    while moment < moments and not state.attended[team.moment_session[moment]]:
        moment += 1
    state.now[MOMENT] = moment
    state.now[NEXT_SESSION] = team.moment_second[moment] if moment < moments else FAR


@inlined
def go_offline(state, player):
    """End a player's session; who is busy stays so until the attempt ends."""
    state.online[player] = False
    if state.status[player] == BUSY:
        return
    state.now[UNSETTLED] |= state.status[player] == WAITING
    state.status[player] = OFFLINE
    state.rechoosing[player] = NOTHING
    state.ended_lead[player] = NOBODY
    state.newly_waiting[player] = False
    state.deadline[player] = FAR


@inlined
def come_online(state, player, session):
    """Begin a player's session: bars fall, and who is not busy is free."""
    state.online[player] = True
    state.session[player] = session
    if state.now[BARS]:
        sources = state.barred.size // state.status.size
        for i in range(player * sources, (player + 1) * sources):
            state.now[BARS] -= state.barred[i]
            state.barred[i] = False
    state.choice_version[player] = -1
    state.idle[player] = False
    if state.status[player] == OFFLINE:
        state.status[player] = FREE


@part
def begin(team, state, seed, run):
    """Reset the scratch to the moment a run begins, and draw who attends which session."""
    stream = mix(mix(seed + GAMMA * np.uint64(run + 1)) ^ team.salt)
    fill(state.now, 0)
    state.now[VERSION] = FIRST_VERSION
    state.now[NEXT_DEADLINE] = FAR
    copy(state.progress, team.first_progress)
    copy(state.standing.completed, team.first_completed)
    copy(state.standing.row_opened, team.first_row_opened)
    copy(state.standing.bonus_paid, team.first_bonus_paid)
    state.now[POINTS] = team.first_points
    state.now[LAST_POINT] = team.first_last_point
    for row in range(team.first_row_opened.size):
        state.now[ROWS_OPEN] += team.first_row_opened[row] >= 0
    for tile in range(state.open.size):
        done = team.first_completed[tile] >= 0
        state.now[TILES_COMPLETED] += done
        state.open[tile] = not done and team.first_row_opened[team.tile_row[tile]] >= 0
        measure_tile(team, state, tile)
    fill(state.units, 0)
    fill(state.barred, 0)
    fill(state.ranked, -1)
    renew_rankings(team, state)
    for player in range(state.status.size):
        begin_player(team, state, player, mix(stream ^ team.player_salt[player]))
    find_next_session(team, state)


@part
def begin_player(team, state, player, stream):
    """Reset one player: streams, attendance, and whether they are online now."""
    activities = team.activity_salt.size
    for activity in range(activities):
        state.luck[player * activities + activity] = mix(stream ^ team.activity_salt[activity])
    first, last = team.session_start_index[player], team.session_start_index[player + 1]
    for session in range(first, last):
        chance = team.session_chance[session]
        state.attended[session] = chance >= CERTAIN or (
            chance_draw(mix(stream + GAMMA * np.uint64(team.session_start[session] + 1))) < chance
        )
    state.status[player] = OFFLINE
    state.idle[player] = False
    state.online[player] = False
    state.choice[player] = NOTHING
    state.choice_version[player] = -1
    state.rechoosing[player] = NOTHING
    state.newly_waiting[player] = False
    state.ended_lead[player] = NOBODY
    state.next_member[player] = NOBODY
    state.size[player] = 0
    state.key[player] = NO_KEY
    state.deadline[player] = FAR
    for session in range(first, last):
        now = team.session_start[session] <= team.start < team.session_end[session]
        if now and state.attended[session]:
            come_online(state, player, session)
