"""Activities of library and catalog as one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.event.catalog import catalog_keys
from bingosim.library import store as library
from bingosim.library.activities import Which, overrides, page
from bingosim.library.documents import catalog_activity
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from bingosim.library.activities import Line
    from bingosim.library.assemble import Whole
    from bingosim.library.items import Item
    from bingosim.storage.database import Database

COUNT = len(catalog_keys())


def make(store: Database, key: str, name: str) -> Item:
    document = {**catalog_activity("boss.nex"), "key": key, "name": name}
    return library.create(store, ItemKind.ACTIVITY, document)


def pages(store: Database, which: Which, most: int, q: str = "") -> list[Line]:
    """Return a whole list, read page by page."""
    lines: list[Line] = []
    while True:
        found = page(store, q, which, most=most, offset=len(lines))
        if not found.lines:
            assert len(lines) == found.total
            return lines
        assert len(found.lines) <= most
        lines += found.lines


def test_pages_go_from_ones_own_to_the_catalog_without_a_gap(store: Database) -> None:
    for number in range(7):
        make(store, f"own.nex_{number}", f"Nex {number}")
    for most in (1, 5, 7, 50, 500):
        lines = pages(store, Which.ALL, most)
        assert [line.activity.key for line in lines[:7]] == [f"own.nex_{n}" for n in range(7)]
        assert {line.activity.key for line in lines[7:]} == set(catalog_keys())
        assert [line.item is None for line in lines] == [False] * 7 + [True] * COUNT
    assert len(pages(store, Which.OWN, 3)) == 7
    assert len(pages(store, Which.CATALOG, 50)) == COUNT
    found = pages(store, Which.ALL, 2, "nihil HORN")
    assert [line.activity.name for line in found] == [f"Nex {n}" for n in range(7)] + ["Nex"]
    assert {tuple(line.found) for line in found} == {("item.nihil_horn",)}


def test_what_replaces_an_entry_is_found_by_it(store: Database) -> None:
    second, first = make(store, "boss.zulrah", "b"), make(store, "boss.vorkath", "a")
    make(store, "own.nex", "c")
    third = make(store, "boss.vorkath", "d")
    assert {key: [one.item for one in same] for key, same in overrides(store).items()} == {
        "boss.vorkath": [first, third],
        "boss.zulrah": [second],
    }
    assert [line.item for line in pages(store, Which.OVERRIDES, 2)] == [first, second, third]
    assert [line.item for line in pages(store, Which.OVERRIDES, 2, "zulrah")] == [second]
    (entry,) = pages(store, Which.CATALOG, 9, "boss.vorkath")
    assert (entry.item, entry.changed) == (None, [first, third])
    own = page(store, "", Which.OWN, most=1, offset=0).lines[0]
    assert own.entry is not None
    assert own.entry.key == "boss.vorkath"


def test_events_that_use_one_are_told(store: Database, winter: Whole) -> None:
    lines = pages(store, Which.OWN, 9)
    assert [line.activity.name for line in lines] == ["Nex", "own.dragon"]
    assert [[use.event for use in line.events] for line in lines] == [[winter.event.id]] * 2
