"""Two batches side by side: the pages, and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.event.file import read_event
from bingosim.storage.steering import delete_batch
from bingosim.storage.tables import result_chunks
from bingosim.words import signed
from tests.web.conftest import TINY, finished_forecast
from tests.web.looking import audit

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from playwright.sync_api import Browser, Page

    from bingosim.storage.database import Database
    from tests.web.conftest import Server

QUICKER = TINY.replace("name: Night owl, speed: 1.2", "name: Night owl, speed: 0.8")


def stored(store: Database, text: str = TINY, **options: Any) -> str:
    """A finished batch."""
    asked: dict[str, Any] = {"runs": 150, "seed": "monday"} | options
    batch = submit(store, read_event(text).event, **asked)
    execute_batch(store, batch, threads=1, stop=lambda: False)
    return str(batch)


@pytest.fixture
def pair(store: Database) -> tuple[str, str]:
    """Two finished batches under one seed."""
    return stored(store), stored(store, QUICKER, name="A quicker owl")


def test_two_batches_stand_side_by_side(client: TestClient, pair: tuple[str, str]) -> None:
    text = " ".join(client.get("/compare?a={}&b={}".format(*pair)).text.split())
    assert "Blue wins more often in B" in text
    assert "run by run, over the 150 runs that both have" in text
    assert "equal in every run" in text  # Red, which is the same in both
    assert "data-live" not in text
    found = client.get("/api/v1/compare?a={}&b={}".format(*pair)).json()
    assert (found["paired"], found["common_runs"]) == (True, 150)
    assert [found[side]["id"] for side in "ab"] == list(pair)
    red, blue = (team["difference"] for team in found["teams"])
    assert red["points"] == {"mean": 0, "low": 0, "high": 0}
    assert blue["points"]["low"] > 0
    swapped = client.get("/api/v1/compare?a={1}&b={0}".format(*pair)).json()["teams"][1]
    assert swapped["difference"]["points"]["mean"] == -blue["points"]["mean"]
    assert (swapped["difference"]["less"], swapped["a"]["win"]["probability"]) == (
        blue["more"],
        found["teams"][1]["b"]["win"]["probability"],
    )


def test_other_seeds_and_teams_are_said(
    client: TestClient, store: Database, pair: tuple[str, str]
) -> None:
    other = stored(store, TINY.replace("name: Red", "name: Green"), seed="tuesday")
    text = " ".join(client.get(f"/compare?a={pair[0]}&b={other}").text.split())
    assert "The seeds differ, so the intervals of differences are those of independent" in text
    assert "Only in A: Red." in text
    assert "Only in B: Green." in text
    assert "it could not be luck of the draw" in text


def test_what_runs_is_compared_live_and_the_rest_once(
    client: TestClient, store: Database, pair: tuple[str, str], running: str
) -> None:
    text = client.get(f"/compare?a={pair[0]}&b={running}").text
    assert f'data-live="/compare/live?a={pair[0]}&amp;b={running}"' in text
    assert "Differences appear as runs come in." in text
    client.post(f"/batches/{running}/cancel")
    with client.stream("GET", f"/compare/live?a={pair[0]}&b={running}") as answer:
        sent = "".join(answer.iter_text())
    assert sent.count("event: view") == 1
    app: Any = client.app
    comparisons = app.state.site.comparisons
    standings = [app.state.site.results.standing(UUID(one)) for one in pair]
    assert comparisons.compare(*standings) is comparisons.compare(*standings)
    delete_batch(store, UUID(pair[1]))
    assert client.get("/compare?a={}&b={}".format(*pair)).status_code == 404


def test_the_second_is_chosen_from_the_list(client: TestClient, pair: tuple[str, str]) -> None:
    one, other = pair
    assert f'href="/batches?compare={one}"' in client.get(f"/batches/{one}").text
    assert f'href="/batches?compare={other}"' in client.get("/batches").text
    assert client.get(f"/compare?a={one}").headers["location"] == f"/batches?compare={one}"
    assert client.get("/compare").headers["location"] == "/batches"
    text = client.get(f"/batches?compare={one}&q=quicker").text
    assert f'href="/compare?a={one}&amp;b={other}"' in text
    assert f'<input type="hidden" name="compare" value="{one}">' in text
    assert "is compared with" in text


@pytest.mark.parametrize(
    ("query", "code"),
    [("a=ffff0000&b=latest", 404), ("a=latest&b=x", 404), ("a=latest&b=latest", 409)],
)
def test_what_cannot_be_compared_is_refused(
    client: TestClient, finished: str, query: str, code: int
) -> None:
    assert finished
    for path in ("/compare", "/compare/live", "/api/v1/compare"):
        assert client.get(f"{path}?{query}").status_code == code
    assert client.get("/batches?compare=x").status_code == 404


def test_results_that_were_damaged_are_an_error_of_the_server(
    client: TestClient, store: Database, pair: tuple[str, str]
) -> None:
    with store.write() as connection:
        connection.execute(sa.update(result_chunks).values(payload=b"x"))
    answer = client.get("/api/v1/compare?a={}&b={}".format(*pair))
    assert (answer.status_code, "cut after 1 bytes" in answer.json()["detail"]) == (500, True)


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [(3.14159, 2, "+3.1"), (-3.14159, 0.5, "-3.14"), (0.0004, 0.05, "0.000"), (0.0, 0.0, "0")],
)
def test_a_difference_has_as_many_digits_as_it_is_known(
    value: float, width: float, text: str
) -> None:
    assert signed(value, width) == text


def test_two_are_picked_and_compared_by_keyboard(
    page: Page, browser: Browser, server: Server, forecast: str
) -> None:
    other = finished_forecast(server, browser, event=QUICKER, name="A quicker owl")
    page.goto(other)
    page.get_by_role("link", name="Compare").press("Enter")
    page.wait_for_url("**/batches?compare=*")
    page.get_by_label("Name").press_sequentially("tiny")
    row = page.locator("#list tr", has=page.locator(f'a[href="{forecast}"]'))
    expect(page.locator("#list tr", has_text="A quicker owl")).to_have_count(0)
    row.get_by_role("link", name="Compare with it").press("Enter")
    page.wait_for_url("**/compare?a=*")
    expect(page.locator(".headline")).to_contain_text("Red wins more often in B")
    path = page.url.removeprefix(server.address)
    paths = [path, f"/batches?compare={other.split('/')[-1]}"]
    assert [audit(browser, server.address, paths, theme) for theme in ("light", "dark")] == [[], []]
