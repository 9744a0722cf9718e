from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.ids import Ids
from bingosim.storage.outbox import (
    Outbox,
    Taken,
    confirm,
    give_back,
    publish_run_work,
    read_outbox,
    release_abandoned,
    release_lost,
    share_out,
    take,
)
from bingosim.storage.settling import hand_back, persist
from bingosim.storage.steering import pause_batch, resume_batch
from bingosim.storage.tables import run_messages
from tests.storage.samples import claim, done, merge, must_claim, new_batch

if TYPE_CHECKING:
    from bingosim.storage.database import Database

ALL = 1000


def indices(taken: Taken) -> list[list[int]]:
    """Run indices of the messages that were taken."""
    return [message.run_ids.indices.tolist() for message in taken.messages]


def publish(database: Database, most: int = ALL, max_queued: int = ALL) -> list[list[int]]:
    """Take and confirm; return the run indices of each message."""
    taken = take(database, most, max_queued)
    confirm(database, taken, [message.id for message in taken.messages])
    return indices(taken)


def let_pass(database: Database, column: sa.Column[int], seconds: int) -> None:
    """Let so long have passed since what a column says."""
    with database.write() as connection:
        earlier = sa.update(run_messages).values({column: column - seconds * 1000})
        connection.execute(earlier)


def test_messages_are_published_once_in_order(database: Database) -> None:
    new_batch(database, runs=12, distributed=True)
    assert read_outbox(database) == Outbox(3, 0)
    assert publish(database, most=2) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert read_outbox(database) == Outbox(1, 2)
    assert publish(database) == [[10, 11]]
    assert publish(database) == []
    assert read_outbox(database) == Outbox(0, 3)


def test_batches_of_this_process_are_not_published(database: Database) -> None:
    new_batch(database)
    assert take(database, ALL, ALL).messages == []
    assert read_outbox(database) == Outbox(0, 0)


def test_what_somebody_takes_nobody_else_does(database: Database) -> None:
    new_batch(database, runs=10, distributed=True)
    first, second = take(database, 1, ALL), take(database, ALL, ALL)
    assert (indices(first), indices(second)) == ([[0, 1, 2, 3, 4]], [[5, 6, 7, 8, 9]])


def test_what_is_given_back_is_published_by_the_next(database: Database) -> None:
    new_batch(database, runs=10, distributed=True)
    taken = take(database, ALL, ALL)
    first, second = (message.id for message in taken.messages)
    confirm(database, taken, [first])
    give_back(database, taken, [second])
    assert publish(database) == [[5, 6, 7, 8, 9]]


def test_what_a_publisher_took_into_its_grave_is_published_by_the_next(database: Database) -> None:
    new_batch(database, runs=10, distributed=True)
    dead = take(database, ALL, ALL)
    assert release_abandoned(database) == 0
    let_pass(database, run_messages.c.publishing_until, 31)
    assert release_abandoned(database) == 2
    again = take(database, ALL, ALL)
    assert indices(again) == indices(dead)
    confirm(database, dead, [message.id for message in dead.messages])  # it was not dead after all
    give_back(database, dead, [message.id for message in dead.messages])
    assert read_outbox(database) == Outbox(0, 2)
    let_pass(database, run_messages.c.publishing_until, 31)
    assert release_abandoned(database) == 2


def test_no_more_of_a_batch_stand_in_the_broker_than_may(database: Database) -> None:
    batch = new_batch(database, runs=50, distributed=True)
    assert publish(database, max_queued=2) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    full = take(database, ALL, 2)
    assert (full.messages, full.more) == ([], True)
    must_claim(database, batch, range(5))
    assert publish(database, max_queued=2) == [[10, 11, 12, 13, 14]]


def test_batches_take_turns_and_the_one_with_least_is_first(database: Database) -> None:
    large = new_batch(database, runs=100, distributed=True)
    publish(database, most=4)
    small = new_batch(database, runs=30, distributed=True)
    taken = take(database, 10, ALL).messages
    assert [message.batch for message in taken] == [small, large] * 3 + [small] * 3
    assert len(taken) == 9  # 3 and 6 and, of what the small one does not have, 1


def test_room_is_shared_from_the_lowest_up() -> None:
    one, two, three = (uuid4() for _ in range(3))
    assert share_out({one: 0, two: 3, three: 9}, 7, 5) == {one: 5, two: 2}
    assert share_out({one: 0, two: 0}, 4, 100) == {one: 2, two: 2}
    assert share_out({one: 5}, 4, 5) == {}
    assert share_out({}, 4, 5) == {}


def test_a_paused_batch_is_not_published_and_resumed_goes_out_whole(database: Database) -> None:
    batch = new_batch(database, runs=10, distributed=True)
    publish(database, most=1)
    pause_batch(database, batch)
    assert take(database, ALL, ALL).messages == []
    resume_batch(database, batch)
    assert publish(database) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_what_was_on_its_way_while_its_batch_was_resumed_goes_out_again(database: Database) -> None:
    batch = new_batch(database, runs=10, distributed=True)
    taken = take(database, ALL, ALL)  # a worker takes them off the queue and sees the pause
    pause_batch(database, batch)
    resume_batch(database, batch)
    confirm(database, taken, [message.id for message in taken.messages])
    assert len(publish(database)) == 2


def test_a_cancelled_batch_is_not_published(database: Database) -> None:
    batch = new_batch(database, runs=10, distributed=True)
    taken = take(database, 1, ALL)
    assert cancel_batch(database, batch, merge)
    confirm(database, taken, [message.id for message in taken.messages])
    assert take(database, ALL, ALL).messages == []


def test_a_message_is_claimed_before_its_publisher_knows_it_was_sent(database: Database) -> None:
    batch = new_batch(database, runs=5, distributed=True)
    taken = take(database, ALL, ALL)
    held = must_claim(database, batch, range(5))
    let_pass(database, run_messages.c.publishing_until, 31)
    assert release_abandoned(database) == 0
    give_back(database, taken, [message.id for message in taken.messages])
    assert publish(database) == []
    assert persist(database, held, done(range(5))) is not None


def test_what_is_handed_back_or_failed_is_published(database: Database) -> None:
    batch = new_batch(database, runs=10, distributed=True)
    publish(database)
    held = must_claim(database, batch, range(5))
    hand_back(database, held)
    assert publish(database) == [[0, 1, 2, 3, 4]]
    held = must_claim(database, batch, range(5))
    persist(database, held, done([0, 1, 2], _3="no", _4="no"))
    assert publish(database) == [[3, 4]]


def test_what_nobody_claims_for_long_is_published_again(database: Database) -> None:
    batch = new_batch(database, runs=15, distributed=True)
    publish(database, most=2)
    must_claim(database, batch, range(5))
    assert release_lost(database, 60) == 0
    let_pass(database, run_messages.c.published_at, 61)
    assert release_lost(database, 60) == 1
    assert publish(database) == [[5, 6, 7, 8, 9], [10, 11, 12, 13, 14]]


def test_single_runs_can_be_published_again(database: Database) -> None:
    batch = new_batch(database, runs=15, distributed=True)
    publish(database)
    must_claim(database, batch, range(5))
    assert publish_run_work(database, Ids.of_runs(batch, [1, 7, 8])) == 1  # 1 is being executed
    assert publish(database) == [[5, 6, 7, 8, 9]]
    assert publish_run_work(database, list(Ids.of_runs(batch, [12]))) == 1
    assert publish_run_work(database, Ids()) == 0


def test_claimed_messages_are_not_taken(database: Database) -> None:
    batch = new_batch(database, runs=10, distributed=True)
    assert claim(database, batch, range(5)) is not None
    assert publish(database) == [[5, 6, 7, 8, 9]]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_locked_messages_are_passed_over_not_waited_for(database: Database) -> None:
    new_batch(database, runs=10, distributed=True)
    first = sa.select(run_messages.c.id).order_by(run_messages.c.id).limit(1)
    with database.write() as other:
        other.execute(first.with_for_update())
        taken = take(database, ALL, ALL)
        assert indices(taken) == [[5, 6, 7, 8, 9]]
    with database.write() as other:
        other.execute(sa.select(run_messages.c.id).with_for_update())
        confirm(database, taken, [message.id for message in taken.messages])
        assert release_lost(database, 60) == 0
