"""Files go in and come out: nothing is lost, and what is there already is used again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bingosim.event.examples import NAMES, example_file
from bingosim.event.file import read_event
from bingosim.event.positions import read_document
from bingosim.event.snapshot import make_snapshot
from bingosim.library.assemble import load
from bingosim.library.imports import import_event
from bingosim.library.plain import as_plain, from_json, to_json
from bingosim.library.writing import to_yaml
from tests.unit.event_samples import GOOD

if TYPE_CHECKING:
    from bingosim.storage.database import Database

TEXTS = {
    "good": GOOD,
    **{name: example_file(name).read_text("utf-8") for name in NAMES},
}


def spelled(data: Any) -> str:
    """Data with the order of its keys and the digits of its numbers."""
    return to_json(dict(sorted(data.items())))


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_imported_is_exported_unchanged(store: Database, name: str) -> None:
    text = TEXTS[name]
    whole = load(store, import_event(store, text).event.id)
    assert whole.data == read_document(text).data
    again = read_document(whole.text).data
    assert spelled(again) == spelled(read_document(text).data)
    before, after = (make_snapshot(read_event(one).event).sha256 for one in (text, whole.text))
    assert before == after


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_exported_is_imported_with_everything_used_again(
    store: Database, name: str
) -> None:
    first = import_event(store, TEXTS[name])
    assert len(first.players.created) == len(first.players.ids)
    assert len(first.activities.created) == len(first.activities.ids)
    again = import_event(store, load(store, first.event.id).text)
    assert not again.players.created
    assert not again.activities.created
    assert (again.players.ids, again.activities.ids) == (first.players.ids, first.activities.ids)
    assert again.event.id != first.event.id
    assert again.event.document == first.event.document


texts = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    ["", "No", "12:30", "2026-12-07", "1.40", "1/512", "<<", "=", "a: b", "- a", "#", "&a", "*a"]
)
numbers = st.integers(-(10**39) + 1, 10**40 - 1) | st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9
)
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)


@given(st.dictionaries(texts, plain, min_size=1, max_size=4))
@example({"a": {"b": {"c": [["x" * 200], {"d": "x" * 90, "e": ["y" * 30] * 9}]}}})
def test_any_plain_data_is_written_as_yaml_and_as_json(data: dict[str, Any]) -> None:
    assert to_json(read_document(to_yaml(data)).data) == to_json(data)
    assert to_json(from_json(to_json(data))) == to_json(data)
    assert to_json(as_plain(data)) == to_json(data)


def test_a_file_is_written_as_people_write_it() -> None:
    written = to_yaml(read_document(GOOD).data).splitlines()
    for line in (
        "  start: 2026-12-05T12:00",
        "    speeds: {own.nex: 1.3}",
        "            accepts: {item.piece: 1500, item.shard: 1}",
        '    plays: ["mon-fri 18:00 3h", "sat,sun 10:00 8h"]',
        "  - {name: Bo, has: [item.crossbow, capability.war]}",
    ):
        assert line in written, "\n".join(written)
