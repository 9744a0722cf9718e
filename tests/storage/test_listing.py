"""Pages of batches, and requests that start one batch however often they come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.errors import InputError
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.batches import list_batches
from bingosim.storage.creating import create_batch
from bingosim.storage.listing import Wanted, page_batches
from bingosim.storage.requests import StartRequest, find_started
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import delete_batch, pause_batch

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

SNAPSHOT = make_snapshot(load_event(example_file("tiny")))
REQUEST = StartRequest("key", "0" * 64)


def create(database: Database, **arguments: Any) -> UUID:
    """Store a batch of one run."""
    needed: dict[str, Any] = {
        "seed": "x",
        "engine": "e",
        "engine_version": "e 1",
        "runs": 1,
        "message_size": 1,
    }
    return create_batch(database, SNAPSHOT, **(needed | arguments))


def test_pages_lead_to_one_another_and_back(database: Database) -> None:
    made = [create(database) for _ in range(7)][::-1]
    first = page_batches(database, Wanted(), 3)
    assert [one.id for one in first.listed] == made[:3]
    assert (first.newer, first.older, first.total) == (False, True, 7)
    second = page_batches(database, Wanted(), 3, before=made[2])
    assert [one.id for one in second.listed] == made[3:6]
    assert (second.newer, second.older) == (True, True)
    last = page_batches(database, Wanted(), 3, before=made[5])
    assert ([one.id for one in last.listed], last.newer, last.older) == (made[6:], True, False)
    back = page_batches(database, Wanted(), 3, after=made[6])
    assert ([one.id for one in back.listed], back.newer, back.older) == (made[3:6], True, True)
    assert page_batches(database, Wanted(), 3, before=made[6]).listed == []


def test_names_and_states_are_looked_for(database: Database) -> None:
    for name in ("Winter Bingo", "winter 100%", "Summer_Bingo"):
        create(database, name=name)
    pause_batch(database, list_batches(database)[0].id)
    for wanted, count in (
        (Wanted(words=("WINTER",)), 2),
        (Wanted(words=("bingo", "summer")), 1),
        (Wanted(words=("0%",)), 1),
        (Wanted(words=("r_b",)), 1),
        (Wanted(BatchStatus.PAUSED), 1),
        (Wanted(BatchStatus.PAUSED, ("winter",)), 0),
    ):
        assert page_batches(database, wanted, 10).total == count, wanted


def test_a_request_that_comes_again_is_the_same_batch(database: Database) -> None:
    assert find_started(database, REQUEST) is None
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: create(database, request=REQUEST), range(4)))
    assert len(made) == 1 == len(list_batches(database))
    assert {find_started(database, REQUEST)} == made
    other = REQUEST._replace(sha256="1" * 64)
    with pytest.raises(InputError, match="another request"):
        find_started(database, other)
    with pytest.raises(InputError, match="another request"):
        create(database, request=other)


def test_a_deleted_batch_frees_its_key(database: Database) -> None:
    batch = create(database, request=REQUEST)
    cancel_batch(database, batch, lambda parts: parts[0])
    delete_batch(database, batch)
    assert find_started(database, REQUEST) is None
    assert create(database, request=REQUEST) != batch
