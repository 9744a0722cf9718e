"""How the work of all batches stands, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import sqlalchemy as sa

from bingosim.errors import InputError
from bingosim.storage.aggregates import Arithmetic, cancel_batch, finalize
from bingosim.storage.ids import TIME_SHIFT, new_id
from bingosim.storage.operations import PERIODS, page_failed, read_work
from bingosim.storage.outbox import confirm, take
from bingosim.storage.settling import persist
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch, retry_batch
from bingosim.storage.tables import partial_aggregates, result_chunks
from tests.storage.samples import done, merge, must_claim, new_batch

if TYPE_CHECKING:
    from bingosim.storage.database import Database

ARITHMETIC = Arithmetic(merge, lambda _precision, _aggregate: None)


def test_messages_are_counted_by_where_they_are(database: Database) -> None:
    local = new_batch(database, runs=20, message_size=5)
    spread = new_batch(database, runs=40, message_size=5, distributed=True)
    must_claim(database, local, range(5))
    taken = take(database, 3, max_queued=10)
    confirm(database, taken, [message.id for message in taken.messages])
    must_claim(database, spread, range(10, 15))
    pause_batch(database, local)
    work = read_work(database)
    assert [(one.id, one.status, one.distributed) for one in work.open] == [
        (spread, BatchStatus.RUNNING, True),
        (local, BatchStatus.PAUSED, False),
    ]
    assert [(one.waiting, one.published, one.claimed, one.retried) for one in work.open] == [
        (5, 2, 1, 0),
        (3, 0, 1, 0),
    ]
    assert (work.open_total, work.failing) == (2, [])
    cancel_batch(database, spread, merge)
    assert [one.id for one in read_work(database).open] == [local]


def test_runs_kept_are_told_by_when_they_were(database: Database) -> None:
    batch = new_batch(database, runs=10, message_size=5)
    persist(database, must_claim(database, batch, range(5)), done(range(5)))
    persist(database, must_claim(database, batch, range(5, 10)), done(range(5, 8)))
    work = read_work(database)
    assert (len(work.kept), sum(work.kept)) == (PERIODS, 8)
    assert work.open[0].completed == 8
    half_a_minute, two_minutes = (
        UUID(int=new_id().int - (seconds * 1000 << TIME_SHIFT)) for seconds in (32, 120)
    )
    with database.write() as connection:
        connection.execute(sa.delete(partial_aggregates))
        first, second = connection.scalars(
            sa.select(result_chunks.c.id).order_by(result_chunks.c.runs.desc())
        )
        for old, new in ((first, half_a_minute), (second, two_minutes)):
            this = result_chunks.c.id == old
            connection.execute(sa.update(result_chunks).where(this).values(id=new))
    kept = read_work(database).kept
    assert (sum(kept), sum(kept[4:7])) == (5, 5)


def test_failed_runs_are_told_with_their_errors_page_by_page(database: Database) -> None:
    batch = new_batch(database, runs=10, message_size=10)
    errors = {f"_{index}": f"error {index}" for index in (1, 3, 4, 8)}
    claim = must_claim(database, batch, range(10))
    persist(database, claim, done([0, 2, 5, 6, 7, 9], **errors), max_attempts=2)
    (standing,) = read_work(database).open
    assert (standing.retried, standing.waiting, standing.completed) == (1, 1, 6)
    again = must_claim(database, batch, [1, 3, 4, 8])
    persist(database, again, done([], **errors), max_attempts=2)
    (failing,) = read_work(database).failing  # before its end, too
    assert (failing.id, failing.failed, failing.first) == (batch, 4, 1)
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.ERROR
    (failing,) = read_work(database).failing
    assert (failing.status, failing.error) == (BatchStatus.ERROR, "error 1")
    first = page_failed(database, batch, 3)
    assert [tuple(run) for run in first.runs] == [
        (index, 2, 0, f"error {index}") for index in (1, 3, 4)
    ]
    assert (first.total, first.more) == (4, True)
    rest = page_failed(database, batch, 3, after=4)
    assert ([run.run for run in rest.runs], rest.total, rest.more) == ([8], 4, False)
    retry_batch(database, batch)
    assert read_work(database).failing == []
    assert page_failed(database, batch, 3).total == 0


def test_failed_runs_of_no_batch_are_refused(database: Database) -> None:
    with pytest.raises(InputError, match="there is no batch"):
        page_failed(database, new_id(), 3)
