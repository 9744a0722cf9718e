"""Documents as plain data: what event files hold, as it was written, and the same as JSON.

Plain data is what `bingosim.event.positions` reads: text, true and false, nothing, whole numbers,
exact decimals, lists, mappings. As JSON a decimal keeps its digits: `1.40` stays `1.40`.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from bingosim.errors import InputError
from bingosim.event.positions import DEEPEST, MOST_DIGITS, MOST_VALUES

Document = dict[str, Any]
"""A mapping of plain data; never changed in place, since others may hold it."""


def as_plain(data: Any) -> Any:
    """Return data from elsewhere (a request, a program) as plain data, a copy of it.

    A float counts as the shortest decimal that means it.

    Raises:
        InputError: It holds something that no event file can hold, or too much of it.
    """
    return _Copier().copy(data, 0)


def to_json(data: Any) -> str:
    """Write plain data as JSON, in ASCII, on one line."""
    if isinstance(data, dict):
        entries = [f"{json.dumps(key)}:{to_json(value)}" for key, value in data.items()]
        return f"{{{','.join(entries)}}}"
    if isinstance(data, list):
        return f"[{','.join(map(to_json, data))}]"
    return str(data) if isinstance(data, Decimal) else json.dumps(data)


def from_json(text: str | bytes) -> Any:
    """Read JSON with every digit of its numbers.

    Raises:
        ValueError: It is no JSON, or holds NaN or an infinity.
    """
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


_TOO_LARGE = 10**MOST_DIGITS


class _Copier:
    """Counts while it copies: a small text may become large data."""

    def __init__(self) -> None:
        self._count = 0

    def copy(self, data: Any, depth: int) -> Any:
        self._count += 1
        if self._count > MOST_VALUES:
            raise InputError(f"expected at most {MOST_VALUES:,} values")
        if depth > DEEPEST:
            raise InputError(f"nested more than {DEEPEST} levels deep")
        if isinstance(data, dict):
            return {_text(key): self.copy(value, depth + 1) for key, value in data.items()}
        if isinstance(data, (list, tuple)):
            return [self.copy(value, depth + 1) for value in data]
        return data if data is None or isinstance(data, bool) else _scalar(data)


def _scalar(data: Any) -> str | int | Decimal:
    if isinstance(data, str):
        return _text(data)
    number = Decimal(repr(data)) if isinstance(data, float) else data
    if not isinstance(number, (int, Decimal)):
        raise InputError(f"expected what an event file can hold, got {type(data).__name__}")
    if isinstance(number, Decimal) and not number.is_finite():
        raise InputError(f"expected a number, got {number}")
    # The first, because Python refuses to write a whole number of thousands of digits.
    if not -_TOO_LARGE < number < _TOO_LARGE or len(str(number)) > MOST_DIGITS:
        raise InputError(f"expected a number of at most {MOST_DIGITS} characters")
    return number


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise InputError(f"expected text as a key, got {type(data).__name__}")
    try:
        data.encode()
    except UnicodeEncodeError:
        raise InputError("half a character (a lone surrogate) is no text") from None
    return data


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")
