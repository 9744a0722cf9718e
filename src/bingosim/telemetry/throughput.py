"""How much was done in the last seconds, and what it took: one line for people."""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from bingosim.batch.observe import Count, Phase

if TYPE_CHECKING:
    from collections.abc import Callable


class Throughput:
    """Adds up what happens until it is asked for; safe in several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        self._since = self._clock()
        self._seconds: dict[Phase, float] = dict.fromkeys(Phase, 0.0)
        self._times: Counter[Phase] = Counter()
        self._counts: Counter[Count] = Counter()

    def spent(self, phase: Phase, seconds: float) -> None:
        """Take in what a phase took."""
        with self._lock:
            self._seconds[phase] += seconds
            self._times[phase] += 1

    def count(self, what: Count, number: int) -> None:
        """Take in that something happened so many times."""
        with self._lock:
            self._counts[what] += number

    def take(self) -> dict[str, float] | None:
        """Return what happened since the last time, by the names of the log; None if nothing did.

        `claim_count` counts statements and `runs_claimed` the runs that these returned; what ends
        in `_ms` is in milliseconds, all threads together.
        """
        with self._lock:
            window = self._clock() - self._since
            seconds, times, counts = self._seconds, self._times, self._counts
            self._begin()
        if not times and not any(counts.values()):
            return None
        runs = counts[Count.RUNS_COMPLETED]
        line: dict[str, float] = {"runs": runs, "runs_per_s": runs / max(window, 1e-9)}
        for phase in Phase:
            line[f"{phase}_ms"] = 1000.0 * seconds[phase]
            line[f"{phase}_count"] = times[phase]
            if phase is Phase.CLAIM:
                line["claim_avg_ms"] = 1000.0 * seconds[phase] / max(times[phase], 1)
                line["runs_claimed"] = counts[Count.RUNS_CLAIMED]
        for what in (Count.SNAPSHOT_CACHE_HIT, Count.SNAPSHOT_CACHE_MISS):
            line[what.value] = counts[what]
        return line
