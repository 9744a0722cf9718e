"""Messages that arrive twice, cannot be read, or take longer than the broker waits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bingosim.storage.batches import read_batch
from bingosim.storage.states import BatchStatus
from tests import rabbitmq
from tests.chaos.distributed.trial import MESSAGE_SIZE, RUNS, Servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.distributed.conftest import Case
    from tests.chaos.distributed.trial import Trial

TIMEOUT_MS = 1000


def test_every_message_twice_to_two_workers(case: Case) -> None:
    """In any order, some before the publisher has sent its own."""

    def once(trial: Trial) -> str:
        trial.submit()
        places = range(0, RUNS, MESSAGE_SIZE)
        bodies = [trial.message(range(at, at + MESSAGE_SIZE)) for at in (*places, *places)]
        trial.luck.shuffle(bodies)
        half = len(bodies) // 2
        trial.queues.deliver(*bodies[:half])
        for _ in range(2):
            trial.worker(settings={"worker_max_concurrent": trial.luck.choice([1, 2, 3])})
        trial.queues.deliver(*bodies[half:])
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete()
        assert trial.queues.dead_letters() == 0
        return "complete"

    case.repeat(once)


def test_messages_that_nobody_can_read(often: Case) -> None:
    """They become dead letters, and what is around them is executed."""

    def once(trial: Trial) -> str:
        trial.submit()
        good = trial.message(range(MESSAGE_SIZE))
        foreign = json.loads(good)
        foreign["simulation_run_ids"][0] = str(uuid4())
        bad = [
            b"",
            b"no JSON",
            b"\xff\xfe\x00",
            b"[]",
            b"{}",
            good[:-5],
            good.replace(b'"schema_version":1', b'"schema_version":2'),
            good.replace(b'"simulation_run_ids":[', b'"simulation_run_ids":["x",'),
            json.dumps(foreign).encode(),
            json.dumps({**foreign, "simulation_run_ids": []}).encode(),
        ]
        bodies = [*bad, *(good for _ in range(3))]
        trial.luck.shuffle(bodies)
        trial.queues.deliver(*bodies)
        workers = [trial.worker(), trial.worker()]
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.queues.wait_for_dead_letters(len(bad))
        trial.end_workers()
        said = [line["reason"] for worker in workers for line in worker.lines("dead letter")]
        assert len(said) == len(bad)
        assert all(said)
        trial.check_complete()
        return f"complete; {len(bad)} dead letters"

    often.repeat(once)


def test_poison_message(case: Case) -> None:
    """One of its runs raises every time, or makes all of its message fail: the others are kept."""

    def once(trial: Trial) -> str:
        poison, does = trial.luck.randrange(RUNS), ("fail", "spoil")[trial.number % 2]
        trial.submit()
        for _ in range(2):
            trial.worker(runs={poison: does})
        assert trial.wait_until_ended() == BatchStatus.ERROR
        said = {
            "fail": f"ZeroDivisionError: run {poison} was told to fail",
            "spoil": "5 times its worker vanished, or could not keep this run's results",
        }
        found = read_batch(trial.database, trial.batch)
        assert found.reason == f"run {poison} of {RUNS} failed for good: {said[does]}"
        trial.end_workers()
        trial.check_kept(range(RUNS), frozenset([poison]))
        assert trial.queues.dead_letters() == 0
        return f"error for that run, all others kept; {does}"

    case.repeat(once)


@pytest.fixture(scope="module")
def impatient(servers: Servers) -> Iterator[Servers]:
    """A broker that takes messages back after a second."""
    with rabbitmq.server(TIMEOUT_MS) as started:
        yield replace(servers, rabbit=started)


def test_messages_longer_than_the_consumer_timeout(often: Case, impatient: Servers) -> None:
    """The broker takes each of them back; it is executed once all the same."""
    often.servers = impatient

    def once(trial: Trial) -> str:
        size = RUNS // 3
        trial.submit(RUNS, size)
        slow = {"worker_simulation_delay_ms": 2.5 * TIMEOUT_MS / size}
        workers = [trial.worker(settings=slow) for _ in range(2)]
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        back = [
            w.lines("the broker took a delivery back; what is claimed goes on") for w in workers
        ]
        assert any(back), "the broker was too patient"
        trial.check_complete()
        return "complete"

    often.repeat(once)
