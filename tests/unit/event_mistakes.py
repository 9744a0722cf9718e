"""Mistakes in the sample file: what is replaced by what, and the path and words of the error."""

# ruff: noqa: E501 - messages stand here whole, as planners see them

from __future__ import annotations

MISTAKES = [
    (
        "from: [{activity: own.dragon, accepts: [item.heads]}]",
        "sources: [{activity: own.dragon, accepts: [item.heads]}]",
        "board.rows[0][0].sources",
        "unknown key 'sources': expected key, name, points, need, each or from",
    ),
    (
        "need: 6",
        "need: x",
        "board.rows[0][0].need",
        "expected a whole number of at least 1, got 'x'",
    ),
    ("need: 6", "need: 0", "board.rows[0][0].need", "expected at least 1, got 0"),
    (
        "need: 6",
        "need: 1.5",
        "board.rows[0][0].need",
        "expected a whole number of at least 1, got 1.5",
    ),
    (
        "points: 4",
        "points: yes",
        "board.rows[0][1].points",
        "expected a whole number of at least 1, got 'yes'",
    ),
    (
        "points: 4",
        "points: 2000000",
        "board.rows[0][1].points",
        "expected at most 1,000,000, got 2000000",
    ),
    ("need: 1500", "ned: 1500", "board.rows[0][1].ned", "unknown key 'ned' (did you mean 'need'?)"),
    (
        "points: 3",
        "colour: 3, points: 3",
        "board.rows[1][0].colour",
        "unknown key 'colour': expected key, name, points, need, each or from",
    ),
    ("points: 3, ", "", "board.rows[1][0]", "`points` is missing"),
    (
        "[item.heads]",
        "[Item.Heads]",
        "board.rows[0][0].from[0].accepts[0]",
        (
            "expected a key such as boss.vorkath (lower-case letters, digits and _, in parts joined by dots), "
            "got 'Item.Heads'"
        ),
    ),
    (
        "accepts: [item.heads]",
        "accepts: [item.heads, item.heads]",
        "board.rows[0][0].from[0].accepts",
        "item.heads is listed twice: expected each drop once, with its number",
    ),
    (
        "accepts: [item.heads]",
        "accepts: [1]",
        "board.rows[0][0].from[0].accepts",
        "expected drop keys (a list, or each with its number), got a list",
    ),
    (
        "accepts: [item.heads]",
        "accepts: []",
        "board.rows[0][0].from[0].accepts",
        "expected at least one, got none",
    ),
    (
        "kind: rows",
        "kind: row",
        "board.kind",
        "expected rows or grid, got 'row' (did you mean 'rows'?)",
    ),
    (
        "unlock_points: 5",
        "unlok_points: 5",
        "board.unlok_points",
        "unknown key 'unlok_points' (did you mean 'unlock_points'?)",
    ),
    (
        "duration: 9d",
        "duration: 9 days",
        "event.duration",
        "expected a duration such as 9d, 36h, 90m, 45s, 1d12h or whole seconds, got '9 days'",
    ),
    ("duration: 9d", "duration: 400d", "event.duration", "expected at most 366d, got '400d'"),
    (
        "start: 2026-12-05T12:00",
        "start: Saturday",
        "event.start",
        "expected a local date and time such as 2026-12-05T12:00, got 'Saturday'",
    ),
    (
        "start: 2026-12-05T12:00",
        "start: 2026-12-05T12:00+01:00",
        "event.start",
        "expected a local time without an offset; the zone belongs in timezone",
    ),
    (
        "start: 2026-12-05T12:00",
        "start: 1026-12-05T12:00",
        "event.start",
        "expected a year from 1990 to 2199, got 1026",
    ),
    (
        "timezone: America/New_York",
        "timezone: America/New_Yrk",
        "event.timezone",
        "there is no time zone 'America/New_Yrk' (did you mean 'America/New_York'?)",
    ),
    (
        "timezone: Europe/London",
        "timezone: London",
        "players[0].timezone",
        "there is no time zone 'London' (did you mean 'Europe/London'?)",
    ),
    (
        "name: Winter Bingo 2026",
        "name: 2026",
        "event.name",
        "expected text, got 2026 (as text: put it in quotes)",
    ),
    (
        "name: Winter Bingo 2026",
        'name: "a\\nb"',
        "event.name",
        "expected one line of text without control characters, got 'a\\nb'",
    ),
    ("bingosim: 1", "bingosim: 2", "bingosim", "expected 1, the version of the format, got 2"),
    ("bingosim: 1", "bingo: 1", "bingo", "unknown key 'bingo' (did you mean 'bingosim'?)"),
    (
        "chance: 1/43",
        "chance: 43",
        "activities[0].loot[0].drops[0].chance",
        "expected a chance above 0 and at most 1, such as 1/512, 0.02 or 2%, got 43",
    ),
    (
        "item.shard: 50-100",
        "item.shard: 100-50",
        "activities[0].loot[1].drops[0].gives['item.shard']",
        "expected a whole number above 0 or a range such as 50-100, got '100-50'",
    ),
    (
        "law: uniform",
        "law: unifrom",
        "activities[0].time.law",
        "expected uniform, normal or fixed, got 'unifrom' (did you mean 'uniform'?)",
    ),
    ("solo: false", "solo: no", "activities[0].group.solo", "expected true or false, got 'no'"),
    (
        "want: 4",
        "want: 9",
        "activities[0].group",
        "expected min <= want <= max, got min 2, want 9, max 8",
    ),
    (
        "sizes: 5-8",
        "sizes: 5-99999999999",
        "activities[0].bands[1].sizes",
        "expected sizes up to 100, got 5-99999999999",
    ),
    ("sizes: 5-8", "sizes: 4-8", "activities[0]", "bands overlap at size 4"),
    (
        "chance: 2%",
        "chance: 100%",
        "activities[1].loot[0]",
        (
            "the chances of one roll add up to 1.00161, more than 1: drops that can come together belong on "
            "loot lines of their own"
        ),
    ),
    (
        "seconds: 72.5",
        "second: 72.5",
        "activities[1].time.second",
        "unknown key 'second' (did you mean 'seconds'?)",
    ),
    (
        "speed: 1.4",
        "speed: fast",
        "players[0].speed",
        "expected a number above 0 such as 1.35, got 'fast'",
    ),
    (
        "attends: 0.85",
        "attends: 85",
        "players[0].attends",
        "expected a chance from 0 to 1, such as 0.85, 85% or 17/20, got 85",
    ),
    (
        "has: [item.crossbow, capability.war]",
        "has: item.crossbow",
        "players[1].has",
        "expected a list, got 'item.crossbow'",
    ),
    (
        "daily 20:00 90m",
        "daily 8pm 90m",
        "players[2].plays[0]",
        "expected days, start and length such as 'mon-fri 18:00 3h', got 'daily 8pm 90m'",
    ),
    (
        '"2026-12-07..2026-12-09"',
        "2026-12-07-09",
        "players[0].away[0]",
        "expected a date such as 2026-12-07 or dates such as 2026-12-07..2026-12-09, got '2026-12-07-09'",
    ),
    ("players: [Ada, Bo]", "players: []", "teams[0].players", "expected at least one, got none"),
    ("params: {}", "params: []", "teams[0].params", "expected keys with values, got a list"),
]
