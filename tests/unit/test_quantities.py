"""Durations, chances, multipliers and ranges: exact, both ways, and refused with a reason."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.event.quantities import (
    Quantity,
    format_chance,
    format_duration,
    format_fraction,
    parse_attendance,
    parse_chance,
    parse_decimal,
    parse_duration,
    parse_quantity,
    parse_spread,
    shown,
)

PARSERS = (
    parse_duration,
    parse_chance,
    parse_attendance,
    parse_decimal,
    parse_spread,
    parse_quantity,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9d", 777_600),
        ("36h", 129_600),
        ("90m", 5_400),
        ("45s", 45),
        ("1d12h", 129_600),
        (" 1h30m ", 5_400),
        (3_600, 3_600),
        ("3600", 3_600),
        (0, 0),
    ],
)
def test_duration(text: Any, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "9", "1h1d", "h", "1.5h", "-3h", -3, True, None, 1.5, "1d 2h", "9" * 50 + "d"]
)
def test_what_is_no_duration(text: Any) -> None:
    if text == "9":
        assert parse_duration(text) == 9
        return
    with pytest.raises(ValueError, match="expected a duration such as 9d"):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_durations_are_read_as_they_are_written(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "chance"),
    [
        ("1/512", Fraction(1, 512)),
        ("31/19200", Fraction(31, 19_200)),
        ("1/181.1", Fraction(10, 1_811)),
        (" 1 / 8 ", Fraction(1, 8)),
        ("0.02", Fraction(1, 50)),
        (Decimal("0.02"), Fraction(1, 50)),
        (0.1, Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("2%", Fraction(1, 50)),
        ("12.5 %", Fraction(1, 8)),
        (1, Fraction(1)),
        ("1/1", Fraction(1)),
    ],
)
def test_chance(text: Any, chance: Fraction) -> None:
    assert parse_chance(text) == chance


@pytest.mark.parametrize(
    "text", ["1/0", "2/1", "0", 0, "101%", "-1/2", "1/-2", "x", "", "1/2/3", None, True, [1], "nan"]
)
def test_what_is_no_chance(text: Any) -> None:
    with pytest.raises(ValueError, match="expected a chance above 0 and at most 1"):
        parse_chance(text)


@pytest.mark.parametrize("text", [0, "0", "0.0", "0%", Decimal("0.00")])
def test_who_never_comes_attends_with_chance_0(text: Any) -> None:
    assert parse_attendance(text) == 0


@pytest.mark.parametrize("text", [None, "", ".", "%", "never", 2, True])
def test_what_is_no_attendance(text: Any) -> None:
    with pytest.raises(ValueError, match="expected a chance from 0 to 1"):
        parse_attendance(text)


def test_decimals_are_exact() -> None:
    assert parse_decimal(Decimal("1.35")) == Fraction(27, 20)
    assert parse_decimal(0.9) == Fraction(9, 10)
    assert parse_decimal("27/20") == Fraction(27, 20)  # as a snapshot holds it


@pytest.mark.parametrize(
    "text", [0, -1, "x", None, True, "1/0", Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999")]
)
def test_what_is_no_multiplier(text: Any) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        parse_decimal(text)


def test_a_spread_may_be_0() -> None:
    assert parse_spread(0) == 0
    assert parse_spread("2.5") == Fraction(5, 2)
    with pytest.raises(ValueError, match="expected a number of seconds, 0 or more"):
        parse_spread(-1)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [(3, 3, 3), ("3", 3, 3), ("50-100", 50, 100), ("1 - 2", 1, 2), ([2, 3], 2, 3)],
)
def test_quantity(text: Any, low: int, high: int) -> None:
    assert parse_quantity(text) == Quantity(low, high)


@pytest.mark.parametrize("text", [0, "0-3", "5-3", "-3", "1-", "x", None, True, 1.5, "1-2-3"])
def test_what_is_no_quantity(text: Any) -> None:
    with pytest.raises(ValueError, match="expected a whole number above 0 or a range"):
        parse_quantity(text)


def test_a_quantity_knows_its_mean_and_its_text() -> None:
    assert Quantity(50, 100).mean == 75
    assert Quantity(1, 2).mean == Fraction(3, 2)
    assert (str(Quantity(50, 100)), str(Quantity(3, 3))) == ("50-100", "3")


@given(st.fractions(min_value=Fraction(1, 10**9), max_value=10**9, max_denominator=10**9))
def test_fractions_are_read_as_they_are_written(number: Fraction) -> None:
    assert parse_decimal(format_fraction(number)) == number
    assert parse_decimal(str(number)) == number


def test_numbers_are_written_for_people() -> None:
    assert format_fraction(Fraction(27, 20)) == "1.35"
    assert format_fraction(Fraction(1, 3)) == "1/3"
    assert format_chance(Fraction(31, 11_806)) == "1/380.84"
    assert (format_chance(Fraction(1)), format_chance(Fraction(0))) == ("1", "0")


def test_values_are_quoted_briefly() -> None:
    assert shown("x" * 1_000) == repr("x" * 39 + "…")
    assert [shown(value) for value in (None, True, 3, [1], {"a": 1})] == [
        "nothing",
        "true",
        "3",
        "a list",
        "a mapping",
    ]


@given(
    st.one_of(
        st.text(),
        st.text("0123456789./-% dhms"),
        st.integers(),
        st.decimals(),
        st.floats(),
        st.none(),
        st.booleans(),
        st.lists(st.integers(), max_size=3),
    )
)
def test_anything_is_read_or_refused(value: Any) -> None:
    for parser in PARSERS:
        with suppress(ValueError):
            parser(value)
