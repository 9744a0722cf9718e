"""One export: two tables of runs and what they are about, in a directory.

The tables are written under other names and renamed when all is there. `about.json` is taken away
before and written last: where it lies, the tables beside it are whole and belong to it.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from bingosim.errors import ExecutionError, InputError, UnknownKeyError
from bingosim.exports import tables
from bingosim.exports.writers import Kind, open_writer
from bingosim.payloads.chunk import Chunk
from bingosim.payloads.timelines import Timelines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from bingosim.event.snapshot import Snapshot
    from bingosim.exports.writers import Writer
    from bingosim.results import RunResults

ABOUT = "about.json"

Choice = TypeVar("Choice", bound=StrEnum)
_TABLES = {
    "summary": (tables.SUMMARY, tables.summary),
    "timelines": (tables.TIMELINES, tables.timelines),
}


class Export:
    """Takes runs chunk by chunk, and leaves whole files or none.

    Memory does not grow with the runs, which stand in the files in the order in which they are
    added. Used as a context manager: what was not finished at the end of the block is taken away.

    Args:
        directory: Where the files go; made if missing. Those of an earlier export are replaced.
        kind: Format of the tables: `csv`, `jsonl` or `parquet`.
        snapshot: The event of the runs.
        timelines: Of which runs the times of tiles are written: `all`, `sample` or `none`; of
            chunks that were stored with fewer, those. `about.json` says which.

    Raises:
        InputError: The directory cannot be written, or there is no such format.
    """

    def __init__(
        self,
        directory: Path | str,
        kind: Kind | str,
        snapshot: Snapshot,
        timelines: Timelines | str = Timelines.ALL,
    ) -> None:
        self._directory = Path(directory)
        self._kind = _one_of(Kind, kind, "format")
        self._snapshot = snapshot
        self._timelines = _one_of(Timelines, timelines, "choice of timelines")
        self._runs = 0
        self._writers: dict[str, Writer] = {}
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            for name, (schema, _) in _TABLES.items():
                self._writers[name] = open_writer(self._kind, self._unfinished(name), schema)
        except OSError as error:
            self._discard()
            raise InputError(f"cannot write {directory}: {error.strerror or error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._discard()

    def add(self, runs: RunResults | Chunk) -> None:
        """Write runs; of a chunk, those timelines that it has and that are wanted.

        Raises:
            ExecutionError: They cannot be written, for example because the disk is full.
            InputError: They were stored with fewer timelines than those before them, so that one
                table would hold both.
        """
        chunk = (runs if isinstance(runs, Chunk) else Chunk.of(runs)).only(self._timelines)
        if chunk.timelines is not self._timelines:
            if self._runs:
                raise InputError(
                    f"some runs are stored with timelines {self._timelines}, others with "
                    f"{chunk.timelines}: export them with timelines {chunk.timelines}"
                )
            self._timelines = chunk.timelines
        with self._failing():
            for name, (_, lines) in _TABLES.items():
                self._writers[name].write(lines(chunk, self._snapshot))
        self._runs += len(chunk)

    def finish(self, *, seed: str, engine: str, engine_version: str, complete: bool) -> None:
        """Give the files their names: from now on they are there.

        Args:
            seed: The seed's text.
            engine: Name of the engine.
            engine_version: What identifies its code.
            complete: Whether all runs asked for are there.

        Raises:
            ExecutionError: They cannot be written.
        """
        about = {
            "event": self._snapshot.name,
            "snapshot_sha256": self._snapshot.sha256,
            "seed": seed,
            "engine": engine,
            "engine_version": engine_version,
            "runs": self._runs,
            "complete": complete,
            "timelines": str(self._timelines),
        }
        texts = {key: v if isinstance(v, str) else json.dumps(v) for key, v in about.items()}
        with self._failing():
            for writer in self._writers.values():
                writer.finish(texts)
            (self._directory / ABOUT).unlink(missing_ok=True)
            for name in self._writers:
                self._unfinished(name).replace(self._directory / f"{name}.{self._kind}")
            self._writers.clear()
            unfinished = self._unfinished("about")
            text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
            unfinished.write_text(text, encoding="utf-8", newline="\n")
            unfinished.replace(self._directory / ABOUT)

    def _unfinished(self, name: str) -> Path:
        """Return the name of a file until it is whole; each process has its own."""
        return self._directory / f".{name}.{self._kind}.{os.getpid()}.unfinished"

    def _discard(self) -> None:
        """Take away what was not finished."""
        for writer in self._writers.values():
            with self._failing(quietly=True):
                writer.abandon()
        self._writers.clear()
        for name in (*_TABLES, "about"):
            with self._failing(quietly=True):
                self._unfinished(name).unlink(missing_ok=True)

    @contextmanager
    def _failing(self, *, quietly: bool = False) -> Iterator[None]:
        """Turn what the operating system refuses into a message."""
        try:
            yield
        except OSError as error:
            if not quietly:
                reason = error.strerror or error
                raise ExecutionError(f"cannot write {self._directory}: {reason}") from None


def _one_of(choices: type[Choice], given: str, kind: str) -> Choice:
    """Return the choice of a name."""
    if given not in choices.__members__.values():
        raise UnknownKeyError(kind, given, [str(choice) for choice in choices])
    return choices(given)
