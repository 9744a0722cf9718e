"""Metrics for Prometheus. Their names are fixed: dashboards and alerts rest on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bingosim.batch.observe import Count, Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bingosim.storage.database import Database

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_COUNTS = {
    Count.RUNS_CLAIMED: ("runs_claimed", "Runs that claim statements returned"),
    Count.RUNS_SKIPPED: ("runs_skipped", "Runs of messages that were claimed or over already"),
    Count.RUNS_COMPLETED: ("runs_completed", "Runs whose results were persisted"),
    Count.RUNS_RETRIED: ("runs_retried", "Runs that failed and go out again"),
    Count.RUNS_FAILED: ("runs_failed", "Runs that failed for good"),
    Count.RUNS_HANDED_BACK: ("runs_handed_back", "Claimed runs given back unexecuted"),
    Count.SNAPSHOT_CACHE_HIT: ("snapshot_cache_hits", "Claims whose event was ready"),
    Count.SNAPSHOT_CACHE_MISS: ("snapshot_cache_misses", "Claims whose event was made ready"),
    Count.EXPIRED_LEASES: ("expired_leases", "Claims taken from workers that vanished"),
    Count.DEAD_LETTERS: ("dead_lettered", "Messages sent to the dead-letter queue"),
}
_PHASES = {
    Phase.CLAIM: "Seconds of a claim statement",
    Phase.SNAPSHOT_LOAD: "Seconds until an event was read and its engine ready",
    Phase.SIMULATE: "Seconds that the runs of a claim took",
    Phase.ENCODE: "Seconds until the results of a claim were bytes",
    Phase.PERSIST: "Seconds until a claim's results were committed",
}


class _PoolWaits(Collector):
    """A counter that is kept by a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield it as it is."""
        yield CounterMetricFamily(
            "bingosim_database_pool_wait_seconds",
            "Seconds that threads have waited for connections, all together",
            value=self._database.pool_use().wait_seconds,
        )


class Metrics:
    """All metrics of one process.

    Attributes:
        registry: Where they are collected.
        queue_depth: Messages in the broker's queue; set from time to time.
        dead_letters: Messages in the dead-letter queue; likewise.
        unpublished_messages: Messages that wait in the database to be published; likewise.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.queue_depth = self._gauge("queue_depth", "Messages in the broker's queue")
        self.dead_letters = self._gauge("dead_letters", "Messages in the dead-letter queue")
        self.unpublished_messages = self._gauge(
            "unpublished_messages", "Messages that wait in the database to be published"
        )
        self._claims = self._counter("claims", "Claim statements, one for each message")
        self._counts = {what: self._counter(*named) for what, named in _COUNTS.items()}
        self._phases = {
            phase: Histogram(
                f"bingosim_{phase}_seconds", said, buckets=_SECONDS, registry=self.registry
            )
            for phase, said in _PHASES.items()
        }
        ProcessCollector(registry=self.registry)

    def watch(self, database: Database, in_progress: Callable[[], float]) -> None:
        """Tell of a database's pool and of the runs in progress, as they are when asked."""
        for name, said, value in (
            ("runs_in_progress", "Runs that are claimed and not yet played", in_progress),
            ("database_pool_in_use", "Connections in use", lambda: database.pool_use().in_use),
            (
                "database_pool_waiting",
                "Threads that wait for a connection",
                lambda: database.pool_use().waiting,
            ),
        ):
            self._gauge(name, said).set_function(value)
        self.registry.register(_PoolWaits(database))

    def spent(self, phase: Phase, seconds: float) -> None:
        """Take in what a phase took."""
        self._phases[phase].observe(seconds)
        if phase is Phase.CLAIM:
            self._claims.inc()

    def count(self, what: Count, number: int) -> None:
        """Take in that something happened so many times."""
        self._counts[what].inc(number)

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Serve them on a port, from a thread. Return what ends that.

        Raises:
            OSError: The port is taken.
        """
        server, thread = start_http_server(port, host, self.registry)

        def end() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return end

    def _gauge(self, name: str, said: str) -> Gauge:
        return Gauge(f"bingosim_{name}", said, registry=self.registry)

    def _counter(self, name: str, said: str) -> Counter:
        return Counter(f"bingosim_{name}", said, registry=self.registry)
