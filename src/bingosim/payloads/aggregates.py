"""Aggregates as bytes and back: sparse, and the same bytes for the same numbers.

Of every array the places that are not 0 are written, as steps from one to the next, and the numbers
there. Most bins of most tiles are empty, and of few runs most others too.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from bingosim.aggregates import Aggregates
from bingosim.histograms import Tally
from bingosim.payloads.arrays import Reader, Writer
from bingosim.payloads.blob import Format
from bingosim.results import Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bingosim.histograms import Times

FORMAT = Format(b"BSAG", 1, "aggregates", level=1)  # higher ones take longer and save nothing here

_TALLIES = ("points", "tiles_completed", "rows_open")
_TIMES = ("rows", "tiles")
_COUNTS = ("wins", "bonuses", "units", "credited")


def encode_aggregates(aggregates: Aggregates) -> bytes:
    """Return aggregates as bytes; equal ones give equal bytes with one release of Zstandard.

    `hash_of_aggregates` of the bytes is the same with every release.
    """
    writer = Writer()
    writer.array(_dimensions(aggregates.shape, aggregates.duration))
    writer.array(np.array(aggregates.runs, dtype=np.int64))
    for name in _COUNTS:
        _write_sparse(writer, getattr(aggregates, name))
    for name in _TALLIES:
        for tally in getattr(aggregates, name):
            writer.array(np.diff(tally.values, prepend=np.int64(0)))
            writer.array(tally.counts)
    for name in _TIMES:
        times: Times = getattr(aggregates, name)
        happened = times.count > 0
        _write_sparse(writer, times.bins)
        for array in (times.seconds, times.earliest, times.latest):
            writer.array(array[happened])
    return FORMAT.seal(writer.content())


def decode_aggregates(blob: bytes, shape: Shape, duration: int) -> Aggregates:
    """Return the aggregates that were given to `encode_aggregates`.

    Args:
        blob: The bytes.
        shape: Dimensions of the event of which these should be.
        duration: Its seconds.

    Raises:
        StoredDataError: These are no such bytes: cut, changed, of a newer release, or of an event
            of other dimensions.
    """
    return _sum([FORMAT.open(blob)], shape, duration)


def merge_aggregates(blobs: Sequence[bytes]) -> bytes:
    """Return the bytes of the aggregates of all runs in some such bytes, of one event.

    Args:
        blobs: One at least, in any order.

    Raises:
        StoredDataError: As of `decode_aggregates`.
    """
    first = FORMAT.open(blobs[0])
    rest = (FORMAT.open(blob) for blob in blobs[1:])  # one in memory at a time
    return encode_aggregates(_sum(chain([first], rest), *_event_of(first)))


def shape_of(blob: bytes) -> tuple[Shape, int]:
    """Return the dimensions of the event that aggregates say they are of, and its seconds.

    Raises:
        StoredDataError: As of `decode_aggregates`.
    """
    return _event_of(FORMAT.open(blob))


def hash_of_aggregates(blob: bytes) -> str:
    """Return the SHA-256 by which equal aggregates are known, of `encode_aggregates`' bytes.

    It is taken before compression: equal on every host and with every release of the libraries.

    Raises:
        StoredDataError: These are no such bytes, or those of a newer release.
    """
    return FORMAT.hash_of(blob)


def _dimensions(shape: Shape, duration: int) -> NDArray[np.int64]:
    dimensions = [duration, shape.rows, shape.tiles, shape.bonuses, *shape.team_sizes]
    return np.array(dimensions, dtype=np.int64)


def _write_sparse(writer: Writer, array: NDArray[np.int64]) -> None:
    """Write the places of what is not 0, as steps, and what is there."""
    flat = array.reshape(-1)
    places = np.flatnonzero(flat != 0)  # numpy finds what is true five times faster than numbers
    writer.array(np.diff(places, prepend=-1))
    writer.array(flat[places])


def _event_of(content: bytes) -> tuple[Shape, int]:
    reader = Reader(content, FORMAT.name)
    duration, rows, tiles, bonuses, *sizes = reader.array(-1).tolist()
    return Shape(team_sizes=tuple(sizes), rows=rows, tiles=tiles, bonuses=bonuses), duration


def _sum(contents: Iterable[bytes], shape: Shape, duration: int) -> Aggregates:
    """Add up aggregates, each by the places it names: nearly all bins of nearly all are empty."""
    dimensions = _dimensions(shape, duration)
    total = Aggregates.empty(shape, duration)
    tallies: dict[str, list[list[Tally]]] = {
        name: [[] for _ in range(shape.teams)] for name in _TALLIES
    }
    for content in contents:
        reader = Reader(content, FORMAT.name)
        reader.same(dimensions)
        total.runs += int(reader.array())
        for name in _COUNTS:
            _add_sparse(reader, getattr(total, name))
        for name in _TALLIES:
            for of_team in tallies[name]:
                of_team.append(_read_tally(reader))
        for name in _TIMES:
            _add_times(reader, getattr(total, name))
        reader.end()
    for name, of_teams in tallies.items():
        setattr(total, name, tuple(Tally.joined(of_team) for of_team in of_teams))
    return total


def _add_sparse(
    reader: Reader, into: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add what `_write_sparse` wrote; return the places and what was there."""
    steps = reader.array(-1)
    places = np.cumsum(steps) - 1
    # Each place once, or a sum by places would count one of them only.
    if len(places) and (steps.min() < 1 or not 0 <= places.min() <= places.max() < into.size):
        raise reader.broken()
    values = reader.array(len(places))
    into.reshape(-1)[places] += values
    return places, values


def _read_tally(reader: Reader) -> Tally:
    values = np.cumsum(reader.array(-1), dtype=np.int64)
    return Tally(values, reader.array(len(values)))


def _add_times(reader: Reader, times: Times) -> None:
    """Add times; their bins say what happened, and how often."""
    places, values = _add_sparse(reader, times.bins)
    things = places // times.bins.shape[2]
    first = np.flatnonzero(np.diff(things, prepend=-1))  # where the bins of each thing begin
    happened = things[first]
    if len(first):
        times.count.reshape(-1)[happened] += np.add.reduceat(values, first)
    for array, combine in (
        (times.seconds, np.add),
        (times.earliest, np.minimum),
        (times.latest, np.maximum),
    ):
        flat = array.reshape(-1)
        flat[happened] = combine(flat[happened], reader.array(len(happened)))
