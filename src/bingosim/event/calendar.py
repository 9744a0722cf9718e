"""Weekly schedules and days away -> online intervals in seconds from an event's start.

All is laid on the real calendar once, here. A local time in the gap of a clock change moves forward
by the gap, an ambiguous one is the first of the two: both are what `fold=0` means. A session lasts
its length in real time.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from bingosim.event.schedule import parse_away, parse_session
from bingosim.event.zones import time_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bingosim.event.model import Header, Player
    from bingosim.event.schedule import DaysAway, WeeklySession

Interval = tuple[int, int]
"""`[start, end)` in whole seconds from the event's start."""

_ONE_DAY = dt.timedelta(days=1)


def online_intervals(
    sessions: Iterable[WeeklySession],
    away: Iterable[DaysAway],
    zone: dt.tzinfo,
    start: dt.datetime,
    duration: int,
) -> tuple[Interval, ...]:
    """Return when a player is online: sorted, disjoint, inside the event, never touching twice.

    Args:
        sessions: The player's week; none is always online.
        away: Dates off, from local midnight to local midnight.
        zone: The player's zone.
        start: The event's start, aware.
        duration: The event's length in seconds.
    """
    sessions = tuple(sessions)
    online = [(0, duration)]
    if sessions:
        online = _joined(_laid(sessions, zone, start, duration))
    off = _joined(_laid_away(away, zone, start, duration))
    return tuple(_without(online, off))


def player_sessions(player: Player, header: Header) -> tuple[Interval, ...]:
    """Return when a player is online, as `online_intervals` does."""
    event_zone = time_zone(header.timezone)
    return online_intervals(
        sessions=[parse_session(text) for text in player.plays],
        away=[parse_away(text) for text in player.away],
        zone=time_zone(player.timezone) if player.timezone else event_zone,
        start=instant(header.start, event_zone),
        duration=header.duration,
    )


def instant(local: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return a local time as an instant in UTC."""
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def _laid(
    sessions: Sequence[WeeklySession], zone: dt.tzinfo, start: dt.datetime, duration: int
) -> Iterator[Interval]:
    """Yield every session of the event's weeks, also those already running at its start."""
    longest = dt.timedelta(seconds=max(session.seconds for session in sessions))
    day = (start.astimezone(zone) - longest).date() - _ONE_DAY
    last = (start.astimezone(zone) + dt.timedelta(seconds=duration)).date() + _ONE_DAY
    while day <= last:
        for session in sessions:
            if day.weekday() in session.weekdays:
                begins = _second(dt.datetime.combine(day, session.start), zone, start)
                yield max(0, begins), min(duration, begins + session.seconds)
        day += _ONE_DAY


def _laid_away(
    away: Iterable[DaysAway], zone: dt.tzinfo, start: dt.datetime, duration: int
) -> Iterator[Interval]:
    for first, last in away:
        begins, ends = (
            _second(dt.datetime.combine(day, dt.time()), zone, start)
            for day in (first, last + _ONE_DAY)
        )
        yield max(0, begins), min(duration, ends)


def _second(local: dt.datetime, zone: dt.tzinfo, start: dt.datetime) -> int:
    """Return a local time in seconds from the event's start."""
    return round((instant(local, zone) - start).total_seconds())


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Sort; make one of those that touch or overlap; drop those that are empty."""
    joined: list[Interval] = []
    for begins, ends in sorted(intervals):
        if begins >= ends:
            continue
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def _without(online: Sequence[Interval], off: Sequence[Interval]) -> Iterator[Interval]:
    """Cut `off` out of `online`; both are joined."""
    for begins, ends in online:
        for away_from, away_to in off:
            if away_to <= begins or ends <= away_from:
                continue
            if begins < away_from:
                yield begins, away_from
            begins = away_to  # noqa: PLW2901 - what is left of the session
            if begins >= ends:
                break
        if begins < ends:
            yield begins, ends
