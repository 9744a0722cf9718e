"""What is wrong with a piece is said beside its field, in a person's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bingosim.errors import EventFileError, InputError, UnknownKeyError
from bingosim.event.catalog import catalog_keys
from bingosim.library import documents, imports, uses
from bingosim.library import store as kept
from bingosim.library.assemble import load
from bingosim.storage.tables import ItemKind
from tests.unit.event_samples import GOOD, changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.library.documents import Wrong
    from bingosim.storage.database import Database

SOURCE = {"activity": "boss.vorkath", "accepts": ["item.vorkaths_head"]}
TILE = {"key": "heads", "points": 1, "from": [SOURCE]}
HEADER = {
    "name": "Summer",
    "start": "2026-07-03T18:00",
    "timezone": "UTC",
    "duration": "2d",
}


@pytest.mark.parametrize(
    ("check", "sound", "change", "path", "message"),
    [
        (documents.check_tile, TILE, {"need": 0}, "need", "expected at least 1, got 0"),
        (documents.check_tile, TILE, {"points": None}, "points", "expected a whole number"),
        (
            documents.check_tile,
            TILE,
            {"from": [{**SOURCE, "accepts": ["x", "item A"]}]},
            "from[0].accepts[1]",
            "expected a key",
        ),
        (documents.check_source, SOURCE, {"modifiers": [{}]}, "modifiers[0]", "`has` is missing"),
        (
            documents.check_bonus,
            {"name": "card", "tiles": "all", "points": 3},
            {"tiles": []},
            "tiles",
            "expected at least one, got none",
        ),
        (documents.check_header, HEADER, {"timezone": "Mars"}, "timezone", "Mars"),
        (documents.check_header, HEADER, {"duration": "2w"}, "duration", "expected a duration"),
        (
            documents.check_team,
            {"name": "Red", "players": ["Ada"]},
            {"strategy": "gredy"},
            "strategy",
            "did you mean 'greedy'",
        ),
        (
            documents.check_team,
            {"name": "Red", "players": []},
            {"params": {"max_players": 0}},
            "params.max_players",
            "expected at least 1",
        ),
        (documents.check_player, {"name": "Ada"}, {"sped": 1}, "sped", "did you mean 'speed'"),
        (
            documents.check_activity,
            {
                "key": "a",
                "time": {"seconds": 9},
                "loot": [{"drops": [{"chance": 1, "gives": "b"}]}],
            },
            {"loot": [{"drops": [{"chance": 1, "gives": {"b": "1-9999999"}}]}]},
            "loot[0].drops[0].gives.b",
            "expected a range of at most",
        ),
    ],
)
def test_a_field_that_is_wrong_is_told_with_its_path(
    check: Callable[[Any], Wrong],
    sound: dict[str, Any],
    change: dict[str, Any],
    path: str,
    message: str,
) -> None:
    assert check(sound) == {}
    found = check({**sound, **change})
    assert list(found) == [path]
    assert message in found[path]


def test_all_that_is_wrong_with_an_event_is_told_at_once() -> None:
    event = documents.new_event("", "tomorrow", "UTC", "2d")
    event["board"] = {"kind": "grid", "rows": [[TILE, {"key": 1}], "x"], "lines": 0}
    event["teams"] = [{"name": "Red"}]
    event["palyers"] = []
    found = documents.check_event(event)
    assert {
        "palyers",
        "event.name",
        "event.start",
        "board.rows[0][1]",
        "board.rows[0][1].key",
        "board.rows[1]",
        "board.lines",
        "teams[0]",
    } == set(found)
    assert found["board.rows[0][1]"] == "`points` is missing; `from` is missing"


def test_more_mistakes_than_anybody_reads_are_cut_off() -> None:
    found = documents.check_event({**documents.new_event("A", "", "UTC", 1), "teams": [{}] * 999})
    assert len(found) > 100


def test_every_activity_of_the_catalog_can_be_made_ones_own() -> None:
    for key in catalog_keys():
        activity = documents.catalog_activity(key)
        assert (activity["key"], documents.check_activity(activity)) == (key, {})
    with pytest.raises(UnknownKeyError, match=r"boss\.vorkath"):
        documents.catalog_activity("boss.vorkat")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("- {name: Bo,", "- {name: Ada,", "players[1].name"),
        ("- key: own.dragon", "- key: own.nex", "activities[1].key"),
        ("50-100", "50-9999999", "activities[0].loot[1].drops[0].gives['item.shard']"),
        ("speed: 1.25", "speed: fast", "players[3].speed"),
        ("bingosim: 1", "bingosim: 2", "bingosim"),
    ],
)
def test_a_file_with_malformed_pieces_leaves_no_trace(
    store: Database, old: str, new: str, path: str
) -> None:
    with pytest.raises(EventFileError) as raised:
        imports.import_event(store, changed(old, new), "mine.yaml")
    (found,) = raised.value.findings
    assert (found.path, found.file, found.line > 0) == (path, "mine.yaml", True)
    assert all(kept.page(store, kind).total == 0 for kind in ItemKind)


def test_an_unfinished_file_is_imported_with_what_it_lacks(store: Database) -> None:
    text = changed("activity: own.nex, accepts", "activity: own.nix, accepts")
    done = imports.import_event(store, text)
    (error,) = [one for one in done.findings if one.severity == "error"]
    assert (error.line, error.path) == (14, "board.rows[0][1].from[0].activity")
    assert load(store, done.event.id).check().event is None


def test_an_event_has_not_more_players_than_can_play(store: Database) -> None:
    many = [{"name": f"P{number}"} for number in range(1_001)]
    text = GOOD.replace(
        "teams:\n", "".join(f"  - {{name: {p['name']}}}\n" for p in many) + "teams:\n"
    )
    with pytest.raises(EventFileError, match="expected at most 1,000 players, got 1,005"):
        imports.import_event(store, text)
    added = imports.add(store, ItemKind.PLAYER, many)
    event = kept.create(
        store, ItemKind.EVENT, documents.new_event("A", "2026-07-03T18:00", "UTC", "2d")
    )
    with pytest.raises(InputError, match="at most 1,000"):
        uses.set_players(store, event.id, added.ids, 1)
    assert uses.set_players(store, event.id, added.ids[1:], 1).version == 2
