"""Arrays of whole numbers as bytes: as narrow as they are, bytes of one weight side by side.

Each array is written as its least number, the bytes that a number takes, its dimensions, and then
all lowest bytes, all second bytes, ... of the numbers less the least. High bytes of neighbours are
alike, and a compressor finds that where they stand together.
"""

from __future__ import annotations

from math import prod
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np

from bingosim.errors import StoredDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEAD = Struct("<qBB")
"""Least number, bytes of a number (0: all are the least), dimensions."""
_MOST_DIMENSIONS = 4
_LENGTHS = [Struct(f"<{dimensions}I") for dimensions in range(_MOST_DIMENSIONS + 1)]


class Writer:
    """Puts numbers and arrays one after the other."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def array(self, numbers: NDArray[np.int32] | NDArray[np.int64]) -> None:
        """Add an array of any dimensions."""
        least = int(numbers.min()) if numbers.size else 0
        # Modulo 2^64, so that the whole range of int64 has room.
        above = numbers.astype(np.int64).view(np.uint64) - np.uint64(least % 2**64)
        width = (int(above.max()).bit_length() + 7) // 8 if numbers.size else 0
        self._parts.append(_HEAD.pack(least, width, numbers.ndim))
        self._parts.append(_LENGTHS[numbers.ndim].pack(*numbers.shape))
        if width:
            single = np.ascontiguousarray(above.reshape(-1), dtype="<u8").view(np.uint8)
            self._parts.append(single.reshape(-1, 8)[:, :width].T.tobytes())

    def content(self) -> bytes:
        """Return all of it."""
        return b"".join(self._parts)


class Reader:
    """Takes numbers and arrays off a content in the order in which they were written.

    Raises:
        StoredDataError: From every method: what is asked for is not there.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self._content = content
        self._at = 0
        self._name = name

    def array(self, *shape: int) -> NDArray[np.int64]:
        """Return the next array; it must have this shape, in which -1 stands for any length."""
        least, width, dimensions = self._unpack(_HEAD)
        if width > 8 or dimensions > _MOST_DIMENSIONS:
            raise self.broken()
        found = self._unpack(_LENGTHS[dimensions])
        if len(found) != len(shape) or any(
            wanted not in (-1, length) for wanted, length in zip(shape, found, strict=True)
        ):
            raise self.broken()
        size = prod(found)
        planes = self._take(size * width)
        numbers = np.full(size, least % 2**64, dtype=np.uint64)
        for weight in range(width):
            plane = np.frombuffer(planes, dtype=np.uint8, count=size, offset=weight * size)
            numbers += plane.astype(np.uint64) << np.uint64(8 * weight)
        return numbers.view(np.int64).reshape(found)

    def same(self, expected: NDArray[np.int64]) -> None:
        """Take the next array, the dimensions of an event; it must be this one."""
        if not np.array_equal(self.array(-1), expected):
            raise StoredDataError(f"{self._name}: of an event of other dimensions")

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != len(self._content):
            raise self.broken()

    def broken(self) -> StoredDataError:
        """Return the error that says that the content makes no sense."""
        return StoredDataError(f"{self._name}: broken; its content makes no sense")

    def _take(self, length: int) -> bytes:
        if length > len(self._content) - self._at:
            raise self.broken()
        self._at += length
        return self._content[self._at - length : self._at]

    def _unpack(self, form: Struct) -> tuple[int, ...]:
        return form.unpack(self._take(form.size))
