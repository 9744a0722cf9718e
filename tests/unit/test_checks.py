"""What only several pieces together can get wrong; each with its place, and without cascades."""

from __future__ import annotations

import pytest

from bingosim.event.strategies import STRATEGIES
from tests.unit.event_samples import (
    GOOD,
    changed,
    errors_in,
    findings_in,
    line_of,
    load,
    only_error,
    only_warning,
)

HEADS = "[{activity: own.dragon, accepts: [item.heads]}]"
ROSTER = "players: [Cleo, Dag]"


def with_tile(tile: str) -> str:
    """Return the sample with one more tile in its last row."""
    return changed("  bonuses:\n", f"      - {tile}\n  bonuses:\n")


# -- names that occur twice ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("key: set", "key: heads", "board.rows[1][0].key", "the tile key 'heads'"),
        ("key: own.dragon", "key: own.nex", "activities[1].key", "the activity key 'own.nex'"),
        ("{name: Bo,", "{name: Ada,", "players[1].name", "the player 'Ada'"),
        ("{name: Beta", "{name: Alpha", "teams[1].name", "the team 'Alpha'"),
        (
            "tiles: [heads, armour]",
            "tiles: [heads, heads]",
            "board.bonuses[0].tiles[1]",
            "the tile",
        ),
    ],
)
def test_what_is_there_twice(old: str, new: str, path: str, message: str) -> None:
    text = changed(old, new)
    (error,) = [error for error in errors_in(text) if error.path == path]
    assert error.message.startswith(message)
    assert "is there twice, first on line" in error.message
    assert error.line == text[: text.rindex(new)].count("\n") + 1


def test_two_bonuses_of_one_name() -> None:
    text = changed(
        "  bonuses:\n", "  bonuses:\n    - {name: whole first row, tiles: all, points: 1}\n"
    )
    assert only_error(text).message == (
        "the bonus 'whole first row' is there twice, first on line 20"
    )


# -- what a tile names ---------------------------------------------------------------------------


def test_an_unknown_activity_names_the_nearest_of_file_and_catalog() -> None:
    tile = "{{key: x, points: 1, from: [{{activity: {}, accepts: a}}]}}"
    error = only_error(with_tile(tile.format("own.dargon")))
    assert error.path == "board.rows[1][1].from[0].activity"
    assert "no activity 'own.dargon' in this file or the catalog (did you mean 'own.dragon'" in (
        error.message
    )
    error = only_error(with_tile(tile.format("boss.vorkat")))
    assert "'boss.vorkath'" in error.message


def test_a_tile_may_use_the_catalog() -> None:
    tile = "{key: x, points: 1, from: [{activity: boss.vorkath, accepts: item.vorkaths_head}]}"
    assert findings_in(with_tile(tile)) == []


def test_the_file_replaces_the_catalog() -> None:
    text = with_tile("{key: x, points: 1, from: [{activity: boss.vorkath, accepts: item.own}]}")
    assert "does not give 'item.own'" in only_error(text).message
    own = "activities:\n  - {key: boss.vorkath, time: {seconds: 9}, loot: [{drops: [{chance: 1, gives: item.own}]}]}\n"  # noqa: E501
    assert findings_in(changed("activities:\n", own, text)) == []


def test_a_broken_activity_is_the_only_error() -> None:
    assert only_error(changed("seconds: 72.5", "seconds: x")).path == "activities[1].time.seconds"


def test_an_activity_without_a_readable_key_is_the_only_error() -> None:
    assert only_error(changed("key: own.dragon", "key: [x]")).path == "activities[1].key"


def test_a_drop_that_is_not_given_names_the_nearest_and_all() -> None:
    error = only_error(changed("[item.heads, item.tail]", "[item.heads, item.tial]"))
    assert error.path == "board.rows[1][0].from[0].accepts[1]"
    assert error.message == (
        "own.dragon does not give 'item.tial' (did you mean 'item.tail' or 'item.heads'?); "
        "it gives item.heads and item.tail"
    )


def test_a_drop_is_worth_the_same_in_every_source_of_a_tile() -> None:
    other = "{activity: own.dragon, accepts: {item.heads: 2}, requires: [capability.war]}"
    error = only_error(changed(HEADS, HEADS[:-1] + f", {other}]"))
    assert error.path == "board.rows[0][0].from[1].accepts['item.heads']"
    assert "is worth 2 here and 1 in another source" in error.message


def test_different_tiles_may_value_a_drop_differently() -> None:
    tile = "{key: x, points: 1, from: [{activity: own.dragon, accepts: {item.heads: 3}}]}"
    assert findings_in(with_tile(tile)) == []


def test_each_must_leave_enough() -> None:
    error = only_error(changed("need: 2, each: 1", "need: 3, each: 1"))
    assert error.path == "board.rows[1][0].each"
    assert "2 drops of at most 1 each make 2, and the need is 3" in error.message


# -- the board -----------------------------------------------------------------------------------


def test_a_row_must_reach_the_threshold() -> None:
    error = only_error(changed("unlock_points: 5", "unlock_points: 6"))
    assert (error.path, error.line) == ("board.rows[0]", line_of("- - {key: heads", GOOD))
    assert "worth 5 points together, and the next row opens at 6" in error.message


def test_the_last_row_need_not() -> None:
    assert findings_in(changed("points: 3", "points: 1")) == []


def test_a_row_with_a_broken_tile_may_reach_it() -> None:
    assert only_error(changed("points: 4", "points: x")).path == "board.rows[0][1].points"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("players", "the event has no players"),
        ("teams", "the event has no teams"),
    ],
)
def test_empty_lists(key: str, message: str) -> None:
    start, end = GOOD.index(f"\n{key}:"), GOOD.index("\nteams:") if key == "players" else len(GOOD)
    error = only_error(f"{GOOD[:start]}\n{key}: []\n{GOOD[end:]}")
    assert (error.path, error.message) == (key, message)


@pytest.mark.parametrize("rows", ["[]", ""])
def test_no_tiles(rows: str) -> None:
    start, end = GOOD.index("  rows:\n"), GOOD.index("  bonuses:")
    error = only_error(f"{GOOD[:start]}  rows: {rows}\n{GOOD[GOOD.index('activities:') :]}")
    assert (error.path, error.message) == ("board.rows", "the board has no tiles")
    assert end > start


def test_a_bonus_names_tiles_of_the_board() -> None:
    error = only_error(changed("tiles: [heads, armour]", "tiles: [heads, amour]"))
    assert error.path == "board.bonuses[0].tiles[1]"
    assert error.message == "there is no tile 'amour' on the board (did you mean 'armour'?)"


def test_a_bonus_may_name_a_broken_tile() -> None:
    assert only_error(changed("need: 1500", "need: x")).path == "board.rows[0][1].need"


# -- numbers of the engine -----------------------------------------------------------------------


def test_a_range_has_a_widest() -> None:
    assert findings_in(changed("item.shard: 50-100", "item.shard: 1-262144")) == []
    error = only_error(changed("item.shard: 50-100", "item.shard: 1-262145"))
    assert error.path == "activities[0].loot[1].drops[0].gives['item.shard']"
    assert "a range of at most 262,144 values" in error.message


def test_a_quantity_has_a_greatest() -> None:
    error = only_error(changed("item.shard: 50-100", "item.shard: 1000000000001"))
    assert "expected at most 1,000,000,000,000 at once" in error.message


def test_units_at_once_have_a_greatest() -> None:
    text = changed("item.shard: 50-100", "item.shard: 10000000")
    error = only_error(changed("item.shard: 1}", "item.shard: 1000000000}", text))
    assert error.path == "board.rows[0][1].from[0].accepts['item.shard']"
    assert "expected at most 1,000,000,000,000,000 units at once" in error.message


def test_the_whole_time_multiplier_has_a_greatest() -> None:
    assert errors_in(changed("speed: 1.25", "speed: 512")) == []
    errors = errors_in(changed("speed: 1.25", "speed: 512.5"))
    # Once per activity, not for every tile.
    assert [e.path for e in errors] == ["board.rows[0][0].from[0]", "board.rows[0][1].from[0]"]
    assert "multiply the time by 512.5: expected at most 512" in errors[0].message
    slow_band = changed("sizes: 5-8, time: 0.8", "sizes: 5-8, time: 400")
    assert "multiply the time by 520" in only_error(slow_band).message


# -- players and teams ---------------------------------------------------------------------------


def test_a_player_is_in_one_team() -> None:
    error = only_error(changed(ROSTER, "players: [Cleo, Dag, Bo]"))
    assert error.path == "teams[1].players[2]"
    assert error.message == f"'Bo' is in team 'Alpha' already on line {line_of('[Ada, Bo]', GOOD)}"


def test_a_player_is_in_a_team_once() -> None:
    error = only_error(changed(ROSTER, "players: [Cleo, Dag, Cleo]"))
    assert "'Cleo' is in this team already" in error.message


def test_an_unknown_player_names_the_nearest() -> None:
    errors = errors_in(changed(ROSTER, "players: [Celo, Dag]"))
    assert [(error.path, error.message) for error in errors] == [
        ("teams[1].players[0]", "there is no player 'Celo' (did you mean 'Cleo'?)")
    ]


def test_names_are_compared_without_spaces_around_them() -> None:
    assert findings_in(changed("players: [Ada, Bo]", "players: [' Ada ', Bo]")) == []


def test_a_broken_player_may_be_in_a_team() -> None:
    assert only_error(changed("speed: 1.25", "speed: x")).path == "players[3].speed"


def test_a_player_without_a_team_does_not_play() -> None:
    text = changed("teams:\n", "  - {name: Eve}\nteams:\n")
    warning = only_warning(text)
    assert (warning.path, warning.message) == (
        "players[4]",
        "Eve is in no team and does not play",
    )


def test_attends_without_plays() -> None:
    warning = only_warning(changed("{name: Bo,", "{name: Bo, attends: 0.5,"))
    assert warning.path == "players[1].attends"
    assert "changes nothing without plays" in warning.message


def test_who_is_never_online() -> None:
    always_away = '[daily 20:00 90m], away: ["2026-12-01..2027-01-01"]'
    findings = findings_in(changed("[daily 20:00 90m]", always_away))
    assert {finding.severity for finding in findings} == {"warning"}
    messages = {finding.path: finding.message for finding in findings}
    assert messages["players[2]"] == "Cleo is never online during the event"


def test_who_never_attends() -> None:
    assert "Ada is never online" in findings_in(changed("attends: 0.85", "attends: 0"))[0].message


def test_a_speed_that_no_tile_uses() -> None:
    warning = only_warning(changed("speeds: {own.nex: 1.3}", "speeds: {own.next: 1.3}"))
    assert warning.path == "players[0].speeds['own.next']"
    assert warning.message == "no tile uses the activity 'own.next' (did you mean 'own.nex'?)"


def test_a_speed_may_be_for_a_broken_tile() -> None:
    assert [f.path for f in findings_in(changed("need: 1500", "need: x"))] == [
        "board.rows[0][1].need"
    ]


# -- strategies ----------------------------------------------------------------------------------


def test_the_built_in_strategies() -> None:
    assert list(STRATEGIES) == [
        "greedy",
        "balanced",
        "row-unlocking",
        "combo-unlocking",
        "lines",
        "look-ahead",
        "tile-order",
    ]
    assert all(strategy.summary for strategy in STRATEGIES.values())


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_every_strategy_takes_max_players(name: str) -> None:
    new = f"strategy: {name}, params: {{max_players: 3}}"
    load(changed("strategy: row-unlocking, params: {}", new))


def test_an_unknown_strategy_names_team_and_nearest() -> None:
    error = only_error(changed("strategy: row-unlocking", "strategy: row-unlock"))
    assert error.path == "teams[0].strategy"
    assert error.message.startswith(
        "team 'Alpha': there is no strategy 'row-unlock' (did you mean 'row-unlocking'"
    )


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        (
            "{max_player: 2}",
            ".max_player",
            "unknown key 'max_player' (did you mean 'max_players'?)",
        ),
        ("{max_players: 0}", ".max_players", "expected at least 1, got 0"),
        ("{max_players: x}", ".max_players", "expected a whole number of at least 1, got 'x'"),
        ("{tiles: set}", ".tiles", "expected a list, got 'set'"),
        ("{tiles: [sett]}", ".tiles[0]", "there is no tile 'sett' (did you mean 'set'?)"),
        ("{tiles: [set, set]}", ".tiles[1]", "the tile 'set' is listed twice"),
    ],
)
def test_a_malformed_parameter_names_team_and_parameter(
    params: str, path: str, message: str
) -> None:
    error = only_error(changed("{tiles: [set, heads], max_players: 2}", params))
    assert error.path == f"teams[1].params{path}"
    assert error.message == f"team 'Beta', strategy tile-order: {message}"


def test_only_tile_order_takes_tiles() -> None:
    error = only_error(changed("params: {}", "params: {tiles: [set]}"))
    assert "strategy row-unlocking: unknown key 'tiles'" in error.message


# -- capabilities --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slip", ["item.cross_bow", "item.crosbow", "itemcrossbow", "item.crossbows"]
)
def test_a_capability_that_is_nearly_asked_for(slip: str) -> None:
    warning = only_warning(changed("has: [item.crossbow", f"has: [{slip}"))
    assert warning.path == "players[1].has[0]"
    assert warning.message == f"'{slip}' may be a slip: tiles ask for 'item.crossbow'"


@pytest.mark.parametrize("other", ["slayer.91", "item.bow", "quest.ds2"])
def test_capabilities_that_are_meant(other: str) -> None:
    text = changed("has: item.crossbow", "has: slayer.93")
    assert findings_in(changed("has: [item.crossbow", f"has: [slayer.93, {other}", text)) == []


def test_a_tile_may_be_the_one_that_slips() -> None:
    other = "{key: x, points: 1, from: [{activity: own.dragon, accepts: item.heads, modifiers: [{has: item.cross_bow}]}]}"  # noqa: E501
    warning = only_warning(with_tile(other))
    assert warning.path == "board.rows[1][1].from[0].modifiers[0].has"


# -- who can do what -----------------------------------------------------------------------------


def test_a_tile_that_nobody_can_do() -> None:
    error = only_error(changed("requires: [capability.war]", "requires: [capability.peace]"))
    assert error.path == "board.rows[0][1]"
    assert error.message == (
        "no team can ever do '1 piece or 1500 shards': nobody has capability.peace"
    )


def test_a_tile_that_one_team_cannot_do() -> None:
    text = changed("{name: Cleo, has: [capability.war],", "{name: Cleo,")
    warning = only_warning(text)
    assert warning.path == "board.rows[0][1]"
    assert warning.message == (
        "team 'Beta' can never do '1 piece or 1500 shards': "
        "own.nex needs 2 players with capability.war, and there are 1"
    )


def test_nobody_has_all_that_is_asked() -> None:
    text = changed("requires: [capability.war]", "requires: [capability.war, item.crossbow]")
    text = changed("[item.crossbow, capability.war]", "[item.crossbow]", text)
    message = errors_in(text)[0].message
    assert "nobody has all of capability.war and item.crossbow" in message
    assert "nobody has item.crossbow" in message


def test_an_attempt_that_fits_no_session() -> None:
    text = changed("speed: 1.25", "speed: 25")
    warning = only_warning(changed("seconds: 240, spread", "seconds: 2400, spread", text))
    assert warning.message == (
        "team 'Beta' can never do '1 piece or 1500 shards': "
        "own.nex needs 2 players with sessions of 40m or more"
    )


def test_an_attempt_longer_than_all_sessions() -> None:
    text = changed("time: {seconds: 72.5}", "time: {seconds: 8000}")
    warnings = findings_in(text)
    assert [warning.path for warning in warnings] == ["board.rows[0][0]", "board.rows[1][0]"]
    assert "no session is as long as an attempt at own.dragon (2h13m20s)" in warnings[0].message


def test_the_expected_attempt_counts_own_speed_band_and_modifiers() -> None:
    # Cleo's 90 minutes: 6000 s are too long at her speed 1, and fit at 0.9.
    text = changed("time: {seconds: 72.5}", "time: {seconds: 6000}")
    assert findings_in(changed("{name: Cleo,", "{name: Cleo, speed: 0.9,", text)) == []
    assert (
        findings_in(changed("{name: Cleo,", "{name: Cleo, speeds: {own.dragon: 0.9},", text)) == []
    )
    faster = HEADS.replace("]}]", "], modifiers: [{has: capability.war, time: 0.9}]}]")
    warnings = findings_in(changed(HEADS, faster, text))
    assert [warning.path for warning in warnings] == ["board.rows[1][0]"]


def test_no_team_is_judged_while_a_player_is_broken() -> None:
    text = changed("requires: [capability.war]", "requires: [capability.peace]")
    text = changed("speed: 1.25", "speed: x", text)
    assert [(f.path, f.severity) for f in findings_in(text)] == [
        ("board.rows[0][1]", "warning"),
        ("players[3].speed", "error"),
    ]
