"""Moments of an event as people write them, in seconds from its start and back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.event.calendar import instant
from bingosim.event.fields import parse_local_time
from bingosim.event.quantities import parse_duration, shown
from bingosim.event.zones import time_zone

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot


class Moments(NamedTuple):
    """The calendar of an event.

    Attributes:
        start: In UTC.
        zone: The event's.
        duration: In seconds.
    """

    start: dt.datetime
    zone: dt.tzinfo
    duration: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> Moments:
        """Return an event's."""
        zone = time_zone(snapshot.timezone)
        return cls(instant(snapshot.start, zone), zone, snapshot.duration)

    def read(self, value: Any) -> int:
        """Return the second of a moment in the event, its end included.

        Args:
            value: A local time such as `2026-12-08T20:00`, or a time since the start (`3d8h`).

        Raises:
            ValueError: It is neither, or not in the event.
        """
        second = self._second(value)
        if second < 0:
            raise ValueError(f"before the event's start ({self.told(0)}), got {shown(value)}")
        if second > self.duration:
            end = self.told(self.duration)
            raise ValueError(f"after the event's end ({end}), got {shown(value)}")
        return second

    def told(self, second: int) -> str:
        """Write a moment as `read` reads it: a local time."""
        local = (self.start + dt.timedelta(seconds=second)).astimezone(self.zone)
        return local.replace(tzinfo=None).isoformat(
            timespec="seconds" if local.second else "minutes"
        )

    def _second(self, value: Any) -> int:
        try:
            return parse_duration(value)
        except ValueError:
            pass
        if not isinstance(value, dt.datetime) and ":" not in str(value):
            expected = (
                "a local time such as 2026-12-08T20:00, or a time since the start such as 3d8h"
            )
            raise ValueError(f"expected {expected}, got {shown(value)}")
        local = parse_local_time(value)
        return round((instant(local, self.zone) - self.start).total_seconds())
