from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bingosim.batch import execute
from bingosim.batch.patience import Patience
from bingosim.batch.play import ALONE, Pace, play_until
from bingosim.batch.rescue import Rescuer
from bingosim.engines import engine_version, prepare
from bingosim.errors import DatabaseError
from bingosim.results import concatenate
from bingosim.storage.aggregates import cancel_batch, finalize
from bingosim.storage.batches import read_batch
from bingosim.storage.claims import Worker, claim_batch, list_leases
from bingosim.storage.ids import Ids
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch, resume_batch
from bingosim.storage.tables import result_chunks
from bingosim.telemetry.observer import Telemetry
from bingosim.worker import handler as handling
from bingosim.worker.handler import ACK, Handler, Settlement
from tests.batch.test_execute import (
    ARITHMETIC,
    CODEC,
    SNAPSHOT,
    expected,
    failing,
    kept,
    merge,
    new_batch,
)
from tests.storage import samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.results import RunResults
    from bingosim.storage.database import Database
    from bingosim.telemetry.metrics import Metrics

WORKER = Worker("somewhere:1:1", (engine_version("reference"),))


def no_span(_name: str, _batch: object) -> Any:
    from contextlib import nullcontext

    return nullcontext()


def make(database: Database, pace: Pace = ALONE, worker: Worker = WORKER) -> Handler:
    return Handler.make(
        database,
        CODEC,
        worker,
        pace=pace,
        max_attempts=5,
        observer=Telemetry(span=no_span),
        stopping=threading.Event(),
    )


def metrics(handler: Handler) -> Metrics:
    observer = handler.held.executor.observer
    assert isinstance(observer, Telemetry)
    return observer.metrics


def value(handler: Handler, name: str) -> float | None:
    return metrics(handler).registry.get_sample_value(f"bingosim_{name}")


def deliver(handler: Handler, batch: UUID, indices: Any) -> handling.Verdict:
    return handler.handle(batch, Ids.of_runs(batch, indices))


def chunks(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.sum(result_chunks.c.runs))) or 0


def playing(monkeypatch: pytest.MonkeyPatch, before: Callable[[], None]) -> None:
    """Have something happen before each slice is played."""

    def prepared(snapshot: Any, seed: str, engine: str) -> Any:
        play: Play = prepare(snapshot, seed, engine)

        def play_after(runs: NDArray[np.int64]) -> RunResults:
            if len(runs):
                before()
            return play(runs)

        return play_after

    monkeypatch.setattr(execute, "prepare", prepared)


# -- a message -----------------------------------------------------------------------------------


def test_messages_are_executed_and_the_last_ends_the_batch(database: Database) -> None:
    batch, handler = new_batch(database), make(database)
    for at in range(0, 30, 10):
        assert deliver(handler, batch, range(at, at + 10)) == ACK
    assert read_batch(database, batch).status is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(30)
    assert value(handler, "claims_total") == 3
    assert value(handler, "runs_claimed_total") == value(handler, "runs_completed_total") == 30
    assert value(handler, "snapshot_cache_hits_total") == 2


def test_the_end_is_looked_for_after_the_last_message_that_is_here(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, handler = new_batch(database), make(database)
    looks: list[UUID] = []

    def look(database: Database, batch: UUID, arithmetic: Any) -> BatchStatus | None:
        looks.append(batch)
        return finalize(database, batch, arithmetic)

    monkeypatch.setattr(handling, "finalize", look)
    with handler.in_line(batch) as first, handler.in_line(batch) as second:
        handler.handle(batch, Ids.of_runs(batch, range(10)), first)
        assert looks == []
        handler.handle(batch, Ids.of_runs(batch, range(10, 20)), second)
        assert looks == [batch]
    with handler.in_line(batch) as third:
        with handler.in_line(batch):
            pass  # it was dropped, as when the broker goes away
        handler.handle(batch, Ids.of_runs(batch, range(20, 30)), third)
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_a_message_with_nothing_to_claim_looks_for_those_before_it(database: Database) -> None:
    batch, handler = new_batch(database, runs=10), make(database)
    with handler.in_line(batch) as first, handler.in_line(batch) as again:
        handler.handle(batch, Ids.of_runs(batch, range(10)), first)
        assert read_batch(database, batch).status is BatchStatus.RUNNING
        handler.handle(batch, Ids.of_runs(batch, range(10)), again)
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_a_message_that_is_delivered_twice_is_executed_once(database: Database) -> None:
    batch, handler = new_batch(database, runs=20), make(database)
    assert deliver(handler, batch, range(10)) == ACK
    assert deliver(handler, batch, range(10)) == ACK
    assert value(handler, "runs_skipped_total") == 10
    assert kept(database, batch) == expected(10)


def test_only_what_others_have_not_claimed_is_executed(database: Database) -> None:
    batch, handler = new_batch(database, runs=10), make(database)
    assert claim_batch(database, Ids.of_runs(batch, range(4)), WORKER, batch) is not None
    assert deliver(handler, batch, range(10)) == ACK
    assert [run for run, *_ in kept(database, batch)] == list(range(4, 10))
    assert value(handler, "runs_skipped_total") == 4


def test_a_batch_of_another_engine_is_left_to_others(database: Database) -> None:
    batch, handler = samples.new_batch(database), make(database)
    verdict = deliver(handler, batch, range(5))
    assert verdict.settlement is Settlement.LATER
    assert verdict.seconds > 0
    assert "attempt 0123456789abcdef" in verdict.reason
    assert set(samples.statuses(database, batch).values()) == {"pending"}


def test_a_paused_batchs_message_is_done_with_until_it_is_resumed(database: Database) -> None:
    batch, handler = new_batch(database, runs=10), make(database)
    pause_batch(database, batch)
    assert deliver(handler, batch, range(10)) == ACK
    resume_batch(database, batch)
    assert deliver(handler, batch, range(10)) == ACK
    assert kept(database, batch) == expected(10)


def test_runs_that_fail_go_out_again_in_one_message(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, lambda run: run in (3, 7))
    batch, handler = new_batch(database, runs=10), make(database)
    assert deliver(handler, batch, range(10)) == ACK
    assert samples.messages(database, batch) == [[3, 7]]
    assert value(handler, "runs_retried_total") == 2


def test_runs_that_no_store_can_have_are_a_dead_letter(database: Database) -> None:
    first, second = new_batch(database), new_batch(database)
    mixed = Ids(Ids.of_runs(first, [0]).packed + Ids.of_runs(second, [0]).packed)
    assert make(database).handle(first, mixed).settlement is Settlement.DEAD


def test_a_worker_that_ends_takes_nothing_new(database: Database) -> None:
    batch, handler = new_batch(database), make(database)
    handler.stopping.set()
    assert deliver(handler, batch, range(10)).settlement is Settlement.LATER
    assert set(samples.statuses(database, batch).values()) == {"pending"}


# -- stopped in the middle -----------------------------------------------------------------------


def test_a_worker_that_ends_keeps_what_is_finished_and_hands_back_the_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, handler = new_batch(database, message_size=30), make(database)
    playing(monkeypatch, handler.stopping.set)
    assert deliver(handler, batch, range(30)) == ACK
    assert kept(database, batch) == expected(8)
    assert value(handler, "runs_handed_back_total") == 22
    again = claim_batch(database, Ids.of_runs(batch, range(8, 30)), WORKER, batch)
    assert again is not None
    assert again.attempts.tolist() == [1] * 22


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_beat_ends_the_claim_of_a_batch_that_is_to_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, cancelled: bool
) -> None:
    batch, handler = new_batch(database, message_size=30), make(database)

    def rest() -> None:
        if cancelled:
            cancel_batch(database, batch, merge)
        else:
            pause_batch(database, batch)
        handler.held.beat()

    playing(monkeypatch, rest)
    assert deliver(handler, batch, range(30)) == ACK
    assert kept(database, batch) == ([] if cancelled else expected(8))
    assert list_leases(database) == []


def test_a_wait_for_each_run_can_be_cut_short(database: Database) -> None:
    batch = new_batch(database, message_size=30)
    handler = make(database, Pace(delay=3600))
    ending = threading.Timer(0.2, handler.stopping.set)
    ending.start()
    begun = time.monotonic()
    assert deliver(handler, batch, range(30)) == ACK
    assert time.monotonic() - begun < 60
    assert kept(database, batch) == expected(8)
    ending.join()


# -- the database goes away ----------------------------------------------------------------------


def away(times: int, do: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
    """Something that fails for a while, before it is done or after."""
    left = times

    def flaky(*args: Any, **named: Any) -> Any:
        nonlocal left
        done = do(*args, **named) if after or not left else None
        if left:
            left -= 1
            raise DatabaseError("gone for a while")
        return done

    return flaky


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("module", "name"),
    [(execute, "claim_batch"), (execute, "read_snapshot"), (execute, "persist")],
)
def test_an_outage_is_waited_for_and_a_lost_reply_harms_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, after: bool
) -> None:
    batch, handler = new_batch(database, runs=10), make(database)
    monkeypatch.setattr(module, name, away(2, getattr(module, name), after=after))
    assert deliver(handler, batch, range(10)) == ACK
    assert kept(database, batch) == expected(10)
    assert chunks(database) == 10
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_a_batch_is_ended_by_the_rescuer_when_the_last_worker_could_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, handler = new_batch(database, runs=10), make(database)
    monkeypatch.setattr(handling, "finalize", away(1, broken))
    assert deliver(handler, batch, range(10)) == ACK
    assert read_batch(database, batch).status is BatchStatus.RUNNING
    Rescuer(database, ARITHMETIC).look()
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


def test_patience_ends_with_the_process() -> None:
    stopping = threading.Event()
    with pytest.raises(DatabaseError):
        Patience(stopping, lambda _error: stopping.set(), grace=0.0)(away(99, lambda: None))


def test_an_outage_is_told_once() -> None:
    told: list[DatabaseError] = []
    assert Patience(threading.Event(), told.append)(away(3, lambda: "back")) == "back"
    assert len(told) == 1


def test_while_claiming_there_is_no_time_to_wait_the_message_goes_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, handler = new_batch(database), make(database)
    monkeypatch.setattr("bingosim.batch.patience.GRACE_SECONDS", 0.0)

    def ends(*_: object) -> Any:
        handler.stopping.set()
        raise DatabaseError("gone")

    monkeypatch.setattr(execute, "claim_batch", ends)
    verdict = deliver(handler, batch, range(10))
    assert (verdict.settlement, verdict.seconds) == (Settlement.LATER, 0.0)


# -- what nobody expects -------------------------------------------------------------------------


def broken(*_: object, **__: object) -> Any:
    raise MemoryError


def test_what_fails_before_the_claim_comes_again_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, handler = new_batch(database), make(database)
    monkeypatch.setattr(execute, "claim_batch", broken)
    verdict = deliver(handler, batch, range(10))
    assert verdict.settlement is Settlement.LATER
    assert verdict.seconds > 0


def test_what_fails_after_it_is_left_to_the_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, handler = new_batch(database), make(database)
    monkeypatch.setattr(execute, "persist", broken)
    assert deliver(handler, batch, range(10)) == ACK
    assert len(list_leases(database)) == 1
    assert handler.held.now() == []


# -- several threads -----------------------------------------------------------------------------


@pytest.mark.parametrize("pace", [Pace(threads=3), Pace.shared(2, 4), Pace.shared(3, 2)])
def test_threads_change_no_byte_of_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, pace: Pace
) -> None:
    import numpy as np

    monkeypatch.setattr("bingosim.batch.play.SHARED_SECONDS", 0.0)
    play = prepare(SNAPSHOT, "tuesday", "reference")
    runs = np.arange(5, 46, dtype=np.int64)
    counted: list[int] = []
    parts, failed = play_until(play, runs, lambda: False, counted.append, pace)
    alone, _ = play_until(play, runs, lambda: False, lambda _: None)
    assert failed == {}
    assert CODEC.partial(concatenate(parts), SNAPSHOT) == CODEC.partial(
        concatenate(alone), SNAPSHOT
    )
    assert concatenate(parts).run.tolist() == runs.tolist()
    assert max(counted) == len(runs)


def test_more_claims_than_threads_play_in_turn() -> None:
    import numpy as np

    pace = Pace.shared(threads=2, claims=6)
    playing_now, most, lock = 0, 0, threading.Lock()

    def play(runs: NDArray[np.int64]) -> Any:
        nonlocal playing_now, most
        with lock:
            playing_now += 1
            most = max(most, playing_now)
        time.sleep(0.005)
        with lock:
            playing_now -= 1
        return runs

    def claim() -> None:
        play_until(play, np.arange(40, dtype=np.int64), lambda: False, lambda _: None, pace)

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (pace.threads, most) == (1, 2)


def test_what_is_observed_adds_up(database: Database) -> None:
    batch, handler = new_batch(database, runs=10), make(database)
    deliver(handler, batch, range(10))
    observer = handler.held.executor.observer
    assert isinstance(observer, Telemetry)
    line = observer.throughput.take()
    assert line is not None
    assert list(line) == [
        *("runs", "runs_per_s", "claim_ms", "claim_count", "claim_avg_ms", "runs_claimed"),
        *("simulate_ms", "simulate_count", "encode_ms", "encode_count"),
        *("persist_ms", "persist_count", "snapshot_load_ms", "snapshot_load_count"),
        *("snapshot_cache_hit", "snapshot_cache_miss"),
    ]
    assert (line["runs"], line["claim_count"], line["runs_claimed"]) == (10, 1, 10)
    assert line["claim_avg_ms"] == line["claim_ms"] > 0
    assert (line["snapshot_cache_hit"], line["snapshot_cache_miss"]) == (0, 1)
    assert observer.throughput.take() is None
