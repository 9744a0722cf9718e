"""Schedules on the real calendar: clock changes, midnights, clipping, days away."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bingosim.errors import InputError
from bingosim.event.calendar import instant, online_intervals
from bingosim.event.schedule import (
    DAYS,
    DaysAway,
    WeeklySession,
    parse_away,
    parse_session,
    weekly_seconds,
)
from bingosim.event.zones import time_zone, zone_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bingosim.event.calendar import Interval

HOUR, DAY = 3_600, 86_400
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "UTC")


def online(
    plays: Sequence[str],
    start: str,
    duration: int,
    zone: str = "Europe/London",
    event_zone: str | None = None,
    away: Sequence[str] = (),
) -> tuple[Interval, ...]:
    """Lay a schedule out; `start` is local in the event's zone."""
    begin = instant(dt.datetime.fromisoformat(start), time_zone(event_zone or zone))
    sessions = [parse_session(text) for text in plays]
    days = [parse_away(text) for text in away]
    return online_intervals(sessions, days, time_zone(zone), begin, duration)


# -- what is written ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri 18:00 3h", {0, 1, 2, 3, 4}),
        ("sat,sun 18:00 3h", {5, 6}),
        ("daily 18:00 3h", set(range(7))),
        ("fri-mon 18:00 3h", {4, 5, 6, 0}),
        ("sun-mon, wed 18:00 3h", {6, 0, 2}),
        ("Monday - Tuesday,sat 18:00 3h", {0, 1, 5}),
        ("tue-tue 18:00 3h", {1}),
        ("tue-mon 18:00 3h", set(range(7))),
    ],
)
def test_days(text: str, days: set[int]) -> None:
    assert parse_session(text) == WeeklySession(frozenset(days), dt.time(18), 3 * HOUR)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("mon 18:00", "expected days, start and length"),
        ("18:00 3h", "expected days, start and length"),
        ("mon 18 3h", "expected days, start and length"),
        ("mon 18:00 90", "expected days, start and length"),
        ("mon 18:00 " + "9" * 200 + "h", "expected days, start and length"),
        ("", "expected days, start and length"),
        ("mun 18:00 3h", "expected days out of mon, tue"),
        ("mon-fry 18:00 3h", "got 'fry'"),
        ("mon,, 18:00 3h", "expected days out of"),
        ("mon 24:00 3h", "from 00:00 to 23:59"),
        ("mon 18:60 3h", "from 00:00 to 23:59"),
        ("mon 18:00 3hours", "expected a length such as 3h"),
        ("mon 18:00 0h", "expected a length of at most 7d"),
        ("mon 18:00 8d", "expected a length of at most 7d"),
    ],
)
def test_malformed_sessions(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        parse_session(text)


def test_days_away() -> None:
    day, other = dt.date(2026, 12, 7), dt.date(2026, 12, 9)
    assert parse_away("2026-12-07") == DaysAway(day, day)
    assert parse_away(" 2026-12-07 .. 2026-12-09") == DaysAway(day, other)


@pytest.mark.parametrize(
    "text",
    ["", "7.12.2026", "2026-12-32", "2026-12-07..", "..2026-12-07", "20261207", "0001-01-01", "x"],
)
def test_malformed_days_away(text: str) -> None:
    with pytest.raises(ValueError, match="expected a date such as"):
        parse_away(text)


def test_days_away_go_forward() -> None:
    with pytest.raises(ValueError, match="the earlier date first"):
        parse_away("2026-12-09..2026-12-07")


# -- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Europe/Londn", "london", "Europe/LONDON", "Asia/London"])
def test_an_unknown_zone_names_the_nearest(name: str) -> None:
    with pytest.raises(InputError, match="did you mean 'Europe/London'"):
        time_zone(name)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc/localtime", "US", "x" * 10_000])
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(InputError, match="there is no time zone"):
        time_zone(name)


def test_every_zone_of_the_list_can_be_read() -> None:
    assert len(zone_names()) > 400
    assert all(time_zone(name).key == name for name in zone_names())


# -- ordinary weeks -----------------------------------------------------------------------------


def test_no_sessions_is_always_online() -> None:
    assert online([], "2026-12-05T12:00", 9 * DAY) == ((0, 9 * DAY),)


def test_sessions_of_a_week() -> None:
    # 2026-12-05 is a Saturday.
    found = online(["mon,wed 18:00 3h"], "2026-12-05T12:00", 7 * DAY)
    monday = 2 * DAY + 6 * HOUR
    assert found == ((monday, monday + 3 * HOUR), (monday + 2 * DAY, monday + 2 * DAY + 3 * HOUR))


def test_a_session_already_running_is_clipped_at_the_start() -> None:
    assert online(["sat 10:00 8h"], "2026-12-05T12:00", DAY) == ((0, 6 * HOUR),)


def test_a_session_of_the_day_before_runs_across_midnight_into_the_event() -> None:
    assert online(["fri 22:00 4h"], "2026-12-05T00:30", DAY) == ((0, 90 * 60),)


def test_a_long_session_of_last_week_still_runs() -> None:
    assert online(["sun 00:00 7d"], "2026-12-05T12:00", DAY)[0] == (0, DAY)


def test_a_session_is_clipped_at_the_end() -> None:
    assert online(["sun 10:00 8h"], "2026-12-05T12:00", DAY) == ((22 * HOUR, DAY),)


def test_what_ends_at_the_start_or_begins_at_the_end_is_nothing() -> None:
    assert online(["sat 10:00 2h", "sun 12:00 1h"], "2026-12-05T12:00", DAY) == ()


def test_sessions_that_touch_or_overlap_become_one() -> None:
    plays = ["sat 14:00 2h", "sat 16:00 1h", "sat 16:30 2h", "sat 20:00 1h"]
    found = online(plays, "2026-12-05T12:00", DAY)
    assert found == ((2 * HOUR, 6 * HOUR + 1_800), (8 * HOUR, 9 * HOUR))


def test_the_players_own_zone_counts() -> None:
    found = online(["sat 20:00 1h"], "2026-12-05T12:00", DAY, "America/New_York", "Europe/London")
    assert found == ((13 * HOUR, 14 * HOUR),)


def test_days_away_cut_a_session_in_two() -> None:
    found = online(
        ["daily 20:00 28h"], "2026-12-05T00:00", 5 * DAY, away=["2026-12-07", "2026-12-08"]
    )
    assert found == ((0, 2 * DAY), (4 * DAY, 5 * DAY))


def test_a_day_away_inside_a_long_session() -> None:
    found = online(["sat 12:00 3d"], "2026-12-05T00:00", 4 * DAY, away=["2026-12-06"])
    assert found == ((12 * HOUR, DAY), (2 * DAY, 3 * DAY + 12 * HOUR))


def test_away_all_the_time_is_never_online() -> None:
    assert online([], "2026-12-05T12:00", DAY, away=["2026-12-01..2026-12-31"]) == ()


# -- clock changes --------------------------------------------------------------------------------


# (zone, first instant of the new offset on the local clock before and after, day)
SPRING = [
    ("Europe/London", "2026-03-29", "01:30", 60),
    ("America/New_York", "2026-03-08", "02:30", 60),
    ("Australia/Lord_Howe", "2026-10-04", "02:15", 30),
    ("Pacific/Auckland", "2026-09-27", "02:30", 60),
]
AUTUMN = [
    ("Europe/London", "2026-10-25", "01:30", 60),
    ("America/New_York", "2026-11-01", "01:30", 60),
    ("Australia/Lord_Howe", "2026-04-05", "01:45", 30),
    ("Pacific/Auckland", "2026-04-05", "02:30", 60),
]


@pytest.mark.parametrize(("zone", "day", "clock", "gap"), SPRING)
def test_a_start_in_the_gap_moves_forward_by_the_gap(
    zone: str, day: str, clock: str, gap: int
) -> None:
    # Local midnight to the start counts the minutes of the clock as if there were no gap; the wall
    # clock reads `gap` more by then.
    hours, minutes = map(int, clock.split(":"))
    (found,) = online([f"sun {clock} 1h"], f"{day}T00:00", DAY - HOUR, zone)
    assert found == ((hours * 60 + minutes) * 60, (hours * 60 + minutes) * 60 + HOUR)
    begins = instant(dt.datetime.fromisoformat(f"{day}T00:00"), time_zone(zone))
    wall = (begins + dt.timedelta(seconds=found[0])).astimezone(ZoneInfo(zone))
    assert wall.hour * 60 + wall.minute == hours * 60 + minutes + gap


@pytest.mark.parametrize(("zone", "day", "clock", "gap"), AUTUMN)
def test_an_ambiguous_start_is_the_first_of_the_two(
    zone: str, day: str, clock: str, gap: int
) -> None:
    hours, minutes = map(int, clock.split(":"))
    (found,) = online([f"sun {clock} 4h"], f"{day}T00:00", DAY, zone)
    assert found[0] == (hours * 60 + minutes) * 60
    assert found[1] - found[0] == 4 * HOUR, gap


@pytest.mark.parametrize(("zone", "day", "clock", "gap"), SPRING)
def test_a_session_lasts_its_real_length_across_the_gap(
    zone: str, day: str, clock: str, gap: int
) -> None:
    (found,) = online(["sun 00:30 6h"], f"{day}T00:00", 8 * HOUR, zone)
    assert found == (1_800, 1_800 + 6 * HOUR), (clock, gap)


@pytest.mark.parametrize(("zone", "day", "clock", "gap"), SPRING)
def test_evenings_after_the_gap_come_earlier(zone: str, day: str, clock: str, gap: int) -> None:
    (found,) = online(["sun 20:00 1h"], f"{day}T00:00", DAY - gap * 60, zone)
    assert found[0] == 20 * HOUR - gap * 60, clock


@pytest.mark.parametrize(("zone", "day", "clock", "gap"), AUTUMN)
def test_a_day_away_is_as_long_as_the_day(zone: str, day: str, clock: str, gap: int) -> None:
    found = online([], f"{day}T00:00", 2 * DAY, zone, away=[day])
    assert found == ((DAY + gap * 60, 2 * DAY),), clock


def test_the_events_own_start_may_be_in_the_gap_or_ambiguous() -> None:
    zone = time_zone("America/New_York")
    in_gap = instant(dt.datetime(2026, 3, 8, 2, 30), zone)  # noqa: DTZ001 - local, by design
    assert in_gap == dt.datetime(2026, 3, 8, 7, 30, tzinfo=dt.UTC)
    ambiguous = instant(dt.datetime(2026, 11, 1, 1, 30), zone)  # noqa: DTZ001
    assert ambiguous == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)


def test_a_gap_at_midnight_begins_the_day_away_after_it() -> None:
    # Havana's clocks jump from 00:00 to 01:00: the day's first instant is 01:00.
    found = online([], "2026-03-07T12:00", 2 * DAY, "America/Havana", away=["2026-03-08"])
    assert found == ((0, 12 * HOUR), (12 * HOUR + 23 * HOUR, 2 * DAY))


# -- against a twin that looks at every minute --------------------------------------------------


def minute_by_minute(
    sessions: Iterable[WeeklySession],
    away: Sequence[DaysAway],
    zone: dt.tzinfo,
    start: dt.datetime,
    duration: int,
) -> list[bool]:
    """Say for every minute of the event whether the player is online in it."""
    minutes = duration // 60
    sessions = list(sessions)
    is_online = [not sessions] * minutes
    first = start - dt.timedelta(days=9)
    walls = [
        (first + dt.timedelta(minutes=m)).astimezone(zone) for m in range(12 * 1_440 + minutes)
    ]
    offset = 9 * 1_440
    for session in sessions:
        for begins in starts(session, walls):
            for minute in range(begins - offset, begins - offset + session.seconds // 60):
                if 0 <= minute < minutes:
                    is_online[minute] = True
    for minute in range(minutes):
        date = walls[offset + minute].date()
        if any(day.first <= date <= day.last for day in away):
            is_online[minute] = False
    return is_online


def starts(session: WeeklySession, walls: Sequence[dt.datetime]) -> Iterable[int]:
    """Yield the minutes in which a session begins, reading the wall clock alone."""
    wanted = session.start.hour * 60 + session.start.minute
    done: set[dt.date] = set()
    for minute, wall in enumerate(walls):
        clock = wall.hour * 60 + wall.minute
        if minute and wall.utcoffset() != walls[minute - 1].utcoffset():
            before = walls[minute - 1].hour * 60 + walls[minute - 1].minute
            gap = clock - before - 1
            if gap > 0 and before < wanted < clock and wall.weekday() in session.weekdays:
                done.add(wall.date())
                yield minute + wanted - before - 1
        if clock == wanted and wall.weekday() in session.weekdays and wall.date() not in done:
            done.add(wall.date())
            yield minute


weekly_sessions = st.builds(
    WeeklySession,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    st.integers(1, 40 * 60).map(lambda minutes: minutes * 60),
)
changes = [dt.date.fromisoformat(day) for _, day, _, _ in SPRING + AUTUMN]
near_changes = st.builds(
    lambda day, shift, minute: (
        dt.datetime.combine(day, dt.time(minute // 60, minute % 60)) + dt.timedelta(days=shift)
    ),
    st.sampled_from(changes),
    st.integers(-2, 1),
    st.integers(0, 1_439),
)
days_away = st.builds(
    lambda day, shift, length: DaysAway(
        day + dt.timedelta(days=shift), day + dt.timedelta(days=shift + length)
    ),
    st.sampled_from(changes),
    st.integers(-3, 3),
    st.integers(0, 2),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(weekly_sessions, max_size=3),
    st.lists(days_away, max_size=2),
    st.sampled_from(ZONES),
    near_changes,
    st.integers(1, 3 * 1_440).map(lambda minutes: minutes * 60),
)
@example(
    [WeeklySession(frozenset([6]), dt.time(2, 15), HOUR)],
    [],
    "Australia/Lord_Howe",
    dt.datetime(2026, 10, 3, 12),  # noqa: DTZ001 - local, by design
    DAY,
)
def test_intervals_are_those_of_the_twin(
    sessions: list[WeeklySession],
    away: list[DaysAway],
    zone_name: str,
    local: dt.datetime,
    duration: int,
) -> None:
    zone = time_zone(zone_name)
    start = instant(local, zone)
    found = online_intervals(sessions, away, zone, start, duration)
    expected = minute_by_minute(sessions, away, zone, start, duration)
    minutes = [any(b <= 60 * m < e for b, e in found) for m in range(duration // 60)]
    assert minutes == expected


@given(
    st.lists(weekly_sessions, max_size=6),
    st.lists(days_away, max_size=4),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    near_changes,
    st.integers(1, 30 * DAY),
)
def test_intervals_are_sorted_disjoint_and_inside_the_event(
    sessions: list[WeeklySession],
    away: list[DaysAway],
    zone: str,
    event_zone: str,
    local: dt.datetime,
    duration: int,
) -> None:
    start = instant(local, time_zone(event_zone))
    found = online_intervals(sessions, away, time_zone(zone), start, duration)
    bounds = [bound for interval in found for bound in interval]
    assert bounds == sorted(set(bounds))
    assert not bounds or (bounds[0] >= 0 and bounds[-1] <= duration)


@given(st.lists(weekly_sessions, max_size=6), st.integers(0, 6))
def test_hours_of_a_week_are_those_of_its_intervals(
    sessions: list[WeeklySession], first: int
) -> None:
    start = dt.datetime(2026, 11, 16 + first, tzinfo=dt.UTC)
    week = online_intervals(sessions, (), time_zone("UTC"), start, 7 * DAY)
    assert weekly_seconds(sessions) == sum(ends - begins for begins, ends in week)


def test_weekdays_are_those_of_the_calendar() -> None:
    assert DAYS[dt.date(2026, 12, 5).weekday()] == "saturday"
