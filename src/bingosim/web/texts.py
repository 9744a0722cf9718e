"""Texts of fields, and the values of documents that they mean."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

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


def words_of(text: str) -> list[str]:
    """Return the words of a field that takes several."""
    return [word for word in _BETWEEN_WORDS.split(text) if word]
