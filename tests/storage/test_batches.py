from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bingosim.errors import InputError, StoredDataError
from bingosim.precision import Precision
from bingosim.storage import batches as store
from bingosim.storage import creating, steering, work
from bingosim.storage.aggregates import cancel_batch, finalize
from bingosim.storage.claims import extend_lease, waiting_messages
from bingosim.storage.settling import persist
from bingosim.storage.states import BatchStatus
from bingosim.storage.tables import metadata, snapshots
from tests import builders
from tests.storage import samples
from tests.storage.samples import ARITHMETIC, done, merge, messages, must_claim, new_batch, statuses

if TYPE_CHECKING:
    from uuid import UUID

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
    assert store.read_progress(database, batch) == store.Progress(12, 0, 0, 3, 0, 0)


def test_rows_are_made_in_parts_without_a_gap(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "ROWS_AT_ONCE", 10)
    batch = new_batch(database, runs=103, message_size=4)
    assert statuses(database, batch) == dict.fromkeys(range(103), "pending")
    for at in range(0, 103, 4):
        must_claim(database, batch, range(at, min(at + 4, 103)))


def test_a_batch_is_stored_whole_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the lights go out")

    monkeypatch.setattr(work, "_copy_runs", fail)
    monkeypatch.setattr(work, "_insert_runs", fail)
    with pytest.raises(RuntimeError, match="lights"):
        new_batch(database)
    assert rows(database) == {}


def test_batches_of_one_event_share_its_snapshot(database: Database) -> None:
    first, second = new_batch(database), new_batch(database)
    assert rows(database)["snapshots"] == 1
    assert [batch.id for batch in store.list_batches(database)] == [second, first]


def test_a_snapshot_that_is_held_is_not_made_again_but_its_row_is_looked_at(
    database: Database,
) -> None:
    sha256 = store.read_batch(database, new_batch(database)).snapshot_sha256
    held = store.read_snapshot(database, sha256)
    assert store.read_snapshot(database, sha256) is held
    with database.write() as connection:
        connection.execute(sa.update(snapshots).values(body=held.to_json() + " "))
    with pytest.raises(StoredDataError, match="is damaged"):
        store.read_snapshot(database, sha256)


@pytest.mark.parametrize(("runs", "size"), [(0, 5), (-1, 5), (2**30 + 1, 5), (10, 0)])
def test_numbers_out_of_range_are_refused(database: Database, runs: int, size: int) -> None:
    with pytest.raises(InputError, match="must"):
        new_batch(database, runs, size)
    assert rows(database) == {}


def test_only_what_the_table_of_states_allows_is_done(database: Database) -> None:
    batch = new_batch(database, runs=5)
    with pytest.raises(InputError, match="is running: resume needs the status paused"):
        steering.resume_batch(database, batch)
    with pytest.raises(InputError, match="retry needs the status error"):
        steering.retry_batch(database, batch)
    with pytest.raises(InputError, match="cancel it before"):
        steering.delete_batch(database, batch)
    cancel_batch(database, batch, merge)
    for forbidden in (steering.pause_batch, steering.resume_batch, steering.retry_batch):
        with pytest.raises(InputError, match="is cancelled"):
            forbidden(database, batch)
    with pytest.raises(InputError, match="is cancelled"):
        creating.extend_batch(database, batch, 5)


def test_an_unknown_batch_is_an_error(database: Database) -> None:
    asked = (store.read_batch, store.read_progress, steering.pause_batch, steering.delete_batch)
    for ask in asked:
        with pytest.raises(InputError, match="there is no batch"):
            ask(database, uuid4())


def test_deleting_a_batch_leaves_nothing_of_it_and_all_of_others(database: Database) -> None:
    kept = new_batch(database, runs=5)
    before = rows(database)
    gone = new_batch(database, runs=5)
    assert persist(database, must_claim(database, gone, range(5)), done(range(5))) is not None
    assert finalize(database, gone, ARITHMETIC) is BatchStatus.COMPLETED
    steering.delete_batch(database, gone)
    assert rows(database) == before
    cancel_batch(database, kept, merge)
    steering.delete_batch(database, kept)
    assert rows(database) == {}


def test_resuming_publishes_waiting_messages_again(database: Database) -> None:
    batch = new_batch(database)
    samples.publish_all(database)
    steering.pause_batch(database, batch)
    assert samples.unpublished(database) == 0
    steering.resume_batch(database, batch)
    assert samples.unpublished(database) == 2


def test_a_batch_is_called_by_its_id_its_beginning_or_as_the_latest(database: Database) -> None:
    with pytest.raises(InputError, match="no batch yet"):
        store.name_batch(database, "latest")
    first, second = new_batch(database), new_batch(database)
    assert store.name_batch(database, "latest") == second
    assert store.name_batch(database, str(first)) == first
    assert store.name_batch(database, first.hex.upper()[:30]) == first
    with pytest.raises(InputError, match=f"several batches begin with {first.hex[:5]}"):
        store.name_batch(database, first.hex[:5])
    with pytest.raises(InputError, match="there is no batch ffff"):
        store.name_batch(database, "ffff")
    for wrong in ("", "abc", "the last", "0" * 33, "%", "0x12"):
        with pytest.raises(InputError, match="is no batch: expected latest, an id"):
            store.name_batch(database, wrong)


def test_batches_are_listed_by_status(database: Database) -> None:
    first, second = new_batch(database), new_batch(database)
    steering.pause_batch(database, first)
    listed = {
        status: [batch.id for batch in store.list_batches(database, status=status)]
        for status in BatchStatus
    }
    assert listed[BatchStatus.PAUSED] == [first]
    assert listed[BatchStatus.RUNNING] == [second]
    assert listed[BatchStatus.COMPLETED] == []


def test_progress_counts_runs_in_flight(database: Database) -> None:
    batch = new_batch(database, runs=12, message_size=5)
    held = must_claim(database, batch, range(5))
    assert extend_lease(database, held, 60, played=3) is BatchStatus.RUNNING
    progress = store.read_progress(database, batch)
    assert progress == store.Progress(12, 0, 0, waiting=2, claimed=1, in_flight=3)
    assert progress.done == 3
    persist(database, held, done(range(5)))
    assert store.read_progress(database, batch).done == 5


# -- precision -----------------------------------------------------------------------------------

GOAL = Precision(1.0, min_runs=200, max_runs=1500)


def complete_all(database: Database, batch: UUID) -> None:
    for ids in waiting_messages(database, batch):
        held = must_claim(database, batch, ids.indices.tolist())
        persist(database, held, done(held.indices.tolist()))


def test_a_batch_with_a_precision_is_lengthened_look_by_look(database: Database) -> None:
    batch = new_batch(database, GOAL.looks[0], 500, precision=GOAL)
    assert store.read_batch(database, batch).precision == GOAL
    assert finalize(database, batch, ARITHMETIC) is None
    for look in (1000, 1500):
        complete_all(database, batch)
        assert finalize(database, batch, ARITHMETIC) is BatchStatus.RUNNING
        assert store.read_batch(database, batch).runs == look
        assert finalize(database, batch, ARITHMETIC) is None
    complete_all(database, batch)
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.COMPLETED
    assert samples.kept(database, batch) == list(range(1500))
    assert store.read_batch(database, batch).version == 1


def test_a_paused_batch_is_lengthened_and_stays_paused(database: Database) -> None:
    batch = new_batch(database, 200, 200, precision=GOAL)
    held = must_claim(database, batch, range(200))
    steering.pause_batch(database, batch)
    persist(database, held, done(range(200)))
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.PAUSED
    assert store.read_batch(database, batch).runs == 1000


def test_a_run_that_failed_for_good_ends_the_looking(database: Database) -> None:
    batch = new_batch(database, 200, 200, precision=GOAL)
    held = must_claim(database, batch, range(200))
    persist(database, held, done(range(199), _199="boom"), max_attempts=1)
    assert finalize(database, batch, ARITHMETIC) is BatchStatus.ERROR
    assert store.read_batch(database, batch).runs == 200
