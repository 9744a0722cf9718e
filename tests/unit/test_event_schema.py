"""The JSON Schema of event files: well-formed, complete, and true of the sample."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from bingosim.event import model
from bingosim.event.positions import read_document
from bingosim.event.schema import event_schema
from tests.unit.event_samples import GOOD, changed

SCHEMA = event_schema()
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, Decimal),
    "boolean": (bool,),
    "null": (type(None),),
}


def complaints(value: Any, schema: dict[str, Any], path: str = "") -> list[str]:
    """Check a value against the part of JSON Schema that the event's schema uses."""
    if "$ref" in schema:
        schema = {**SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]], **schema}
    found: list[str] = []
    if "anyOf" in schema:
        found += (
            [] if any(not complaints(value, s) for s in schema["anyOf"]) else [f"{path}: anyOf"]
        )
    kinds = schema.get("type", list(TYPES))
    names = [kinds] if isinstance(kinds, str) else kinds
    if not any(isinstance(value, TYPES[name]) for name in names):
        return [*found, f"{path}: {value!r} is no {kinds}"]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{path}: {value!r} does not match")
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        found.append(f"{path}: {value!r} is another")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [
            f"{path}: {key} is missing" for key in schema.get("required", ()) if key not in value
        ]
        for key, item in value.items():
            if key in known:
                found += complaints(item, known[key], f"{path}.{key}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{path}: {key} is unknown")
    if isinstance(value, list):
        for number, item in enumerate(value):
            found += complaints(item, schema.get("items", {}), f"{path}[{number}]")
    return found


def test_the_sample_is_valid() -> None:
    assert complaints(read_document(GOOD).data, SCHEMA) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("need: 6", "need: x"),
        ("need: 6", "ned: 6"),
        ("kind: rows", "kind: row"),
        ("duration: 9d", "duration: nine days"),
        ("accepts: [item.heads]", "accepts: [Item]"),
        ("points: 5}", "}"),
    ],
)
def test_a_mistake_is_not(old: str, new: str) -> None:
    assert complaints(read_document(changed(old, new)).data, SCHEMA) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("accepts: [item.heads]", "accepts: item.heads"),
        ("tiles: [heads, armour]", "tiles: all"),
        ("    - {name: whole first row", "    - {lines: 5}\n    - {name: whole first row"),
        (
            "  bonuses:\n    - {name: whole first row, tiles: [heads, armour], points: 5}",
            "  lines: 5",
        ),
        ("strategy: row-unlocking", "strategy: one-of-my-own"),
        ("duration: 9d", "duration: 777600"),
        ("chance: 2%", "chance: 0.02"),
    ],
)
def test_short_forms_are_valid(old: str, new: str) -> None:
    assert complaints(read_document(changed(old, new)).data, SCHEMA) == []


def test_it_is_plain_json_and_every_reference_leads_somewhere() -> None:
    text = json.dumps(SCHEMA)
    assert json.loads(text) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    references = set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text))
    assert references == set(SCHEMA["$defs"])


def test_every_key_is_described() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name
        for key, schema in definition["properties"].items():
            assert "description" in schema, f"{name}.{key}"


def test_every_key_of_the_model_is_there() -> None:
    for name, definition in SCHEMA["$defs"].items():
        fields = getattr(model, name).model_fields
        keys = {info.alias or field for field, info in fields.items()}
        assert keys <= set(definition["properties"]), name
