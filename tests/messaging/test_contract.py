from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bingosim.errors import UnreadableMessageError
from bingosim.messaging.contract import MOST_RUNS, ExecuteSimulationRunBatch, encode, parse
from bingosim.storage.ids import Ids, new_batch_id, new_id

BATCH = new_batch_id()


def message(indices: Any, batch: UUID = BATCH) -> ExecuteSimulationRunBatch:
    return ExecuteSimulationRunBatch(
        schema_version=1,
        message_id=new_id(),
        batch_id=batch,
        simulation_run_ids=Ids.of_runs(batch, indices),
    )


def body(**changes: Any) -> bytes:
    """A message's body with some fields changed; None leaves one out."""
    fields = {**json.loads(encode(message([0, 1]))), **changes}
    return json.dumps({name: it for name, it in fields.items() if it is not None}).encode()


@given(st.lists(st.integers(0, 2**30 - 1), min_size=1, max_size=50))
def test_what_is_encoded_is_read_again(indices: list[int]) -> None:
    sent = message(indices)
    got = parse(encode(sent))
    assert got == sent
    assert got.simulation_run_ids.indices.tolist() == indices


def test_a_body_is_plain_json_with_ids_as_everybody_writes_them() -> None:
    sent = message(range(3))
    assert json.loads(encode(sent)) == {
        "schema_version": 1,
        "message_id": str(sent.message_id),
        "batch_id": str(BATCH),
        "simulation_run_ids": [str(run) for run in Ids.of_runs(BATCH, range(3))],
    }


def test_single_ids_are_taken_too() -> None:
    ids = tuple(Ids.of_runs(BATCH, range(3)))
    fields: dict[str, Any] = {"schema_version": 1, "message_id": new_id(), "batch_id": BATCH}
    assert ExecuteSimulationRunBatch(**fields, simulation_run_ids=ids).simulation_run_ids == Ids.of(
        ids
    )
    with pytest.raises(ValidationError, match="expected Ids or UUIDs"):
        ExecuteSimulationRunBatch(**fields, simulation_run_ids=["nothing"])


def test_a_newer_sender_may_say_more() -> None:
    assert parse(body(priority=3)).batch_id == BATCH


@pytest.mark.parametrize(
    ("unreadable", "said"),
    [
        (b"\xff\xfe\x00", r"no JSON: .* it begins '\\\\xff"),
        (b"", "no JSON"),
        (b"[]", "should be an object"),
        (b'{"schema_version": 1}', "message_id: Field required"),
        (body(schema_version=2), "of version 2; this release knows 1"),
        (body(schema_version=None), "schema_version: Field required"),
        (body(simulation_run_ids=[]), "1 to 10,000 run ids, got 0"),
        (body(simulation_run_ids=["12"]), "simulation_run_ids: .* 36 characters"),
        (body(simulation_run_ids=["x" * 36]), "simulation_run_ids: "),
        (body(simulation_run_ids=["é" * 18]), "simulation_run_ids: "),
        (body(simulation_run_ids=[" " * 36]), "simulation_run_ids: .* five groups"),
        (body(simulation_run_ids=[str(BATCH).replace("-", "0")]), "five groups"),
        (body(simulation_run_ids=[str(uuid4())]), "not of batch"),
        (body(batch_id=str(uuid4())), "not of batch"),
        (body(batch_id="latest"), "batch_id: "),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(unreadable: bytes, said: str) -> None:
    with pytest.raises(UnreadableMessageError, match=said):
        parse(unreadable)


def test_a_message_holds_at_most_so_many_runs() -> None:
    assert len(message(range(MOST_RUNS)).simulation_run_ids) == MOST_RUNS
    with pytest.raises(ValidationError, match="got 10,001"):
        message(range(MOST_RUNS + 1))
