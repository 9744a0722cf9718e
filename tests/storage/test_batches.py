from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bingosim.errors import InputError
from bingosim.storage import batches as store
from bingosim.storage.aggregates import cancel_batch, finalize
from bingosim.storage.settling import persist
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import metadata
from tests import builders
from tests.storage import samples
from tests.storage.samples import done, merge, messages, must_claim, new_batch, statuses

if TYPE_CHECKING:
    from bingosim.storage.database import Database


def rows(database: Database) -> dict[str, int]:
    """Table -> how many rows it has, where it has any."""
    with database.read() as connection:
        counted = {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
    return {name: count for name, count in counted.items() if count}


def test_a_new_batch_has_its_runs_and_their_messages(database: Database) -> None:
    batch = new_batch(database, runs=12, message_size=5)
    assert statuses(database, batch) == dict.fromkeys(range(12), "pending")
    assert messages(database, batch) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]]
    found = store.read_batch(database, batch)
    assert (found.name, found.status, found.runs) == ("an event", BatchStatus.RUNNING, 12)
    assert store.read_snapshot(database, found.snapshot_sha256) == builders.snapshot()
    assert store.read_progress(database, batch) == store.Progress(12, 0, 0, 3, 0)


def test_rows_are_made_in_parts_without_a_gap(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ROWS_AT_ONCE", 10)
    batch = new_batch(database, runs=103, message_size=4)
    assert statuses(database, batch) == dict.fromkeys(range(103), "pending")
    for at in range(0, 103, 4):
        must_claim(database, batch, range(at, min(at + 4, 103)))


def test_a_batch_is_stored_whole_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the lights go out")

    monkeypatch.setattr(store, "_copy_runs", fail)
    monkeypatch.setattr(store, "_insert_runs", fail)
    with pytest.raises(RuntimeError, match="lights"):
        new_batch(database)
    assert rows(database) == {}


def test_batches_of_one_event_share_its_snapshot(database: Database) -> None:
    first, second = new_batch(database), new_batch(database)
    assert rows(database)["snapshots"] == 1
    assert [batch.id for batch in store.list_batches(database)] == [second, first]


@pytest.mark.parametrize(("runs", "size"), [(0, 5), (-1, 5), (2**30 + 1, 5), (10, 0)])
def test_numbers_out_of_range_are_refused(database: Database, runs: int, size: int) -> None:
    with pytest.raises(InputError, match="must"):
        new_batch(database, runs, size)
    assert rows(database) == {}


def test_only_what_the_table_of_states_allows_is_done(database: Database) -> None:
    batch = new_batch(database, runs=5)
    with pytest.raises(InputError, match="is running: resume works on a batch that is paused"):
        store.resume_batch(database, batch)
    with pytest.raises(InputError, match="retry works on a batch that is error"):
        store.retry_batch(database, batch)
    with pytest.raises(InputError, match="cancel it before"):
        store.delete_batch(database, batch)
    cancel_batch(database, batch, merge)
    for forbidden in (store.pause_batch, store.resume_batch, store.retry_batch):
        with pytest.raises(InputError, match="is cancelled"):
            forbidden(database, batch)
    with pytest.raises(InputError, match="is cancelled"):
        store.extend_batch(database, batch, 5)


def test_an_unknown_batch_is_an_error(database: Database) -> None:
    for work in (store.read_batch, store.pause_batch, store.read_progress, store.delete_batch):
        with pytest.raises(InputError, match="there is no batch"):
            work(database, uuid4())


def test_deleting_a_batch_leaves_nothing_of_it_and_all_of_others(database: Database) -> None:
    kept = new_batch(database, runs=5)
    before = rows(database)
    gone = new_batch(database, runs=5)
    assert persist(database, must_claim(database, gone, range(5)), done(range(5))) is not None
    assert finalize(database, gone, merge) is BatchStatus.COMPLETED
    store.delete_batch(database, gone)
    assert rows(database) == before
    cancel_batch(database, kept, merge)
    store.delete_batch(database, kept)
    assert rows(database) == {}


def test_resuming_publishes_waiting_messages_again(database: Database) -> None:
    batch = new_batch(database)
    samples.publish_all(database)
    store.pause_batch(database, batch)
    assert samples.unpublished(database) == 0
    store.resume_batch(database, batch)
    assert samples.unpublished(database) == 2
