"""Arrays of whole numbers as bytes: as narrow as they are, bytes of one weight side by side.

Each array is written as its least number, the bytes that a number takes, its dimensions, and then
all lowest bytes, all second bytes, ... of the numbers less the least. High bytes of neighbours are
alike, and a compressor finds that where they stand together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.errors import StoredDataError
from bingosim.payloads.packing import pack, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Writer:
    """Puts numbers and arrays one after the other."""

    def __init__(self) -> None:
        self._numbers: list[NDArray[Any]] = [np.empty(0, dtype=np.int64)]
        self._shapes: list[tuple[int, ...]] = []

    def array(self, numbers: NDArray[np.int32] | NDArray[np.int64]) -> None:
        """Add an array of up to four dimensions; it must stay as it is until all are written."""
        self._numbers.append(numbers.reshape(-1))
        self._shapes.append(numbers.shape)

    def content(self) -> bytes:
        """Return all of it."""
        dimensions = np.array([len(shape) for shape in self._shapes], dtype=np.int64)
        lengths = np.array([n for shape in self._shapes for n in shape], dtype=np.int64)
        content: NDArray[np.uint8] = pack(
            np.concatenate(self._numbers, dtype=np.int64), dimensions, lengths
        )
        return content.tobytes()


class Reader:
    """Takes numbers and arrays off a content in the order in which they were written.

    Raises:
        StoredDataError: From every method: what is asked for is not there.
    """

    def __init__(self, content: bytes, name: str) -> None:
        numbers, arrays, end = unpack(np.frombuffer(content, dtype=np.uint8))
        self._numbers: NDArray[np.int64] = numbers
        self._arrays = iter(arrays.tolist())
        self._at = 0
        self._whole = end == len(content)
        self._name = name

    def array(self, *shape: int) -> NDArray[np.int64]:
        """Return the next array; it must have this shape, in which -1 stands for any length.

        It is a view: whoever keeps it keeps the numbers of the whole content.
        """
        size, dimensions, *lengths = next(self._arrays, (0, -1))
        if dimensions != len(shape):
            raise self.broken()
        for wanted, length in zip(shape, lengths, strict=False):
            if wanted not in (-1, length):
                raise self.broken()
        self._at += size
        numbers = self._numbers[self._at - size : self._at]
        return numbers if dimensions == 1 else numbers.reshape(lengths[:dimensions])

    def same(self, expected: NDArray[np.int64]) -> None:
        """Take the next array, the dimensions of an event; it must be this one."""
        if not np.array_equal(self.array(-1), expected):
            raise StoredDataError(f"{self._name}: of an event of other dimensions")

    def end(self) -> None:
        """Make sure that nothing is left."""
        if not self._whole or next(self._arrays, None) is not None:
            raise self.broken()

    def broken(self) -> StoredDataError:
        """Return the error that says that the content makes no sense."""
        return StoredDataError(f"{self._name}: broken; its content makes no sense")


def steps(numbers: NDArray[np.int64], before: int = 0) -> NDArray[np.int64]:
    """Return by how much each number exceeds the one before it: mostly little, if they ascend.

    Args:
        numbers: int64[n].
        before: What the first is compared with.
    """
    found = numbers.copy()
    found[1:] -= numbers[:-1]
    found[:1] -= before
    return found
