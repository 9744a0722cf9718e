"""The last run of a batch fails, is cancelled or expires while the batch is being ended."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim.batch.codec import ARITHMETIC
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.batches import read_batch
from bingosim.storage.claims import list_leases
from bingosim.storage.states import BatchStatus
from tests.chaos.distributed.points import FINALIZING, PERSISTED, PERSISTING
from tests.chaos.distributed.trial import MESSAGE_SIZE
from tests.chaos.distributed.workers import LEASE_SECONDS, Point, wait_for

if TYPE_CHECKING:
    from tests.chaos.distributed.conftest import Case
    from tests.chaos.distributed.trial import Trial

RUNS = range(2 * MESSAGE_SIZE)


def test_last_run_fails_while_the_batch_is_ended(often: Case) -> None:
    """Two workers hold one message each; in one of them a run fails for good."""

    def once(trial: Trial) -> str:
        bad = trial.luck.choice(RUNS)
        point = Point((PERSISTING, PERSISTED)[trial.number % 2], act="hold")
        both = [trial.worker(point, {"max_attempts": 1}, runs={bad: "fail"}) for _ in range(2)]
        trial.queues.wait_for_consumers(2)
        trial.submit(len(RUNS))
        for worker in both:
            worker.wait_until_held()
        for worker in both:
            worker.let_go()
        assert trial.wait_until_ended() == BatchStatus.ERROR
        assert read_batch(trial.database, trial.batch).reason == (
            f"run {bad} of {len(RUNS)} failed for good: "
            f"ZeroDivisionError: run {bad} was told to fail"
        )
        trial.end_workers()
        trial.check_kept(RUNS, frozenset([bad]))
        return "error for that run, all others kept"

    often.repeat(once)


def test_cancelled_while_the_batch_is_ended(case: Case) -> None:
    """Whichever is first counts; a worker that persists after the cancelling writes nothing."""

    def once(trial: Trial) -> str:
        name = (PERSISTING, PERSISTED, FINALIZING)[trial.number % 3]
        trial.submit(len(RUNS), len(RUNS) if name == PERSISTED else MESSAGE_SIZE)
        number = 2 if name == PERSISTING else 1
        worker = trial.worker(Point(name, number, act="hold"))
        worker.wait_until_held()
        with ThreadPoolExecutor(1) as pool:
            cancelling = pool.submit(cancel_batch, trial.database, trial.batch, ARITHMETIC.merge)
            wait_for("cancelling", lambda: cancelling.done() or waits_for_a_lock(trial))
            worker.let_go()
            cancelled = cancelling.result()
        expected = BatchStatus.CANCELLED if cancelled else BatchStatus.COMPLETED
        wait_for("the batch's end", lambda: trial.status() is expected)
        trial.end_workers()
        assert trial.status() is expected
        lost = frozenset(RUNS) - frozenset(trial.kept())
        assert len(lost) == (MESSAGE_SIZE if name == PERSISTING else 0)
        trial.check_kept(RUNS, lost)
        kept = "without what was not persisted" if lost else "with all runs"
        return f"{expected} {kept}"

    case.repeat(once)


def waits_for_a_lock(trial: Trial) -> bool:
    """Return whether somebody waits for a lock in the trial's database."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with trial.database.read() as connection:
        return bool(connection.scalar(waiting))


def test_last_claim_expires_while_it_is_persisted(often: Case) -> None:
    """Its worker goes on just when its lease is over: one of the two settles the claim."""

    def once(trial: Trial) -> str:
        trial.submit(MESSAGE_SIZE)
        late = trial.worker(Point(PERSISTING, act="hold"))
        late.wait_until_held()
        late.send(signal.SIGSTOP)
        late.wait_until_stopped()
        late.let_go()
        trial.worker()
        wait_for(
            "the lease's end",
            lambda: all(lease.expired for lease in list_leases(trial.database)),
        )
        # The other takes it some time after that, having watched for a lease.
        wait_for_luck = trial.luck.random() * LEASE_SECONDS / 2
        with trial.database.read() as connection:
            connection.execute(sa.text(f"SELECT pg_sleep({wait_for_luck})"))
        late.send(signal.SIGCONT)
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete(MESSAGE_SIZE)
        lost = late.lines("claim is not this worker's any more")
        return "complete; the lease's end was first" if lost else "complete; the commit was first"

    often.repeat(once)
