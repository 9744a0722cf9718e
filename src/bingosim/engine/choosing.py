"""Choosing: what a free player does next."""

from __future__ import annotations

import numpy as np

from bingosim.engine.jit import part
from bingosim.engine.ranking import ranking_row
from bingosim.engine.state import BARS, BUSY, FREE, NOBODY, NOTHING, UNSETTLED, VERSION, WAITING
from bingosim.engine.units import form_unit


@part
def choose(team, state, player, second):
    """Let a free player start alone, wait for a group, or find nothing to do."""
    before = state.rechoosing[player]
    state.rechoosing[player] = NOTHING
    source = find_source(team, state, player, second)
    if source == NOTHING:
        state.choice[player] = NOTHING
        # Places at a tile free up without any sign: under a limit nobody stops looking.
        state.idle[player] = team.max_players == 0
        state.ended_lead[player] = NOBODY
        return
    again = state.choice[player] == source
    state.choice[player] = source
    state.choice_version[player] = state.now[VERSION]
    if team.group_max[source] == 1:
        state.group[0] = player
        form_unit(team, state, np.int64(1), second)
        return
    state.status[player] = WAITING
    state.now[UNSETTLED] = 1
    if not again:
        state.ended_lead[player] = NOBODY
    if before != source:
        state.wait_since[player] = second
        state.newly_waiting[player] = True


@part
def find_source(team, state, player, second):
    """Return the source a player takes: down the ranking, the best that fits; else NOTHING."""
    left = team.session_end[state.session[player]] - second
    if left < team.least_seconds[player]:
        return NOTHING
    row = ranking_row(team, state, player)
    tiles = state.open.size
    for position in range(row * tiles, row * tiles + state.ranking_length[row]):
        tile = state.ranking[position]
        if team.max_players > 0 and workers_at(team, state, tile) >= team.max_players:
            continue
        first = player * tiles + tile
        for option in range(team.option_start[first], team.option_start[first + 1]):
            source = team.option_source[option]
            if (
                team.option_seconds[option] <= left
                and not state.barred[player * team.source_tile.size + source]
                and has_room(team, state, source)
            ):
                state.choice_seconds[player] = team.option_seconds[option]
                return source
    return NOTHING


@part
def has_room(team, state, source):
    """Return whether the tile still counts anything that a source gives."""
    first, last = team.source_slot_start[source], team.source_slot_start[source + 1]
    for i in range(first, last):
        slot = team.source_slot[i]
        if state.progress[slot] < team.slot_cap[slot]:
            return True
    return first == last


@part
def workers_at(team, state, tile):
    """Return how many players are busy at or wait for a tile."""
    count = 0
    for player in range(state.status.size):
        status = state.status[player]
        if (status in (BUSY, WAITING)) and team.source_tile[state.choice[player]] == tile:
            count += 1
    return count


@part
def recall_waiting(state):
    """After a completed tile: bars fall, who waits chooses again, who was idle looks again."""
    if state.now[BARS]:
        for i in range(state.barred.size):
            state.barred[i] = False
        state.now[BARS] = 0
    for player in range(state.status.size):
        state.idle[player] = False
        if state.status[player] == WAITING:
            state.status[player] = FREE
            state.rechoosing[player] = state.choice[player]
            state.ended_lead[player] = NOBODY
