"""How numbers are written in event files: durations, chances, multipliers, ranges.

Every parser takes what a YAML or JSON file can hold (text, whole numbers, exact decimals), returns
exact values (`int`, `Fraction`) and raises `ValueError` with a message that says what was expected.
A float is taken at its shortest decimal form, so 0.9 from Python means exactly nine tenths.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_DURATION_UNITS = (86_400, 3_600, 60, 1)
_DECIMAL = r"\d+(?:\.\d+)?|\.\d+"
_CHANCE = re.compile(rf"({_DECIMAL})\s*(?:(%)|/\s*({_DECIMAL}))?")
_RANGE = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_IN_SNAPSHOT = re.compile(r"\d{1,45}/\d{1,45}")  # what 40 digits of a file can become
_MOST_DIGITS = 40  # of any number: exact arithmetic on longer ones is a way to stall a reader


class Quantity(NamedTuple):
    """A whole number between `low` and `high`, each equally likely; both ends included."""

    low: int
    high: int

    @property
    def mean(self) -> Fraction:
        """The expected value, exact."""
        return Fraction(self.low + self.high, 2)

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


def parse_duration(value: Any) -> int:
    """Return whole seconds from `9d`, `36h`, `90m`, `45s`, `1d12h` or a whole number of seconds."""
    expected = "expected a duration such as 9d, 36h, 90m, 45s, 1d12h or whole seconds"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:_MOST_DIGITS])
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"{expected}, got {shown(value)}")
        return value
    text = value.strip() if isinstance(value, str) else ""
    match = _DURATION.fullmatch(text) if len(text) <= _MOST_DIGITS else None
    if not text or match is None:
        raise ValueError(f"{expected}, got {shown(value)}")
    return sum(int(n) * unit for n, unit in zip(match.groups(), _DURATION_UNITS, strict=True) if n)


def format_duration(seconds: int) -> str:
    """Write whole seconds as `parse_duration` reads them: 45000 becomes `12h30m`."""
    parts = []
    for unit, letter in zip(_DURATION_UNITS, "dhms", strict=True):
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"


def parse_chance(value: Any) -> Fraction:
    """Return an exact chance in (0, 1] from `1/512`, `31/19200`, `1/181.1`, `0.02`, `2%` or 1."""
    expected = "expected a chance above 0 and at most 1, such as 1/512, 0.02 or 2%"
    match = _CHANCE.fullmatch(_number_text(value))
    if match is None:
        raise ValueError(f"{expected}, got {shown(value)}")
    number, percent, denominator = match.groups()
    below = Fraction(100) if percent else Fraction(denominator or 1)
    if below == 0:
        raise ValueError(f"{expected}, got {shown(value)}")
    chance = Fraction(number) / below
    if not 0 < chance <= 1:
        raise ValueError(f"{expected}, got {shown(value)}")
    return chance


def parse_attendance(value: Any) -> Fraction:
    """Return a chance as `parse_chance` does, but 0 (never comes) is allowed too."""
    if re.fullmatch(r"0+(\.0+)?\s*%?", _number_text(value)):
        return Fraction(0)
    try:
        return parse_chance(value)
    except ValueError:
        expected = "expected a chance from 0 to 1, such as 0.85, 85% or 17/20"
        raise ValueError(f"{expected}, got {shown(value)}") from None


def parse_decimal(value: Any) -> Fraction:
    """Return an exact number from a whole number or a decimal such as 1.35; it must be above 0."""
    number = _exact(value)
    if number is None or number <= 0:
        raise ValueError(f"expected a number above 0 such as 1.35, got {shown(value)}")
    return number


def parse_spread(value: Any) -> Fraction:
    """Return an exact number of seconds, 0 or more."""
    number = _exact(value)
    if number is None or number < 0:
        raise ValueError(f"expected a number of seconds, 0 or more, got {shown(value)}")
    return number


def parse_quantity(value: Any) -> Quantity:
    """Return a range of whole numbers, each at least 1, from `50-100` or 3."""
    expected = "expected a whole number above 0 or a range such as 50-100"
    if isinstance(value, (list, tuple)) and len(value) == 2:
        value = f"{value[0]}-{value[1]}"
    match = _RANGE.fullmatch(_number_text(value))
    if match is None:
        raise ValueError(f"{expected}, got {shown(value)}")
    low = int(match[1])
    high = int(match[2]) if match[2] else low
    if not 1 <= low <= high:
        raise ValueError(f"{expected}, got {shown(value)}")
    return Quantity(low, high)


def format_fraction(number: Fraction) -> str:
    """Write an exact number for a person: a short decimal where there is one, else `n/d`."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and number.denominator <= 10_000:
        return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"
    return f"{number.numerator}/{number.denominator}"


def format_chance(chance: Fraction) -> str:
    """Write a chance the way players do: `1/512`, `1/380.95`, `1`."""
    if chance == 1:
        return "1"
    if chance == 0:
        return "0"
    rate = f"{float(1 / chance):.2f}".rstrip("0").rstrip(".")
    return f"1/{rate}"


def shown(value: Any) -> str:
    """Quote a value from a file for a message: short, and in YAML's words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list, tuple)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value)
    text = text if len(text) <= _MOST_DIGITS else text[: _MOST_DIGITS - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def _number_text(value: Any) -> str:
    """Return the plain text of something that may be a number, or `""` where it cannot be one."""
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite() or abs(exact.adjusted()) > _MOST_DIGITS:
            return ""
        text = f"{exact:f}"
    elif isinstance(value, Fraction):
        return str(value)
    else:
        return ""
    return text if len(text) <= _MOST_DIGITS or _IN_SNAPSHOT.fullmatch(text) else ""


def _exact(value: Any) -> Fraction | None:
    """Return the value of a decimal, or of the `n/d` that a snapshot holds; None if neither."""
    text = _number_text(value)
    match = re.fullmatch(rf"({_DECIMAL})(?:/(\d+))?", text)
    if match is None or (match[2] and int(match[2]) == 0):
        return None
    return Fraction(match[1]) / int(match[2] or 1)


def _schema(kind: list[str], description: str, pattern: str | None = None) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": kind, "description": description}
    if pattern:
        schema["pattern"] = pattern
    return WithJsonSchema(schema)


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    _schema(
        ["string", "integer"],
        "9d, 36h, 90m, 45s, 1d12h or whole seconds",
        r"^\s*(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?\s*$|^\d+$",
    ),
]
_exact_text = PlainSerializer(str, return_type=str)
Chance = Annotated[
    Fraction,
    BeforeValidator(parse_chance),
    _exact_text,
    _schema(["string", "number"], "a chance above 0 and at most 1: 1/512, 31/19200, 0.02, 2%"),
]
Attendance = Annotated[
    Fraction,
    BeforeValidator(parse_attendance),
    _exact_text,
    _schema(["string", "number"], "a chance from 0 to 1: 0.85, 85%, 17/20"),
]
Multiplier = Annotated[
    Fraction,
    BeforeValidator(parse_decimal),
    _exact_text,
    _schema(["number", "string"], "an exact decimal above 0, such as 1.35"),
]
Spread = Annotated[
    Fraction,
    BeforeValidator(parse_spread),
    _exact_text,
    _schema(["number", "string"], "seconds, 0 or more"),
]
QuantityRange = Annotated[
    Quantity,
    BeforeValidator(parse_quantity),
    PlainSerializer(str, return_type=str),
    _schema(["string", "integer"], "a whole number or a range: 3, 50-100"),
]
