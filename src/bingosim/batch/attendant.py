"""The program that executes what nobody else does: `python -m bingosim.batch.attendant`.

It is a process of its own, of low priority, so that who serves pages beside it does not share the
interpreter's lock with simulations. Its input steers it: the first line says how to work, each
further one names a batch that is to begin at once, and the end of the input asks for an end. So it
ends when whoever started it does, however that comes about.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO
from uuid import UUID

from bingosim.batch.codec import ARITHMETIC
from bingosim.batch.local import execute_batch
from bingosim.batch.rescue import Rescuer
from bingosim.engines import engine_versions
from bingosim.errors import BingoSimError, InputError
from bingosim.storage.listing import unattended
from bingosim.storage.migrate import open_database

if TYPE_CHECKING:
    from concurrent.futures import Future

    from bingosim.storage.database import Database

LOOK_SECONDS = 1.0
"""Between looks for batches that nobody executes."""
PATIENCE_SECONDS = 3.0
"""A batch that was not named must be nobody's for so long: who made it may be about to begin."""
SET_ASIDE_SECONDS = 60.0
"""After a failure that was not the database's."""
MOST_AT_ONCE = 4
"""Batches that share the threads' time; the others wait."""
NICENESS = 10

log = logging.getLogger("bingosim.attendant")


@dataclass(frozen=True, slots=True)
class Orders:
    """How to work.

    Attributes:
        database_url: Where the batches are.
        threads: How many simulate a batch.
        lease_seconds: How long claims live without a heartbeat.
        max_attempts: Failures and deaths after which a run is failed for good.
    """

    database_url: str
    threads: int
    lease_seconds: float
    max_attempts: int

    def to_line(self) -> str:
        """Return the first line of the program's input."""
        return json.dumps(asdict(self)) + "\n"


@dataclass(slots=True)
class Attendant:
    """Finds batches that nobody executes, and executes them.

    Attributes:
        database: Where they are.
        orders: How to work.
        stopped: Set when it is to end; what is finished is kept, the rest handed back.
        named: Set when somebody named a batch.
    """

    database: Database
    orders: Orders
    stopped: Event = field(default_factory=Event)
    named: Event = field(default_factory=Event)
    _wanted: set[UUID] = field(default_factory=set)
    _seen: dict[UUID, float] = field(default_factory=dict)
    _running: dict[UUID, Future[None]] = field(default_factory=dict)

    def listen(self, orders: TextIO) -> None:
        """Take the names of batches until the input ends."""
        for line in orders:
            with suppress(ValueError):
                self._wanted.add(UUID(line.strip()))
                self.named.set()
        self.stopped.set()
        self.named.set()

    def work(self) -> None:
        """Look for work until the end is asked for."""
        orders = self.orders
        rescuer = Rescuer(self.database, ARITHMETIC, orders.lease_seconds, orders.max_attempts)
        with ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="batch") as pool:
            while not self.stopped.is_set():
                try:
                    rescuer.look()
                    self._look(pool)
                except BingoSimError as error:
                    log.warning("%s", error)
                self.named.wait(LOOK_SECONDS)
                self.named.clear()

    def _look(self, pool: ThreadPoolExecutor) -> None:
        """Begin what is nobody's, as far as there is room."""
        self._running = {
            batch: future for batch, future in self._running.items() if not future.done()
        }
        now = time.monotonic()
        found = unattended(self.database, engine_versions())
        self._seen = {batch: self._seen.get(batch, now) for batch in found}
        self._wanted.intersection_update(found)
        for batch in found:
            if batch in self._running or len(self._running) >= MOST_AT_ONCE:
                continue
            if batch in self._wanted or now - self._seen[batch] >= PATIENCE_SECONDS:
                self._wanted.discard(batch)
                self._running[batch] = pool.submit(self._execute, batch)

    def _execute(self, batch: UUID) -> None:
        try:
            execute_batch(
                self.database,
                batch,
                threads=self.orders.threads,
                stop=self.stopped.is_set,
                lease_seconds=self.orders.lease_seconds,
                max_attempts=self.orders.max_attempts,
            )
        except InputError:
            log.info("batch %s is gone", batch)
        except BingoSimError as error:
            log.warning("batch %s: %s", batch, error)
        except Exception:
            log.exception("batch %s is set aside for %.0f s", batch, SET_ASIDE_SECONDS)
            self.stopped.wait(SET_ASIDE_SECONDS)


def main() -> None:
    """Work as the input says."""
    logging.basicConfig(format="%(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    os.nice(NICENESS)
    orders = Orders(**json.loads(sys.stdin.readline()))
    database = open_database(orders.database_url, MOST_AT_ONCE * (orders.threads + 1))
    try:
        attendant = Attendant(database, orders)
        signal.signal(signal.SIGTERM, lambda *_: attendant.stopped.set())
        Thread(target=attendant.listen, args=(sys.stdin,), daemon=True).start()
        attendant.work()
    finally:
        database.close()


if __name__ == "__main__":
    main()
