"""An event file with one of everything, and the ways the tests look at it."""

from __future__ import annotations

import pytest

from bingosim.errors import EventFileError, Finding
from bingosim.event.file import LoadedEvent, read_event

GOOD = """\
bingosim: 1
event:
  name: Winter Bingo 2026
  start: 2026-12-05T12:00
  timezone: America/New_York
  duration: 9d
board:
  kind: rows
  unlock_points: 5
  rows:
    - - {key: heads, name: 6 heads, points: 1, need: 6,
         from: [{activity: own.dragon, accepts: [item.heads]}]}
      - {key: armour, name: 1 piece or 1500 shards, points: 4, need: 1500,
         from: [{activity: own.nex, accepts: {item.piece: 1500, item.shard: 1},
                 requires: [capability.war],
                 modifiers: [{has: item.crossbow, time: 0.9, chance: 1.0}]}]}
    - - {key: set, points: 3, need: 2, each: 1,
         from: [{activity: own.dragon, accepts: [item.heads, item.tail]}]}
  bonuses:
    - {name: whole first row, tiles: [heads, armour], points: 5}
activities:
  - key: own.nex
    name: Nex
    group: {solo: false, min: 2, want: 4, max: 8, max_wait: 10m}
    time: {seconds: 240, spread: 30, law: uniform}
    bands: [{sizes: 2-4, time: 1.0}, {sizes: 5-8, time: 0.8, chance: 1.05}]
    loot:
      - {per: group, rolls: 1, drops: [{chance: 1/43, gives: item.piece}]}
      - {per: player, rolls: 2, drops: [{chance: 1/6, gives: {item.shard: 50-100}}]}
  - key: own.dragon
    time: {seconds: 72.5}
    loot:
      - drops:
          - {chance: 31/19200, gives: {item.tail: 2, item.heads: 1}}
          - {chance: 2%, gives: item.heads}
players:
  - {name: Ada, speed: 1.4, attends: 0.85, speeds: {own.nex: 1.3}, has: [capability.war],
     timezone: Europe/London, plays: ["mon-fri 18:00 3h", "sat,sun 10:00 8h"],
     away: ["2026-12-07..2026-12-09"]}
  - {name: Bo, has: [item.crossbow, capability.war]}
  - {name: Cleo, has: [capability.war], plays: [daily 20:00 90m]}
  - {name: Dag, speed: 1.25, has: [capability.war], plays: ["fri-mon 23:00 2h"]}
teams:
  - {name: Alpha, strategy: row-unlocking, params: {}, players: [Ada, Bo]}
  - {name: Beta, strategy: tile-order, params: {tiles: [set, heads], max_players: 2},
     players: [Cleo, Dag]}
"""


def changed(old: str, new: str, text: str = GOOD) -> str:
    """Return the sample with a part replaced; the part must be there once."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


def line_of(part: str, text: str) -> int:
    """Return the line on which a part of a text stands."""
    return text[: text.index(part)].count("\n") + 1


def findings_in(text: str | bytes) -> list[Finding]:
    """Return everything said about a file, errors or not."""
    try:
        return list(read_event(text, "event.yaml").warnings)
    except EventFileError as error:
        return list(error.findings)


def errors_in(text: str | bytes) -> list[Finding]:
    return [finding for finding in findings_in(text) if finding.severity == "error"]


def only_error(text: str | bytes) -> Finding:
    """Return the one error of a file; more than one is a cascade."""
    errors = errors_in(text)
    assert len(errors) == 1, [str(error) for error in errors]
    return errors[0]


def only_warning(text: str | bytes) -> Finding:
    warnings = findings_in(text)
    assert len(warnings) == 1, [str(warning) for warning in warnings]
    assert warnings[0].severity == "warning"
    return warnings[0]


def load(text: str) -> LoadedEvent:
    try:
        return read_event(text, "event.yaml")
    except EventFileError as error:
        pytest.fail(str(error))
