"""Batches whose engines this worker cannot make ready: left to others, for as long as there are.

A strategy's module that is missing on one machine is no failure of the runs. If that worker failed
them, it would take message after message, far quicker than those that simulate, and use up all
attempts of a batch within seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from bingosim.storage.batches import read_progress

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

PATIENCE_SECONDS = 120.0
"""How long nobody may get on with a batch until it is this worker's to say that it cannot be."""
AGAIN_SECONDS = 15.0
"""After which it is tried again: a module may have been added."""


@dataclass(slots=True)
class _Left:
    """A batch that is left to others.

    Attributes:
        done: Runs of it that others had played when it was last seen to get on.
        since: When that was, on the monotonic clock.
        again: When it is to be tried again.
        reason: Why it cannot be executed here.
    """

    done: int
    since: float
    again: float
    reason: str


@dataclass(slots=True)
class Unready:
    """The batches that a worker leaves to others; safe in several threads.

    Attributes:
        database: Where others' progress is seen.
    """

    database: Database
    _left: dict[UUID, _Left] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def reason(self, batch: UUID) -> str | None:
        """Return why no message of a batch is to be claimed just now; None if it may be tried."""
        with self._lock:
            left = self._left.get(batch)
        return left.reason if left is not None and time.monotonic() < left.again else None

    def leave(self, batch: UUID, reason: str) -> bool:
        """Take note that a batch cannot be executed here.

        Returns:
            Whether to leave it to others; False if nobody has got on with it for long.

        Raises:
            DatabaseError: It cannot be seen whether somebody does.
        """
        progress = read_progress(self.database, batch)
        done = progress.completed + progress.in_flight
        now = time.monotonic()
        with self._lock:
            left = self._left.get(batch)
            if left is None or left.done != done:
                left = self._left[batch] = _Left(done, now, now, reason)
            if now - left.since >= PATIENCE_SECONDS:
                return False
            left.again, left.reason = now + AGAIN_SECONDS, reason
            return True
