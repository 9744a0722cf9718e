"""Chunks: runs as they are stored, as bytes and back.

A chunk has the summary columns of all its runs and the timelines of all, of a sample, or of none.
With all timelines it has the units too, and is the same as the `RunResults` it was made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.errors import InputError
from bingosim.payloads.arrays import Reader, Writer, steps
from bingosim.payloads.blob import Format
from bingosim.payloads.timelines import Timelines
from bingosim.results import COLUMNS, RunResults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bingosim.results import Column, Shape

FORMAT = Format(b"BSRC", 1, "a chunk of runs")

SAMPLE_EVERY = 100
"""Of a sample: timelines are kept of the runs whose index is a multiple of this."""

SUMMARY = ("run", "points", "tiles_completed", "rows_open", "last_point")
TIMELINES = ("row_opened", "tile_completed", "bonus_paid")
SUMS = ("units", "credited")

_MOST_HEAD = 64
"""Bytes that say how an array is written, at most (`arrays`)."""
_DECLARED = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """What is kept of n runs; `COLUMNS` says dtype, dimensions, unit and meaning of each array.

    Attributes:
        shape: Dimensions of the event.
        timelines: Of which runs there are timelines.
        columns: By name: those of `SUMMARY`, of n runs each; those of `TIMELINES`, of the m runs
            of which timelines are kept, in the same order; with all timelines, those of `SUMS`,
            unless some runs were left out: sums over runs cannot be taken apart.
    """

    shape: Shape
    timelines: Timelines
    columns: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, results: RunResults, timelines: Timelines = Timelines.ALL) -> Chunk:
        """Return what is to be kept of results; its arrays may be those of the results."""
        columns = {column.name: getattr(results, column.name) for column in COLUMNS}
        return cls(results.shape, Timelines.ALL, columns).only(timelines)

    def __len__(self) -> int:
        return len(self.columns["run"])

    @property
    def timed(self) -> NDArray[np.int64]:
        """Indices of the runs of which timelines are kept, int64[m]."""
        run: NDArray[np.int64] = self.columns["run"]
        return run[_timed(run, self.timelines)]

    @property
    def has_sums(self) -> bool:
        """Whether units are known: the columns of `SUMS`."""
        return all(name in self.columns for name in SUMS)

    @property
    def results(self) -> RunResults:
        """The runs with everything that an engine says of them.

        Raises:
            InputError: Timelines were left out, or some of the runs that were stored together.
        """
        if self.timelines is not Timelines.ALL:
            raise InputError("these runs were stored without all of their timelines")
        if not self.has_sums:
            raise InputError("units are known of runs that were stored together, not of some alone")
        return RunResults(shape=self.shape, **self.columns)

    def take(self, places: NDArray[np.int64]) -> Chunk:
        """Return some of the runs, in any order; sums come along only if these are all runs.

        Args:
            places: Where they stand in this chunk, int64[k], each once.

        Raises:
            ValueError: A place is there twice.
        """
        if len(np.unique(places)) != len(places):
            raise ValueError("a run can be taken once only")
        timed = _timed(self.columns["run"], self.timelines)
        rank = np.cumsum(timed) - 1  # where a timed run stands among those with timelines
        places_timed = rank[places[timed[places]]]
        columns = {name: self.columns[name][places] for name in SUMMARY}
        columns |= {name: self.columns[name][places_timed] for name in TIMELINES}
        if self.has_sums and len(places) == len(self):
            columns |= {name: self.columns[name] for name in SUMS}
        return Chunk(self.shape, self.timelines, columns)

    def only(self, timelines: Timelines) -> Chunk:
        """Return the same runs with no more than these timelines; it cannot have more than it has.

        Sums go with all timelines: without them they are left out.
        """
        if fewest(self.timelines, timelines) is self.timelines:
            return self
        run = self.columns["run"]
        kept = _timed(run, timelines)[_timed(run, self.timelines)]
        columns = {name: self.columns[name] for name in SUMMARY}
        columns |= {name: self.columns[name][kept] for name in TIMELINES}
        return Chunk(self.shape, timelines, columns)


def fewest(*choices: Timelines) -> Timelines:
    """Return the choice that keeps the timelines of the fewest runs."""
    return max(choices, key=list(Timelines).index)


def join(chunks: Sequence[Chunk]) -> Chunk:
    """Return the runs of several chunks one after the other.

    There are the timelines that all of them have, and the sums if all of them have them.

    Args:
        chunks: At least one, all of one event; their runs in any order.

    Raises:
        ValueError: There is no chunk, or the events differ.
    """
    if not chunks or any(chunk.shape != chunks[0].shape for chunk in chunks):
        raise ValueError("expected at least one chunk, all of one event")
    timelines = fewest(*(chunk.timelines for chunk in chunks))
    parts = [chunk.only(timelines) for chunk in chunks]
    columns: dict[str, NDArray[Any]] = {
        name: np.concatenate([part.columns[name] for part in parts])
        for name in (*SUMMARY, *TIMELINES)
    }
    if all(part.has_sums for part in parts):
        for name in SUMS:
            columns[name] = np.add.reduce([part.columns[name] for part in parts])
    return Chunk(chunks[0].shape, timelines, columns)


def encode_chunk(results: RunResults, timelines: Timelines = Timelines.ALL) -> bytes:
    """Return runs as bytes; equal runs give equal bytes with one release of Zstandard.

    Args:
        results: Any runs of one event.
        timelines: Of which of them the timelines are kept.
    """
    chunk = Chunk.of(results, timelines)
    writer = Writer()
    writer.array(np.array(list(Timelines).index(timelines), dtype=np.int64))
    writer.array(_dimensions(chunk.shape))
    for name, array in chunk.columns.items():
        # Numbers of one tile side by side, since they are more alike than those of one run.
        writer.array(steps(array) if name == "run" else np.moveaxis(array, 0, -1))
    return FORMAT.seal(writer.content())


def decode_chunk(blob: bytes, shape: Shape) -> Chunk:
    """Return what `encode_chunk` was given, as far as it was kept.

    Args:
        blob: The bytes.
        shape: Dimensions of the event whose runs these should be.

    Raises:
        StoredDataError: These are no such bytes: cut, changed, of a newer release, or of runs of
            an event of other dimensions.
    """
    reader = Reader(FORMAT.open(blob), FORMAT.name)
    timelines, columns = _summary(reader, shape)
    runs = len(columns["run"])
    timed = int(np.count_nonzero(_timed(columns["run"], timelines)))
    stored = [(name, timed) for name in TIMELINES]
    if timelines is Timelines.ALL:
        stored += [(name, runs) for name in SUMS]
    for name, length in stored:
        columns[name] = _array(reader, _DECLARED[name], shape, length)
    reader.end()
    return Chunk(shape, timelines, columns)


def decode_summary(blob: bytes, shape: Shape, runs: int) -> Chunk:
    """Return a chunk without timelines, in a tenth of the time that unpacking all of it takes.

    What is damaged may go unnoticed: the hash is of all of it. Whoever uses it must be able to tell
    by other means.

    Args:
        blob: The bytes.
        shape: Dimensions of the event whose runs these should be.
        runs: How many there should be.

    Raises:
        StoredDataError: These are no such bytes, as far as they are read.
    """
    # No number takes more than 8 bytes; before each array stands how it is written.
    length = sum(
        _MOST_HEAD + 8 * prod(shape.lengths(_DECLARED[name].dimensions, runs)) for name in SUMMARY
    )
    length += 2 * _MOST_HEAD + 8 * len(_dimensions(shape))
    reader = Reader(FORMAT.begin(blob, length), FORMAT.name)
    _, columns = _summary(reader, shape)
    for name in TIMELINES:
        column = _DECLARED[name]
        columns[name] = np.empty(shape.lengths(column.dimensions, 0), dtype=column.dtype)
    return Chunk(shape, Timelines.NONE, columns)


def _summary(reader: Reader, shape: Shape) -> tuple[Timelines, dict[str, NDArray[Any]]]:
    """Read what a chunk begins with: which timelines it has, and the summaries of its runs."""
    known = list(Timelines)
    code = int(reader.array())
    if not 0 <= code < len(known):
        raise reader.broken()
    reader.same(_dimensions(shape))
    columns: dict[str, NDArray[Any]] = {"run": np.cumsum(reader.array(-1), dtype=np.int64)}
    for name in SUMMARY[1:]:
        columns[name] = _array(reader, _DECLARED[name], shape, len(columns["run"]))
    return known[code], columns


def _timed(run: NDArray[np.int64], timelines: Timelines) -> NDArray[np.bool_]:
    """Return of which runs the timelines are kept."""
    if timelines is Timelines.SAMPLE:
        return np.equal(run % SAMPLE_EVERY, 0)
    return np.full(len(run), timelines is Timelines.ALL)


def _array(reader: Reader, column: Column, shape: Shape, runs: int) -> NDArray[Any]:
    """Read a column of so many runs."""
    lengths = shape.lengths(column.dimensions, runs)
    numbers = np.moveaxis(reader.array(*lengths[1:], lengths[0]), -1, 0)
    bounds = np.iinfo(column.dtype)
    if numbers.size and not bounds.min <= numbers.min() <= numbers.max() <= bounds.max:
        raise reader.broken()
    return np.ascontiguousarray(numbers, dtype=column.dtype)


def _dimensions(shape: Shape) -> NDArray[np.int64]:
    return np.array([shape.rows, shape.tiles, shape.bonuses, *shape.team_sizes], dtype=np.int64)
