"""What tests of commands about batches compare."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bingosim.storage.batches import list_batches, read_batch

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database
    from bingosim.storage.states import BatchStatus


RUNS = 300
PRECISELY = ("--precision", 3, "--min-runs", 200, "--max-runs", 6_000)


def untimed(text: str) -> str:
    """Return a result's JSON without its last key, which says how long it took."""
    before, timing, after = text.partition(',\n  "timing": {')
    assert timing
    assert set(re.findall(r'"(\w+)":', after)) == {"compile_s", "simulate_s", "total_s"}
    return before


def only(database: Database) -> UUID:
    """Return the only batch."""
    (found,) = list_batches(database)
    return found.id


def status(database: Database) -> BatchStatus:
    return read_batch(database, only(database)).status


def files(directory: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(directory).iterdir()}


def text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")
