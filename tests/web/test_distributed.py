"""Batches for workers, started from the page and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from bingosim.storage.batches import list_batches
from bingosim.storage.database import open_url
from bingosim.storage.outbox import read_outbox
from tests.web.conftest import TINY, Server, client_of
from tests.web.looking import watched
from tests.worker.processes import wait_for, worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient
    from playwright.sync_api import Browser

    from bingosim.storage.database import Database
    from tests import postgres, rabbitmq

BATCHES = "/api/v1/batches"
ASKED = {"event": TINY, "runs": 40, "engine": "reference", "distributed": True}
FORM = {"text": TINY, "runs": "40", "engine": "reference", "where": "workers", "key": "1"}


@pytest.fixture
def database_url(postgresql: postgres.Server) -> str:
    """A PostgreSQL database of its own."""
    return postgresql.url(postgresql.create(postgresql.template))


@pytest.fixture
def shared(database_url: str) -> Iterator[Database]:
    """It, open."""
    database = open_url(database_url)
    yield database
    database.close()


def test_without_a_broker_workers_are_not_offered_and_refused(
    client: TestClient, store: Database
) -> None:
    assert "By workers" not in client.get("/forecasts/new").text
    answer = client.post("/forecasts", data=FORM)
    assert answer.status_code == 422
    assert "there is no broker to reach workers by: set BINGOSIM_BROKER_URL" in answer.text
    assert "clan.chest" in answer.text
    answer = client.post(BATCHES, json=ASKED)
    assert (answer.status_code, "BINGOSIM_BROKER_URL" in answer.json()["detail"]) == (422, True)
    assert client.post("/forecasts", data={**FORM, "where": "there"}).status_code == 422
    assert list_batches(store) == []
    assert client.get("/api/v1/operations").json()["queue"] is None


def test_workers_cannot_share_a_file(store: Database) -> None:
    with client_of(store, broker_url="amqp://nobody@127.0.0.1:1/") as client:
        answer = client.post(BATCHES, json=ASKED)
    assert answer.status_code == 422
    assert "must name a PostgreSQL" in answer.json()["detail"]


def test_what_waits_for_a_broker_and_workers_that_are_away_is_said(shared: Database) -> None:
    with client_of(shared, broker_url="amqp://nobody:secret@127.0.0.1:1/") as client:
        text = client.post("/forecasts/check", data=FORM).text
        assert "No worker is alive" in text
        form = client.get("/forecasts/new").text
        assert "none is alive" in form
        batch = client.post(BATCHES, json=ASKED).json()
        assert (batch["distributed"], batch["workers_alive"]) == (True, 0)
        app: Any = client.app
        assert app.state.site.background.begun == []  # it is not this server's
        said = client.get(f"/batches/{batch['id']}").text
        assert "no worker is alive, bingosim worker starts one" in said
        operations = client.get("/operations").text
        assert "1 forecast for workers waits" in " ".join(operations.split())
        assert "The broker does not answer." in operations
        assert "secret" not in operations
        assert client.get("/api/v1/operations").json()["queue"]["reached"] is False


def test_a_batch_for_workers_is_started_from_the_page_and_completed_by_one(
    database_url: str,
    shared: Database,
    rabbitmq: rabbitmq.Server,
    browser: Browser,
    tmp_path: Path,
) -> None:
    broker = rabbitmq.url()
    server = Server(database_url, settings={"BINGOSIM_BROKER_URL": broker})
    server.start()
    try:
        with watched(browser, server.address) as page:
            page.goto("/forecasts/new?example=tiny")
            page.get_by_label("By workers").check()
            expect(page.locator("#check")).to_contain_text("No worker is alive")
            page.get_by_label("Number of runs").fill("300")
            page.get_by_role("button", name="Start the forecast").click()
            page.wait_for_url("**/batches/*")
            expect(page.locator(".standing")).to_contain_text("no worker is alive")
            # Published by the server: there is nobody else yet.
            wait_for("publishing", lambda: read_outbox(shared).published > 0)
            with worker(database_url, broker, tmp_path / "logs"):
                expect(page.locator(".status")).to_have_text("completed")
                expect(page.locator(".standing")).to_contain_text("All 300 runs are done.")
                page.get_by_role("link", name="Operations").click()
                expect(page.get_by_role("row", name="Worker")).to_contain_text("alive")
    finally:
        assert server.stop() == 0
