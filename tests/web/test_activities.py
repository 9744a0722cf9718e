"""Activities: the pages as they come over the wire."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.event.catalog import catalog_keys, load_entry
from bingosim.library import store as library
from bingosim.library.documents import catalog_activity
from bingosim.library.imports import import_event
from bingosim.storage.tables import ItemKind
from tests.unit.event_samples import GOOD
from tests.web.test_activity_form import fields_of
from tests.web.test_players import refused

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi.testclient import TestClient

    from bingosim.library.items import Item
    from bingosim.storage.database import Database

ACTIVITY = ItemKind.ACTIVITY
LOGS = {
    "key": "own.logs",
    "time": {"seconds": 300},
    "loot": [{"drops": [{"chance": "1/4", "gives": "item.log"}]}],
}
NEX = {
    "key": "own.nex",
    "name": "Nex <b>",
    "time.seconds": "240",
    "time.spread": "30",
    "time.law": "uniform",
    "group.who": "together",
    "group.min": "2",
    "group.want": "4",
    "group.max": "8",
    "group.max_wait": "10m",
    "bands[0].sizes": "2-4",
    "bands[0].time": "1.0",
    "bands[1].sizes": "5-8",
    "bands[1].time": "0.8",
    "bands[1].chance": "1.05",
    "loot[0].per": "group",
    "loot[0].rolls": "",
    "loot[0].drops[0].chance": "1/43",
    "loot[0].drops[0].gives[0].drop": "item.piece",
    "loot[0].drops[0].gives[0].quantity": "",
    "loot[1].per": "player",
    "loot[1].rolls": "2",
    "loot[1].drops[0].chance": "1/6",
    "loot[1].drops[0].gives[0].drop": "item.shard",
    "loot[1].drops[0].gives[0].quantity": "50-100",
    "loot[1].drops[0].gives[1].drop": "item.key",
    "loot[1].drops[0].gives[1].quantity": "",
    "loot[1].drops[1].chance": "",
    "loot[1].drops[1].gives[0].drop": "",
    "requires": "quest.a, slayer.91",
}  # fmt: skip


def all_of(store: Database) -> list[Item]:
    return [one.item for one in library.page(store, ACTIVITY, documents=True).listed]


def make(store: Database, **document: Any) -> UUID:
    return library.create(store, ACTIVITY, {**LOGS, **document}).id


def line_of(text: str, words: str) -> str:
    """Return a line of the list as text."""
    (row,) = [row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if words in row]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split())


# -- the list and the catalog --------------------------------------------------------------------


def test_the_list_begins_with_ones_own_and_goes_on_with_the_catalog(
    client: TestClient, store: Database
) -> None:
    make(store, name="Zzz")
    first = client.get("/activities").text
    assert first.index("Zzz") < first.index("Abyssal Demon")
    total = len(catalog_keys()) + 1
    assert f"{total} in all" in first
    names = []
    for number in range(1, 5):
        text = client.get(f"/activities?page={number}").text
        names += re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', text)
    catalog = sorted((load_entry(key).activity.name for key in catalog_keys()), key=str.casefold)
    assert [unescape(name) for name in names] == ["Zzz", *catalog]


def test_a_line_says_time_sizes_drops_and_how_sure_it_is(client: TestClient) -> None:
    text = client.get("/activities?q=nex").text
    assert line_of(text, ">boss.nex<") == (
        "Nex boss.nex 4m 3 to 12 9 nexling 1/500 catalog time medium, drops medium to high"
    )


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("q=dragon+pickaxe", ["King Black Dragon", "dragon pickaxe 1/1000"], ["Vorkath"]),
        ("q=Vorkath's+head", ["boss.vorkath", "vorkaths head"], ["boss.nex"]),
        ("which=own", ["own.logs", "boss.nex"], ["boss.vorkath"]),
        ("which=catalog", ["Abyssal Demon"], ["own.logs"]),
        ("which=overrides", ["boss.nex", "yours instead of the catalog's"], ["own.logs"]),
        ("which=overrides&q=logs", ["No activity is like that."], ["own.logs"]),
        ("which=x&q=own.logs", ["own.logs"], ["boss.nex"]),
        ("q=item.log", ["own.logs", "log 1/4"], []),
        ("q=no+such+thing", ["No activity is like that."], []),
        ("q=%25%25", ["No activity is like that."], []),
        ("page=99", ["The list ends before this page."], []),
    ],
)
def test_the_list_is_searched_and_filtered(
    client: TestClient, store: Database, query: str, there: list[str], absent: list[str]
) -> None:
    make(store)
    make(store, key="boss.nex", name="My Nex")
    text = " ".join(
        unescape(re.sub(r"<[^>]+>", " ", client.get(f"/activities?{query}").text)).split()
    )
    for words in there:
        assert words in text, words
    for words in absent:
        assert words not in text, words


def test_pages_keep_what_was_asked_for(client: TestClient) -> None:
    text = client.get("/activities?which=catalog&q=item&page=2").text
    assert 'href="/activities?q=item&amp;which=catalog&amp;page=3"' in text
    assert 'rel="prev" href="/activities?q=item&amp;which=catalog"' in text
    part = client.get("/activities?q=nex", headers={"hx-request": "true"}).text
    assert "<html" not in part


def test_the_list_leads_from_an_entry_to_its_changed_copy_and_back(
    client: TestClient, store: Database
) -> None:
    mine = make(store, key="boss.nex", name="My Nex")
    text = client.get("/activities?q=nex").text
    assert f'you have <a href="/activities/{mine}">a changed one</a>' in text
    assert 'instead of <a href="/activities/catalog/boss.nex">' in text
    entry = client.get("/activities/catalog/boss.nex").text
    assert f'<a href="/activities/{mine}">your My Nex</a>' in entry


def test_an_entry_shows_every_figure_with_its_source(client: TestClient) -> None:
    for entry in map(load_entry, catalog_keys()[::5]):
        text = unescape(client.get(f"/activities/catalog/{entry.key}").text)
        assert entry.activity.name in text
        assert " ".join(entry.note.split()) in " ".join(text.split())
        for figure in entry.figures:
            for code in (figure.source, *figure.others):
                assert f">{code}</" in text, code
            assert figure.why in text
        for drop in entry.activity.drop_keys:
            assert f">{drop}</th>" in text, drop


def test_an_entry_says_who_rolls_and_what_an_hour_brings(client: TestClient) -> None:
    text = " ".join(unescape(client.get("/activities/catalog/boss.nex").text).split())
    assert "One roll for the group: one of these, nothing 97.7 %" in text
    assert "In an hour for 5 together" in text
    # 15 attempts an hour, 1/10 each, 82.5 at a time.
    row = text.partition(">item.nihil_shard<")[2].partition("<abbr")[0]
    assert re.findall(r">([^<> ]+)<", row) == ["1/10", "80-85", "124"]
    assert ">one in 17.2 h<" in text


def test_a_key_that_the_catalog_has_not_is_not_found(client: TestClient) -> None:
    for path in ("/activities/catalog/boss.nexx", "/activities/new?from=boss.nexx"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "boss.nex" in answer.text


# -- the form ------------------------------------------------------------------------------------


def test_an_activity_is_made_shown_and_saved_again_as_written(
    client: TestClient, store: Database
) -> None:
    answer = client.post("/activities/new", data=NEX)
    assert answer.status_code == 303
    (nex,) = all_of(store)
    assert answer.headers["location"] == f"/activities/{nex.id}?done=made"
    assert {**nex.document, "bands": "", "time": str(nex.document["time"]["seconds"])} == {
        "key": "own.nex",
        "name": "Nex <b>",
        "group": {"solo": False, "min": 2, "want": 4, "max": 8, "max_wait": "10m"},
        "time": "240",
        "bands": "",
        "loot": [
            {"per": "group", "drops": [{"chance": "1/43", "gives": "item.piece"}]},
            {
                "rolls": 2,
                "drops": [{"chance": "1/6", "gives": {"item.shard": "50-100", "item.key": 1}}],
            },
        ],
        "requires": ["quest.a", "slayer.91"],
    }  # fmt: skip
    assert str(nex.document["bands"][0]["time"]) == "1.0"
    text = client.get(f"/activities/{nex.id}").text
    assert "Nex &lt;b&gt;" in text
    assert "Nex <b>" not in text
    sent = {**fields_of(text), "version": "1"}
    assert client.post(f"/activities/{nex.id}", data=sent).status_code == 303
    assert all_of(store) == [nex]  # not even its version has changed


WRONG = [
    ("key", "", "It is missing."),
    ("key", "Own Nex", "Expected a key such as boss.vorkath"),
    ("name", "x" * 121, "Expected at most 120 characters, got 121."),
    ("time.seconds", "", "It is missing."),
    ("time.seconds", "soon", "Expected a number above 0 such as 1.35, got 'soon'."),
    ("time.seconds", "90000", "Expected at most 86,400, got 90000."),
    ("time.spread", "-1", "Expected a number of seconds, 0 or more, got -1."),
    ("time.spread", "240", "A uniform time's spread must be smaller than its seconds."),
    ("time.law", "fixed", "time.spread: A fixed time has no spread: expected law uniform or norm"),
    ("time.law", "odd", "Expected uniform, normal or fixed, got 'odd'."),
    ("group.min", "5", "Expected min <= want <= max, got min 5, want 4, max 8."),
    ("group.min", "few", "Expected a whole number of at least 1, got 'few'."),
    ("group.want", "9", "group.min: Expected min <= want <= max, got min 2, want 9, max 8."),
    ("group.max", "101", "Expected at most 100, got 101."),
    ("group.max_wait", "a while", "Expected a duration such as 9d"),
    ("bands[0].sizes", "", "It is missing."),
    ("bands[0].sizes", "2-5", "bands[1].sizes: Bands overlap at size 5."),
    ("bands[1].time", "0", "Expected a number above 0 such as 1.35, got 0."),
    ("bands[1].chance", "x", "Expected a number above 0 such as 1.35, got 'x'."),
    ("loot[0].per", "clan", "Expected player or group, got 'clan'."),
    ("loot[1].rolls", "1001", "Expected at most 1,000, got 1001."),
    ("loot[1].rolls", "1.5", "Expected a whole number of at least 1, got 1.5."),
    ("loot[0].drops[0].chance", "", "It is missing."),
    ("loot[0].drops[0].chance", "often", "Expected a chance above 0 and at most 1"),
    ("loot[1].drops[0].gives[0].drop", "", "It is missing."),
    ("loot[1].drops[0].gives[0].drop", "Shard!", "Expected a key such as boss.vorkath"),
    ("loot[0].drops[0].gives[0].drop", "A piece", "Expected a key such as boss.vorkath"),
    ("loot[0].drops[0].gives[0].drop", "", "It is missing."),
    ("loot[1].drops[0].gives[1].drop", "item.shard", "It stands here twice."),
    ("loot[1].drops[0].gives[0].quantity", "some", "Expected a whole number above 0 or a range"),
    ("loot[1].drops[0].gives[0].quantity", "0", "Expected a whole number above 0 or a range"),
    ("loot[1].drops[0].gives[0].quantity", "1-999999", "Expected a range of at most 262,144"),
    ("loot[1].drops[1].gives[0].drop", "item.more", "loot[1].drops[1].chance: It is missing."),
    ("loot[1].drops[1].chance", "1/2", "loot[1].drops[1].gives[0].drop: It is missing."),
    ("requires", "quest.a, Slayer", "Expected a key such as boss.vorkath"),
]  # fmt: skip


def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(
    client: TestClient, store: Database
) -> None:
    for field, typed, said in WRONG:
        check_wrong(client, field, typed, said)
    assert all_of(store) == []


def check_wrong(client: TestClient, field: str, typed: str, said: str) -> None:
    answer = client.post("/activities/new", data={**NEX, field: typed})
    assert answer.status_code == 422
    other, is_elsewhere, told = said.partition(": ")
    if other not in NEX or not is_elsewhere:
        other, told = field, said
    ((place, found),) = refused(answer).items()
    assert place == re.sub(r"\W+", "-", other), typed
    assert told in unescape(found)
    kept = fields_of(answer.text)
    sent = {name: text for name, text in (NEX | {field: typed}).items() if name in kept}
    for name in sent.keys() - {"time.law", "loot[0].per"}:
        assert kept[name] == sent[name], name
    assert len(sent) >= len(NEX) - 2  # an empty row may go


@pytest.mark.parametrize(
    ("chances", "place"),
    [
        (
            {"loot[0].drops[0].chance": "80%", "loot[0].drops[1].chance": "0.3"},
            "loot-0-drops-0-chance",
        ),
        ({"loot[0].rolls": "2"}, "loot-0-drops-0-chance"),
        ({}, "loot-0-drops-0-chance"),
    ],
)
def test_a_loot_that_cannot_be_is_said_at_its_first_chance(
    client: TestClient, chances: dict[str, str], place: str
) -> None:
    drops = {
        field.replace(".chance", ".gives[0].drop"): "item.a"
        for field in chances
        if "drops" in field
    }
    answer = client.post(
        "/activities/new", data={"key": "a", "time.seconds": "9", **chances, **drops}
    )
    assert list(refused(answer)) == [place]
    if len(chances) == 2:
        assert "add up to 1.1, more than 1" in answer.text
        assert "chances add up to 110.0 %, more than 100 %" in answer.text


def test_who_is_always_alone_has_no_sizes(client: TestClient) -> None:
    answer = client.post("/activities/new", data={**NEX, "group.who": "alone"})
    assert list(refused(answer)) == ["group-min", "group-want", "group-max", "group-max_wait"]


def test_everything_wrong_is_said_at_once(client: TestClient) -> None:
    fields = ("key", "time.spread", "bands[0].time", "loot[0].drops[0].chance", "requires")
    answer = client.post("/activities/new", data={**NEX, **dict.fromkeys(fields, "É")})
    assert set(refused(answer)) == {re.sub(r"\W+", "-", field) for field in fields}


@pytest.mark.parametrize(
    ("button", "there", "absent"),
    [
        (("add", "loot"), ["loot[2].drops[0].gives[0].drop", "loot[2].per"], []),
        (
            ("add", "loot[0].drops"),
            ["loot[0].drops[1].chance", "loot[0].drops[1].gives[0].drop"],
            [],
        ),
        (("add", "loot[0].drops[0].gives"), ["loot[0].drops[0].gives[1].quantity"], []),
        (("add", "bands"), ["bands[2].sizes"], []),
        (("remove", "bands[0]"), ["bands[0].chance"], ["bands[1].sizes"]),
        (("remove", "loot[0]"), ["loot[0].drops[1].chance"], ["loot[1].per"]),
        (("remove", "loot[1].drops[0].gives[0]"), [], ["loot[1].drops[0].gives[1].drop"]),
    ],
)
def test_rows_are_added_and_removed_without_scripts(
    client: TestClient,
    store: Database,
    button: tuple[str, str],
    there: list[str],
    absent: list[str],
) -> None:
    answer = client.post("/activities/new", data={**NEX, button[0]: button[1]})
    assert answer.status_code == 200
    found = fields_of(answer.text)
    assert set(there) <= found.keys()
    assert not found.keys() & set(absent)
    assert found["name"] == "Nex <b>"
    assert "1/6" in found.values()
    assert refused(answer) == {}
    assert all_of(store) == []


def test_what_an_hour_brings_and_what_is_left_is_said_while_one_types(client: TestClient) -> None:
    text = " ".join(client.post("/activities/check", data=NEX).text.split())
    assert "for 4 together" in text
    assert (
        '<th scope="row">piece</th><td class="num">1/43</td><td class="num">one in 2.9 h</td>'
        in text
    )
    assert '<th scope="row">shard</th><td class="num">100</td><td class="num">1,500</td>' in text
    assert (
        '<output id="loot-0-nothing" class="nothing" hx-swap-oob="true">nothing 97.7 %</output>'
        in text
    )
    half = {**NEX, "loot[0].drops[0].chance": "1/", "loot[1].drops[0].chance": "1"}
    text = client.post("/activities/check", data=half).text
    assert "is said here while you type" in text
    assert 'hx-swap-oob="true"></output>' in text
    assert "always something" in text
    assert "Nothing" not in text


def test_a_key_of_the_catalog_is_told(client: TestClient, store: Database) -> None:
    said = "events that use yours play it instead"
    assert said in client.post("/activities/check", data={"key": "boss.nex"}).text
    assert said not in client.post("/activities/check", data=NEX).text
    changed = client.get("/activities/new?from=boss.nex").text
    assert said in changed
    sent = {**fields_of(changed), "time.seconds": "200"}
    assert client.post("/activities/new", data=sent).status_code == 303
    expected = catalog_activity("boss.nex")
    (mine,) = all_of(store)
    assert mine.document == {**expected, "time": {**expected["time"], "seconds": 200}}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"loot": "x", "bands": "x", "time": "x", "group": "x", "requires[0]": "x", "key[0]": "y"},
        {"loot[0]": "x", "loot[1].drops": "x", "loot[2].drops[0]": "x", "bands[0]": "x"},
        {"loot[0].drops[0].gives": "x", "loot[1].drops[0].gives[0]": "x", "loot[2].per": "\0"},
        {"loot[0].drops[0].gives[0].drop.x": "x", "loot[9999].rolls": "9" * 50, "version": "x"},
    ],
)
def test_nothing_that_is_sent_breaks_the_form(client: TestClient, sent: dict[str, str]) -> None:
    assert client.post("/activities/new", data=sent).status_code == 422
    assert client.post("/activities/check", data=sent).status_code == 200
    for button in ("add", "remove"):
        for place in ("loot", "loot[0]", "loot[0].drops", "x", ""):
            answer = client.post("/activities/new", data={**sent, button: place})
            assert answer.status_code == 200


# -- changing, copying, deleting -----------------------------------------------------------------


def test_who_saves_second_is_told_and_may_save_over_it(client: TestClient, store: Database) -> None:
    path = f"/activities/{make(store)}"
    sent = {**fields_of(client.get(path).text), "version": "1"}
    assert client.post(path, data={**sent, "name": "First"}).status_code == 303
    second = client.post(path, data={**sent, "name": "Second"})
    assert second.status_code == 409
    assert "Somebody else saved this activity meanwhile." in second.text
    assert fields_of(second.text)["name"] == "Second"
    assert all_of(store)[0].name == "First"
    over = {**sent, "name": "Second", "version": ["1", "2"]}  # as the button sends it
    assert client.post(path, data=over).status_code == 303
    assert all_of(store)[0].name == "Second"


def test_who_saves_what_was_deleted_keeps_what_was_typed(
    client: TestClient, store: Database
) -> None:
    made = make(store)
    path = f"/activities/{made}"
    sent = {**fields_of(client.get(path).text), "version": "1", "name": "Mine"}
    library.delete(store, ACTIVITY, made, 1)
    answer = client.post(path, data=sent)
    assert answer.status_code == 409
    assert "Somebody else deleted this activity meanwhile." in answer.text
    assert fields_of(answer.text)["name"] == "Mine"
    assert client.post(path, data={**sent, "as": "new"}).status_code == 303
    assert [one.name for one in all_of(store)] == ["Mine"]


def test_the_key_of_a_used_activity_stays(client: TestClient, store: Database) -> None:
    import_event(store, GOOD)
    nex = next(one for one in all_of(store) if one.name == "Nex")
    path = f"/activities/{nex.id}"
    sent = {**fields_of(client.get(path).text), "version": "1", "key": "own.other"}
    answer = client.post(path, data=sent)
    assert answer.status_code == 422
    assert "call it own.nex: make a copy" in refused(answer)["key"]


def test_a_copy_has_the_same_key(client: TestClient, store: Database) -> None:
    made = make(store)
    answer = client.post(f"/activities/{made}/copy")
    copy = next(one for one in all_of(store) if one.id != made)
    assert answer.headers["location"] == f"/activities/{copy.id}?done=copied"
    assert copy.document == {**LOGS, "name": "own.logs (copy)"}


def test_deleting_says_which_tiles_lose_what(client: TestClient, store: Database) -> None:
    event = import_event(store, GOOD).event
    nex = next(one for one in all_of(store) if one.name == "Nex")
    page = client.get(f"/activities/{nex.id}").text
    assert f'Used in <a href="/events/{event.id}">Winter Bingo 2026</a>' in page
    asked = " ".join(client.get(f"/activities/{nex.id}/delete").text.split())
    assert "tile armour loses a source (armour: the only one)" in asked
    answer = client.post(f"/activities/{nex.id}/delete", data={"version": "1"})
    assert answer.status_code == 409
    there = {"version": "1", "there": str(event.id)}
    gone = client.post(f"/activities/{nex.id}/delete", data=there)
    assert gone.headers["location"] == "/activities?done=deleted"
    assert [one.name for one in all_of(store)] == ["own.dragon"]


@pytest.mark.parametrize("name", ["x", "01a20a88-0404-72f5-b322-032362d41a7f"])
def test_what_is_not_there_is_not_found(client: TestClient, name: str) -> None:
    for path in (f"/activities/{name}", f"/activities/{name}/delete"):
        assert client.get(path).status_code == 404
    assert client.post(f"/activities/{name}/copy").status_code == 404


def test_drops_of_catalog_and_library_are_suggested(client: TestClient, store: Database) -> None:
    make(store)
    text = client.get("/activities/known").text
    for drop in ("item.log", "item.dragon_pickaxe", "kill"):
        assert f'<option value="{drop}">' in text
