"""Trying again what an outage of the database stopped."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from bingosim.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts; each pause is twice the one before, give or take a half."""
GRACE_SECONDS = 5.0
"""How long what is nearly done is still tried when the process is to end."""


class Retry(Protocol):
    """Does something that may be done twice, and may do it again where the database fails."""

    def __call__(self, do: Callable[[], T]) -> T:
        """Return what it returns; raise what the last attempt raised."""
        ...


def once(do: Callable[[], T]) -> T:
    """Do it once."""
    return do()


@dataclass(frozen=True, slots=True)
class Patience:
    """Tries again until the database is back.

    There is no greatest number of attempts: only what decides in the database can tell whether a
    claim is lost, and after an outage it expires none before its worker could be heard.

    Attributes:
        stopping: Set when the process is to end; from then on there is little time.
        told: Called with the first failure, not with those of further attempts.
        grace: Seconds that are left once `stopping` is set.
    """

    stopping: Event
    told: Callable[[DatabaseError], None]
    grace: float = GRACE_SECONDS

    def __call__(self, do: Callable[[], T]) -> T:
        """Do it, again and again if need be.

        Raises:
            DatabaseError: The process is to end, and the database is not back.
        """
        pause, until, said = FIRST_PAUSE, None, False
        while True:
            try:
                return do()
            except DatabaseError as error:
                now = time.monotonic()
                if self.stopping.is_set():
                    until = now + self.grace if until is None else until
                    if now >= until:
                        raise
                    pause = FIRST_PAUSE
                # Not all workers at the same moment, when the database comes back.
                seconds = pause * random.uniform(0.5, 1.5)  # noqa: S311 - nothing secret
                if not said:
                    self.told(error)
                said = True
            if self.stopping.is_set():
                time.sleep(seconds)
            else:
                self.stopping.wait(seconds)
            pause = min(2 * pause, LONGEST_PAUSE)
