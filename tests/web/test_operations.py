"""The page and the API that say who works on what, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from bingosim.batch.codec import ARITHMETIC
from bingosim.storage.aggregates import finalize
from bingosim.storage.claims import Worker, claim_batch
from bingosim.storage.ids import Ids, new_id
from bingosim.storage.settling import Outcome, persist
from bingosim.storage.workers import Process, announce

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bingosim.storage.database import Database

API = "/api/v1/operations"
ENGINES = ("reference",)


@pytest.fixture
def failed(store: Database, running: str) -> str:
    """A batch that ended with 30 runs failed."""
    batch = UUID(running)
    errors = {index: f"<b>no luck</b> in {index}" for index in range(30)}
    for indices in (range(30), range(30, 60)):
        claim = claim_batch(
            store, Ids.of_runs(batch, indices), Worker("here:1:1", _engines(store, batch)), new_id()
        )
        assert claim is not None
        outcome = Outcome(failed={i: errors.get(i, "late") for i in indices})
        persist(store, claim, outcome, max_attempts=1)
    finalize(store, batch, ARITHMETIC)
    return running


def _engines(store: Database, batch: UUID) -> tuple[str, ...]:
    from bingosim.storage.batches import read_batch

    return (read_batch(store, batch).engine_version,)


def test_nothing_to_tell_is_told(client: TestClient) -> None:
    text = client.get("/operations").text
    for said in ("Nobody works just now.", "All forecasts have ended.", "No run has failed."):
        assert said in text
    assert 'data-live="/operations/live"' in text
    found = client.get(API).json()
    assert (found["workers"], found["batches"], found["failing"]) == ([], [], [])
    assert found["runs_per_second"] == 0.0


def test_workers_and_what_they_hold_are_told(
    client: TestClient, store: Database, running: str
) -> None:
    batch = UUID(running)
    announce(store, Process("far/1-2:77:5", "far", 77, ENGINES, threads=4, connections=11))
    worker = Worker("far/1-2:77:5", _engines(store, batch))
    for name, indices in (("far/1-2:77:5", range(20)), ("near/1-2:5:5", range(20, 25))):
        worker = Worker(name, _engines(store, batch))
        assert claim_batch(store, Ids.of_runs(batch, indices), worker, new_id()) is not None
    found = client.get(API).json()
    assert [(one["host"], one["pid"], one["kind"], one["threads"]) for one in found["workers"]] == [
        ("far", 77, "worker", 4),
        ("near", 5, "other", None),
    ]
    assert [one["claims"][0]["runs"] for one in found["workers"]] == [20, 5]
    assert (found["batches"][0]["id"], found["batches"][0]["claimed"]) == (running, 2)
    text = " ".join(client.get("/operations").text.split())
    assert "far, process 77" in text
    assert "25 runs, 0 played" in text
    assert f'<a href="/batches/{running}">Tiny bingo</a>: 20 runs, 0 played' in text


def test_failed_runs_are_told_and_tried_anew(client: TestClient, failed: str) -> None:
    (failing,) = client.get(API).json()["failing"]
    assert (failing["id"], failing["failed"], failing["first"]) == (failed, 60, 0)
    text = client.get("/operations").text
    assert "Run 0: &lt;b&gt;no luck&lt;/b&gt; in 0" in text
    answer = client.post(f"/batches/{failed}/retry", data={"back": "operations"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/operations")
    text = client.get("/operations").text
    assert "No run has failed." in text
    assert "0 of 60" in text
    assert client.post(f"/batches/{failed}/retry", data={"back": "//x"}).status_code == 422


def test_failed_runs_are_paged(client: TestClient, failed: str) -> None:
    seen: list[int] = []
    after: int | None = None
    while True:
        query = {"limit": 25, **({} if after is None else {"after": after})}
        page = client.get(f"/api/v1/batches/{failed}/failed", params=query).json()
        seen += [one["run"] for one in page["items"]]
        assert page["total"] == 60
        after = page["next"]
        if after is None:
            break
    assert seen == list(range(60))
    first = client.get(f"/batches/{failed}/failed").text
    assert "60 runs failed for good" in first
    assert f'href="/batches/{failed}/failed?after=24"' in first
    last = client.get(f"/batches/{failed}/failed?after=49").text
    assert "late" in last
    assert 'rel="next"' not in last
    assert client.get(f"/batches/{failed}/failed?after=-1").status_code == 422
    assert client.get("/api/v1/batches/ffff0000/failed").status_code == 404


def test_a_batch_without_failures_says_so(client: TestClient, finished: str) -> None:
    assert "went well" in client.get(f"/batches/{finished}/failed").text
    assert client.get(f"/api/v1/batches/{finished}/failed").json() == {
        "items": [],
        "total": 0,
        "next": None,
    }
