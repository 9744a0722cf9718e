"""Forms of library items: what a browser sends finds its place, and so does what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import DocumentError, MissingError, StaleError
from bingosim.web.forms import ItemForm, Sent, filled, nested

NAMES = st.one_of(
    st.text(alphabet="ab.[]019_", max_size=14),
    st.from_regex(r"\A[ab](\.[ab]|\[[0-2]\]){0,4}\Z"),
    st.sampled_from(["add", "remove", "up", "down", "version", "as"]),
)
FIELDS = st.lists(st.tuples(NAMES, st.one_of(NAMES, st.text(max_size=5))), max_size=12)


def sent(*fields: tuple[str, str]) -> Sent:
    return Sent(fields, {})


def test_names_say_where_texts_belong() -> None:
    fields = [
        ("name", "Nex"),
        ("loot[0].drops[0].chance", "1/43"),
        ("loot[0].drops[3].chance", "1/512"),
        ("loot[2].per", "group"),
        ("has[0]", "a"),
    ]
    assert nested(fields) == {
        "name": "Nex",
        "loot": [{"drops": [{"chance": "1/43"}, {"chance": "1/512"}]}, {"per": "group"}],
        "has": ["a"],
    }


@pytest.mark.parametrize(
    "name", ["", "Name", "a..b", "a[x]", "a[99999]", "[0]", "a]", "é", "a." * 99]
)
def test_what_is_no_place_is_left_out(name: str) -> None:
    assert nested([(name, "x"), ("b", "y")]) == {"b": "y"}


@given(FIELDS, FIELDS)
def test_nothing_that_is_sent_breaks_a_form(fields: Any, more: Any) -> None:
    form = ItemForm.of(sent(*fields))
    form.altered(sent(*more))
    form.pairs("a", "a", "b")
    form.refuse({name: "expected less" for name, _ in more})
    for name, _ in more:
        form.text(name)
        form.rows(name)
        form.error(name)
    assert form.rest() == [] or form.wrong
    assert 0 <= form.version < 2**31


@pytest.mark.parametrize(
    ("button", "left"),
    [
        (("remove", "a[1]"), ["0", "2"]),
        (("up", "a[1]"), ["1", "0", "2"]),
        (("up", "a[0]"), ["0", "1", "2"]),
        (("down", "a[0]"), ["1", "0", "2"]),
        (("down", "a[2]"), ["0", "1", "2"]),
        (("remove", "a[7]"), ["0", "1", "2"]),
        (("remove", "b"), ["0", "1", "2"]),
    ],
)
def test_buttons_move_rows(button: tuple[str, str], left: list[str]) -> None:
    rows = [(f"a[{number}]", str(number)) for number in range(3)]
    form = ItemForm.of(sent(*rows))
    assert form.altered(sent(*rows, button))
    assert form.rows("a") == left


def test_a_row_is_added_and_typing_goes_on_there() -> None:
    form = ItemForm.of(sent(("a[0].b", "x")))
    assert form.altered(sent(("add", "a")))
    assert form.altered(sent(("add", "a[1].c")))
    assert form.typed == {"a": [{"b": "x"}, {"c": [{}]}]}
    assert form.focus == "a[1].c[0]"
    assert not form.altered(sent(("a[0].b", "x")))


def test_errors_of_a_mapping_are_told_at_its_rows() -> None:
    form = ItemForm.of(
        sent(
            ("speeds[0].key", ""), ("speeds[0].speed", ""),
            ("speeds[1].key", "boss.nex"), ("speeds[1].speed", "fast"),
            ("speeds[2].key", "boss.nex"), ("speeds[2].speed", "2"),
            ("speeds[3].key", ""), ("speeds[3].speed", "3"),
        )
    )  # fmt: skip
    assert form.pairs("speeds", "key", "speed") == {"boss.nex": "fast"}
    form.refuse({"speeds['boss.nex']": "expected a number", "name": "`name` is missing", "": "odd"})
    assert form.error("speeds[1].speed") == "Expected a number."
    assert form.error("speeds[2].key") == "It stands here twice."
    assert form.error("speeds[3].key") == "It is missing."
    assert form.error("speeds[0].key") == ""
    assert form.rest() == ["name: `name` is missing.", "Odd."]
    assert form.status == 422


def test_what_keeps_a_form_from_being_saved_is_noted() -> None:
    def failing(error: Exception) -> Any:
        def save() -> None:
            raise error

        return save

    form = ItemForm.of(sent(("version", "3"), ("version", "5")))
    assert form.version == 5
    assert form.kept(lambda: "saved") == "saved"
    assert form.status == 200
    assert form.kept(failing(StaleError("it", 7))) is None
    assert (form.stale, form.status) == (7, 409)
    form = ItemForm.of(sent())
    assert form.kept(failing(MissingError("gone"))) is None
    assert (form.gone, form.status) == (True, 409)
    assert form.kept(failing(DocumentError({"name": "expected text, got none"}))) is None
    assert (form.error("name"), form.status) == ("Expected text, got none.", 422)


def test_what_was_not_typed_is_not_in_the_document() -> None:
    assert filled({"a": "", "b": None, "c": [], "d": {}, "e": 0, "f": "x"}) == {"e": 0, "f": "x"}
