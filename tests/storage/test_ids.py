from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import RFC_4122, UUID

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import InputError
from bingosim.storage.database import IN_BINARY
from bingosim.storage.ids import Ids, new_batch_id, new_id, pack_indices, unpack_indices
from bingosim.storage.types import IdList

if TYPE_CHECKING:
    from bingosim.storage.database import Database


def test_ids_are_of_version_7_and_in_order_of_time() -> None:
    batch = new_batch_id()
    for one in (new_id(), batch, *Ids.new(3), *Ids.of_runs(batch, [0, 7, 2**30])):
        assert (one.version, one.variant) == (7, RFC_4122)
    made = list(Ids.new(1000))
    assert made == sorted(set(made))
    earlier = UUID(int=new_id().int - (5 << 80))
    assert earlier < new_id()


def test_the_id_of_a_run_tells_batch_and_index() -> None:
    batch = new_batch_id()
    ids = Ids.of_runs(batch, np.array([3, 1, 2**30 - 1]))
    assert ids.batch == batch
    assert ids.indices.tolist() == [3, 1, 2**30 - 1]
    assert ids.sorted().indices.tolist() == [1, 3, 2**30 - 1]
    assert Ids.of(ids) == ids
    assert list(ids[1:2]) == [list(ids)[1]]
    assert batch not in set(ids)


def test_ids_of_two_batches_are_of_none() -> None:
    mixed = Ids.of([*Ids.of_runs(new_batch_id(), [0]), *Ids.of_runs(new_batch_id(), [0])])
    with pytest.raises(InputError, match="one batch"):
        _ = mixed.batch


@given(st.sets(st.integers(0, 300) | st.integers(2**30 - 5, 2**30 - 1)))
def test_packed_indices_come_back(indices: set[int]) -> None:
    assert unpack_indices(pack_indices(sorted(indices))).tolist() == sorted(indices)


def test_a_range_of_indices_takes_eight_bytes() -> None:
    assert len(pack_indices(np.arange(1000, 2000))) == 8


def test_ids_that_follow_one_another_are_a_range() -> None:
    batch = new_batch_id()
    ids = Ids.of_runs(batch, range(7, 20))
    assert ids.range == (next(iter(ids)), list(ids)[-1])
    assert ids[:1].range == (next(iter(ids)),) * 2
    for others in ([1, 3], [2, 1], [1, 1], []):
        assert Ids.of_runs(batch, others).range is None
    two_batches = Ids(ids[:1].packed + Ids.of_runs(new_batch_id(), [8]).packed)
    assert two_batches.range is None


@pytest.mark.parametrize("options", [{}, IN_BINARY], ids=["as text", "in binary"])
@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_any_number_of_ids_goes_to_the_database_and_back(
    database: Database, count: int, options: dict[str, bool]
) -> None:
    ids = Ids.new(count) if count else Ids()
    query = sa.select(sa.literal(ids, IdList())).execution_options(**options)
    with database.read() as connection:
        assert connection.scalar(query) == ids
