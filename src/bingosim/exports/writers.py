"""Writers of tables: a file each, filled batch by batch."""

from __future__ import annotations

import csv
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GROUP_LINES = 2**18
"""Lines of a row group of Parquet: what a reader takes at a time, and what a writer holds."""


class Kind(StrEnum):
    """The formats of exports, by the ending of their files."""

    CSV = "csv"
    JSON = "jsonl"
    PARQUET = "parquet"


class Writer(Protocol):
    """A file that takes a table batch by batch."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add lines."""

    def finish(self, about: Mapping[str, str]) -> None:
        """Write what is left and close the file; `about` goes into it where the format has room."""

    def abandon(self) -> None:
        """Close the file, however it is."""


def open_writer(kind: Kind, path: Path, schema: pa.Schema) -> Writer:
    """Open a file for a table."""
    writers: dict[Kind, type[CsvWriter | JsonWriter | ParquetWriter]] = {
        Kind.CSV: CsvWriter,
        Kind.JSON: JsonWriter,
        Kind.PARQUET: ParquetWriter,
    }
    return writers[kind](path, schema)


class CsvWriter:
    """Commas, quotes where needed, names of columns in the first line; null is empty.

    Not pyarrow's writer: it writes 1.0 as 1, and readers that look at the first lines alone then
    take the column of wins for whole numbers until the first that was shared.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._lines = csv.writer(self._file, lineterminator="\n")
        self._lines.writerow(schema.names)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add lines."""
        self._lines.writerows(zip(*_columns(batch), strict=True))

    def finish(self, about: Mapping[str, str]) -> None:  # noqa: ARG002 - CSV has no room for it
        """Close the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file."""
        self._file.close()


class JsonWriter:
    """JSON Lines: an object on each line."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._names = schema.names
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, batch: pa.RecordBatch) -> None:
        """Add lines."""
        for values in zip(*_columns(batch), strict=True):
            line = dict(zip(self._names, values, strict=True))
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def finish(self, about: Mapping[str, str]) -> None:  # noqa: ARG002 - a line is a run, no more
        """Close the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file."""
        self._file.close()


class ParquetWriter:
    """Parquet in groups of `GROUP_LINES` lines, whatever the sizes of the batches."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        from pyarrow import parquet  # noqa: PLC0415 - only who writes it pays for it

        self._file = parquet.ParquetWriter(path, schema, compression="zstd")
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._lines = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add lines."""
        self._waiting.append(batch)
        self._lines += len(batch)
        if self._lines >= GROUP_LINES:
            self._flush(self._lines - self._lines % GROUP_LINES)

    def finish(self, about: Mapping[str, str]) -> None:
        """Write what is left and the metadata, and close the file."""
        if self._lines:
            self._flush(self._lines)
        self._file.add_key_value_metadata({f"bingosim.{key}": text for key, text in about.items()})
        self._file.close()

    def abandon(self) -> None:
        """Close the file."""
        self._file.close()

    def _flush(self, lines: int) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._file.write_table(table.slice(0, lines), row_group_size=GROUP_LINES)
        self._waiting = table.slice(lines).to_batches()
        self._lines -= lines


def _columns(batch: pa.RecordBatch) -> list[list[Any]]:
    """Return the columns as Python's objects."""
    return [
        (column.dictionary_decode() if pa.types.is_dictionary(column.type) else column).to_pylist()
        for column in batch.columns
    ]
