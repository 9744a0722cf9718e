"""A worker that cannot make an engine ready leaves the batch to others, as long as there are."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.batch.play import ALONE
from bingosim.engines import prepare
from bingosim.errors import InputError
from bingosim.storage.batches import read_batch
from bingosim.storage.ids import Ids
from bingosim.storage.settling import hand_back
from bingosim.storage.states import BatchStatus
from bingosim.telemetry.observer import Telemetry
from bingosim.worker import unready
from bingosim.worker.handler import ACK, Handler, Settlement
from tests.batch.test_execute import CODEC, claim, new_batch
from tests.storage import samples
from tests.worker.test_handler import WORKER, no_span

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.batch.execute import Prepare
    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

REASON = "InputError: there is no module 'mine'"


class Clock:
    """The monotonic clock of `unready`, which goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(unready, "time", clock)
    return clock


def broken(*_: object) -> Any:
    raise InputError("there is no module 'mine'")


def worker(database: Database, ready: Prepare) -> Handler:
    return Handler.make(
        database,
        CODEC,
        WORKER,
        pace=ALONE,
        max_attempts=2,
        observer=Telemetry(span=no_span),
        stopping=threading.Event(),
        prepare=ready,
    )


def deliver(handler: Handler, batch: UUID, first: int) -> Settlement:
    """Deliver a message of ten runs; return how it is settled."""
    return handler.handle(batch, Ids.of_runs(batch, range(first, first + 10))).settlement


def test_a_worker_with_a_module_missing_uses_up_no_attempt(
    database: Database, clock: Clock
) -> None:
    batch = new_batch(database, runs=30)
    lacking, whole = worker(database, broken), worker(database, prepare)
    assert lacking.handle(batch, Ids.of_runs(batch, range(10))) == ACK  # it is out again
    for first in (0, 10, 20):
        verdict = lacking.handle(batch, Ids.of_runs(batch, range(first, first + 10)))
        assert (verdict.settlement, verdict.reason) == (Settlement.LATER, REASON)
        assert verdict.seconds > 0
    assert set(samples.statuses(database, batch).values()) == {"pending"}
    clock.now += unready.AGAIN_SECONDS
    assert deliver(lacking, batch, 10) is Settlement.ACK  # tried again, and handed back again
    held = claim(database, batch, range(30))
    assert held.attempts.tolist() == [1] * 30
    hand_back(database, held)
    for first in (0, 10, 20):
        assert deliver(whole, batch, first) is Settlement.ACK
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_a_module_that_was_added_is_found(database: Database, clock: Clock) -> None:
    batch = new_batch(database, runs=10)
    ways: list[Prepare] = [broken, prepare]

    def mended(snapshot: Snapshot, seed: str, engine: str) -> Play:
        return ways.pop(0)(snapshot, seed, engine)

    handler = worker(database, mended)
    assert deliver(handler, batch, 0) is Settlement.ACK
    assert deliver(handler, batch, 0) is Settlement.LATER
    clock.now += unready.AGAIN_SECONDS
    assert deliver(handler, batch, 0) is Settlement.ACK
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_what_nobody_gets_on_with_fails_with_the_reason(database: Database, clock: Clock) -> None:
    batch, handler = new_batch(database, runs=20), worker(database, broken)
    assert deliver(handler, batch, 0) is Settlement.ACK
    clock.now += unready.PATIENCE_SECONDS
    for first in (0, 0, 10, 10):  # both attempts of each
        assert read_batch(database, batch).status is BatchStatus.RUNNING
        assert deliver(handler, batch, first) is Settlement.ACK
    found = read_batch(database, batch)
    assert found.status is BatchStatus.ERROR
    assert found.reason is not None
    assert REASON in found.reason


def test_as_long_as_others_get_on_it_is_theirs(database: Database, clock: Clock) -> None:
    batch = new_batch(database, runs=30)
    lacking, whole = worker(database, broken), worker(database, prepare)
    for first in (0, 10):
        assert deliver(lacking, batch, 20) is Settlement.ACK
        clock.now += unready.PATIENCE_SECONDS
        assert deliver(whole, batch, first) is Settlement.ACK
    assert deliver(lacking, batch, 20) is Settlement.ACK
    assert samples.statuses(database, batch)[20] == "pending"
    clock.now += unready.PATIENCE_SECONDS  # and nobody got on
    assert deliver(lacking, batch, 20) is Settlement.ACK
    assert deliver(lacking, batch, 20) is Settlement.ACK
    assert samples.statuses(database, batch)[20] == "failed"
    assert read_batch(database, batch).status is BatchStatus.ERROR
