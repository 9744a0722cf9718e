"""The REST API: what it does, and how it says that something is wrong."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.batch.local import execute_batch
from bingosim.storage.batches import list_batches
from tests.web.conftest import TINY

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bingosim.storage.database import Database

API = "/api/v1/batches"
ASKED = {"event": TINY, "runs": 40, "engine": "reference", "seed": "monday"}


def test_a_batch_is_started_once_for_each_key(client: TestClient, store: Database) -> None:
    key = {"idempotency-key": "mine"}
    first, again = (client.post(API, json=ASKED, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == f"{API}/{first.json()['id']}"
    other = client.post(API, json={**ASKED, "runs": 41}, headers=key)
    assert (other.status_code, other.json()["title"]) == (422, "Something is not right yet")
    assert client.post(API, json=ASKED).json()["id"] != first.json()["id"]
    assert len(list_batches(store)) == 2


def test_a_deleted_batch_may_be_started_anew_by_its_key(client: TestClient) -> None:
    key = {"idempotency-key": "mine"}
    batch = client.post(API, json=ASKED, headers=key).json()["id"]
    client.post(f"{API}/{batch}/cancel")
    assert client.delete(f"{API}/{batch}").status_code == 204
    assert client.post(API, json=ASKED, headers=key).status_code == 201


def test_a_started_batch_is_handed_to_who_executes(client: TestClient) -> None:
    batch = client.post(API, json=ASKED).json()["id"]
    app: Any = client.app
    assert [str(one) for one in app.state.site.background.begun] == [batch]


def test_a_batch_is_paused_resumed_cancelled_and_deleted(client: TestClient, running: str) -> None:
    for verb, status in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        answer = client.post(f"{API}/{running}/{verb}")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert client.post(f"{API}/{running}/pause").status_code == 409
    assert client.post(f"{API}/{running}/retry").status_code == 409
    assert client.delete(f"{API}/{running}").status_code == 204
    assert client.get(f"{API}/{running}").status_code == 404


def test_a_running_batch_cannot_be_deleted(client: TestClient, running: str) -> None:
    answer = client.delete(f"{API}/{running}")
    assert answer.status_code == 409
    assert "cancel it" in answer.json()["detail"]


def test_a_finished_batch_gets_more_runs(
    client: TestClient, store: Database, finished: str
) -> None:
    answer = client.post(f"{API}/{finished}/extend", json={"runs": 10})
    assert (answer.json()["status"], answer.json()["runs"]["wanted"]) == ("running", 70)
    execute_batch(store, list_batches(store)[0].id, threads=1, stop=lambda: False)
    assert client.get(f"{API}/latest/report").json()["runs"] == 70


def test_the_list_is_paged_filtered_and_searched(client: TestClient) -> None:
    for number in range(5):
        client.post(API, json={**ASKED, "name": f"Bingo {number} 100%"})
    names, before = [], None
    while True:
        page = client.get(API, params={"limit": 2, **({"before": before} if before else {})}).json()
        assert page["total"] == 5
        names += [one["name"] for one in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert names == [f"Bingo {number} 100%" for number in (4, 3, 2, 1, 0)]
    client.post(f"{API}/latest/pause")
    assert client.get(API, params={"status": "paused"}).json()["total"] == 1
    for words, count in (("bingo", 5), ("3 100%", 1), ("1000", 0), ("_", 0), ("\0", 5)):
        assert client.get(API, params={"q": words}).json()["total"] == count, words


def test_results_are_there_as_report_run_event_and_files(client: TestClient, finished: str) -> None:
    report = client.get(f"{API}/{finished}/report").json()
    assert (report["runs"], len(report["teams"])) == (60, 2)
    assert client.get(f"{API}/{finished}/runs/17").json()["run"] == 17
    assert client.get(f"{API}/{finished}/snapshot").json()["name"] == "Tiny bingo"
    for kind in ("csv", "parquet", "jsonl"):
        answer = client.get(f"{API}/{finished}/export/{kind}")
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert names == ["about.json", f"summary.{kind}", f"timelines.{kind}"]
        assert "tiny-bingo" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("kind", "media", "begin"),
    [
        ("html", "text/html", b"<!DOCTYPE html>"),
        ("png", "image/png", b"\x89PNG"),
        ("md", "text/markdown", b"**Tiny bingo**, 60 runs: "),
    ],
)
def test_results_are_there_as_page_picture_and_summary(
    client: TestClient, finished: str, kind: str, media: str, begin: bytes
) -> None:
    answer = client.get(f"{API}/{finished}/report/{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-disposition"].endswith(f'.{kind}"')
    assert answer.content.startswith(begin)
    page = client.get(f"/batches/{finished}/files")
    assert f'href="/batches/{finished}/files/report.{kind}"' in page.text
    assert client.get(f"/batches/{finished}/files/report.{kind}").content == answer.content
    assert client.get(f"{API}/{finished}/report/pdf").status_code == 422


def test_what_has_no_runs_yet_has_reports_that_say_so(client: TestClient, running: str) -> None:
    assert "Nothing is known yet." in client.get(f"{API}/{running}/report/html").text
    assert client.get(f"{API}/{running}/report/png").status_code == 200


def test_a_finished_batch_is_streamed_once(client: TestClient, finished: str) -> None:
    with client.stream("GET", f"{API}/{finished}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = "".join(answer.iter_text())
    assert [line for line in text.splitlines() if line.startswith("event")] == [
        "event: batch",
        "event: end",
    ]


def test_an_event_is_validated_with_every_finding(client: TestClient) -> None:
    found = client.post("/api/v1/events/validate", json={"event": TINY}).json()
    assert (found["ok"], found["event"]["name"]) == (True, "Tiny bingo")
    found = client.post("/api/v1/events/validate", json={"event": "bingosim: 2"}).json()
    assert (found["ok"], found["event"]) == (False, None)
    assert found["findings"][-1]["severity"] == "error"
    assert found["findings"][0]["line"] == 1
    cost = client.post("/api/v1/events/cost", json=ASKED).json()
    assert (cost["runs"], cost["at_most"]) == (40, False)


def test_an_event_may_be_an_object(client: TestClient) -> None:
    found = client.post("/api/v1/events/validate", json={"event": {"bingosim": 1}}).json()
    assert found["findings"][0]["message"] == "`event` is missing"


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/none", None, 404),
        ("GET", "/latest", None, 404),
        ("GET", "?limit=0", None, 422),
        ("GET", "?before=x", None, 422),
        ("GET", "?status=done", None, 422),
        ("PUT", "", None, 405),
        ("POST", "", {}, 422),
        ("POST", "", {"event": "bingosim: 1"}, 422),
        ("POST", "", {"event": TINY, "runs": 0}, 422),
        ("POST", "", {"event": TINY, "seed": "\0"}, 422),
        ("POST", "", {"event": TINY, "seed": "\ud800"}, 422),
        ("POST", "", {"event": TINY, "unknown": 1}, 422),
        ("POST", "", {"event": TINY, "precision": {"points": 99}}, 422),
        ("POST", "", {"event": {"bingosim": [[[]]]}}, 422),
    ],
)
def test_what_is_wrong_is_said_as_problem_details(
    client: TestClient, method: str, path: str, body: Any, code: int
) -> None:
    import json

    content = None if body is None else json.dumps(body)
    headers = {"content-type": "application/json"}
    answer = client.request(method, API + path, content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (
        code,
        "application/problem+json",
    )
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (code, "about:blank")
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"event": 1e999}']
)
def test_no_body_breaks_it(client: TestClient, body: bytes) -> None:
    for path in (API, "/api/v1/events/validate", "/api/v1/events/cost"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500, path


def test_a_run_that_is_not_there_is_not_found(client: TestClient, finished: str) -> None:
    for index in ("60", "-1", "9" * 30):
        assert client.get(f"{API}/{finished}/runs/{index}").status_code == 404


def test_the_description_has_every_path_with_examples(client: TestClient) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert {
        "/api/v1/batches",
        "/api/v1/batches/{batch}/report",
        "/api/v1/events/validate",
        "/metrics",
    } <= set(described["paths"])
    assert described["components"]["schemas"]["Start"]["properties"]["event"]["examples"]
    assert "/batches/{batch}" not in described["paths"]


def test_health_is_told(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    assert client.get("/metrics").status_code == 200
