"""The pages as a browser without scripts gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.storage.batches import list_batches
from bingosim.storage.creating import create_batch
from bingosim.web.views import VIEWS
from tests.web.conftest import TINY

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient

    from bingosim.storage.database import Database

FORM = {
    "text": TINY,
    "goal": "runs",
    "runs": "50",
    "seed": "monday",
    "engine": "reference",
    "timelines": "all",
    "key": "form-1",
}


def test_every_page_of_a_finished_batch_is_there(client: TestClient, finished: str) -> None:
    for view in VIEWS:
        path = (
            f"/batches/{finished}" + (f"/{view}" if view else "") + ("/3" if view == "runs" else "")
        )
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "Tiny bingo" in answer.text
        assert "data-live" not in answer.text


def test_a_running_batch_is_live_and_shows_what_is_there(client: TestClient, running: str) -> None:
    answer = client.get(f"/batches/{running}/board?team=2")
    assert f'data-live="/batches/{running}/live?view=board&amp;team=2"' in answer.text
    assert "0 of 60 runs" in answer.text


def test_a_run_is_told_as_a_part_of_its_page(client: TestClient, finished: str) -> None:
    answer = client.get(f"/batches/{finished}/runs/3?grants=true", headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert "Tiny bingo, run 3 of seed bingosim" in answer.text


@pytest.mark.parametrize(
    "path", ["/x", "/batches/x", "/batches/latest", "/forecasts/new?example=x"]
)
def test_what_is_not_there_is_said_kindly(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize("query", ["board?team=9", "board?team=1&minus=9", "nothing", "runs/60"])
def test_a_view_that_a_batch_has_not_is_not_found(
    client: TestClient, finished: str, query: str
) -> None:
    assert client.get(f"/batches/{finished}/{query}").status_code == 404


def test_the_difference_of_two_teams_is_shown(client: TestClient, finished: str) -> None:
    text = client.get(f"/batches/{finished}/board?team=1&minus=2").text
    assert "percentage points" in text
    assert "from more often Blue to more often Red" in " ".join(text.split())


def test_a_forecast_is_started_once_though_the_form_is_sent_twice(
    client: TestClient, store: Database
) -> None:
    answers = [client.post("/forecasts", data=FORM, files={"file": ("", b"")}) for _ in range(2)]
    (batch,) = list_batches(store)
    assert {(one.status_code, one.headers["location"]) for one in answers} == {
        (303, f"/batches/{batch.id}")
    }
    assert (batch.runs, batch.seed, batch.engine) == (50, "monday", "reference")


def test_a_file_that_is_sent_counts_as_the_text(client: TestClient, store: Database) -> None:
    file = {"file": ("event.yaml", TINY.encode())}
    answer = client.post("/forecasts", data={**FORM, "text": ""}, files=file)
    assert answer.status_code == 303
    assert list_batches(store)[0].name == "Tiny bingo"


def test_a_precision_is_taken(client: TestClient, store: Database) -> None:
    goal = {"goal": "precision", "points": "2.5", "max_runs": "3,000"}
    assert client.post("/forecasts", data={**FORM, **goal}).status_code == 303
    (batch,) = list_batches(store)
    assert batch.precision is not None
    assert (batch.precision.points, batch.precision.max_runs) == (2.5, 3_000)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"runs": "many"}, "A whole number from 1 to"),
        ({"runs": "0"}, "A whole number from 1 to"),
        ({"runs": "9" * 40}, "A whole number from 1 to"),
        ({"seed": ""}, "Any text will do"),
        ({"seed": "a\0b"}, "no valid text"),
        ({"engine": "jmp"}, "did you mean"),
        ({"timelines": "some"}, "One of all, sample and none"),
        ({"goal": "precision", "points": "half"}, "Percentage points, such as 0.5."),
        ({"goal": "precision", "points": "nan"}, "must be from 0.001"),
        ({"name": "x" * 201}, "At most 200 letters"),
        ({"text": ""}, "Paste an event file here"),
        ({"text": "bingosim: 1\nevent: [\n"}, "wrong with the event file"),
        ({"text": TINY.replace("need: 4", "need: 0")}, "1 thing is wrong with the event file."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(
    client: TestClient, store: Database, wrong: dict[str, str], said: str
) -> None:
    answer = client.post("/forecasts", data={**FORM, "name": "My <b>bingo", **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert list_batches(store) == []
    if "text" not in wrong:
        assert "clan.chest" in answer.text
    if "name" not in wrong:
        assert 'value="My &lt;b&gt;bingo"' in answer.text
    if "runs" in wrong:
        assert f'value="{wrong["runs"]}"' in answer.text


def test_findings_are_shown_with_their_lines(client: TestClient) -> None:
    broken = TINY.replace("need: 4", "need: 0")
    number = (
        broken.splitlines().index(next(line for line in broken.splitlines() if "need: 0" in line))
        + 1
    )
    text = client.post("/forecasts/check", data={**FORM, "text": broken}).text
    assert f"Line {number}" in text
    assert "expected at least 1, got 0" in text


def test_what_it_costs_is_said(client: TestClient) -> None:
    text = client.post("/forecasts/check", data=FORM).text
    assert "2 tiles in 1 row" in text
    assert "50 runs take" in " ".join(text.split())


def test_htmx_is_sent_to_the_batch_without_swapping_its_page(client: TestClient) -> None:
    answer = client.post("/forecasts", data=FORM, headers={"hx-request": "true"})
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"].startswith("/batches/")


def test_the_list_goes_back_and_forth(client: TestClient, store: Database) -> None:
    snapshot = make_snapshot(load_event(example_file("tiny")))
    for number in range(60):
        create_batch(
            store,
            snapshot,
            seed="x",
            engine="reference",
            engine_version="reference",
            runs=1,
            message_size=1,
            name=f"Bingo {number}",
        )

    def link(text: str, rel: str) -> str:
        return text.split(f'rel="{rel}" href="')[1].split('"', maxsplit=1)[0].replace("&amp;", "&")

    first = client.get("/batches?q=bingo").text
    assert "Bingo 59" in first
    assert 'rel="prev"' not in first
    second = client.get(link(first, "next")).text
    assert "Bingo 34" in second
    third = client.get(link(second, "next")).text
    assert "Bingo 0<" in third
    assert 'rel="next"' not in third
    assert ">Bingo 34<" in client.get(link(third, "prev")).text
    assert "No forecast is like that." in client.get("/batches?q=nothing").text
    part = client.get("/batches", headers={"hx-request": "true"}).text
    assert "<html" not in part


def test_names_are_escaped(client: TestClient) -> None:
    name = "<script>alert(1)</script>"
    client.post("/forecasts", data={**FORM, "name": name})
    for path in ("/", "/batches", "/batches/latest"):
        text = client.get(path).text
        assert name not in text
        assert "&lt;script&gt;" in text


def test_buttons_do_what_they_say_and_lead_back(client: TestClient, running: str) -> None:
    for verb, status in (("pause", "Paused after"), ("resume", "0 of 60"), ("cancel", "Cancelled")):
        answer = client.post(f"/batches/{running}/{verb}")
        assert answer.headers["location"] == f"/batches/{running}"
        assert status in client.get(f"/batches/{running}").text
    assert client.post(f"/batches/{running}/resume").status_code == 409
    assert client.post(f"/batches/{running}/extend", data={"more": "x"}).status_code == 422
    assert client.post(f"/batches/{running}/delete").headers["location"] == "/batches"


def test_a_defect_is_a_page_without_a_traceback(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("bingosim.web.pages.home.page_batches", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "default-src" in answer.headers["content-security-policy"]
    reference = answer.text.split("under the reference ")[1][:8]
    assert reference in caplog.text
    assert "secret detail" in caplog.text


def test_vendored_files_are_what_the_list_says() -> None:
    import subprocess
    import sys
    from pathlib import Path

    script: Path = Path(__file__).parents[2] / "scripts" / "vendor.py"
    subprocess.run([sys.executable, script, "--check"], check=True)
