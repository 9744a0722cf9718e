"""What batches have come to, read once for all who look at them."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from bingosim.batch.outcome import read_outcome
from bingosim.batch.rescue import executed_by
from bingosim.storage.batches import read_batch, read_progress, read_snapshot
from bingosim.storage.states import BatchStatus
from bingosim.storage.workers import count_crew

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.aggregates import Aggregates
    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Report
    from bingosim.storage.batches import Batch, Progress
    from bingosim.storage.database import Database
    from bingosim.storage.workers import Crew

K = TypeVar("K")
V = TypeVar("V")

KEPT = 16
"""Batches and events that are kept in memory."""
SPEED_SECONDS = 20.0
"""Over how long the speed is measured."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands.

    Attributes:
        batch: The batch.
        progress: How far it has come.
        workers: Who executes it.
        speed: Runs a second lately; None where that is not known.
        crew: Workers that are alive, if it is to be executed by workers now.
    """

    batch: Batch
    progress: Progress
    workers: tuple[str, ...]
    speed: float | None = None
    crew: Crew | None = None

    @property
    def live(self) -> bool:
        """Whether it may change without anybody's doing."""
        return self.batch.status is BatchStatus.RUNNING

    @property
    def part(self) -> float:
        """How much of it is done, 0 to 1."""
        return self.progress.done / self.progress.runs

    @property
    def seconds_left(self) -> int | None:
        """How long it will take; None where that is not known."""
        left = self.progress.runs - self.progress.done
        return round(left / self.speed) if self.speed and left else None


@dataclass(frozen=True, slots=True)
class Result:
    """What the completed runs of a batch have come to.

    Attributes:
        snapshot: The event.
        aggregates: What was counted.
        report: What is said of it.
        seconds: Of the processor, that making it took.
    """

    snapshot: Snapshot
    aggregates: Aggregates
    report: Report
    seconds: float


@dataclass(slots=True)
class Results:
    """Reads batches; what has not changed is not read again.

    Attributes:
        database: Where they are.
    """

    database: Database
    _snapshots: OrderedDict[str, Snapshot] = field(default_factory=OrderedDict)
    _found: OrderedDict[UUID, tuple[tuple[object, ...], Result]] = field(
        default_factory=OrderedDict
    )
    _pace: OrderedDict[UUID, deque[tuple[float, int]]] = field(default_factory=OrderedDict)
    _reading: Lock = field(default_factory=Lock)

    def standing(self, batch: UUID) -> Standing:
        """Return how a batch stands.

        Raises:
            InputError: There is no such batch.
        """
        found = read_batch(self.database, batch)
        progress = read_progress(self.database, batch)
        if found.status is not BatchStatus.RUNNING:
            return Standing(found, progress, ())
        workers = tuple(executed_by(self.database, batch))
        crew = count_crew(self.database) if found.distributed else None
        return Standing(found, progress, workers, self._speed(batch, progress.done), crew)

    def result(self, standing: Standing) -> Result:
        """Return what a batch has come to.

        Raises:
            StoredDataError: What is stored of it is damaged.
        """
        batch, state = standing.batch, state_of(standing)
        with self._reading:
            kept = self._found.get(batch.id)
            if kept is not None and kept[0] == state:
                self._found.move_to_end(batch.id)
                return kept[1]
            begun = time.thread_time()
            snapshot = self.snapshot(batch.snapshot_sha256)
            outcome = read_outcome(self.database, batch.id, snapshot=snapshot)
            report = outcome.to_dict()
            result = Result(snapshot, outcome.aggregates, report, time.thread_time() - begun)
            keep(self._found, batch.id, (state, result))
            return result

    def snapshot(self, sha256: str) -> Snapshot:
        """Return an event by its hash.

        Raises:
            InputError: It is not there.
        """
        snapshot = self._snapshots.get(sha256)
        if snapshot is None:
            snapshot = read_snapshot(self.database, sha256)
            keep(self._snapshots, sha256, snapshot)
        return snapshot

    def forget(self, batch: UUID) -> None:
        """Forget a batch that is gone."""
        self._found.pop(batch, None)
        self._pace.pop(batch, None)

    def _speed(self, batch: UUID, done: int) -> float | None:
        """Return how many runs a second were done between the looks of the last seconds."""
        now = time.monotonic()
        looks = self._pace.get(batch)
        if looks is None or done < looks[-1][1]:
            looks = deque(maxlen=1_000)
            keep(self._pace, batch, looks)
        looks.append((now, done))
        while len(looks) > 2 and looks[1][0] < now - SPEED_SECONDS:
            looks.popleft()
        (since, before), *_ = looks
        return (done - before) / (now - since) if now - since > 1 and done > before else None


def state_of(standing: Standing) -> tuple[object, ...]:
    """Return what has to be another if a batch has come to something else."""
    batch = standing.batch
    return (batch.version, batch.status, batch.runs, standing.progress.completed)


def keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    """Keep something, and the latest others."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > KEPT:
        kept.popitem(last=False)
