"""Weekly sessions and days away as event files write them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

from bingosim.event.quantities import parse_duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_S, WEEK_S = 86_400, 7 * 86_400
LONGEST_SESSION_S = WEEK_S
FIRST_YEAR, LAST_YEAR = 1990, 2199

_SESSION = re.compile(r"(.*\S)\s+(\d{1,2}):(\d\d)\s+(\d\S*[a-z])", re.ASCII)
_LONGEST_TEXT = 100  # matching a longer one could take long
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class WeeklySession(NamedTuple):
    """A session that comes back every week: weekdays (0 is Monday), local start, length."""

    weekdays: frozenset[int]
    start: dt.time
    seconds: int


class DaysAway(NamedTuple):
    """Dates off, both included."""

    first: dt.date
    last: dt.date


def parse_session(text: str) -> WeeklySession:
    """Read `mon-fri 18:00 3h`, `sat,sun 10:00 8h` or `daily 20:00 90m`.

    Raises:
        ValueError: It is written in another way; the message says what was expected.
    """
    expected = f"expected days, start and length such as 'mon-fri 18:00 3h', got {shown(text)}"
    match = _SESSION.fullmatch(text.strip().lower()) if len(text) <= _LONGEST_TEXT else None
    if match is None:
        raise ValueError(expected)
    weekdays = _parse_weekdays(match[1])
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        raise ValueError(f"expected a start from 00:00 to 23:59, got '{match[2]}:{match[3]}'")
    try:
        seconds = parse_duration(match[4])
    except ValueError:
        raise ValueError(f"expected a length such as 3h or 90m, got {shown(match[4])}") from None
    if not 1 <= seconds <= LONGEST_SESSION_S:
        raise ValueError(f"expected a length of at most 7d, got {shown(match[4])}")
    return WeeklySession(weekdays, dt.time(hour, minute), seconds)


def weekly_seconds(sessions: Iterable[WeeklySession]) -> int:
    """Return how long somebody is online in a week without a change of clocks, overlaps once.

    None is always online, as everywhere.
    """
    laid = sorted(
        (begins, begins + session.seconds)
        for session in sessions
        for day in session.weekdays
        for begins in [day * DAY_S + session.start.hour * 3_600 + session.start.minute * 60]
    )
    if not laid:
        return WEEK_S
    # What runs over the end of the week is in its beginning: the week before is laid, too.
    before = [(begins - WEEK_S, ends - WEEK_S) for begins, ends in laid]
    total = reached = 0
    for begins, ends in before + laid:
        begins, ends = max(begins, reached), min(ends, WEEK_S)  # noqa: PLW2901 - what is new of it
        total += max(0, ends - begins)
        reached = max(reached, ends)
    return total


def parse_away(text: str) -> DaysAway:
    """Read `2026-12-07` or `2026-12-07..2026-12-09`.

    Raises:
        ValueError: It is written in another way; the message says what was expected.
    """
    first, separator, last = text.partition("..")
    try:
        days = DaysAway(_parse_date(first), _parse_date(last if separator else first))
    except ValueError:
        example = "expected a date such as 2026-12-07 or dates such as 2026-12-07..2026-12-09"
        raise ValueError(f"{example}, got {shown(text)}") from None
    if days.first > days.last:
        raise ValueError(f"expected the earlier date first, got {shown(text)}")
    return days


def _parse_weekdays(text: str) -> frozenset[int]:
    """Read days and ranges joined by commas, or `daily`; ranges may wrap around the week."""
    if text == "daily":
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        low, high = _weekday(first), _weekday(last if dash else first)
        days.update((low + step) % 7 for step in range((high - low) % 7 + 1))
    return frozenset(days)


def _weekday(text: str) -> int:
    """Return a weekday from its three letters or its whole name."""
    for number, day in enumerate(DAYS):
        if text in (day, day[:3]):
            return number
    known = ", ".join(day[:3] for day in DAYS)
    raise ValueError(f"expected days out of {known} or daily, got {shown(text)}")


def _parse_date(text: str) -> dt.date:
    text = text.strip()
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    day = dt.date.fromisoformat(text)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(text)
    return day
