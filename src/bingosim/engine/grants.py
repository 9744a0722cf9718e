"""Loot: what an attempt drops, who gets it, and what a completed tile sets off."""

from __future__ import annotations

from bingosim.engine.hooks import after_grant, before_completion, before_grant, use_changed
from bingosim.engine.jit import inlined, part
from bingosim.engine.ranking import renew_rankings
from bingosim.engine.receivers import best_receiver
from bingosim.engine.rng import CERTAIN, GAMMA, below, chance_draw, mix
from bingosim.engine.state import (
    GRANT_MADE,
    LAST_POINT,
    NOBODY,
    POINTS,
    ROWS_OPEN,
    TILE_WAS_COMPLETED,
    TILES_COMPLETED,
    TRACED,
    VERSION,
)


@inlined
def roll_loot(team, state, lead, second, trace):
    """Roll every loot line of an attempt that ends now, and grant what drops."""
    activity = state.activity[lead]
    stream = lead * team.activity_salt.size + activity
    for line in range(team.line_start[activity], team.line_start[activity + 1]):
        first = team.outcome_start[line]
        count = team.outcome_start[line + 1] - first
        law = state.law[lead]
        member = lead
        while member != NOBODY:
            if not team.line_per_group[line] and state.size[lead] > 1:
                law = member_law(team, state, lead, member)
            base = law + first
            for _ in range(team.line_rolls[line]):
                hit = 0
                if team_draws(team, base):
                    state.luck[stream] += GAMMA
                    draw = chance_draw(mix(state.luck[stream]))
                    if draw >= team.thresholds[base + count - 1]:
                        continue
                    while draw >= team.thresholds[base + hit]:
                        hit += 1
                hand_out(team, state, stream, lead, member, line, first + hit, second, trace)
            if team.line_per_group[line]:
                break
            member = state.next_member[member]


@inlined
def team_draws(team, base):
    """Return whether a roll takes a draw: not where its first outcome is certain."""
    return team.thresholds[base] < CERTAIN


@inlined
def first_outcome(team, activity):
    """Return the number of an activity's first outcome (of the next one's, where it has none)."""
    return team.outcome_start[team.line_start[activity]]


@part
def member_law(team, state, lead, member):
    """Return what `State.law` is for one member's own modifiers, at the unit's size."""
    source = state.choice[lead]
    mask = team.modifier_mask[member * team.source_tile.size + source]
    size = state.size[lead]
    variant = team.variant_start[source] + (size - 1) * team.variant_masks[source] + mask
    return team.variant_law[variant] - first_outcome(team, state.activity[lead])


@part
def hand_out(team, state, stream, lead, member, line, outcome, second, trace):
    """Grant the drops of one outcome, each with its quantity and the member it is credited to."""
    size = state.size[lead]
    for drop in range(team.drop_start[outcome], team.drop_start[outcome + 1]):
        quantity = team.drop_low[drop]
        if team.drop_width[drop] > 1:
            state.luck[stream] += GAMMA
            quantity += below(mix(state.luck[stream]), team.drop_width[drop])
        taker = member
        if team.line_per_group[line] and size > 1:
            state.luck[stream] += GAMMA
            taker = lead
            for _ in range(below(mix(state.luck[stream]), size)):
                taker = state.next_member[taker]
        receiver = best_receiver(team, state, drop)
        if receiver >= 0:
            grant(team, state, receiver, quantity, taker, second, trace)


@part
def grant(team, state, receiver, quantity, player, second, trace):
    """Count a stack towards a tile; what exceeds the slot or the need is lost."""
    tile, slot = team.receiver_tile[receiver], team.receiver_slot[receiver]
    units = quantity * team.receiver_units[receiver]
    before_grant(team, state, tile, units, second)
    done = 0
    for other in range(team.slot_start[tile], team.slot_start[tile + 1]):
        done += state.progress[other]
    units = min(
        units,
        team.slot_cap[slot] - state.progress[slot],
        team.tile_need[tile] - done,
    )
    state.progress[slot] += units
    state.units[player * state.open.size + tile] += units
    row = state.now[TRACED]
    if row < trace.shape[0]:
        trace[row, 0] = GRANT_MADE
        trace[row, 1] = second
        trace[row, 2] = tile
        trace[row, 3] = player
        trace[row, 4] = units
        state.now[TRACED] += 1
    if done + units >= team.tile_need[tile]:
        complete(team, state, tile, second)
    elif state.progress[slot] == team.slot_cap[slot]:
        change_version(state)
        use_changed(team, state, tile)
    else:
        after_grant(team, state, tile, team.tile_need[tile] - done - units)


@part
def complete(team, state, tile, second):
    """Complete a tile: points, bonuses, rows, and a new ranking, all at once."""
    before_completion(team, state, tile, second)
    use_changed(team, state, tile)
    state.open[tile] = False
    state.standing.completed[tile] = second
    state.standing.remaining[tile] = 0
    state.now[POINTS] += team.tile_points[tile]
    state.now[TILES_COMPLETED] += 1
    state.now[LAST_POINT] = second
    change_version(state)
    state.now[TILE_WAS_COMPLETED] = 1
    for i in range(team.tile_bonus_start[tile], team.tile_bonus_start[tile + 1]):
        pay_if_complete(team, state, team.tile_bonus[i], second)
    open_rows(team, state, second)
    renew_rankings(team, state)


@inlined
def change_version(state):
    """Give how things stand a number that it never had, in this run or another."""
    state.versions[0] += 1
    state.now[VERSION] = state.versions[0]


@part
def pay_if_complete(team, state, bonus, second):
    """Pay a bonus whose last tile has just been completed."""
    for i in range(team.bonus_tile_start[bonus], team.bonus_tile_start[bonus + 1]):
        if state.standing.completed[team.bonus_tile[i]] < 0:
            return
    state.standing.bonus_paid[bonus] = second
    state.now[POINTS] += team.bonus_points[bonus]


@part
def open_rows(team, state, second):
    """Open every row whose row before is worth the threshold now."""
    rows = state.standing.row_opened.size
    while state.now[ROWS_OPEN] < rows:
        row = state.now[ROWS_OPEN]
        worth = 0
        for tile in range(team.row_tile_start[row - 1], team.row_tile_start[row]):
            if state.standing.completed[tile] >= 0:
                worth += team.tile_points[tile]
        if worth < team.unlock_points:
            return
        state.standing.row_opened[row] = second
        state.now[ROWS_OPEN] += 1
        for tile in range(team.row_tile_start[row], team.row_tile_start[row + 1]):
            state.open[tile] = state.standing.completed[tile] < 0
            use_changed(team, state, tile)
