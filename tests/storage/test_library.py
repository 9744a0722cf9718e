"""The library's statements, and what people do at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bingosim.errors import BingoSimError, MissingError, StaleError
from bingosim.library import store, teams, uses
from bingosim.library.assemble import load
from bingosim.library.documents import new_event
from bingosim.library.imports import import_event
from bingosim.storage import library as stored
from bingosim.storage.library import Content, Wanted
from bingosim.storage.tables import ItemKind
from tests.unit.event_samples import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.storage.database import Database

PLAYER, EVENT = ItemKind.PLAYER, ItemKind.EVENT


def content(name: str, more: str = "") -> Content:
    return Content(PLAYER, name, f'{{"name":"{name}"}}', f"{name}\n{more}")


def test_items_are_listed_in_the_order_of_code_points_whatever_the_server_speaks(
    database: Database,
) -> None:
    names = ["b", "A", "_", "Ä", "a1", "Z", "ß"]
    with database.write() as connection:
        stored.insert_items(connection, [content(name) for name in names])
    with database.read() as connection:
        rows, total = stored.page_items(connection, Wanted(PLAYER), 3, 1)
        assert ([row.name for row in rows], total) == (["A", "a1", "b"], 7)
        everything, _ = stored.page_items(connection, Wanted(PLAYER), 50)
        assert [row.name for row in everything] == sorted(names, key=str.casefold)
        assert {row.document for row in everything} == {""}
        (row,), _ = stored.page_items(connection, Wanted(PLAYER, ("ä",), documents=True), 3)
        assert row.document == content("Ä").document


def test_words_are_looked_for_as_they_are(database: Database) -> None:
    with database.write() as connection:
        stored.insert_items(connection, [content("100%"), content("a_b", "QUEST.ds2")])
    with database.read() as connection:
        for word, count in (("0%", 1), ("%", 1), ("_", 1), ("quest", 1), ("Quest.DS", 1), ("/", 0)):
            assert stored.page_items(connection, Wanted(PLAYER, (word,)), 9)[1] == count, word


def test_the_oldest_of_equal_items_is_found(database: Database) -> None:
    with database.write() as connection:
        first, second, _ = stored.insert_items(connection, [content(name) for name in "aab"])
        assert first < second
        found = stored.find_equal(connection, [content("a"), content("c")])
    assert found == {content("a").sha256: first}
    assert content("a").sha256 != content("a")._replace(kind=EVENT).sha256


def test_a_change_needs_the_version_that_is_there(database: Database) -> None:
    with database.write() as connection:
        (id_,) = stored.insert_items(connection, [content("a")])
        assert stored.update_item(connection, id_, 2, content("b")) is None
        changed = stored.update_item(connection, id_, 1, content("b"))
        assert changed is not None
        assert (changed.name, changed.version) == ("b", 2)


def test_of_many_who_save_at_once_one_does(database: Database) -> None:
    made = store.create(database, PLAYER, {"name": "Ada"})

    def save(speed: int) -> bool:
        try:
            store.save(database, PLAYER, made.id, {"name": "Ada", "speed": speed}, 1)
        except StaleError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(save, range(2, 6))) == 1
    assert store.read(database, PLAYER, made.id).version == 2


@pytest.mark.parametrize("round_", range(3))
def test_what_is_done_at_once_leaves_no_name_of_nobody(database: Database, round_: int) -> None:
    event = import_event(database, GOOD).event.id
    whole = load(database, event)
    ada, cleo = whole.player("Ada"), whole.player("Cleo")
    assert ada is not None
    assert cleo is not None
    other = store.create(database, EVENT, new_event("Other", "2026-07-03T18:00", "UTC", "2d"))

    def draft() -> None:
        for name in ("Ada", "Cleo"):
            there = load(database, other.id)
            if there.player(name) is not None:
                document = teams.add_team(there.event.document, {"name": name, "players": [name]})
                store.save(database, EVENT, other.id, document, there.event.version)

    actions: list[Callable[[], object]] = [
        lambda: store.delete(database, PLAYER, ada.id, 1, cascade=True),
        lambda: store.save(database, PLAYER, cleo.id, {"name": f"Cleo {round_}"}, 1),
        lambda: uses.set_players(database, other.id, [cleo.id, ada.id], 1),
        lambda: uses.set_players(database, event, [cleo.id], 1, cascade=True),
        draft,
        lambda: store.copy(database, EVENT, event),
    ]

    def tried(action: Callable[[], object]) -> None:
        try:
            action()
        except (StaleError, MissingError):
            return
        except BingoSimError as error:
            pytest.fail(f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(tried, [*actions, *actions]))
    for listed in store.page(database, EVENT).listed:
        after = load(database, listed.item.id)
        names = {player.name for player in after.players}
        drafted = {name for team in after.event.document["teams"] for name in team["players"]}
        assert drafted <= names, listed.item.name
