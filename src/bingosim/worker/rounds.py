"""Doing something again and again, beside everything else."""

from __future__ import annotations

import random
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

import structlog

from bingosim.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

log = structlog.stdlib.get_logger("bingosim.worker")


class Rounds:
    """Calls something every so many seconds on a thread of its own; no failure ends that.

    Used as a context: it begins at once, and has ended when the context is left.
    """

    def __init__(
        self, name: str, what: Callable[[], object], seconds: float, jitter: float = 0.0
    ) -> None:
        """Plan rounds.

        Args:
            name: What it is, for the log.
            what: Called once at the start, and from then on.
            seconds: From the end of a call to the next.
            jitter: Part of the seconds by which a pause may be longer or shorter, so that many
                workers that started together do not come together.
        """
        self._name = name
        self._what = what
        self._seconds = seconds
        self._jitter = jitter
        self._ended = Event()
        self._failing = False
        self._thread = Thread(target=self._go_round, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _go_round(self) -> None:
        while True:
            self._call()
            share = random.uniform(-self._jitter, self._jitter)  # noqa: S311 - nothing secret
            if self._ended.wait(self._seconds * (1 + share)):
                return

    def _call(self) -> None:
        try:
            self._what()
        except DatabaseError as error:
            if not self._failing:  # said once, however long an outage takes
                log.warning("database is away", doing=self._name, reason=str(error))
            self._failing = True
        except Exception:
            log.exception("unexpected failure", doing=self._name)
        else:
            if self._failing:
                log.info("database is back", doing=self._name)
            self._failing = False
