"""Texts of fields, and the values of documents that they mean."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from bingosim.errors import InputError
from bingosim.event.positions import plain_value
from bingosim.library.plain import to_json

_BETWEEN_WORDS = re.compile(r"[\s,;]+")


def spelled(value: object) -> str:
    """Return a value of a document as an event file writes it."""
    return value if isinstance(value, str) else to_json(value)


def meant(text: str) -> Any:
    """Return the number that was typed, exact; else the text."""
    value = plain_value(text.strip())
    return (
        value if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else text.strip()
    )


def index_of(text: str) -> int:
    """Return the number of a row, a team or a place in one, from 0.

    Raises:
        InputError: It is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise InputError("expected the number of a row, a team or a place, from 0")
    return int(text)


def words_of(text: str) -> list[str]:
    """Return the words of a field that takes several."""
    return [word for word in _BETWEEN_WORDS.split(text) if word]
