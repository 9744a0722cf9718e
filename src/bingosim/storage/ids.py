"""Time-ordered ids (UUIDv7), made and carried in bulk.

A run's id is its batch's id with the last 32 bits replaced by the run's index. So the id of a run
is computed and never looked up, the primary key alone keeps (batch, index) unique, the runs of a
batch lie side by side in the table, and making a million of them is one numpy expression.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import ArrayLike, NDArray

BYTES = 16
TEXT = 36
"""Characters of an id that is written out."""
_HYPHENS = [8, 13, 18, 23]
_DIGITS = [at for at in range(TEXT) if at not in _HYPHENS]
LOW = 0xFFFF_FFFF
"""The last 32 bits: a run's index; all ones in a batch's own id."""
TIME_SHIFT = 80
"""Bits of an id below the milliseconds since 1970 at which it was made."""
_VERSION_SHIFT, _RANDOM_SHIFT, _VARIANT_SHIFT = 76, 64, 62


def new_id() -> UUID:
    """Return one UUIDv7: 48 bits of milliseconds, 12 of a fraction of one, 62 random bits.

    The fraction (RFC 9562, section 6.2, method 3) keeps ids made one after the other in order.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << TIME_SHIFT
    value |= 7 << _VERSION_SHIFT | (rest << 12) // 1_000_000 << _RANDOM_SHIFT
    value |= 2 << _VARIANT_SHIFT | secrets.randbits(62)
    return UUID(int=value)


def new_batch_id() -> UUID:
    """Return an id for a batch: one below which there is an id for every run."""
    return UUID(int=new_id().int | LOW)


@dataclass(frozen=True, slots=True)
class Ids:
    """Some ids in a row, 16 bytes each: objects of UUIDs would cost more than the statements do.

    Attributes:
        packed: The bytes, in network order.
    """

    packed: bytes = b""

    @classmethod
    def of(cls, ids: Iterable[UUID]) -> Ids:
        """Pack single ids."""
        return cls(b"".join(one.bytes for one in ids))

    @classmethod
    def of_runs(cls, batch: UUID, indices: ArrayLike) -> Ids:
        """Return the ids of a batch's runs, from their indices."""
        low = np.asarray(indices, dtype=">u4")
        words = np.empty((len(low), 4), dtype=">u4")
        words[:] = np.frombuffer(batch.bytes, dtype=">u4")
        words[:, 3] = low
        return cls(words.tobytes())

    @classmethod
    def new(cls, count: int) -> Ids:
        """Make new ids in ascending order."""
        return cls.of_runs(new_id(), np.arange(count))

    @classmethod
    def of_texts(cls, texts: list[str]) -> Ids:
        """Read ids as `texts` writes them: 36 characters each.

        Raises:
            ValueError: One of them is no id.
        """
        written = "".join(texts).encode()
        each = np.frombuffer(written, dtype="u1")
        if len(each) != len(texts) * TEXT or set(map(len, texts)) - {TEXT}:
            raise ValueError(f"an id has {TEXT} characters")
        each = each.reshape(-1, TEXT)
        packed = bytes.fromhex(each[:, _DIGITS].tobytes().decode())
        if (each[:, _HYPHENS] != ord("-")).any() or len(packed) != len(texts) * BYTES:
            raise ValueError("an id is five groups of hexadecimal digits, hyphens between them")
        return cls(packed)

    def __len__(self) -> int:
        return len(self.packed) // BYTES

    def __iter__(self) -> Iterator[UUID]:
        return (UUID(bytes=one) for one in self.each())

    def __getitem__(self, part: slice) -> Ids:
        start, stop, _ = part.indices(len(self))
        return Ids(self.packed[start * BYTES : stop * BYTES])

    def each(self) -> Iterator[bytes]:
        """Yield the 16 bytes of each id."""
        return (self.packed[at : at + BYTES] for at in range(0, len(self.packed), BYTES))

    @property
    def texts(self) -> list[str]:
        """The ids as people and messages write them."""
        each = np.full((len(self), TEXT + 1), ord("-"), dtype="u1")
        each[:, _DIGITS] = np.frombuffer(self.packed.hex().encode(), dtype="u1").reshape(-1, 32)
        each[:, TEXT] = ord(" ")
        return each.tobytes().decode().split()

    def sorted(self) -> Ids:
        """Return the same ids in ascending order, each once."""
        return Ids(b"".join(sorted(set(self.each()))))

    @property
    def indices(self) -> NDArray[np.int64]:
        """Indices of the runs, int64[len]."""
        words = np.frombuffer(self.packed, dtype=">u4").reshape(-1, 4)
        return words[:, 3].astype(np.int64)

    def are_of(self, batch: UUID) -> bool:
        """Return whether all of these are runs of a batch."""
        words = np.frombuffer(self.packed, dtype=">u4").reshape(-1, 4)
        return bool((words[:, :3] == np.frombuffer(batch.bytes, dtype=">u4")[:3]).all())

    @property
    def range(self) -> tuple[UUID, UUID] | None:
        """First and last, if these are all the ids from the one to the other; None if not."""
        words = np.frombuffer(self.packed, dtype=">u4").reshape(-1, 4)
        if not len(words) or (words[:, :3] != words[0, :3]).any():
            return None
        if (words[:, 3] != words[0, 3] + np.arange(len(words))).any():
            return None
        return UUID(bytes=self.packed[:BYTES]), UUID(bytes=self.packed[-BYTES:])

    @property
    def batch(self) -> UUID:
        """The batch that all of these runs are of.

        Raises:
            InputError: There are none, or they are of several batches.
        """
        words = np.frombuffer(self.packed, dtype=">u4").reshape(-1, 4)
        if not len(words) or (words[:, :3] != words[0, :3]).any():
            raise InputError("run ids to claim must be of one batch, and at least one")
        return UUID(int=UUID(bytes=self.packed[:BYTES]).int | LOW)


def pack_indices(indices: ArrayLike) -> bytes:
    """Pack ascending run indices as ranges: pairs of little-endian uint32, first and past the last.

    A message's runs are nearly always one range, so 8 bytes stand for all of them.
    """
    values = np.asarray(indices, dtype=np.int64)
    if not len(values):
        return b""
    gaps = np.flatnonzero(np.diff(values) != 1) + 1
    starts = values[np.concatenate(([0], gaps))]
    stops = values[np.concatenate((gaps - 1, [len(values) - 1]))] + 1
    return np.stack((starts, stops), axis=1).astype("<u4").tobytes()


def unpack_indices(packed: bytes) -> NDArray[np.int64]:
    """Return the indices that `pack_indices` packed, int64, ascending."""
    ranges = np.frombuffer(packed, dtype="<u4").reshape(-1, 2).tolist()
    parts = [np.arange(start, stop, dtype=np.int64) for start, stop in ranges]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
