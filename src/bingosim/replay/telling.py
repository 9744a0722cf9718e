"""The words in which command line and pages tell a replay to people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bingosim.event.calendar import instant
from bingosim.event.zones import time_zone
from bingosim.replay.model import Attempts, BonusPaid, Grant, RowOpened, TileCompleted
from bingosim.words import clean, duration, hours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.event.snapshot import Snapshot
    from bingosim.replay.model import Entry, Replay, TeamReplay, TileReplay

GIVERS_SHOWN = 2


def headline(replay: Replay) -> str:
    """Return which run this is, and who won it."""
    winners = [clean(team.name) for team in replay.teams if team.won]
    wins = f"{_listed(winners)} {'wins' if len(winners) == 1 else 'share the win'}"
    which = f"run {replay.run} of seed {clean(replay.seed)}, engine {replay.engine}"
    return f"{clean(replay.snapshot.name)}, {which}: {wins}."


class Words:
    """The words for what happens in an event: names for keys, its own days and clock."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.tiles = {tile.key: clean(tile.name) for tile in snapshot.board.tiles}
        self.activities = {each.key: clean(each.name) for each in snapshot.activities}
        self.board = snapshot.board
        self.zone = time_zone(snapshot.timezone)
        self.start = instant(snapshot.start, self.zone)
        self.first_day = snapshot.start.date()

    def when(self, second: int) -> str:
        """Write a second in the event's own time zone: `day 2 14:05`."""
        local = (self.start + dt.timedelta(seconds=second)).astimezone(self.zone)
        return f"day {(local.date() - self.first_day).days + 1} {local:%H:%M}"

    def result(self, team: TeamReplay) -> str:
        """Write how far a team got."""
        points = "1 point" if team.points == 1 else f"{team.points:,} points"
        tiles = f"{team.tiles_completed} of {len(self.tiles)} tiles"
        rows = f", {team.rows_open} of {len(self.board.rows)} rows open"
        return (
            f"{clean(team.name)} ({clean(team.strategy)}): {points}, {tiles}"
            f"{'' if self.board.everything_open else rows}"
        )

    def what(self, entry: Entry, done: dict[str, TileReplay]) -> str:
        """Write what happened, without when."""
        match entry:
            case Attempts():
                who = _listed([clean(name) for name in entry.players])
                what = f"{entry.attempts:,} x {self.activities[entry.activity]}"
                until = f"{self.when(entry.end)} ({duration(entry.end - entry.second)})"
                return f"{who}: {what} for {self.tiles[entry.tile]}, until {until}"
            case Grant():
                progress = f"{entry.progress:,}/{entry.need:,}"
                gift = f"{entry.units:,} for {self.tiles[entry.tile]}, now {progress}"
                return f"{clean(entry.player)}: {gift}; from {self.activities[entry.activity]}"
            case TileCompleted():
                return f"{self.tiles[entry.tile]}: {_took(done[entry.tile], entry.player)}"
            case BonusPaid():
                return f"bonus {clean(entry.bonus)}"
            case RowOpened():
                return f"row {entry.row + 1} opens"

    def notes(self, team: TeamReplay) -> Iterator[str]:
        """Yield what the lines do not say: tiles that were begun in vain."""
        begun = [
            f"{self.tiles[tile.tile]} {tile.progress:,}/{tile.need:,}"
            for tile in team.tiles
            if tile.completed is None and (tile.progress or tile.attempts)
        ]
        if begun:
            yield f"Begun and not completed: {', '.join(begun)}."


def _took(tile: TileReplay, last: str) -> str:
    """Write what a tile took: who gave how much, in how many attempts, in what time."""
    givers = sorted(tile.units, key=lambda name: -tile.units[name])
    shown = givers[:GIVERS_SHOWN] if last in givers[:GIVERS_SHOWN] else [*givers[:1], last]
    named = [
        f"{clean(name)} {tile.units[name]:,}{' (last)' if name == last else ''}" for name in shown
    ]
    others = len(givers) - len(shown)
    if others:
        named.append("1 other" if others == 1 else f"{others} others")
    by = ", ".join(named) if len(givers) > 1 else clean(last)
    if not tile.attempts:
        return f"{by}; on the side"
    attempts = "1 attempt" if tile.attempts == 1 else f"{tile.attempts:,} attempts"
    return f"{by}; {attempts}, {hours(tile.player_seconds / 3_600)} h"


def _listed(names: Sequence[str]) -> str:
    """Write names one after the other: `Ann, Bob and Cleo`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
