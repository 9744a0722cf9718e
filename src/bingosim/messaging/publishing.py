"""A publisher on a thread of its own, for a process that has other things to do."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bingosim.messaging.publisher import Publisher

STOP_SECONDS = 5.0
"""How long what is about to be sent may take to be settled; after that others publish it anew."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Publishing:
    """Has a publisher work from `start` to `stop`.

    Its loop is its own: preparing some hundred messages takes longer than a page should wait.

    Attributes:
        publisher: What works.
    """

    publisher: Publisher
    _running: Event = field(default_factory=Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin to publish."""
        self._thread = Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End in order, or after a while in any case."""
        if self._thread is None:
            return
        self._running.wait(STOP_SECONDS)
        with suppress(RuntimeError):  # it has ended by itself
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.publisher.stop)
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        try:
            asyncio.run(self._publish())
        except Exception:
            log.exception("publishing ended; the workers' publishers go on")

    async def _publish(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running.set()
        await self.publisher.run()
