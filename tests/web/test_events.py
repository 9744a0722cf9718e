"""Events of the library: the list, files in and out, the board and its tiles, over the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bingosim.event.examples import NAMES, example_file
from bingosim.event.file import read_content
from bingosim.library import store as library
from bingosim.library.assemble import load
from bingosim.library.board import rows_of
from bingosim.library.documents import new_event
from bingosim.library.imports import import_event
from bingosim.storage.tables import ItemKind
from bingosim.web.events.moves import moved_by_button
from bingosim.web.forms import Sent
from tests.web.conftest import TINY

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from httpx2 import Response

    from bingosim.library.items import Item
    from bingosim.library.plain import Document
    from bingosim.storage.database import Database

EVENT = ItemKind.EVENT
HTMX = {"hx-request": "true"}
NEW = {
    "event.name": "Spring <b>",
    "event.start": "2027-03-05T18:00",
    "event.timezone": "Europe/London",
    "event.duration": "4d",
    "board.kind": "rows",
    "size.rows": "2",
    "size.columns": "3",
}
TILE = {
    "name": "2 Vorkath heads",
    "points": "3",
    "need": "2",
    "row": "0",
    "column": "1",
    "from[0].activity": "boss.vorkath",
    "from[0].drops[0].key": "item.vorkaths_head",
    "from[0].drops[0].take": "yes",
    "from[0].drops[0].units": "1",
}


def made(store: Database, name: str = "tiny") -> Item:
    return import_event(store, example_file(name).read_bytes()).event


def document(store: Database, event: Item) -> Document:
    return library.read(store, EVENT, event.id).document


def keys(store: Database, event: Item) -> list[list[str]]:
    return [[tile["key"] for tile in row] for row in rows_of(document(store, event))]


def refused(answer: Response) -> dict[str, str]:
    """Return what is said, by the field it is said beside."""
    return dict(re.findall(r'<small class="wrong" id="([\w-]+)-wrong">(.*?)</small>', answer.text))


# -- the list, new ones, files -------------------------------------------------------------------


def test_an_event_is_made_with_tiles_to_be_filled_in(client: TestClient, store: Database) -> None:
    answer = client.post("/events/new", data=NEW)
    assert answer.status_code == 303
    (listed,) = library.page(store, EVENT, documents=True).listed
    assert answer.headers["location"] == f"/events/{listed.item.id}"
    assert [[tile["points"] for tile in row] for row in rows_of(listed.item.document)] == [
        [1, 2, 3],
        [1, 2, 3],
    ]
    board = client.get(answer.headers["location"]).text
    assert board.count("no source yet") == 6
    assert "opens at 5 points of row 1" in board
    assert "Spring &lt;b&gt;" in board
    assert "Spring <b>" not in board
    assert "Spring &lt;b&gt;" in client.get("/events?q=spring").text
    assert "No event is called like that." in client.get("/events?q=autumn").text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("event.name", "", "Expected text"),
        ("event.start", "tomorrow", "Expected a local date"),
        ("event.timezone", "Europe/Lundon", "did you mean"),
        ("event.duration", "4 days", "Expected a duration"),
        ("board.kind", "circle", "Expected rows or grid"),
        ("size.rows", "0", "A whole number from 1 to"),
        ("size.columns", "many", "A whole number from 1 to"),
    ],
)
def test_a_new_event_says_beside_each_field_what_is_wrong(
    client: TestClient, store: Database, field: str, typed: str, said: str
) -> None:
    answer = client.post("/events/new", data={**NEW, field: typed})
    assert answer.status_code == 422
    assert said in refused(answer)[field.replace(".", "-")]
    assert 'value="Europe/L' in answer.text
    assert library.page(store, EVENT).total == 0


@pytest.mark.parametrize("name", NAMES)
def test_an_event_file_goes_in_and_out_without_loss(
    client: TestClient, store: Database, name: str
) -> None:
    text = example_file(name).read_text("utf-8")
    answer = client.post("/events/import", data={"text": text})
    assert answer.status_code == 303
    base = answer.headers["location"].partition("?")[0]
    file = client.get(f"{base}/file.yaml")
    assert re.search(r'filename="[a-z-]+\.yaml"', file.headers["content-disposition"])
    assert read_content(file.text).data == read_content(text).data
    assert read_content(client.get(f"{base}/file.json").text).data == read_content(text).data
    again = client.post("/events/import", files={"file": ("x.yaml", file.content)})
    assert again.status_code == 303
    first, second = (load(store, UUID(one[8:44])) for one in (base, again.headers["location"]))
    assert [one.id for one in second.players] == [one.id for one in first.players]
    assert second.data == first.data


def test_a_malformed_file_is_refused_with_its_lines(client: TestClient, store: Database) -> None:
    broken = TINY.replace("need: 4", "need: 0")
    answer = client.post("/events/import", data={"text": broken})
    assert answer.status_code == 422
    assert re.search(r'data-line="\d+"', answer.text)
    assert "expected at least 1, got 0" in answer.text
    assert "clan.chest" in answer.text
    assert client.post("/events/import", data={"text": " "}).status_code == 422
    assert client.get("/events/import?example=x").status_code == 404
    assert library.page(store, EVENT).total == 0


def test_an_event_is_copied_and_deleted(client: TestClient, store: Database) -> None:
    event = made(store)
    copy = client.post(f"/events/{event.id}/copy").headers["location"].partition("?")[0]
    assert "Tiny bingo (copy)" in client.get(copy).text
    assert "Delete this event?" in client.get(f"{copy}/delete").text
    assert (
        client.post(f"{copy}/delete", data={"version": "1"})
        .headers["location"]
        .startswith("/events?")
    )
    assert client.get(copy).status_code == 404
    assert library.page(store, ItemKind.PLAYER).total == 3


@pytest.mark.parametrize(
    "path", ["x", "01a20a83-4c8a-78eb-9992-1303b82f962f", "x/teams", "x/tiles/a"]
)
def test_an_event_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/events/{path}").status_code == 404


# -- the board -----------------------------------------------------------------------------------


def test_the_board_links_each_finding_to_where_it_is_mended(
    client: TestClient, store: Database
) -> None:
    text = TINY.replace("clan.chest, accepts", "clan.chist, accepts")
    event = import_event(store, text.replace("strategy: greedy", "strategy: greedily")).event
    base = f"/events/{event.id}"
    said = " ".join(client.get(base).text.split())
    errors = re.findall(r'<li class="error"><a href="([^"]+)"[^>]*>([^<]*)</a>', said)
    assert any(href.startswith(f"{base}/tiles/") for href, _ in errors)
    assert any(href.startswith(f"{base}/teams#team-") for href, _ in errors)
    for href, _ in errors:
        assert client.get(href).status_code == 200


BOARD = [["a", "b", "c"], ["d", "e"], ["f"]]


def board_of(rows: list[list[str]], kind: str) -> Document:
    event = new_event("Moves", "2027-03-05T18:00", "UTC", "1d", kind)
    tiles = [[{"key": key, "points": 1, "from": []} for key in row] for row in rows]
    return {**event, "board": {**event["board"], "rows": tiles}}


def after(event: Document, *fields: tuple[str, str]) -> str:
    changed, _ = moved_by_button(event, Sent(fields, {}))
    return "|".join(" ".join(tile["key"] for tile in row) for row in rows_of(changed))


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("rows", [("left", "b")], "b a c|d e|f"),
        ("rows", [("left", "a")], "a b c|d e|f"),
        ("rows", [("right", "c")], "a b c|d e|f"),
        ("rows", [("down", "b")], "a c|d b e|f"),
        ("rows", [("up", "f")], "a b c|f d e|"),
        ("rows", [("down", "f")], "a b c|d e|f"),
        ("rows", [("to", "a"), ("row", "0"), ("column", "2")], "b c a|d e|f"),
        ("rows", [("to", "a"), ("row", "2"), ("column", "9")], "b c|d e|f a"),
        ("grid", [("down", "b")], "a e c|d b|f"),
        ("grid", [("right", "a")], "b a c|d e|f"),
        ("grid", [("to", "a"), ("row", "0"), ("column", "2")], "c b a|d e|f"),
        ("grid", [("to", "a"), ("row", "2"), ("column", "1")], "b c|d e|f a"),
        ("rows", [("copy", "e")], "a b c|d e e_2|f"),
        ("rows", [("row_down", "0")], "d e|a b c|f"),
        ("rows", [("row_up", "2")], "a b c|f|d e"),
        ("rows", [("add_row", "end")], "a b c|d e|f|"),
    ],
)
def test_buttons_move_tiles_and_rows(
    kind: str, fields: list[tuple[str, str]], expected: str
) -> None:
    assert after(board_of(BOARD, kind), *fields) == expected


@settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
@given(
    kind=st.sampled_from(["rows", "grid"]),
    steps=st.lists(
        st.tuples(st.sampled_from(["left", "right", "up", "down"]), st.sampled_from("abcdef")),
        max_size=12,
    ),
)
def test_no_tile_is_lost_however_tiles_are_moved(kind: str, steps: list[tuple[str, str]]) -> None:
    event = board_of(BOARD, kind)
    for step in steps:
        event, address = moved_by_button(event, Sent((step,), {}))
        assert address == step[1]
    rows = [[tile["key"] for tile in row] for row in rows_of(event)]
    assert sorted(key for row in rows for key in row) == list("abcdef")
    if kind == "grid" and not any(step == "up" or step == "down" for step, _ in steps):
        assert [len(row) for row in rows] == [3, 2, 1]


def test_a_tile_is_moved_on_the_page_and_a_late_tab_is_told(
    client: TestClient, store: Database
) -> None:
    event = made(store, "clan-card-5x5")
    first, second, *_ = keys(store, event)[0]
    path = f"/events/{event.id}/board"
    answer = client.post(path, data={"version": "1", "right": first})
    assert answer.headers["location"] == f"/events/{event.id}#tile-{first}"
    assert keys(store, event)[0][:2] == [second, first]
    late = client.post(path, data={"version": "1", "right": second}, headers=HTMX)
    assert late.status_code == 409
    assert "Somebody else changed this event meanwhile" in late.text
    assert "<html" not in late.text
    assert keys(store, event)[0][:2] == [second, first]
    for wrong in ({"left": "nothing"}, {"to": first, "row": "x"}, {"row_up": "99"}, {}):
        assert client.post(path, data={"version": "2", **wrong}).status_code == 422
    assert document(store, event) == library.read(store, EVENT, event.id).document


def test_a_tile_is_removed_and_it_is_said_what_loses_it(
    client: TestClient, store: Database
) -> None:
    event = made(store)
    (keep, gone) = keys(store, event)[0]
    bonus = {"name": "both", "tiles": [keep, gone], "points": 3}
    changed = document(store, event)
    changed = {**changed, "board": {**changed["board"], "bonuses": [bonus]}}
    library.save(store, EVENT, event.id, changed, 1)
    path = f"/events/{event.id}/tiles/{gone}/delete"
    assert "the bonus both" in client.get(path).text
    assert client.post(path, data={"version": "1"}).status_code == 409
    assert client.post(path, data={"version": "2"}).status_code == 303
    assert keys(store, event) == [[keep]]
    assert document(store, event)["board"]["bonuses"] == [{**bonus, "tiles": [keep]}]
    row = f"/events/{event.id}/rows/0/delete"
    assert "1 tile will be gone" in client.get(row).text
    assert client.post(row, data={"version": "3"}).status_code == 303
    assert keys(store, event) == []
    assert client.get(row).status_code == 404
    assert "The board is empty" in client.get(f"/events/{event.id}").text


# -- a tile --------------------------------------------------------------------------------------


def test_a_tile_is_made_of_an_activity_that_was_looked_for(
    client: TestClient, store: Database
) -> None:
    event = made(store)
    path = f"/events/{event.id}/tiles"
    blank = client.get(f"{path}?row=0").text
    assert "Choose an activity" in blank
    words = {"version": "1", "from[0].find": "vorkaths head"}
    found = client.post(f"{path}?found=from[0]", data=words, headers=HTMX).text
    (choice,) = re.findall(r'value="(from\[0\] boss\.vorkath [^"]*)"', found)
    without_script = client.post(path, data={**words, "look": "from[0]"}).text
    assert choice in without_script
    form = client.post(path, data={**words, "from[0].activity": "", "pick": choice}).text
    drop = re.search(r'name="(from\[0\]\.drops\[\d+\])\.key" value="item.vorkaths_head">', form)
    assert drop
    assert re.search(rf'name="{re.escape(drop[1])}\.take" value="yes" checked', form)
    assert "1/50" in form
    answer = client.post(path, data={**TILE, "version": "1"})
    assert answer.headers["location"] == f"/events/{event.id}#tile-2_vorkath_heads"
    tile = rows_of(document(store, event))[0][1]
    assert tile == {
        "key": "2_vorkath_heads",
        "name": "2 Vorkath heads",
        "points": 3,
        "need": 2,
        "from": [{"activity": "boss.vorkath", "accepts": ["item.vorkaths_head"]}],
    }


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ({"points": ""}, "points", "Expected a whole number"),
        ({"points": "1.5"}, "points", "Expected a whole number"),
        ({"need": "0"}, "need", "Expected at least 1"),
        ({"need": "many"}, "need", "Expected a whole number"),
        ({"each": "x"}, "each", "Expected a whole number"),
        ({"key": "Not A Key"}, "key", "Expected a key such as"),
        ({"key": "chest"}, "key", "Another tile has this key."),
        ({"name": ""}, "name", "A tile needs a name"),
        ({"from[0].activity": ""}, "from-0-find", "Look for an activity"),
        ({"from[0].drops[0].take": ""}, "from-0-drops", "Tick at least one drop."),
        ({"from[0].requires": "Dragon Slayer"}, "from-0-requires", "Expected a key such as"),
        (
            {
                "from[0].modifiers[0].has": "",
                "from[0].modifiers[1].has": "item.x",
                "from[0].modifiers[1].time": "0",
            },
            "from-0-modifiers-1-time",
            "Expected a number above 0",
        ),
        ({"from[0].modifiers[0].time": "0.9"}, "from-0-modifiers-0-has", "Expected"),
    ],
)
def test_a_tile_says_beside_each_field_what_is_wrong_and_keeps_what_was_typed(
    client: TestClient, store: Database, typed: dict[str, str], place: str, said: str
) -> None:
    event = made(store)
    taken = keys(store, event)[0][0]
    typed = {name: taken if text == "chest" else text for name, text in typed.items()}
    answer = client.post(f"/events/{event.id}/tiles", data={**TILE, "version": "1", **typed})
    assert answer.status_code == 422
    assert said in refused(answer)[place]
    for name, text in typed.items():
        if text and "take" not in name:
            assert f'name="{name}" value="{text}"' in answer.text
    assert library.read(store, EVENT, event.id).version == 1


def test_units_that_are_no_number_are_refused_where_the_drop_is_listed(
    client: TestClient, store: Database
) -> None:
    event = made(store)
    typed = {**TILE, "version": "1", "from[0].drops[0].units": "lots"}
    answer = client.post(f"/events/{event.id}/tiles", data=typed)
    assert answer.status_code == 422
    place = re.search(r'name="([^"]+)\.key" value="item.vorkaths_head"', answer.text)
    assert place
    assert f'name="{place[1]}.units" value="lots"' in answer.text
    number = re.sub(r"\D", "", place[1].partition("drops")[2])
    assert "Expected a whole number" in refused(answer)[f"from-0-drops-{number}-units"]


@pytest.mark.parametrize("name", NAMES)
def test_a_tile_that_is_saved_as_it_was_stays_spelled_as_it_was(
    client: TestClient, store: Database, name: str
) -> None:
    event = made(store, name)
    for key in [key for row in keys(store, event) for key in row][:60:5]:
        form = client.get(f"/events/{event.id}/tiles/{key}").text
        answer = client.post(f"/events/{event.id}/tiles/{key}", data=sent(form))
        assert answer.status_code == 303, answer.text
    assert library.read(store, EVENT, event.id).version == 1


def sent(form: str) -> dict[str, Any]:
    """Return what a browser would send of a form whose fields are as they came."""
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if found.get("type") != "checkbox" or " checked" in tag:
            fields[found["name"]] = (
                found.get("value", "").replace("&#39;", "'").replace("&amp;", "&")
            )
    for name, options in re.findall(
        r'<select id="[\w-]+" name="([^"]+)"(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def test_of_two_tabs_the_second_is_told_and_may_save_over_it(
    client: TestClient, store: Database
) -> None:
    event = made(store)
    key = keys(store, event)[0][0]
    path = f"/events/{event.id}/tiles/{key}"
    first = second = sent(client.get(path).text)
    assert client.post(path, data={**first, "name": "Mine"}).status_code == 303
    told = client.post(path, data={**second, "name": "No, mine"})
    assert told.status_code == 409
    assert "Nothing was overwritten" in told.text
    assert 'value="No, mine"' in told.text
    assert rows_of(document(store, event))[0][0]["name"] == "Mine"
    over = re.search(r'<button name="version" value="(\d+)"', told.text)
    assert over
    assert (
        client.post(path, data={**second, "name": "No, mine", "version": over[1]}).status_code
        == 303
    )
    assert rows_of(document(store, event))[0][0]["name"] == "No, mine"


def test_a_tile_that_was_removed_meanwhile_can_be_made_again(
    client: TestClient, store: Database
) -> None:
    event = made(store)
    key = keys(store, event)[0][1]
    path = f"/events/{event.id}/tiles/{key}"
    typed = sent(client.get(path).text)
    client.post(f"{path}/delete", data={"version": "1"})
    told = client.post(path, data=typed)
    assert told.status_code == 409
    assert "deleted this tile meanwhile" in " ".join(told.text.split())
    again = client.post(path, data={**typed, "as": "new", "version": "2"})
    assert again.status_code == 303
    assert key in keys(store, event)[0]


def test_an_activity_of_the_library_that_is_chosen_comes_with_the_tile(
    client: TestClient, store: Database
) -> None:
    event = made(store)
    raid = {
        "key": "clan.raid",
        "name": "Our raid",
        "time": {"seconds": 1200},
        "loot": [{"drops": [{"chance": "1/20", "gives": "item.relic"}]}],
    }
    item = library.create(store, ItemKind.ACTIVITY, raid)
    path = f"/events/{event.id}/tiles"
    found = client.post(f"{path}?found=from[0]", data={"from[0].find": "relic"}, headers=HTMX).text
    assert f'value="from[0] clan.raid {item.id} item.relic"' in found
    tile = {
        **TILE,
        "version": "1",
        "from[0].activity": "clan.raid",
        "from[0].item": str(item.id),
        "from[0].drops[0].key": "item.relic",
    }
    assert client.post(path, data=tile).status_code == 303
    whole = load(store, event.id)
    assert item.id in [activity.id for activity in whole.activities]
    assert whole.check().event is not None


# -- settings ------------------------------------------------------------------------------------


def test_settings_are_changed_and_what_stays_is_spelled_as_before(
    client: TestClient, store: Database
) -> None:
    event = made(store, "clan-card-5x5")
    path = f"/events/{event.id}/settings"
    typed = sent(client.get(path).text)
    before = document(store, event)
    assert client.post(path, data=typed).status_code == 303
    assert document(store, event) == before
    assert (
        client.post(path, data={**typed, "board.lines": "7", "event.duration": "5d"}).status_code
        == 303
    )
    changed = document(store, event)
    assert changed["event"] == {**before["event"], "duration": "5d"}
    assert {"lines": 7} in changed["board"]["bonuses"]
    assert "rows" in changed["board"]


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ({"event.duration": "soon"}, "event-duration", "Expected a duration"),
        ({"event.timezone": ""}, "event-timezone", "time zone"),
        ({"board.lines": "x"}, "board-lines", "Expected a whole number"),
        (
            {"board.kind": "rows", "board.unlock_points": "-1"},
            "board-unlock_points",
            "Expected at least 0",
        ),
        ({"board.bonuses[0].points": "x"}, "board-bonuses-0-points", "Expected a whole number"),
        ({"board.bonuses[0].tiles": ""}, "board-bonuses-0-tiles", "Expected at least one"),
        (
            {"board.bonuses[1].name": "x", "board.bonuses[1].tiles": "all"},
            "board-bonuses-1-points",
            "Expected",
        ),
    ],
)
def test_settings_say_beside_each_field_what_is_wrong(
    client: TestClient, store: Database, typed: dict[str, str], place: str, said: str
) -> None:
    event = made(store, "clan-card-5x5")
    path = f"/events/{event.id}/settings"
    answer = client.post(path, data={**sent(client.get(path).text), **typed})
    assert answer.status_code == 422
    assert said in refused(answer)[place]
    assert library.read(store, EVENT, event.id).version == 1


def test_rows_of_a_form_are_added_and_removed_without_saving(
    client: TestClient, store: Database
) -> None:
    event = made(store, "clan-card-5x5")
    path = f"/events/{event.id}/settings"
    typed = sent(client.get(path).text)
    more = client.post(path, data={**typed, "add": "board.bonuses"}).text
    assert 'name="board.bonuses[1].name"' in more
    none = client.post(path, data={**typed, "remove": "board.bonuses[0]"}).text
    assert 'name="board.bonuses[0].name"' not in none
    assert library.read(store, EVENT, event.id).version == 1
