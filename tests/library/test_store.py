"""Items are kept, found, changed one after the other, and never orphaned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bingosim.errors import DocumentError, InputError, InUseError, MissingError, StaleError
from bingosim.library import board, imports, teams, uses
from bingosim.library import store as library
from bingosim.library.assemble import load
from bingosim.library.documents import catalog_activity, new_event
from bingosim.storage.tables import ItemKind
from tests.library.conftest import ada

if TYPE_CHECKING:
    from bingosim.library.assemble import Whole
    from bingosim.library.items import Item
    from bingosim.storage.database import Database

PLAYER, ACTIVITY, EVENT = ItemKind.PLAYER, ItemKind.ACTIVITY, ItemKind.EVENT


def draft_of(store: Database) -> Item:
    """An event with nothing in it."""
    document = new_event("Summer Bingo", "2026-07-03T18:00", "Europe/London", "2d")
    return library.create(store, EVENT, document)


def messages(whole: Whole) -> list[str]:
    return [found.message for found in whole.check().findings]


def test_an_item_is_made_read_changed_and_deleted(store: Database) -> None:
    made = library.create(store, PLAYER, ada(speed=1.4))
    assert (made.name, made.version, made.kind) == ("Ada", 1, PLAYER)
    assert library.read(store, PLAYER, made.id) == made
    changed = library.save(store, PLAYER, made.id, ada(speed=1.5), made.version)
    assert (changed.version, str(changed.document["speed"])) == (2, "1.5")
    assert library.delete(store, PLAYER, made.id, changed.version) == ()
    with pytest.raises(MissingError, match="there is no player"):
        library.read(store, PLAYER, made.id)


def test_a_second_change_of_what_was_read_once_is_refused(store: Database) -> None:
    made = library.create(store, PLAYER, ada())
    library.save(store, PLAYER, made.id, ada(speed=2), 1)
    for attempt in (
        lambda: library.save(store, PLAYER, made.id, ada(speed=3), 1),
        lambda: library.delete(store, PLAYER, made.id, 1),
    ):
        with pytest.raises(StaleError, match="changed meanwhile") as raised:
            attempt()
        assert raised.value.version == 2
    assert library.read(store, PLAYER, made.id).document == ada(speed=2)


def test_saving_what_is_there_already_is_no_change(store: Database) -> None:
    made = library.create(store, PLAYER, ada(speed=1.40))
    assert library.save(store, PLAYER, made.id, ada(speed=1.4), 1) == made


def test_an_item_of_another_kind_is_not_there(store: Database) -> None:
    made = library.create(store, PLAYER, ada())
    for attempt in (
        lambda: library.read(store, ACTIVITY, made.id),
        lambda: library.save(store, PLAYER, uuid4(), ada(), 1),
        lambda: library.delete(store, EVENT, made.id, 1),
        lambda: library.copy(store, ACTIVITY, made.id),
        lambda: library.effects(store, EVENT, uuid4()),
        lambda: load(store, made.id),
    ):
        with pytest.raises(MissingError):
            attempt()


def test_lists_are_searched_paged_and_tell_who_uses_what(store: Database, winter: Whole) -> None:
    for number in range(5):
        library.create(store, PLAYER, {"name": f"Æon {number}", "has": ["quest.ds2"]})
    first = library.page(store, PLAYER, "", most=4)
    assert [one.item.name for one in first.listed] == ["Ada", "Bo", "Cleo", "Dag"]
    assert (first.total, first.next) == (9, 4)
    assert [[use.event for use in one.events] for one in first.listed] == [[winter.event.id]] * 4
    last = library.page(store, PLAYER, "", most=50, offset=4, documents=True)
    assert [one.item.name for one in last.listed] == [f"Æon {number}" for number in range(5)]
    assert (last.next, last.listed[0].events) == (None, ())
    assert last.listed[0].item.document["has"] == ["quest.ds2"]
    for words, found in (("æON 3", 1), ("quest.DS2", 5), ("%", 0), ("capability war", 4)):
        assert library.page(store, PLAYER, words).total == found, words
    assert library.page(store, ACTIVITY, "shard").listed[0].item.name == "Nex"
    newest = library.page(store, PLAYER, "", order="changed", most=1)
    assert newest.listed[0].item.name == "Æon 4"


@pytest.mark.parametrize(
    ("kind", "document", "path", "message"),
    [
        (PLAYER, {"name": "Ada", "speed": 0}, "speed", "expected a number above 0"),
        (PLAYER, {"speed": 1}, "", "`name` is missing"),
        (PLAYER, {"name": "Ada", "plays": ["sometimes"]}, "plays[0]", "got 'sometimes'"),
        (ACTIVITY, {"key": "A b", "time": {"seconds": 1}, "loot": []}, "key", "expected a key"),
        (EVENT, {"bingosim": 2}, "bingosim", "expected 1"),
        (EVENT, {"bingosim": 1, "players": []}, "players", "stand beside"),
        (PLAYER, [], "", "expected a mapping"),
    ],
)
def test_what_is_malformed_is_refused_field_by_field(
    store: Database, kind: ItemKind, document: Any, path: str, message: str
) -> None:
    with pytest.raises(DocumentError) as raised:
        library.create(store, kind, document)
    assert message in raised.value.wrong[path]
    assert library.page(store, kind).total == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**50, b"x", "\ud800", {1: 2}])
def test_what_no_file_can_hold_is_refused(store: Database, value: Any) -> None:
    with pytest.raises(InputError):
        library.create(store, PLAYER, ada(speed=value))


def test_a_copy_of_an_event_uses_the_same(store: Database, winter: Whole) -> None:
    copy = load(store, library.copy(store, EVENT, winter.event.id).id)
    assert copy.event.name == "Winter Bingo 2026 (copy)"
    assert (copy.players, copy.activities) == (winter.players, winter.activities)
    longest = library.create(store, PLAYER, {"name": "x" * 120})
    assert library.copy(store, PLAYER, longest.id).name == "x" * 113 + " (copy)"


def test_a_renamed_player_is_renamed_in_their_teams(store: Database, winter: Whole) -> None:
    cleo = winter.player("Cleo")
    assert cleo is not None
    library.save(store, PLAYER, cleo.id, {**cleo.document, "name": "Cleopatra"}, 1)
    after = load(store, winter.event.id)
    assert (after.event.version, messages(after)) == (2, messages(winter))
    assert after.event.document["teams"][1]["players"] == ["Cleopatra", "Dag"]
    with pytest.raises(DocumentError) as raised:
        library.save(store, PLAYER, cleo.id, {**cleo.document, "name": "Ada"}, 2)
    assert "has another player of this name" in raised.value.wrong["name"]
    assert load(store, winter.event.id) == after


def test_an_activity_that_is_used_keeps_its_key(store: Database, winter: Whole) -> None:
    nex = winter.activities[0]
    with pytest.raises(DocumentError) as raised:
        library.save(store, ACTIVITY, nex.id, {**nex.document, "key": "own.other"}, 1)
    assert "call it own.nex" in raised.value.wrong["key"]
    copy = library.copy(store, ACTIVITY, nex.id)
    moved = {**copy.document, "key": "own.other"}
    assert library.save(store, ACTIVITY, copy.id, moved, 1).document["key"] == "own.other"


def test_a_used_player_is_deleted_from_their_team_or_not_at_all(
    store: Database, winter: Whole
) -> None:
    bo = winter.player("Bo")
    assert bo is not None
    with pytest.raises(InUseError, match="Bo is used by Winter Bingo 2026") as raised:
        library.delete(store, PLAYER, bo.id, 1)
    (effect,) = raised.value.effects
    assert (effect.event, effect.teams, effect.tiles) == (winter.event.id, ("Alpha",), ())
    assert library.delete(store, PLAYER, bo.id, 1, cascade=True) == (effect,)
    after = load(store, winter.event.id)
    assert [player.name for player in after.players] == ["Ada", "Cleo", "Dag"]
    assert after.event.document["teams"][0]["players"] == ["Ada"]
    assert after.event.version == 2


def test_a_tile_that_loses_its_only_activity_stays_unfinished(
    store: Database, winter: Whole
) -> None:
    dragon = winter.activities[1]
    (effect,) = library.delete(store, ACTIVITY, dragon.id, 1, cascade=True)
    assert (effect.tiles, effect.bare, effect.teams) == (("heads", "set"), ("heads", "set"), ())
    after = load(store, winter.event.id)
    said = {(found.path, found.message) for found in after.check().findings}
    assert ("board.rows[0][0].from", "expected at least one, got none") in said
    assert after.check().event is None


def test_a_tile_falls_back_to_the_catalogs_activity(store: Database) -> None:
    own = library.create(store, ACTIVITY, catalog_activity("boss.vorkath"))
    event = draft_of(store)
    event = uses.set_activities(store, event.id, [own.id], event.version)
    tile = {
        "key": "heads",
        "points": 1,
        "from": [{"activity": "boss.vorkath", "accepts": ["item.vorkaths_head"]}],
    }
    document = board.add_tile(board.add_row(event.document), 0, tile)
    event = library.save(store, EVENT, event.id, document, event.version)
    (effect,) = library.delete(store, ACTIVITY, own.id, 1, cascade=True)
    assert (effect.catalog, effect.tiles) == (("heads",), ())
    assert load(store, event.id).event.document == document


def test_a_deleted_event_leaves_what_it_used(store: Database, winter: Whole) -> None:
    assert library.delete(store, EVENT, winter.event.id, 1) == ()
    assert library.page(store, PLAYER).total == 4
    assert library.page(store, PLAYER).listed[0].events == ()


def test_an_event_is_drafted_from_nothing(store: Database) -> None:
    event = draft_of(store)
    assert {"the board has no tiles", "the event has no teams"} <= set(
        messages(load(store, event.id))
    )
    people = imports.add(store, PLAYER, [ada(), {"name": "Bo"}, ada()])
    assert (len(people.ids), len(people.created), people.ids[0]) == (3, 2, people.ids[2])
    event = uses.set_players(store, event.id, people.ids[:2], event.version)
    document = teams.add_team(event.document, {"name": "Red", "players": []})
    event = library.save(store, EVENT, event.id, document, event.version)
    document = teams.draft(event.document, "Ada", 0)
    event = library.save(store, EVENT, event.id, document, event.version)
    assert (event.version, event.document["teams"][0]["players"]) == (4, ["Ada"])
    tile = {
        "key": "heads",
        "points": 1,
        "from": [{"activity": "boss.vorkath", "accepts": ["item.vorkaths_head"]}],
    }
    document = board.add_tile(board.add_row(event.document), 0, tile)
    library.save(store, EVENT, event.id, document, event.version)
    checked = load(store, event.id).check()
    assert checked.event is not None
    (odd,) = checked.findings
    assert (odd.item.name, odd.path, odd.severity) == ("Bo", "", "warning")


def test_an_event_uses_players_of_different_names(store: Database) -> None:
    event = draft_of(store)
    one, two = (library.create(store, PLAYER, ada(speed=speed)) for speed in (1, 2))
    for wanted in ([one.id, two.id], [one.id, one.id]):
        with pytest.raises(InputError, match="two of them are called 'Ada'"):
            uses.set_players(store, event.id, wanted, 1)
    with pytest.raises(MissingError):
        uses.set_players(store, event.id, [event.id], 1)
    used = uses.set_players(store, event.id, [two.id], 1)
    assert used.version == 2
    assert uses.set_players(store, event.id, [two.id], 2) == used
    with pytest.raises(StaleError):
        uses.set_players(store, event.id, [], 1)


def test_who_is_taken_out_of_an_event_leaves_their_team(store: Database, winter: Whole) -> None:
    ids = [player.id for player in winter.players]
    with pytest.raises(InUseError, match="Dag") as raised:
        uses.set_players(store, winter.event.id, ids[:3], 1)
    assert raised.value.effects[0].teams == ("Beta",)
    uses.set_players(store, winter.event.id, ids[2::-1], 1, cascade=True)
    after = load(store, winter.event.id)
    assert [player.name for player in after.players] == ["Cleo", "Bo", "Ada"]
    assert after.event.document["teams"][1]["players"] == ["Cleo"]
    assert after.activities == winter.activities


def test_findings_name_the_item_they_are_about(store: Database, winter: Whole) -> None:
    cleo = winter.player("Cleo")
    assert cleo is not None
    library.save(store, PLAYER, cleo.id, {**cleo.document, "plays": [], "attends": "1/2"}, 1)
    found = load(store, winter.event.id).check().findings[-1]
    assert (found.item.id, found.path, found.severity) == (cleo.id, "attends", "warning")
