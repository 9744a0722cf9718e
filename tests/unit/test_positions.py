"""YAML and JSON with lines: what is read, what is refused, and how fast."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import EventFileError, Finding
from bingosim.event.document import Document, written
from bingosim.event.positions import read_document
from tests.unit.event_samples import GOOD


def refusal(content: str | bytes) -> Finding:
    with pytest.raises(EventFileError) as caught:
        read_document(content, "event.yaml")
    (finding,) = caught.value.findings
    return finding


def read_or_refused(content: str | bytes) -> bool:
    try:
        return isinstance(read_document(content), Document)
    except EventFileError as error:
        return len(error.findings) == 1


def value(text: str) -> Any:
    return read_document(f"a: {text}").data["a"]


@pytest.mark.parametrize("text", ["No", "yes", "on", "off", "y", "12:30", "2026-12-05", "1_000"])
def test_what_yaml_1_1_would_convert_stays_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    "text", ["0x1F", "0o17", ".inf", ".nan", "1e", "9" * 41, "2026-12-05T12:00"]
)
def test_numbers_in_disguise_stay_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("010", 10),
        ("1.10", Decimal("1.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal(1_000)),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
    ],
)
def test_core_values(text: str, expected: Any) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_every_path_knows_its_line() -> None:
    document = read_document("a: 1\nb:\n  - x\n  - c: 2\n    d: [1,\n      2]\n")
    assert document.line(("a",)) == 1
    assert document.line(("b", 1, "c")) == 4
    assert document.line(("b", 1, "d", 1)) == 6
    assert document.line(("b", 1, "missing", "deeper")) == 4


def test_places_are_written_as_in_messages() -> None:
    path = ("board", "rows", 0, 1, "accepts", "item.x")
    assert written(path) == "board.rows[0][1].accepts['item.x']"
    assert written(()) == ""


def test_merge_keys_take_what_is_not_there_yet() -> None:
    text = "base: &base {x: 1, y: 2}\nmore: &more {y: 3, z: 4}\nall: {<<: [*base, *more], x: 0}"
    document = read_document(text)
    assert document.data["all"] == {"x": 0, "y": 2, "z": 4}
    assert document.line(("all", "z")) == 2


def test_only_mappings_can_be_merged() -> None:
    (problem,) = read_document("a:\n  <<: [1]\n").problems
    assert problem.line == 2
    assert "to merge" in problem.message


def test_a_key_given_twice_names_both_lines() -> None:
    (problem,) = read_document("a: 1\nb: 2\na: 3\n").problems
    assert problem.line == 3
    assert problem.message == "the key 'a' is given twice, first on line 1"


@pytest.mark.parametrize("key", ["1", "true", "null", "1.5", "[a]", "{a: 1}"])
def test_keys_are_names(key: str) -> None:
    (problem,) = read_document(f"a: 1\n? {key}\n: 2\n").problems
    assert problem.line == 2
    assert "expected a name as a key" in problem.message


def test_tags_are_not_supported() -> None:
    (problem,) = read_document("a: !!python/object/apply:os.system [echo]").problems
    assert "is not supported" in problem.message


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "the file is empty"),
        ("# only a comment\n", 1, "the file is empty"),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins here"),
        ("a:\n  - b\n\t- c\n", 3, "found a tab: YAML is indented with spaces"),
        ("a: 1\nb: c: d\n", 2, "column 5"),
        ("a: [1,\n  2\nb: 3\n", 3, "that begins on line 1"),
        ("a: 1\nb: @x\n", 2, "nothing can begin with '@'"),
        ("a: *nothing\n", 1, "undefined alias"),
        ("a: 1\nb: &x [1, *x]\n", 2, "contains itself"),
        ("a: &x {b: 1, <<: *x}\n", 1, "contains itself"),
        ("a: 1\nb: \x07\n", 2, "U+0007 is not allowed"),
        ('a: "\\ud800"', 1, "Unicode"),
        ("a: 1\nb: \udc80\n", 2, "not UTF-8"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_one_finding(text: str | bytes, line: int, part: str) -> None:
    finding = refusal(text)
    assert part in finding.message
    assert finding.file == "event.yaml"
    assert finding.line == line


def bomb(width: int, levels: int, item: str) -> str:
    lines = [f"a0: &a0 {item}"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9, 12, "[lol, lol, lol]"),
        bomb(2, 60, "{}"),
        bomb(1, 5_000, "x"),
        "\n".join(
            ["a0: &a0 {x: 1}"]
            + [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}, *a{i - 1}]}}" for i in range(1, 40)]
        ),
        "\n".join(["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: *a{i - 1}}}" for i in range(1, 3_000)]),
        "[" * 1_000_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "[" * 65 + "]" * 65,
        "- x\n" * 1_000_000,
    ],
    ids=["lol", "twos", "chain", "merges", "merge chain", "[", "{", "-", "?", "65 deep", "long"],
)
def test_bombs_are_refused_quickly(text: str) -> None:
    began = time.perf_counter()
    finding = refusal(text)
    assert "more than" in finding.message
    assert time.perf_counter() - began < 10  # half a second on an idle machine; unbounded: forever


def test_aliases_are_fine_in_moderation() -> None:
    data = read_document("a: &a {x: [1, 2]}\nb: *a\nc: [*a, *a]").data
    assert data["b"] == data["c"][1] == {"x": [1, 2]}


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_document("a: 1".encode("utf-8-sig")).data == {"a": 1}


def test_json_is_read_with_its_tabs_and_escapes() -> None:
    text = '\t{\n\t"a": "\\ud83d\\ude00 \\/ \\\\ud83d \\u00e9",\n\t"b":1.50,"c"\t:\t[true]\n}'
    document = read_document(text)
    assert document.data == {**json.loads(text), "b": Decimal("1.50")}
    assert document.line(("b",)) == 3


printable = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" \t\n"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | printable,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner),
    max_leaves=20,
)


@given(json_values, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_is_read_as_json(data: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps({"data": data}, indent=indent, ensure_ascii=ascii_only)
    assert read_document(text).data["data"] == data


@given(st.text() | st.binary())
def test_any_content_is_a_document_or_refused(content: str | bytes) -> None:
    assert read_or_refused(content)


@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.text(max_size=5))
def test_any_change_of_a_file_is_a_document_or_refused(start: int, cut: int, new: str) -> None:
    assert read_or_refused(GOOD[:start] + new + GOOD[start + cut :])
