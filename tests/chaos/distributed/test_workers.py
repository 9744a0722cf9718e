"""Workers that are killed, stopped, or finish at once: nothing is lost, and nothing twice."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from bingosim.storage.batches import read_batch
from bingosim.storage.claims import list_leases
from bingosim.storage.states import BatchStatus
from tests.chaos.distributed.points import (
    CLAIMED,
    FINALIZING,
    PERSISTED,
    PERSISTING,
    PLAYING,
    PUBLISHING,
    SETTLING,
    TAKING,
    WORKING,
)
from tests.chaos.distributed.trial import MESSAGE_SIZE
from tests.chaos.distributed.workers import Point, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.distributed.conftest import Case
    from tests.chaos.distributed.trial import Trial

INNOCENT = 1000
NO_RESCUE = {"worker.keeping.RESCUE_SECONDS": 3600.0}
"""Workers do not end batches beside their messages."""


def kill_one_of_two(trial: Trial, names: Sequence[str]) -> str:
    """Have a worker kill itself at one of these points; another goes on, from then or all along."""
    elsewhere, at_once = trial.some_host(), trial.luck.random() < 0.5
    point = Point(trial.luck.choice(names), trial.luck.randint(1, 4))
    trial.submit()
    first = trial.worker(point, elsewhere=elsewhere)
    if at_once:
        trial.worker(elsewhere=elsewhere)
    wait_for("a death or an end", lambda: first.has_ended() or trial.status() != "running")
    if not at_once:
        trial.worker(elsewhere=elsewhere)
    assert trial.wait_until_ended() == BatchStatus.COMPLETED
    code = first.wait() if first.has_ended() else first.end()
    trial.end_workers()
    trial.check_complete()
    if code == -signal.SIGKILL:
        return "complete; its lease ended" if elsewhere else "complete; seen to be gone"
    assert code == 0
    return "complete; the other was quicker"


def test_worker_killed_after_its_claim(often: Case) -> None:
    often.repeat(lambda trial: kill_one_of_two(trial, [CLAIMED]))


def test_worker_killed_while_it_simulates(often: Case) -> None:
    often.repeat(lambda trial: kill_one_of_two(trial, [PLAYING]))


def test_worker_killed_between_commit_and_acknowledgement(case: Case) -> None:
    case.repeat(lambda trial: kill_one_of_two(trial, [PERSISTED, SETTLING]))


def test_worker_killed_anywhere(often: Case) -> None:
    """Also in the transaction that ends the batch, and before it persists."""
    often.repeat(lambda trial: kill_one_of_two(trial, WORKING))


def test_publisher_killed_half_way(case: Case) -> None:
    """Marked and not sent, sent in part, sent and not noted: another publishes what is missing."""

    def once(trial: Trial) -> str:
        point = Point(PUBLISHING[trial.number % len(PUBLISHING)], trial.luck.randint(1, 2))
        trial.submit()
        first = trial.worker(point, {"publish_window": 6})
        assert first.wait() == -signal.SIGKILL
        trial.worker(settings={"publish_window": 6})
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete()
        return f"complete; killed {point.name}"

    case.repeat(once)


def test_worker_stopped_past_its_lease(case: Case) -> None:
    """What it brings afterwards is not kept."""

    def once(trial: Trial) -> str:
        name = (CLAIMED, PLAYING, PERSISTING)[trial.number % 3]
        trial.submit()
        stopped = trial.worker(Point(name, trial.luck.randint(1, 3), act="hold"))
        stopped.wait_until_held()
        (lease,) = list_leases(trial.database)
        stopped.send(signal.SIGSTOP)
        stopped.wait_until_stopped()
        stopped.let_go()
        trial.worker()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.check_complete()
        assert lease not in list_leases(trial.database)
        stopped.send(signal.SIGCONT)
        stopped.wait_for_line("claim is not this worker's any more")
        trial.end_workers()
        trial.check_complete()
        return "complete; its late results were not kept"

    case.repeat(once)


def test_worker_stopped_inside_a_transaction(often: Case) -> None:
    """The server ends it, so that nobody waits for its locks for long."""

    def once(trial: Trial) -> str:
        name = (TAKING, FINALIZING)[trial.number % 2]
        trial.submit()
        stopped = trial.worker(Point(name, act="hold"))
        stopped.wait_until_held()
        stopped.send(signal.SIGSTOP)
        stopped.wait_until_stopped()
        stopped.let_go()
        trial.worker()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.check_complete()
        stopped.send(signal.SIGCONT)
        trial.end_workers()
        trial.check_complete()
        return f"complete; stopped {name}"

    often.repeat(once)


def test_run_that_kills_its_worker_among_1000_others(often: Case) -> None:
    """It stands alone soon, and fails for good; not one of the others does."""

    def once(trial: Trial) -> str:
        poison = trial.luck.randrange(INNOCENT + 1)
        trial.submit(INNOCENT + 1, trial.luck.choice([50, 100, 250, INNOCENT + 1]))
        deaths = 0
        alive = [trial.worker(runs={poison: "kill"}) for _ in range(2)]

        def replace_the_dead() -> bool:
            nonlocal deaths
            for at, worker in enumerate(alive):
                if worker.has_ended():
                    assert worker.wait() == -signal.SIGKILL
                    deaths += 1
                    alive[at] = trial.worker(runs={poison: "kill"})
            return trial.status() is not BatchStatus.RUNNING

        wait_for("the batch's end", replace_the_dead)
        found = read_batch(trial.database, trial.batch)
        assert found.status is BatchStatus.ERROR
        assert found.reason == (
            f"run {poison} of {INNOCENT + 1} failed for good: "
            "5 times its worker vanished, or could not keep this run's results"
        )
        trial.end_workers()
        trial.check_kept(range(INNOCENT + 1), frozenset([poison]))
        return "error for that run, 1,000 kept"

    often.repeat(once)


def test_two_last_workers_finish_at_once(case: Case) -> None:
    """Both hold their last message to the same moment: the batch is ended once, by one of them."""

    def once(trial: Trial) -> str:
        name = (PERSISTING, PERSISTED)[trial.number % 2]
        both = [trial.worker(Point(name, act="hold")) for _ in range(2)]
        trial.queues.wait_for_consumers(2)
        trial.submit(2 * MESSAGE_SIZE)
        for worker in both:
            worker.wait_until_held()
        for worker in both:
            worker.let_go()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        said = [
            line for worker in both for line in worker.lines("batch has come to an end or a look")
        ]
        assert len(said) <= 1  # none if the reconciler was quicker
        trial.check_complete(2 * MESSAGE_SIZE)
        return f"complete; held {name}"

    case.repeat(once)


def test_both_last_workers_vanish_before_they_end_the_batch(often: Case) -> None:
    """All results are there and nobody has ended the batch: the next worker does."""

    def once(trial: Trial) -> str:
        name = (PERSISTED, FINALIZING)[trial.number % 2]
        first = trial.worker(Point(PERSISTED, act="hold"), figures=NO_RESCUE)
        if name == PERSISTED:
            second = trial.worker(Point(PERSISTED, act="hold"), figures=NO_RESCUE)
        else:
            second = trial.worker(Point(FINALIZING))
        trial.queues.wait_for_consumers(2)
        trial.submit(2 * MESSAGE_SIZE)
        first.wait_until_held()
        if name == PERSISTED:
            second.wait_until_held()
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
        if name == PERSISTED:
            second.end(signal.SIGKILL)
        assert second.wait() == -signal.SIGKILL
        assert trial.completed() == 2 * MESSAGE_SIZE
        assert trial.status() is BatchStatus.RUNNING
        trial.worker()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete(2 * MESSAGE_SIZE)
        return f"complete; killed {name}"

    often.repeat(once)
