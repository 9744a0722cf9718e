"""Players: the pages as they come over the wire."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.event.examples import example_file
from bingosim.library import store as library
from bingosim.library.imports import import_event
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi.testclient import TestClient
    from httpx2 import Response

    from bingosim.library.items import Item
    from bingosim.storage.database import Database

PLAYER = ItemKind.PLAYER
ADA = {
    "name": "Ada <b>",
    "speed": "1.40",
    "attends": "85%",
    "timezone": "Europe/London",
    "plays": "mon-fri 18:00 3h\nsat 22:10 4h",
    "away": "2026-12-07, 2026-12-24..2026-12-26",
    "has": "quest.ds2, slayer.91",
    "speeds[0].activity": "Vorkath",
    "speeds[0].speed": "1.2",
}


def all_of(store: Database) -> list[Item]:
    return [one.item for one in library.page(store, PLAYER, documents=True).listed]


def make(store: Database, **document: Any) -> UUID:
    return library.create(store, PLAYER, {"name": "Ada", **document}).id


def refused(answer: Response) -> dict[str, str]:
    """Return what is said, by the field it is said beside."""
    found = re.findall(r'<small class="wrong" id="([\w-]+)-wrong">(.*?)</small>', answer.text)
    for place, _ in found:
        marked = re.search(rf'id="{place}" [^>]*aria-describedby="{place}-wrong', answer.text)
        assert marked, f"{place} does not point to what is wrong with it"
    return dict(found)


def test_a_player_is_made_shown_and_saved_again_as_written(
    client: TestClient, store: Database
) -> None:
    answer = client.post("/players/new", data=ADA)
    assert answer.status_code == 303
    (ada,) = all_of(store)
    assert answer.headers["location"] == f"/players/{ada.id}?done=made"
    assert str(ada.document["speed"]) == "1.40"
    assert ada.document == {
        "name": "Ada <b>",
        "speed": Decimal("1.40"),
        "speeds": {"boss.vorkath": Decimal("1.2")},
        "has": ["quest.ds2", "slayer.91"],
        "attends": "85%",
        "timezone": "Europe/London",
        "plays": ["mon-fri 18:00 3h", "sat 22:10 4h"],
        "away": ["2026-12-07", "2026-12-24..2026-12-26"],
    }
    text = client.get(f"/players/{ada.id}").text
    assert "Ada &lt;b&gt;" in text
    assert "Ada <b>" not in text
    assert "<span data-hours>19.0</span>" in text
    typed = dict(re.findall(r'<input id="[\w-]+" name="([^"]+)" value="([^"]*)"', text))
    typed |= {"plays": ADA["plays"], "version": "1", "name": ADA["name"]}
    assert client.post(f"/players/{ada.id}", data=typed).status_code == 303
    assert all_of(store) == [ada]  # not even its version has changed


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "A player needs a name."),
        ("name", "x" * 121, "Expected at most 120 characters, got 121."),
        ("name", "a\0b", "Expected one line of text without control characters"),
        ("speed", "fast", "Expected a number above 0 such as 1.35, got &#39;fast&#39;."),
        ("attends", "120%", "Expected a chance from 0 to 1"),
        ("timezone", "London", "(did you mean &#39;Europe/London&#39;?)"),
        ("plays", "mon 18:00 3h\nsun 25:00 3h", "<code>sun 25:00 3h</code>: expected a start"),
        ("plays", "whenever", "Expected days, start and length"),
        ("plays", "daily 01:00 1h\n" * 51, "Expected at most 50, got 51."),
        ("away", "Christmas", "Expected a date such as 2026-12-07"),
        ("has", "quest.ds2, Slayer", "Expected a key such as boss.vorkath"),
        ("speeds[0].activity", "boss.vorkat", "There is no activity &#39;boss.vorkat&#39; (did"),
        ("speeds[0].activity", "", "It is missing."),
        ("speeds[0].speed", "", "Expected a number above 0"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(
    client: TestClient, store: Database, field: str, typed: str, said: str
) -> None:
    answer = client.post("/players/new", data={**ADA, field: typed})
    assert answer.status_code == 422
    place = re.sub(r"\W+", "-", field).strip("-")
    wrong = refused(answer)
    assert list(wrong) == [place]
    assert said in wrong[place]
    assert all_of(store) == []
    for value in (ADA | {field: typed}).values():
        if value.isprintable() and value != "Ada <b>" and value != "Vorkath":
            assert value in answer.text


def test_everything_wrong_is_said_at_once(client: TestClient) -> None:
    wrong = {"name": "", "speed": "0", "timezone": "Mars", "plays": "x", "has": "É", "away": "1"}
    answer = client.post("/players/new", data={**ADA, **wrong})
    assert set(refused(answer)) == set(wrong)


def test_rows_are_added_and_removed_without_scripts(client: TestClient, store: Database) -> None:
    added = client.post("/players/new", data={**ADA, "add": "speeds"})
    assert added.status_code == 200
    assert 'id="speeds-1-activity" name="speeds[1].activity" value=""' in added.text
    assert 'value="Vorkath"' in added.text
    removed = client.post("/players/new", data={**ADA, "remove": "speeds[0]"})
    assert "speeds[0]" not in removed.text
    assert all_of(store) == []


def test_who_saves_second_is_told_and_may_save_over_it(client: TestClient, store: Database) -> None:
    ada = make(store)
    first = client.post(f"/players/{ada}", data={"name": "First", "version": "1"})
    assert first.status_code == 303
    second = client.post(f"/players/{ada}", data={"name": "Second", "version": "1"})
    assert second.status_code == 409
    assert "Somebody else saved this player meanwhile." in second.text
    assert 'value="Second"' in second.text
    assert f'href="/players/{ada}" target="_blank"' in second.text
    assert '<input type="hidden" name="version" value="1">' in second.text
    assert all_of(store)[0].name == "First"
    over = {"name": "Second", "version": ["1", "2"]}  # as the button sends it
    assert client.post(f"/players/{ada}", data=over).status_code == 303
    assert all_of(store)[0].name == "Second"


def test_who_saves_what_was_deleted_keeps_what_was_typed(
    client: TestClient, store: Database
) -> None:
    ada = make(store)
    library.delete(store, PLAYER, ada, 1)
    answer = client.post(f"/players/{ada}", data={"name": "Mine", "version": "1"})
    assert answer.status_code == 409
    assert "Somebody else deleted this player meanwhile." in answer.text
    assert 'value="Mine"' in answer.text
    again = client.post(f"/players/{ada}", data={"name": "Mine", "version": "1", "as": "new"})
    assert again.status_code == 303
    assert [one.name for one in all_of(store)] == ["Mine"]


def test_a_speed_at_an_activity_that_is_gone_may_stay(client: TestClient, store: Database) -> None:
    ada = make(store, speeds={"clan.chest": 2})
    sent = {"name": "Ada", "version": "1", "speeds[0].activity": "clan.chest"}
    saved = client.post(f"/players/{ada}", data={**sent, "speeds[0].speed": "3"})
    assert saved.status_code == 303
    assert all_of(store)[0].document["speeds"] == {"clan.chest": 3}


def test_a_copy_is_another_player(client: TestClient, store: Database) -> None:
    ada = make(store, has=["slayer.91"])
    answer = client.post(f"/players/{ada}/copy")
    copy = next(one for one in all_of(store) if one.id != ada)
    assert answer.headers["location"] == f"/players/{copy.id}?done=copied"
    assert copy.document == {"name": "Ada (copy)", "has": ["slayer.91"]}


def test_deleting_says_what_events_lose_and_takes_it_from_them(
    client: TestClient, store: Database
) -> None:
    event = import_event(store, example_file("tiny").read_bytes()).event
    player = next(one for one in all_of(store) if one.name in str(event.document["teams"]))
    base = f"/players/{player.id}"
    version = str(player.version)
    assert '<dialog id="delete" aria-labelledby="delete-title">' in client.get(base).text
    asked = client.get(f"{base}/delete").text
    assert "Tiny bingo" in asked
    assert "loses this player" in asked
    refused = client.post(f"{base}/delete", data={"version": version})
    assert refused.status_code == 409
    assert "Nothing was deleted: events use it." in refused.text
    assert player in all_of(store)
    there = {"version": version, "there": str(event.id)}
    assert client.post(f"{base}/delete", data=there).headers["location"] == "/players?done=deleted"
    assert player not in all_of(store)
    left = library.read(store, ItemKind.EVENT, event.id).document
    assert all(player.name not in team.get("players", ()) for team in left["teams"])


def test_what_was_changed_or_used_since_it_was_shown_is_not_deleted(
    client: TestClient, store: Database
) -> None:
    event = import_event(store, example_file("tiny").read_bytes()).event
    player = next(one for one in all_of(store) if one.name in str(event.document["teams"]))
    base = f"/players/{player.id}"
    elsewhere = {"version": str(player.version), "there": str(player.id)}
    assert client.post(f"{base}/delete", data=elsewhere).status_code == 409
    stale = client.post(f"{base}/delete", data={"version": "7", "there": str(event.id)})
    assert stale.status_code == 409
    assert "somebody changed it meanwhile" in stale.text
    assert player in all_of(store)


@pytest.mark.parametrize(
    "path", ["/players/x", "/players/01a20a88-0404-72f5-b322-032362d41a7f", "/players/x/delete"]
)
def test_who_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(f"{path.removesuffix('/delete')}/copy").status_code == 404


def test_an_event_is_no_player(client: TestClient, store: Database) -> None:
    event = import_event(store, example_file("tiny").read_bytes()).event
    assert client.get(f"/players/{event.id}").status_code == 404


def test_the_list_is_searched_and_paged(client: TestClient, store: Database) -> None:
    assert "Nobody is here yet." in client.get("/players").text
    for number in range(120):
        make(store, name=f"Player {number:03}", has=["slayer.91"] if number == 7 else [])
    first = client.get("/players").text
    assert "120 in all" in first
    assert "page 1 of 3" in first
    assert "Player 049" in first
    assert "Player 050" not in first
    assert 'rel="next" href="/players?page=2"' in first
    last = client.get("/players?q=player&page=3").text
    assert "Player 119" in last
    assert 'rel="prev" href="/players?q=player&amp;page=2"' in last
    assert 'rel="next"' not in last
    part = client.get("/players?q=slayer.91", headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "Player 007" in part
    assert "1 in all" in part
    assert "No player is like that." in client.get("/players?q=nobody").text


def test_what_may_be_named_is_suggested(client: TestClient, store: Database) -> None:
    import_event(store, example_file("tiny").read_bytes())
    make(store, has=["capability.of_mine"])
    text = client.get("/players/known").text
    for value in ("boss.vorkath", "clan.chest", "quest.regicide", "capability.of_mine"):
        assert f'<option value="{value}">' in text
    assert '<option value="Europe/London">' in text


CLAN = "name,speed,plays\nAda,1.2,mon-fri 18:00 3h\nBo,fast,\nCy,,\n"


def chosen(text: str) -> list[str]:
    return re.findall(r'name="line" value="(\d+)" checked', text)


def test_players_are_looked_at_then_added_as_far_as_wanted(
    client: TestClient, store: Database
) -> None:
    make(store, name="CY")
    shown = client.post("/players/import", data={"csv": CLAN})
    assert shown.status_code == 200
    assert "Line 3" in shown.text
    assert "expected a number above 0" in shown.text
    assert chosen(shown.text) == ["2"]  # Cy is there already, Bo is wrong
    assert "is in the library already" in shown.text
    (seen,) = re.findall(r'name="seen" value="(\w+)"', shown.text)
    wanted = {"csv": CLAN, "seen": seen, "then": "add", "line": ["2", "4", "3", "99"]}
    answer = client.post("/players/import", data=wanted)
    assert answer.headers["location"] == "/players?done=imported"
    assert sorted(one.name for one in all_of(store)) == ["Ada", "CY", "Cy"]


def test_nothing_is_added_that_was_not_looked_at_or_chosen(
    client: TestClient, store: Database
) -> None:
    shown = client.post("/players/import", data={"csv": CLAN}).text
    (seen,) = re.findall(r'name="seen" value="(\w+)"', shown)
    sent = {"csv": CLAN, "seen": seen, "then": "add"}
    nobody = client.post("/players/import", data=sent)
    assert (nobody.status_code, "Choose whom to add." in nobody.text) == (422, True)
    changed = client.post("/players/import", data={**sent, "csv": CLAN + "Dee,,\n", "line": "5"})
    assert (changed.status_code, "look at it once more" in changed.text) == (422, True)
    assert chosen(changed.text) == ["5"]
    assert all_of(store) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it names nobody: it is empty"),
        ("name\nÄda\n".encode("latin-1"), "not text in UTF-8"),
        (b"a,b\n1,2\n", "expected a column called name, player or username"),
        (b"x" * (2**20 + 1), "too large"),
    ],
)
def test_what_cannot_be_read_is_refused_and_stays(
    client: TestClient, content: bytes, said: str
) -> None:
    answer = client.post("/players/import", files={"file": ("clan.csv", content)})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_file_counts_as_the_text(client: TestClient) -> None:
    marked = {"file": ("clan.csv", CLAN.encode("utf-8-sig"))}
    answer = client.post("/players/import", data={"csv": ""}, files=marked)
    assert chosen(answer.text) == ["2", "4"]
    assert "Ada,1.2,mon-fri 18:00 3h" in answer.text  # it can be edited now


def test_programs_import_as_the_page_does(client: TestClient, store: Database) -> None:
    path = "/api/v1/players/import"
    make(store, name="BO")
    table = {"csv": "name;speed\nAda;1,40\nBo;2\n"}
    looked = client.post(f"{path}/look", json=table)
    assert (looked.status_code, looked.json()["kind"]) == (200, "a table")
    assert '{"line":2,"document":{"name":"Ada","speed":1.40}}' in looked.text
    kept = client.post(path, json=table)
    assert (kept.status_code, kept.json()["left"]) == (201, ["Bo"])
    assert [str(one.id) for one in all_of(store) if one.name == "Ada"] == kept.json()["created"]
    for csv, said in (("name\nCy\n,x\n", "expected 1 column, found 2"), ("", "it names nobody")):
        refused = client.post(path, json={"csv": csv})
        assert (refused.status_code, refused.headers["content-type"]) == (
            422,
            "application/problem+json",
        )
        assert said in refused.json()["findings"][0]["message"]
    assert len(all_of(store)) == 2
