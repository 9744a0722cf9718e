"""Teams of an event, what they have to do, and forecasts that begin from an event."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.estimates import estimate
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.library import store as library
from bingosim.library.assemble import load
from bingosim.library.documents import check_team
from bingosim.library.imports import import_event
from bingosim.storage.batches import list_batches, read_snapshot
from bingosim.storage.tables import ItemKind
from bingosim.web.again import with_strategies
from bingosim.web.events.hours import Hours, Workload, rosters_of
from bingosim.web.events.strategies import param_fields
from tests.web.test_events import refused, sent

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from bingosim.library.items import Item
    from bingosim.storage.database import Database

EVENT, PLAYER = ItemKind.EVENT, ItemKind.PLAYER


@pytest.fixture
def event(store: Database) -> Item:
    """An event with two teams: Red of Evening player and Early bird, Blue of Night owl."""
    return import_event(store, example_file("tiny").read_bytes()).event


def teams(store: Database, event: Item) -> dict[str, list[str]]:
    document = library.read(store, EVENT, event.id).document
    return {team["name"]: team["players"] for team in document["teams"]}


def press(client: TestClient, event: Item, version: int, **fields: Any) -> int:
    data = {"version": str(version), **fields}
    return client.post(f"/events/{event.id}/teams", data=data).status_code


# -- drafting ------------------------------------------------------------------------------------


def test_players_of_event_and_library_are_drafted(
    client: TestClient, store: Database, event: Item
) -> None:
    ada = library.create(
        store, PLAYER, {"name": "Ada", "plays": ["daily 18:00 2h"], "has": ["a.b"]}
    )
    page = client.get(f"/events/{event.id}/teams").text
    assert "not in this event yet" in page
    assert "2.0 h online" in page
    assert press(client, event, 1, release="Early bird") == 303
    early = load(store, event.id).player("Early bird")
    assert early is not None
    version = library.read(store, EVENT, event.id).version
    both = [str(ada.id), str(early.id)]
    assert press(client, event, version, draft="1", player=both) == 303
    assert teams(store, event)["Blue"] == ["Night owl", "Early bird", "Ada"]
    assert load(store, event.id).check().event is not None
    assert "Everybody is in a team." in client.get(f"/events/{event.id}/teams").text


def test_the_order_within_a_team_is_changed(
    client: TestClient, store: Database, event: Item
) -> None:
    assert press(client, event, 1, down="0.0") == 303
    assert teams(store, event)["Red"] == ["Early bird", "Evening player"]
    assert press(client, event, 2, up="0.1") == 303
    assert teams(store, event)["Red"] == ["Evening player", "Early bird"]


def test_a_team_is_added_and_removed_and_its_players_stay(
    client: TestClient, store: Database, event: Item
) -> None:
    assert press(client, event, 1, add_team="end") == 303
    assert list(teams(store, event)) == ["Red", "Blue", "Team 1"]
    path = f"/events/{event.id}/teams/0/delete"
    assert "2 players will be without a team" in client.get(path).text
    assert client.post(path, data={"version": "1"}).status_code == 409
    assert client.post(path, data={"version": "2"}).status_code == 303
    assert list(teams(store, event)) == ["Blue", "Team 1"]
    early = load(store, event.id).player("Early bird")
    assert early is not None
    assert press(client, event, 3, out=str(early.id)) == 303
    assert load(store, event.id).player("Early bird") is None


@pytest.mark.parametrize(
    ("version", "fields", "status"),
    [
        (9, {"release": "Early bird"}, 409),
        (1, {"draft": "0"}, 422),
        (1, {"draft": "0", "player": "x"}, 422),
        (1, {"draft": "0", "player": "01a20a83-4c8a-78eb-9992-1303b82f962f"}, 422),
        (1, {"draft": "9", "player": "EARLY"}, 422),
        (1, {"up": "0.99"}, 422),
        (1, {"up": "x"}, 422),
        (1, {"out": "EARLY"}, 422),
        (1, {}, 422),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    client: TestClient,
    store: Database,
    event: Item,
    version: int,
    fields: dict[str, str],
    status: int,
) -> None:
    early = load(store, event.id).player("Early bird")
    assert early is not None
    fields = {name: str(early.id) if text == "EARLY" else text for name, text in fields.items()}
    assert press(client, event, version, **fields) == status
    assert library.read(store, EVENT, event.id).version == 1


def test_two_players_of_one_name_are_not_let_into_one_event(
    client: TestClient, store: Database, event: Item
) -> None:
    twin = library.create(store, PLAYER, {"name": "Early bird", "speed": 2})
    answer = client.post(
        f"/events/{event.id}/teams",
        data={"version": "1", "draft": "1", "player": str(twin.id)},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 422
    assert "Early bird" in answer.text.partition('role="alert"')[2][:200]
    assert teams(store, event)["Blue"] == ["Night owl"]


# -- strategies ----------------------------------------------------------------------------------


def test_a_strategys_form_is_made_of_its_parameters_schema() -> None:
    fields = {field.name: field.kind for field in param_fields("tile-order")}
    assert fields == {"max_players": "whole", "tiles": "list"}
    assert all(field.hint for field in param_fields("tile-order"))
    assert param_fields("mine:own") == []


def test_a_team_is_given_a_strategy_and_its_parameters(
    client: TestClient, store: Database, event: Item
) -> None:
    path = f"/events/{event.id}/teams/0"
    typed = {"version": "1", "name": "Reds", "strategy": "tile-order"}
    other = client.post(path, data={**typed, "fields": "yes"}).text
    assert 'name="params.tiles"' in other
    params = {"params.tiles": "crown, chests", "params.max_players": "2"}
    assert client.post(path, data={**typed, **params}).status_code == 303
    team = library.read(store, EVENT, event.id).document["teams"][0]
    assert team["strategy"] == "tile-order"
    assert team["params"] == {"max_players": 2, "tiles": ["crown", "chests"]}
    assert check_team(team) == {}
    assert client.post(path, data={**typed, **params, "version": "2"}).status_code == 303
    assert library.read(store, EVENT, event.id).version == 2


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ({"name": ""}, "name", "Expected text"),
        ({"strategy": "gready"}, "strategy", "did you mean"),
        ({"params.max_players": "0"}, "params-max_players", "Expected at least 1"),
        ({"params.max_players": "two"}, "params-max_players", "Expected a whole number"),
        ({"strategy": "tile-order", "params.tiles": "A B"}, "params-tiles", "Expected a key"),
    ],
)
def test_a_team_says_beside_each_field_what_is_wrong(
    client: TestClient, event: Item, typed: dict[str, str], place: str, said: str
) -> None:
    data = {"version": "1", "name": "Red", "strategy": "greedy", **typed}
    answer = client.post(f"/events/{event.id}/teams/0", data=data)
    assert answer.status_code == 422
    assert said in refused(answer)[place]


def test_a_strategy_of_ones_own_is_kept_with_its_parameters(
    client: TestClient, store: Database, event: Item
) -> None:
    document = library.read(store, EVENT, event.id).document
    own = {**document["teams"][0], "strategy": "json:dumps", "params": {"boldness": 3}}
    changed = {**document, "teams": [own, *document["teams"][1:]]}
    with store.write() as connection:  # as it came with a file, on a machine that has the strategy
        from sqlalchemy import update

        from bingosim.library.plain import to_json
        from bingosim.storage.tables import library_items

        mine = library_items.c.id == event.id
        connection.execute(update(library_items).where(mine).values(document=to_json(changed)))
    form = client.get(f"/events/{event.id}/teams/0").text
    assert "json:dumps: your own" in form
    assert "boldness" in form
    assert sent(form)["strategy"] == "json:dumps"


# -- what they have to do ------------------------------------------------------------------------


def test_hours_are_those_of_the_estimates(store: Database, event: Item) -> None:
    whole = load(store, event.id)
    workload, hours = Workload(whole), Hours()
    expected = estimate(load_event(example_file("tiny")))
    for roster, team in zip(rosters_of(whole), expected.teams, strict=True):
        assert not hours.known(workload, roster).complete
        found = hours.computed(workload, roster)
        assert found.complete
        assert {key: work.hours for key, work in found.works.items()} == {
            tile.key: tile.hours for tile in team.tiles
        }
        assert found.online == team.online_hours
    ordinary = hours.computed(workload, workload.ordinary())
    assert ordinary.works["chests"].hours == pytest.approx(4 * 1800 / 3600)
    assert ordinary.works["crown"].hours == pytest.approx(10 * 1800 / 3600)


def test_the_page_fetches_hours_once_and_shows_the_balance(client: TestClient, event: Item) -> None:
    base = f"/events/{event.id}"
    assert "being computed" in client.get(base).text
    part = client.get(f"{base}/hours", headers={"hx-request": "true"}).text
    assert "5.00 h" in part or "5.0 h" in part
    assert "being computed" not in client.get(base).text
    assert "being computed" in client.get(f"{base}?team=1").text
    assert client.get(f"{base}?team=9").status_code == 404
    assert "being computed" in client.get(f"{base}/teams").text
    balance = client.get(f"{base}/teams/hours", headers={"hx-request": "true"}).text
    assert balance.count("nothing is out of reach") == 2


def test_what_nobody_can_do_is_named(client: TestClient, store: Database, event: Item) -> None:
    document = library.read(store, EVENT, event.id).document
    (row,) = document["board"]["rows"]
    source = {**row[1]["from"][0], "requires": ["quest.none"]}
    changed = [row[0], {**row[1], "from": [source]}]
    board = {**document["board"], "rows": [changed]}
    library.save(store, EVENT, event.id, {**document, "board": board}, 1)
    page = client.get(f"/events/{event.id}/teams/hours").text
    assert re.search(r"<td>A crown</td>", page)
    assert '<td class="num none">nobody</td>' in page


# -- forecasts -----------------------------------------------------------------------------------


def test_a_forecast_begins_with_an_event_of_the_library(
    client: TestClient, store: Database, event: Item
) -> None:
    form = client.get(f"/forecasts/new?event={event.id}").text
    assert f'href="/events/{event.id}"' in form
    assert "clan.chest" in form
    assert client.get("/forecasts/new?event=x").status_code == 404
    data = {"text": load(store, event.id).text, "runs": "20", "engine": "reference", "seed": "a"}
    assert client.post("/forecasts", data=data).status_code == 303
    (batch,) = list_batches(store)
    expected = make_snapshot(load_event(example_file("tiny")))
    assert batch.snapshot_sha256 == expected.sha256


def test_a_forecast_is_run_again_with_the_same_seed_or_other_strategies(
    client: TestClient, store: Database, finished: str
) -> None:
    (before,) = list_batches(store)
    form = client.get(f"/forecasts/new?batch={finished}").text
    typed = sent(form) | {
        "engine": "reference",
        "timelines": "all",
        "goal": "runs",
        "seed": "bingosim",
    }
    assert typed["runs"] == "60"
    assert "2 tiles in 1 row" in client.post("/forecasts/check", data=typed).text
    assert client.post("/forecasts", data={**typed, "key": "one"}).status_code == 303
    other = {**typed, "key": "two", "strategy-1": "balanced"}
    assert client.post("/forecasts", data=other).status_code == 303
    batches = {batch.id: batch for batch in list_batches(store)}
    del batches[before.id]
    same, changed = sorted(batches.values(), key=lambda batch: batch.id)
    assert (same.snapshot_sha256, same.seed, same.runs) == (
        before.snapshot_sha256, before.seed, before.runs,
    )  # fmt: skip
    played = read_snapshot(store, changed.snapshot_sha256)
    assert [team.strategy for team in played.teams] == ["greedy", "balanced"]
    wrong = client.post("/forecasts", data={**typed, "key": "three", "strategy-1": "x"})
    assert wrong.status_code == 422
    assert "Expected one of" in wrong.text or "expected one of" in wrong.text
    assert client.get("/forecasts/new?batch=x").status_code == 404


def test_a_team_that_keeps_its_strategy_keeps_its_parameters() -> None:
    snapshot = make_snapshot(load_event(example_file("winter-bingo")))
    strategies = [team.strategy for team in snapshot.teams]
    assert with_strategies(snapshot, strategies) is snapshot
    changed = with_strategies(snapshot, ["greedy", *strategies[1:]])
    assert changed.teams[1:] == snapshot.teams[1:]
    assert changed.sha256 != snapshot.sha256
    assert changed.teams[0].params == {"max_players": snapshot.teams[0].params["max_players"]}


def test_the_first_page_leads_to_events(client: TestClient, event: Item) -> None:
    text = client.get("/").text
    assert f'href="/events/{event.id}"' in text
    assert f'href="/forecasts/new?event={event.id}"' in text
    assert 'href="/events/new"' in text
