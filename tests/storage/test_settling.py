from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bingosim.errors import StoredDataError
from bingosim.storage.aggregates import cancel_batch, ending_batches, finalize, fold
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.claims import list_leases
from bingosim.storage.creating import extend_batch
from bingosim.storage.ids import unpack_indices
from bingosim.storage.settling import Settled, expire, persist
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch, retry_batch
from bingosim.storage.tables import partial_aggregates, result_chunks, simulation_runs
from tests.storage import samples
from tests.storage.samples import (
    ARITHMETIC,
    done,
    merge,
    messages,
    must_claim,
    new_batch,
    pass_lease,
    statuses,
)

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database


def lose(database: Database, held: Claim, **options: bool) -> Settled | None:
    """Let a claim's worker vanish."""
    pass_lease(database, held)
    (lease,) = [lease for lease in list_leases(database) if lease.token == held.token]
    return expire(database, lease, **options)


def test_results_and_statuses_are_kept_together(database: Database) -> None:
    batch = new_batch(database)
    assert persist(database, must_claim(database, batch, range(5)), done(range(5))) == Settled(5)
    assert list(statuses(database, batch).values()).count("completed") == 5
    with database.read() as connection:
        (chunk,) = connection.execute(sa.select(result_chunks)).all()
        keys = connection.scalars(
            sa.select(simulation_runs.c.chunk_id).where(simulation_runs.c.status == "completed")
        ).all()
    assert chunk.payload == b"results of [0, 1, 2, 3, 4]"
    assert unpack_indices(chunk.run_indices).tolist() == [0, 1, 2, 3, 4]
    assert keys == [chunk.id] * 5
    assert messages(database, batch) == [[5, 6, 7, 8, 9]]
    assert samples.kept(database, batch) == [0, 1, 2, 3, 4]


def test_a_late_worker_writes_nothing(database: Database) -> None:
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    assert lose(database, held) == Settled(handed_back=5)
    assert persist(database, held, done(range(4), _4="boom")) is None
    assert set(statuses(database, batch).values()) == {"pending"}
    assert samples.kept(database, batch) == []
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.max(simulation_runs.c.failures))) == 0
        assert connection.scalar(sa.select(sa.func.count()).select_from(result_chunks)) == 0


def test_completing_and_expiring_at_once_has_one_winner(database: Database) -> None:
    for _ in range(20):
        batch = new_batch(database, runs=5)
        held = must_claim(database, batch, range(5))
        pass_lease(database, held)
        lease = next(lease for lease in list_leases(database) if lease.token == held.token)
        start = Barrier(2)

        def complete(start: Barrier = start, held: Claim = held) -> Settled | None:
            start.wait()
            return persist(database, held, done(range(5)))

        def vanish(start: Barrier = start, lease: object = lease) -> Settled | None:
            start.wait()
            return expire(database, lease)  # type: ignore[arg-type]

        with ThreadPoolExecutor(2) as pool:
            completed, expired = (pool.submit(work) for work in (complete, vanish))
        assert (completed.result() is None) != (expired.result() is None)
        wanted = list(range(5)) if completed.result() else []
        assert samples.kept(database, batch) == wanted
        assert len(messages(database, batch)) == (0 if completed.result() else 5)


def test_completing_and_cancelling_at_once_agree(database: Database) -> None:
    for _ in range(20):
        batch = new_batch(database, runs=5)
        held = must_claim(database, batch, range(5))
        start = Barrier(2)

        def complete(start: Barrier = start, held: Claim = held) -> Settled | None:
            start.wait()
            return persist(database, held, done(range(5)))

        def cancel(start: Barrier = start, batch: UUID = batch) -> bool:
            start.wait()
            return cancel_batch(database, batch, merge)

        with ThreadPoolExecutor(2) as pool:
            completed, cancelled = (pool.submit(work) for work in (complete, cancel))
        assert cancelled.result()
        assert completed.result() in (None, Settled(5))
        wanted = list(range(5)) if completed.result() else []
        assert samples.kept(database, batch) == wanted
        assert list(statuses(database, batch).values()).count("completed") == len(wanted)


@pytest.mark.parametrize("completed", [range(5), range(4)], ids=["all", "some"])
def test_a_claim_that_contradicts_its_runs_writes_nothing(
    database: Database, completed: range
) -> None:
    """It cannot be; were it so, results of runs that are another's must not be kept."""
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    with database.write() as connection:
        stolen = sa.update(simulation_runs).where(simulation_runs.c.run_index == 3)
        connection.execute(stolen.values(claim=uuid4()))
    with pytest.raises(StoredDataError, match="not its claim's"):
        persist(database, held, done(completed))
    assert "completed" not in statuses(database, batch).values()
    assert [lease.token for lease in list_leases(database)] == [held.token]
    with database.read() as connection:
        for table in (result_chunks, partial_aggregates):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_one_failing_run_does_not_take_its_message_with_it(database: Database) -> None:
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    assert persist(database, held, done([0, 2, 4], _1="one", _3="three")) == Settled(3, 2)
    assert messages(database, batch) == [[1, 3], [5, 6, 7, 8, 9]]
    again = must_claim(database, batch, [1, 3])
    assert again.attempts.tolist() == [2, 2]
    assert samples.kept(database, batch) == [0, 2, 4]


def test_a_run_that_fails_five_times_makes_its_batch_an_error(database: Database) -> None:
    batch = new_batch(database, runs=5)
    wanted = list(range(5))
    for attempt in range(1, 6):
        held = must_claim(database, batch, wanted)
        settled = persist(database, held, done([i for i in wanted if i != 2], _2=f"boom {attempt}"))
        assert settled is not None
        assert settled.failed == (attempt == 5)
        wanted = [2]
    assert statuses(database, batch)[2] == "failed"
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.ERROR
    ended = read_batch(database, batch)
    assert ended.reason == "run 2 of 5 failed for good: boom 5"
    assert samples.kept(database, batch) == [0, 1, 3, 4]
    assert read_progress(database, batch).failed == 1

    assert retry_batch(database, batch) == 1
    held = must_claim(database, batch, [2])
    assert held.attempts.tolist() == [1]
    assert persist(database, held, done([2])) == Settled(1)
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.COMPLETED
    assert read_batch(database, batch).reason is None
    assert samples.kept(database, batch) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("error", ["x" * 10_000, "nul \0 here", "half \ud800 of a pair"])
def test_any_error_text_can_be_kept(database: Database, error: str) -> None:
    batch = new_batch(database, runs=1)
    held = must_claim(database, batch, [0])
    assert persist(database, held, done([], _0=error)) == Settled(retried=1)
    with database.read() as connection:
        kept = connection.scalar(sa.select(simulation_runs.c.error))
    assert kept is not None
    assert 0 < len(kept) <= 500
    assert kept[:4] == error[:4]


def test_after_a_death_the_runs_come_back_in_tenths(database: Database) -> None:
    batch = new_batch(database, runs=95, message_size=95)
    assert lose(database, must_claim(database, batch, range(95))) == Settled(handed_back=95)
    assert [len(part) for part in messages(database, batch)] == [10] * 9 + [5]
    assert lose(database, must_claim(database, batch, range(10))) == Settled(handed_back=10)
    assert [len(part) for part in messages(database, batch)] == [1] * 10 + [10] * 8 + [5]
    assert must_claim(database, batch, [0]).attempts.tolist() == [1]


def test_only_a_run_that_was_claimed_alone_is_counted_a_death(database: Database) -> None:
    batch = new_batch(database, runs=3, message_size=3)
    lose(database, must_claim(database, batch, range(3)))
    for death in range(1, 6):
        held = must_claim(database, batch, [1])
        assert held.attempts.tolist() == [death]
        settled = lose(database, held)
        assert settled == (Settled(failed=1) if death == 5 else Settled(retried=1))
    for index in (0, 2):
        persist(database, must_claim(database, batch, [index]), done([index]))
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.ERROR
    assert "run 1 of 3 failed for good: 5 times its worker vanished" in str(
        read_batch(database, batch).reason
    )


def test_failures_and_deaths_are_counted_apart(database: Database) -> None:
    batch = new_batch(database, runs=1)
    for attempt in range(4):
        persist(database, must_claim(database, batch, [0]), done([], _0=f"boom {attempt}"))
        lose(database, must_claim(database, batch, [0]))
    assert must_claim(database, batch, [0]).attempts.tolist() == [9]
    assert statuses(database, batch) == {0: "running"}


def test_a_lease_that_is_not_over_is_taken_only_from_the_dead(database: Database) -> None:
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    (lease,) = list_leases(database)
    assert expire(database, lease) is None
    assert expire(database, lease, known_dead=True) == Settled(handed_back=5)
    assert persist(database, held, done(range(5))) is None


def test_an_outcome_of_other_runs_is_a_mistake(database: Database) -> None:
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    for outcome in (done([5]), done([0], _0="both"), done([], _9="not mine")):
        with pytest.raises(ValueError, match="its claim only"):
            persist(database, held, outcome)


# -- the end of a batch --------------------------------------------------------------------------


def complete(database: Database, batch: UUID, *parts: range) -> None:
    """Execute runs."""
    for part in parts:
        assert persist(database, must_claim(database, batch, part), done(part)) is not None


def test_a_batch_ends_once_with_two_finalizers_at_once(database: Database) -> None:
    for _ in range(10):
        batch = new_batch(database)
        complete(database, batch, range(5))
        assert finalize(database, batch, ARITHMETIC) is None
        complete(database, batch, range(5, 10))
        assert ending_batches(database) == [batch]
        start = Barrier(2)

        def end(_: int, start: Barrier = start, batch: UUID = batch) -> BatchStatus | None:
            start.wait()
            return finalize(database, batch, ARITHMETIC)

        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(end, range(2)))
        assert sorted(map(str, ended)) == ["None", "completed"]
        assert ending_batches(database) == []
        assert samples.kept(database, batch) == list(range(10))
        with database.read() as connection:
            left = connection.scalar(sa.select(sa.func.count()).select_from(partial_aggregates))
        assert left == 0


def test_the_end_is_looked_at_again_under_the_lock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bingosim.storage.aggregates._at_its_end", lambda *_: True)
    batch = new_batch(database)
    complete(database, batch, range(5))
    assert finalize(database, batch, ARITHMETIC) is None
    assert read_batch(database, batch).status is BatchStatus.RUNNING


def test_a_paused_batch_without_runs_left_ends(database: Database) -> None:
    batch = new_batch(database, runs=5)
    held = must_claim(database, batch, range(5))
    pause_batch(database, batch)
    assert persist(database, held, done(range(5))) == Settled(5)
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.COMPLETED


def test_an_extension_continues_the_indices_and_opens_the_next_version(database: Database) -> None:
    batch = new_batch(database, runs=7)
    complete(database, batch, range(5))
    assert extend_batch(database, batch, 4) == range(7, 11)
    assert read_batch(database, batch).version == 1
    complete(database, batch, range(5, 7), range(7, 11))
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.COMPLETED
    assert extend_batch(database, batch, 6) == range(11, 17)
    opened = read_batch(database, batch)
    assert (opened.status, opened.version, opened.runs) == (BatchStatus.RUNNING, 2, 17)
    complete(database, batch, range(11, 16), range(16, 17))
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.COMPLETED
    assert finalize(database, batch, ARITHMETIC) is None
    assert samples.kept(database, batch) == list(range(17))
    assert statuses(database, batch) == dict.fromkeys(range(17), "completed")


def test_folding_changes_nothing_that_is_read(database: Database) -> None:
    batch = new_batch(database, runs=20, message_size=2)
    complete(database, batch, *(range(at, at + 2) for at in range(0, 12, 2)))
    before = samples.kept(database, batch)
    assert fold(database, batch, merge) == 6
    assert fold(database, batch, merge) == 0
    complete(database, batch, range(12, 14))
    assert samples.kept(database, batch) == [*before, 12, 13]
    assert read_progress(database, batch).completed == 14


def test_a_batch_whose_results_are_not_all_there_is_an_error(database: Database) -> None:
    batch = new_batch(database, runs=5)
    complete(database, batch, range(5))
    with database.write() as connection:
        connection.execute(sa.delete(partial_aggregates))
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.ERROR
    assert "results of 0 runs are kept, and 5 were wanted" in str(
        read_batch(database, batch).reason
    )


def test_cancelling_rewrites_no_runs(database: Database) -> None:
    batch = new_batch(database)
    complete(database, batch, range(5))
    must_claim(database, batch, range(5, 10))
    before = statuses(database, batch)
    assert cancel_batch(database, batch, merge)
    assert statuses(database, batch) == before
    assert messages(database, batch) == []
    assert finalize(database, batch, ARITHMETIC) is None
    assert read_batch(database, batch).status is BatchStatus.CANCELLED
