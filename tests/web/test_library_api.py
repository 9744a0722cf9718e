"""The REST API of the library: nothing is overwritten silently, nothing is lost on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bingosim.event.examples import example_file
from bingosim.event.positions import read_document
from bingosim.web.api.library_models import ACTIVITY, EVENT, PLAYER
from tests.web.conftest import TINY

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from httpx2 import Response

API = "/api/v1"
SHELVES: dict[str, dict[str, Any]] = {"players": PLAYER, "activities": ACTIVITY, "events": EVENT}
JSON = {"content-type": "application/json"}


def keep(client: TestClient, shelf: str, document: dict[str, Any]) -> Response:
    answer: Response = client.post(f"{API}/{shelf}", json={"document": document})
    assert answer.status_code == 201, answer.text
    return answer


def save(client: TestClient, where: str, document: Any, tag: str | None) -> Response:
    headers = {} if tag is None else {"if-match": tag}
    answer: Response = client.put(where, json={"document": document}, headers=headers)
    return answer


def imported(client: TestClient, text: str = TINY) -> dict[str, Any]:
    answer = client.post(f"{API}/events/import", json={"event": text})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def problem(answer: Response, code: int) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (
        code,
        "application/problem+json",
    ), answer.text
    said: dict[str, Any] = answer.json()
    assert said["title"]
    assert said["detail"]
    return said


@pytest.mark.parametrize("shelf", SHELVES)
def test_an_item_is_kept_read_saved_copied_and_deleted(client: TestClient, shelf: str) -> None:
    made = keep(client, shelf, SHELVES[shelf])
    where, tag = made.headers["location"], made.headers["etag"]
    assert (made.json()["document"], made.json()["version"], tag) == (SHELVES[shelf], 1, '"1"')
    found = client.get(where)
    assert (found.json(), found.headers["etag"]) == (made.json(), tag)
    for matching in ('"1"', 'W/"1"', '"7", "1"', "*"):
        same = client.get(where, headers={"if-none-match": matching})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert client.get(where, headers={"if-none-match": '"2"'}).status_code == 200
    copy = client.post(f"{where}/copy")
    assert copy.status_code == 201
    assert copy.json()["name"] == f"{made.json()['name']} (copy)"
    changed = save(client, where, copy.json()["document"], tag)
    assert (changed.status_code, changed.headers["etag"], changed.json()["version"]) == (
        200,
        '"2"',
        2,
    )
    assert client.delete(where, headers={"if-match": '"2"'}).status_code == 204
    problem(client.get(where), 404)


@pytest.mark.parametrize("shelf", SHELVES)
def test_the_second_of_two_tabs_is_told(client: TestClient, shelf: str) -> None:
    made = keep(client, shelf, SHELVES[shelf])
    where, copied = made.headers["location"], client.post(f"{made.headers['location']}/copy")
    first, second = copied.json()["document"], SHELVES[shelf]
    assert save(client, where, first, '"1"').status_code == 200
    for stale in (
        save(client, where, second, '"1"'),
        client.delete(where, headers={"if-match": '"1"'}),
        save(client, where, second, "nonsense"),
    ):
        assert problem(stale, 412)["version"] == 2
    for unseen in (save(client, where, second, None), client.delete(where)):
        assert 'If-Match: "2"' in problem(unseen, 428)["detail"]
    assert client.get(where).json()["document"] == first
    assert save(client, where, second, "*").json()["version"] == 3


def test_digits_are_kept_as_they_were_sent(client: TestClient) -> None:
    body = '{"document":{"name":"Ada","speed":1.40,"speeds":{"a.b":0.12345678901234567890123}}}'
    made = client.post(f"{API}/players", content=body, headers=JSON)
    for answer in (made, client.get(made.headers["location"])):
        assert body[12:-1] in answer.text


def test_lists_are_searched_and_paged(client: TestClient) -> None:
    for number in range(5):
        keep(client, "players", {"name": f"Player {number}", "has": [f"quest.q{number}"]})
    event = imported(client)
    names: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = client.get(f"{API}/players", params={"limit": 3, "offset": offset}).json()
        assert page["total"] == 8
        names += [one["name"] for one in page["items"]]
        offset = page["next"]
    others = ["Early bird", "Evening player", "Night owl"]
    assert names == [*others, *(f"Player {number}" for number in range(5))]
    (owl,) = client.get(f"{API}/players", params={"q": "OWL night"}).json()["items"]
    assert [used["id"] for used in owl["used_by"]] == [event["event"]]
    assert client.get(f"{API}/players", params={"q": "quest.q3"}).json()["total"] == 1
    newest = client.get(f"{API}/players", params={"order": "changed", "limit": 1}).json()
    assert newest["items"][0]["name"] in others


@pytest.mark.parametrize("name", ["tiny", "clan-card-5x5", "winter-bingo"])
def test_a_file_goes_in_and_comes_out(client: TestClient, name: str) -> None:
    text = example_file(name).read_text("utf-8")
    first = imported(client, text)
    assert sorted(first["created"]) == sorted([*first["players"], *first["activities"]])
    answer = client.get(f"{API}/events/{first['event']}/file")
    assert answer.headers["content-type"] == "text/yaml; charset=utf-8"
    assert f"{name.split('-', maxsplit=1)[0]}-" in answer.headers["content-disposition"]
    assert read_document(answer.text).data == read_document(text).data
    again = imported(client, answer.text)
    assert (again["created"], again["players"]) == ([], first["players"])


def test_a_file_with_malformed_pieces_is_refused_whole(client: TestClient) -> None:
    said = problem(
        client.post(f"{API}/events/import", json={"event": TINY.replace("1/10", "10/1")}), 422
    )
    assert said["findings"][0]["path"] == "activities[0].loot[1].drops[0].chance"
    assert client.get(f"{API}/players").json()["total"] == 0


def test_an_unfinished_event_is_kept_with_what_is_missing(client: TestClient) -> None:
    event = {**EVENT, "players": [], "teams": [{"name": "Red", "players": []}]}
    done = client.post(f"{API}/events/import", json={"event": event}).json()
    assert "expected at least one, got none" in {one["message"] for one in done["findings"]}
    check = client.get(f"{API}/events/{done['event']}/check").json()
    assert (check["ok"], check["event"], check["hours"]) == (False, None, None)
    assert {one["kind"] for one in check["findings"]} == {"event"}


def test_an_event_is_checked_with_the_item_that_each_finding_is_about(client: TestClient) -> None:
    done = imported(client)
    where = f"{API}/players/{done['players'][1]}"
    document = {**client.get(where).json()["document"], "attends": 0.5, "plays": []}
    save(client, where, document, '"1"')
    check = client.get(f"{API}/events/{done['event']}/check", params={"hours": True}).json()
    (finding,) = check["findings"]
    assert (finding["item"], finding["path"], finding["name"]) == (
        done["players"][1],
        "attends",
        "Early bird",
    )
    assert (check["ok"], check["event"]["name"]) == (True, "Tiny bingo")
    assert check["hours"]["teams"][0]["tiles"][0]["hours"] > 0


def test_players_of_an_event_are_chosen(client: TestClient) -> None:
    done = imported(client)
    where = f"{API}/events/{done['event']}"
    wanted = done["players"][1:]
    refused = client.put(f"{where}/players", json=wanted, headers={"if-match": '"1"'})
    (effect,) = problem(refused, 409)["effects"]
    assert (effect["event"], effect["teams"]) == (done["event"], ["Red"])
    chosen = client.put(f"{where}/players?cascade=true", json=wanted, headers={"if-match": '"1"'})
    assert (chosen.json()["players"], chosen.headers["etag"]) == (wanted, '"2"')
    assert chosen.json()["document"]["teams"][0]["players"] == ["Early bird"]
    for body, code in (([str(uuid4())], 404), (wanted * 2, 422), (["x"], 422)):
        answer = client.put(f"{where}/players", json=body, headers={"if-match": '"2"'})
        problem(answer, code)
    activities = f"{where}/activities"
    assert client.put(activities, json=[], headers={"if-match": '"2"'}).status_code == 409
    problem(client.put(activities, json=[]), 428)


def test_what_is_used_is_deleted_with_everything_or_not_at_all(client: TestClient) -> None:
    done = imported(client)
    chest = f"{API}/activities/{done['activities'][0]}"
    (effect,) = client.get(f"{chest}/uses").json()
    assert (effect["tiles"], effect["bare"]) == (["chests", "crown"], ["chests", "crown"])
    refused = client.delete(chest, headers={"if-match": '"1"'})
    assert problem(refused, 409)["effects"] == [effect]
    assert client.delete(f"{chest}?cascade=true", headers={"if-match": '"1"'}).status_code == 204
    event = client.get(f"{API}/events/{done['event']}").json()
    assert (event["activities"], event["version"]) == ([], 2)


def test_what_is_malformed_is_told_field_by_field(client: TestClient) -> None:
    wrong = {"name": "Ada", "speed": -1, "plays": ["sometimes"], "sped": 2}
    said = problem(client.post(f"{API}/players", json={"document": wrong}), 422)
    assert {one["field"] for one in said["errors"]} == {"speed", "plays[0]", "sped"}
    made = keep(client, "players", PLAYER)
    problem(save(client, made.headers["location"], wrong, '"1"'), 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"document": 1}',
        b'{"document": {"name": "\\ud800"}}',
        b'{"document": {"name": "\\u0000"}}',
        b'{"document": {"\\ud800": 1}}',
        b'{"\\ud800": 1}',
        b'{"document": {"name": "Ada", "speed": NaN}}',
        b'{"document": {"name": "Ada", "speed": 1e999999999}}',
        b'{"document": {"name": "Ada", "speed": ' + b"9" * 5_000 + b"}}",
        b'{"document": {"name": ' + b"[" * 500 + b"]" * 500 + b"}}",
        b'{"document": ' + b'{"a":' * 100_000,
    ],
)
@pytest.mark.parametrize("shelf", SHELVES)
def test_no_body_breaks_it(client: TestClient, shelf: str, body: bytes) -> None:
    answer = client.post(f"{API}/{shelf}", content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_batch_is_started_from_the_library(client: TestClient) -> None:
    done = imported(client)
    asked = {"event_id": done["event"], "runs": 40, "engine": "reference"}
    batch = client.post(f"{API}/batches", json=asked).json()
    of_text = client.post(f"{API}/batches", json={**asked, "event_id": None, "event": TINY}).json()
    assert batch["snapshot_sha256"] == of_text["snapshot_sha256"]
    assert client.post(f"{API}/events/cost", json=asked).status_code == 200
    for wrong, code in (
        ({"event_id": str(uuid4())}, 404),
        ({"event_id": done["event"], "event": TINY}, 422),
        ({}, 422),
    ):
        problem(client.post(f"{API}/batches", json={"runs": 4, **wrong}), code)
    unfinished = keep(client, "events", EVENT).json()["id"]
    said = problem(client.post(f"{API}/batches", json={"event_id": unfinished}), 422)
    assert "there is no activity 'clan.chest'" in json.dumps(said["findings"])


def test_the_catalog_is_searched_shown_and_made_ones_own(client: TestClient) -> None:
    everything = client.get(f"{API}/catalog").json()
    assert everything["total"] == len(everything["items"]) > 100
    (found,) = client.get(f"{API}/catalog", params={"q": "vorkath head"}).json()["items"]
    assert (found["key"], found["drops"]) == ("boss.vorkath", ["item.vorkaths_head"])
    entry = client.get(f"{API}/catalog/boss.vorkath").json()
    assert entry["document"]["time"]["seconds"] == 105.9
    assert {one["source"] for one in entry["figures"]} <= set(entry["sources"])
    own = client.post(f"{API}/catalog/boss.vorkath/copy")
    assert (own.status_code, own.json()["document"]) == (201, entry["document"])
    assert own.headers["location"] == f"{API}/activities/{own.json()['id']}"
    for path in ("boss.vorkat", "boss.vorkat/copy"):
        answer = client.request("POST" if "copy" in path else "GET", f"{API}/catalog/{path}")
        assert "did you mean 'boss.vorkath'" in problem(answer, 404)["detail"]


def test_the_description_has_examples_of_what_is_kept(client: TestClient) -> None:
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    for shelf, document in SHELVES.items():
        body = paths[f"{API}/{shelf}"]["post"]["requestBody"]["content"]["application/json"]
        assert body["examples"][shelf]["value"]["document"] == document
    assert {"/api/v1/catalog/{key}", "/api/v1/events/{item}/check"} <= set(paths)
