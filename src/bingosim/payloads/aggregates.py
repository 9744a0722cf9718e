"""Aggregates as bytes and back: sparse, and the same bytes for the same numbers.

Of every array the places that are not 0 are written, as steps from one to the next, and the numbers
there. Most bins of most tiles are empty, and of few runs most others too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bingosim.aggregates import Aggregates, Counted
from bingosim.histograms import Tally
from bingosim.payloads.arrays import Reader, Writer, steps
from bingosim.payloads.blob import Format
from bingosim.payloads.sparse import Sparse, SparseTimes, add_sparse
from bingosim.results import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bingosim.results import RunResults

FORMAT = Format(b"BSAG", 1, "aggregates", level=1)  # higher ones take longer and save nothing here

_TALLIES = ("points", "tiles_completed", "rows_open")
_TIMES = ("rows", "tiles")
_COUNTS = ("wins", "bonuses", "units", "credited")


def encode_aggregates(aggregates: Aggregates) -> bytes:
    """Return aggregates as bytes; equal ones give equal bytes with one release of Zstandard.

    `hash_of_aggregates` of the bytes is the same with every release.
    """
    times = {name: SparseTimes.of(getattr(aggregates, name)) for name in _TIMES}
    event = _dimensions(aggregates.shape, aggregates.duration)
    return _encoded(event, aggregates.runs, aggregates, times)


def encode_results(results: RunResults, duration: int) -> bytes:
    """Return the aggregates of runs, as `encode_aggregates` does, without a bin for each time.

    A message of ten runs fills one bin of three hundred.

    Args:
        results: The runs.
        duration: Seconds of their event.

    Raises:
        ValueError: Something happened after the end of the event.
    """
    moments = {"rows": results.row_opened, "tiles": results.tile_completed}
    times = {name: SparseTimes.counted(moments[name], duration) for name in _TIMES}
    event = _dimensions(results.shape, duration)
    return _encoded(event, len(results), Counted.of(results), times)


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
    total = _Sum(shape, duration)
    total.add(_reader(blob))
    return total.aggregates()


def merge_aggregates(blobs: Sequence[bytes]) -> bytes:
    """Return the bytes of the aggregates of all runs in some such bytes, of one event.

    Args:
        blobs: One at least, in any order.

    Raises:
        StoredDataError: As of `decode_aggregates`.
    """
    first = _reader(blobs[0])
    total = _Sum(*_event_of(first))
    total.add_rest(first)
    for blob in blobs[1:]:  # one in memory at a time
        total.add(_reader(blob))
    return encode_aggregates(total.aggregates())


def shape_of(blob: bytes) -> tuple[Shape, int]:
    """Return the dimensions of the event that aggregates say they are of, and its seconds.

    Raises:
        StoredDataError: As of `decode_aggregates`.
    """
    return _event_of(_reader(blob))


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


def _encoded(
    event: NDArray[np.int64],
    runs: int,
    counted: Aggregates | Counted,
    times: Mapping[str, SparseTimes],
) -> bytes:
    writer = Writer()
    writer.array(event)
    writer.array(np.array(runs, dtype=np.int64))
    for name in _COUNTS:
        _write_sparse(writer, Sparse.of(getattr(counted, name)))
    for name in _TALLIES:
        for tally in getattr(counted, name):
            writer.array(steps(tally.values))
            writer.array(tally.counts)
    for name in _TIMES:
        bins, *of_each = times[name]
        _write_sparse(writer, bins)
        for array in of_each:
            writer.array(array)
    return FORMAT.seal(writer.content())


def _write_sparse(writer: Writer, sparse: Sparse) -> None:
    writer.array(steps(sparse.places, before=-1))
    writer.array(sparse.values)


def _reader(blob: bytes) -> Reader:
    return Reader(FORMAT.open(blob), FORMAT.name)


def _event_of(reader: Reader) -> tuple[Shape, int]:
    duration, rows, tiles, bonuses, *sizes = reader.array(-1).tolist()
    return Shape(team_sizes=tuple(sizes), rows=rows, tiles=tiles, bonuses=bonuses), duration


class _Sum:
    """Adds up aggregates, each by the places it names: nearly all bins of nearly all are empty."""

    def __init__(self, shape: Shape, duration: int) -> None:
        self._event = _dimensions(shape, duration)
        self._total = Aggregates.empty(shape, duration)
        self._tallies: dict[str, list[list[Tally]]] = {
            name: [[] for _ in range(shape.teams)] for name in _TALLIES
        }

    def add(self, reader: Reader) -> None:
        """Add what is read."""
        reader.same(self._event)
        self.add_rest(reader)

    def add_rest(self, reader: Reader) -> None:
        """Add what is read, after the dimensions of its event."""
        self._total.runs += int(reader.array())
        for name in _COUNTS:
            if not add_sparse(*_read_sparse(reader), getattr(self._total, name).reshape(-1)):
                raise reader.broken()
        for name in _TALLIES:
            for of_team in self._tallies[name]:
                of_team.append(_read_tally(reader))
        for name in _TIMES:
            times = SparseTimes(_read_sparse(reader), *(reader.array(-1) for _ in range(3)))
            if not times.add_to(getattr(self._total, name)):
                raise reader.broken()
        reader.end()

    def aggregates(self) -> Aggregates:
        """Return the sum, once all are added."""
        for name, of_teams in self._tallies.items():
            setattr(self._total, name, tuple(Tally.joined(of_team) for of_team in of_teams))
        return self._total


def _read_sparse(reader: Reader) -> Sparse:
    places = reader.array(-1).cumsum() - 1
    return Sparse(places, reader.array(len(places)))


def _read_tally(reader: Reader) -> Tally:
    values = reader.array(-1).cumsum()
    return Tally(values, reader.array(len(values)).copy())  # not a view: it is kept
