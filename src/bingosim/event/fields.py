"""The values that pieces of an event are made of: keys, names, times, drops, and their bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from unicodedata import category

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
    WithJsonSchema,
)

from bingosim.errors import InputError
from bingosim.event.quantities import Quantity, QuantityRange, shown
from bingosim.event.schedule import FIRST_YEAR, LAST_YEAR, parse_away, parse_session
from bingosim.event.zones import time_zone

# Bounds that keep every sum of the engine inside 64 bits, and every table small.
MOST_NEED = 10**12
MOST_UNITS_PER_DROP = 10**9
MOST_ROLLS = 1_000
WIDEST_RANGE = 2**18
LONGEST_ATTEMPT_S = 86_400
LONGEST_SAMPLE_S = 200_000
LONGEST_EVENT_S = 366 * 86_400
MOST_MODIFIERS = 8
MOST_IN_GROUP = 100
MOST_SESSIONS = 50
MOST_PLAYERS = 1_000
LONGEST_NAME = 120
LONGEST_KEY = 120

KEY_PATTERN = r"^[a-z0-9_]+(\.[a-z0-9_]+)*$"
Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN, max_length=LONGEST_KEY)]
Whole = Annotated[int, Strict()]
Points = Annotated[Whole, Field(ge=1, le=1_000_000)]


def _one_line(text: str) -> str:
    """Refuse line breaks and control characters: tables, CSV and databases choke on them."""
    if any(category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        raise ValueError(f"expected one line of text without control characters, got {shown(text)}")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    AfterValidator(_one_line),
]


def _zone(name: str) -> str:
    try:
        time_zone(name)
    except InputError as error:
        raise ValueError(str(error)) from None
    return name


def _session(text: str) -> str:
    parse_session(text)
    return text


def _days(text: str) -> str:
    parse_away(text)
    return text


Zone = Annotated[
    str,
    AfterValidator(_zone),
    WithJsonSchema({"type": "string", "description": "IANA time zone such as Europe/London"}),
]
Session = Annotated[
    str,
    AfterValidator(_session),
    WithJsonSchema(
        {"type": "string", "examples": ["mon-fri 18:00 3h", "sat,sun 10:00 8h", "daily 20:00 90m"]}
    ),
]
Days = Annotated[
    str,
    AfterValidator(_days),
    WithJsonSchema({"type": "string", "examples": ["2026-12-07", "2026-12-07..2026-12-09"]}),
]


def _local_time(value: Any) -> Any:
    """Read `2026-12-05T12:00` (or with a space, or with seconds) as a naive local time."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value.strip())
        except ValueError:
            pass
    raise ValueError(f"expected a local date and time such as 2026-12-05T12:00, got {shown(value)}")


def _plain_local(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is not None:
        raise ValueError("expected a local time without an offset; the zone belongs in timezone")
    if value.microsecond:
        raise ValueError("expected a time in whole seconds")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"expected a year from {FIRST_YEAR} to {LAST_YEAR}, got {value.year}")
    return value


LocalTime = Annotated[
    dt.datetime,
    BeforeValidator(_local_time),
    AfterValidator(_plain_local),
    PlainSerializer(lambda value: value.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "description": "local time such as 2026-12-05T12:00"}),
]


def _units_by_drop(value: Any) -> Any:
    """Read `accepts: [a, b]` and `accepts: a` as one unit each."""
    if isinstance(value, str):
        return {value: 1}
    if isinstance(value, Sequence) and value and all(isinstance(key, str) for key in value):
        twice = next((key for i, key in enumerate(value) if key in value[:i]), None)
        if twice is not None:
            raise ValueError(f"{twice} is listed twice: expected each drop once, with its number")
        return dict.fromkeys(value, 1)
    return {} if value == [] else value


def _quantity_by_drop(value: Any) -> Any:
    """Read `gives: a` and `gives: [a, b]` as one item each, and the pairs of a snapshot."""
    pairs = isinstance(value, Sequence) and value and not isinstance(value, str)
    if pairs and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], str)
        for pair in value
    ):
        return dict(value)
    return _units_by_drop(value)


def _pairs(value: Mapping[str, Quantity]) -> list[tuple[str, str]]:
    """Write drops as pairs: stacks are granted in their order, and sorted JSON would lose it."""
    return [(key, str(quantity)) for key, quantity in value.items()]


def _group_sizes(sizes: Quantity) -> Quantity:
    if sizes.high > MOST_IN_GROUP:
        raise ValueError(f"expected sizes up to {MOST_IN_GROUP}, got {sizes}")
    return sizes


def _tiles(value: Any) -> Any:
    """Let `tiles: all` through, which stands for the whole card until the board is known."""
    return [value] if value == "all" else value


_KEY_SCHEMA = {"type": "string", "pattern": KEY_PATTERN}


def _by_drop(value_schema: dict[str, Any]) -> WithJsonSchema:
    """Describe drops with a number each, and the short forms for one of each."""
    with_numbers = {
        "type": "object",
        "propertyNames": {"pattern": KEY_PATTERN},
        "additionalProperties": value_schema,
        "minProperties": 1,
    }
    listed = {"type": "array", "items": _KEY_SCHEMA, "minItems": 1, "uniqueItems": True}
    return WithJsonSchema({"anyOf": [with_numbers, listed, _KEY_SCHEMA]})


UnitsByDrop = Annotated[
    Mapping[Key, Annotated[Whole, Field(ge=1, le=MOST_UNITS_PER_DROP)]],
    BeforeValidator(_units_by_drop),
    Field(min_length=1),
    _by_drop({"type": "integer", "minimum": 1, "maximum": MOST_UNITS_PER_DROP}),
]
QuantityByDrop = Annotated[
    Mapping[Key, QuantityRange],
    BeforeValidator(_quantity_by_drop),
    PlainSerializer(_pairs, when_used="json"),
    Field(min_length=1),
    _by_drop({"type": ["integer", "string"], "description": "how many: 3 or 50-100"}),
]
GroupSizes = Annotated[QuantityRange, AfterValidator(_group_sizes)]
TileKeys = Annotated[
    tuple[Key, ...],
    BeforeValidator(_tiles),
    Field(min_length=1),
    WithJsonSchema(
        {"anyOf": [{"const": "all"}, {"type": "array", "items": _KEY_SCHEMA, "minItems": 1}]}
    ),
]
