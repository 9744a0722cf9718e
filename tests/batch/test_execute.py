from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bingosim.batch import execute, folding, play
from bingosim.batch import held as holding
from bingosim.batch.execute import Codec, Executor
from bingosim.batch.folding import Folder
from bingosim.batch.local import execute_batch
from bingosim.batch.observe import Phase, Unobserved
from bingosim.batch.rescue import Rescuer, is_gone, process_name
from bingosim.batch.submit import choose_message_size, submit
from bingosim.engines import engine_version
from bingosim.engines import prepare as real_prepare
from bingosim.errors import DatabaseError, InputError, OtherEngineError, StoredDataError
from bingosim.simulation import simulate
from bingosim.storage.aggregates import Arithmetic, read_aggregate
from bingosim.storage.batches import read_batch, read_snapshot
from bingosim.storage.claims import Worker, claim_batch, list_leases, waiting_messages
from bingosim.storage.creating import extend_batch
from bingosim.storage.ids import Ids, new_id
from bingosim.storage.settling import Settled
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch, resume_batch
from bingosim.storage.tables import partial_aggregates, result_chunks, simulation_runs
from tests import builders
from tests.storage import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.results import RunResults
    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database

ROOT = Path(__file__).parents[2]
SNAPSHOT = builders.snapshot(
    builders.grid(builders.tile("a", 1, 20), builders.tile("b", 2, 40)),
    builders.activity(seconds=60, loot=[builders.line("1/2")]),
    teams=[builders.team(), builders.team(builders.player("bob"), name="blues")],
)


def points(results: RunResults, _snapshot: object = None) -> bytes:
    """Stand-in for a partial aggregate: the points of every run, by its index."""
    of_run = zip(results.run.tolist(), results.points.tolist(), strict=True)
    return json.dumps(sorted(of_run)).encode()


def merge(parts: Sequence[bytes]) -> bytes:
    return json.dumps(sorted(run for part in parts for run in json.loads(part))).encode()


ARITHMETIC = Arithmetic(merge, samples.next_look)
CODEC = Codec(lambda results, _: results.points.tobytes(), points, ARITHMETIC)


def new_batch(database: Database, runs: int = 30, message_size: int = 10) -> UUID:
    return submit(
        database, SNAPSHOT, runs, "tuesday", engine="reference", message_size=message_size
    )


def claim(database: Database, batch: UUID, indices: Any) -> Claim:
    worker = Worker("somewhere:1:1", (engine_version("reference"),))
    got = claim_batch(database, Ids.of_runs(batch, indices), worker, new_id())
    assert got is not None
    return got


def kept(database: Database, batch: UUID) -> list[list[Any]]:
    _, payload = read_aggregate(database, batch, merge)
    found: list[list[Any]] = json.loads(payload or b"[]")
    return found


def expected(runs: int) -> list[list[Any]]:
    results = simulate(SNAPSHOT, runs, "tuesday", engine="reference", keep=True).results
    found: list[list[Any]] = json.loads(points(results))
    return found


def never() -> bool:
    return False


def run_batch(
    database: Database,
    batch: UUID,
    threads: int,
    stop: Callable[[], bool] = never,
    codec: Codec = CODEC,
) -> BatchStatus:
    return execute_batch(database, batch, threads=threads, stop=stop, codec=codec)


def failing(monkeypatch: pytest.MonkeyPatch, fails: Callable[[int], bool]) -> None:
    """Have some runs fail, as often as they are played."""

    def prepare(snapshot: Any, seed: str, engine: str) -> Any:
        play = real_prepare(snapshot, seed, engine)

        def sometimes(runs: NDArray[np.int64]) -> RunResults:
            if any(fails(run) for run in runs.tolist()):
                raise ZeroDivisionError("some run of these")
            return play(runs)

        return sometimes

    monkeypatch.setattr(execute, "prepare", prepare)


# -- one claim -----------------------------------------------------------------------------------


def test_a_claim_is_executed_as_simulate_would(database: Database) -> None:
    batch = new_batch(database)
    settled = Executor(database, CODEC).execute(claim(database, batch, range(10)), never)
    assert settled == Settled(completed=10)
    assert kept(database, batch) == expected(10)


def test_only_the_runs_that_fail_are_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, lambda run: run in (3, 7))
    batch = new_batch(database)
    settled = Executor(database, CODEC).execute(claim(database, batch, range(10)), never)
    assert settled == Settled(completed=8, retried=2)
    assert samples.messages(database, batch)[0] == [3, 7]
    assert kept(database, batch) == [run for run in expected(10) if run[0] not in (3, 7)]


def test_a_stop_is_heard_inside_a_message(database: Database) -> None:
    batch = new_batch(database, message_size=30)
    answers = iter([False, True])
    settled = Executor(database, CODEC).execute(
        claim(database, batch, range(30)), lambda: next(answers)
    )
    assert settled == Settled(completed=play.FIRST_SLICE, handed_back=30 - play.FIRST_SLICE)
    assert claim(database, batch, range(8, 30)).attempts.tolist() == [1] * 22


def test_an_event_that_cannot_be_made_ready_fails_its_runs_with_the_reason(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(*_: object) -> Any:
        raise InputError("there is no strategy 'mine'")

    batch = new_batch(database, runs=3)
    monkeypatch.setattr(execute, "prepare", prepare)
    executor = Executor(database, CODEC, max_attempts=1)
    assert executor.execute(claim(database, batch, range(3)), never) == Settled(failed=3)


def test_an_unreachable_database_is_no_failure_of_the_runs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> Any:
        raise DatabaseError("gone for a while")

    batch = new_batch(database, runs=3)
    held = claim(database, batch, range(3))
    monkeypatch.setattr(execute, "read_snapshot", unreachable)
    with pytest.raises(DatabaseError, match="for a while"):
        Executor(database, CODEC).execute(held, never)
    assert set(samples.statuses(database, batch).values()) == {"running"}


class Told(Unobserved):
    """Notes the phases that it is told of."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []

    def phase(self, phase: Phase, batch: UUID) -> AbstractContextManager[None]:
        self.phases.append(phase)
        return super().phase(phase, batch)


def test_an_observer_is_told_of_each_phase(database: Database) -> None:
    told = Told()
    executor = Executor(database, CODEC, observer=told)
    worker = Worker("somewhere:1:1", (engine_version("reference"),))
    for ids in waiting_messages(database, new_batch(database, runs=20)):
        executor.claim_and_execute(ids, worker, never)
    every = ["claim", "snapshot_load", "simulate", "encode", "persist"]
    assert told.phases == [*every, "claim", *every[2:]]


@pytest.mark.parametrize("bound", ["MOST_PARTS", "MOST_RUNS"])
def test_aggregates_are_folded_while_a_batch_is_executed(
    database: Database, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """After three messages of two runs: readers of a long batch find few parts to add up."""
    monkeypatch.setattr(folding, bound, {"MOST_PARTS": 3, "MOST_RUNS": 6}[bound])
    folder = Folder(database, merge)
    batch = new_batch(database, runs=14, message_size=2)
    left = []
    for at in range(0, 14, 2):
        Executor(database, CODEC).execute(claim(database, batch, range(at, at + 2)), never)
        folder.settled(batch, 2)
        with database.read() as connection:
            parts = sa.select(sa.func.count()).select_from(partial_aggregates)
            left.append(connection.scalar(parts))
    assert left == [1, 2, 0, 1, 2, 0, 1]
    assert kept(database, batch) == expected(14)


def test_the_snapshot_is_read_once_for_a_batch(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = new_batch(database)
    reads = []

    def counted(database: Database, sha256: str) -> Any:
        reads.append(sha256)
        return read_snapshot(database, sha256)

    monkeypatch.setattr(execute, "read_snapshot", counted)
    executor = Executor(database, CODEC)
    for at in range(0, 30, 10):
        executor.execute(claim(database, batch, range(at, at + 10)), never)
    assert len(reads) == 1


# -- whole batches -------------------------------------------------------------------------------


@pytest.mark.parametrize(("threads", "size"), [(1, 7), (3, 4)])
def test_threads_and_sizes_of_messages_change_no_result(
    database: Database, threads: int, size: int
) -> None:
    batch = new_batch(database, message_size=size)
    seen: list[tuple[int, int]] = []
    status = execute_batch(
        database,
        batch,
        codec=CODEC,
        threads=threads,
        stop=never,
        progress=lambda progress: seen.append((progress.done, progress.runs)),
    )
    assert status is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(30)
    assert (seen[0], seen[-1]) == ((0, 30), (30, 30))


def test_a_run_that_fails_for_good_makes_the_batch_an_error_with_its_reason(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, lambda run: run == 13)
    batch = new_batch(database)
    status = run_batch(database, batch, 2)
    assert status is BatchStatus.ERROR
    reason = "run 13 of 30 failed for good: ZeroDivisionError: some run of these"
    assert read_batch(database, batch).reason == reason
    assert kept(database, batch) == [run for run in expected(30) if run[0] != 13]


def test_what_was_stopped_goes_on_without_running_anything_twice(database: Database) -> None:
    batch = new_batch(database, message_size=30)
    answers = iter([False, False])
    status = execute_batch(
        database, batch, codec=CODEC, threads=1, stop=lambda: next(answers, True)
    )
    assert status is BatchStatus.RUNNING
    first = kept(database, batch)
    assert 0 < len(first) < 30
    assert list_leases(database) == []
    assert run_batch(database, batch, 1) is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(30)


def test_a_paused_batch_is_left_alone_and_an_extended_one_goes_on(database: Database) -> None:
    batch = new_batch(database, runs=10)
    pause_batch(database, batch)
    assert run_batch(database, batch, 1) is BatchStatus.PAUSED
    resume_batch(database, batch)
    assert run_batch(database, batch, 1) is BatchStatus.COMPLETED
    extend_batch(database, batch, 20)
    assert run_batch(database, batch, 1) is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(30)


def test_messages_that_cannot_be_claimed_are_told_and_not_looked_for_for_ever(
    database: Database,
) -> None:
    batch = new_batch(database)
    with database.write() as connection:  # as damage to the file may leave it
        connection.execute(sa.update(simulation_runs).values(message_id=new_id()))
    with pytest.raises(StoredDataError, match="the database contradicts itself"):
        run_batch(database, batch, 2)


def test_a_batch_of_another_engine_is_not_executed(database: Database) -> None:
    batch = samples.new_batch(database)
    with pytest.raises(OtherEngineError, match="attempt 0123456789abcdef"):
        run_batch(database, batch, 1)
    assert set(samples.statuses(database, batch).values()) == {"pending"}


def test_an_error_in_a_thread_ends_the_execution_and_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = new_batch(database)

    def broken(*_: object) -> bytes:
        raise MemoryError

    wrong = Codec(chunk=broken, partial=points, arithmetic=ARITHMETIC)
    with pytest.raises(MemoryError):
        run_batch(database, batch, 2, codec=wrong)
    gone = lambda worker: worker == process_name()  # noqa: E731
    monkeypatch.setattr("bingosim.batch.rescue.is_gone", gone)
    Rescuer(database, ARITHMETIC).look()
    monkeypatch.undo()
    assert run_batch(database, batch, 2) is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(30)


# -- those that vanished -------------------------------------------------------------------------


def test_this_process_is_alive_and_one_that_started_at_another_time_is_gone() -> None:
    name = process_name()
    assert not is_gone(name)
    assert is_gone(name + "1")
    assert not is_gone("another-host:1:1")


def test_a_process_that_cannot_be_looked_at_is_gone_only_if_it_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = process_name()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        other = process_name(ended.pid)
    assert is_gone(other)
    monkeypatch.setattr("bingosim.batch.rescue._started", lambda _: None)
    assert not is_gone(name)
    assert is_gone(other)


def test_nothing_is_expired_before_the_database_was_seen_for_a_lease(database: Database) -> None:
    batch = new_batch(database)
    held = claim(database, batch, range(10))
    samples.pass_lease(database, held)
    now = [1000.0]
    rescuer = Rescuer(database, ARITHMETIC, lease_seconds=60, clock=lambda: now[0])
    assert rescuer.look() == 0
    now[0] += 500  # not seen for long: the waiting begins anew
    assert rescuer.look() == 0
    for _ in range(3):
        now[0] += 20
        found = rescuer.look()
    assert found == 1
    assert list_leases(database) == []


def test_claims_of_a_dead_process_of_this_host_are_released_at_once(database: Database) -> None:
    batch = new_batch(database)
    dead = Worker(process_name() + "1", (engine_version("reference"),))
    assert claim_batch(database, Ids.of_runs(batch, range(10)), dead, new_id()) is not None
    assert run_batch(database, batch, 1) is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(30)


def test_a_batch_that_nobody_ended_is_ended(database: Database) -> None:
    batch = new_batch(database, runs=10)
    Executor(database, CODEC).execute(claim(database, batch, range(10)), never)
    Rescuer(database, ARITHMETIC).look()
    assert read_batch(database, batch).status is BatchStatus.COMPLETED


# -- submitting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "workers", "seconds", "size"),
    [
        (10_000, 2, None, 500),
        (100, 4, None, 50),
        (10_000_000, 2, None, 1000),
        (10_000, 2, 0.005, 200),
        (10_000, 2, 10.0, 50),
    ],
)
def test_auto_gives_each_worker_ten_messages_of_some_seconds(
    runs: int, workers: int, seconds: float | None, size: int
) -> None:
    assert choose_message_size(runs, workers, seconds) == size


def test_what_cannot_be_simulated_is_not_submitted(database: Database) -> None:
    with pytest.raises(InputError, match="no engine 'warp'"):
        submit(database, SNAPSHOT, engine="warp")
    with pytest.raises(InputError, match="runs must be from 1"):
        submit(database, SNAPSHOT, 0, engine="reference")


def test_waiting_messages_are_the_queue(database: Database) -> None:
    batch = new_batch(database)
    assert [len(ids) for ids in waiting_messages(database, batch)] == [10, 10, 10]
    assert holding.BEAT_SECONDS <= 1


def test_a_killed_process_loses_nothing_and_nothing_runs_twice(database: Database) -> None:
    batch = new_batch(database, runs=40)
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.batch.killed", url, str(batch)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert len(kept(database, batch)) == 20
    (left,) = list_leases(database)
    assert not left.expired
    assert run_batch(database, batch, 2) is BatchStatus.COMPLETED
    assert kept(database, batch) == expected(40)
    with database.read() as connection:
        chunks = sa.select(sa.func.sum(result_chunks.c.runs))
        assert connection.scalar(chunks) == 40
