"""What is damaged in the database is named, and the rest is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bingosim.storage.batches import read_batch
from bingosim.storage.tables import aggregates, result_chunks, snapshots
from tests.batch.commands import RUNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from bingosim.storage.database import Database
    from tests.batch.conftest import Outcome


def damage(database: Database, column: Any) -> None:
    """Change a byte in the middle of a stored value."""
    with database.write() as connection:
        value: Any = connection.execute(sa.select(column)).scalars().first()
        at = len(value) // 2
        other = "?" if isinstance(value, str) else bytes([value[at] ^ 1])
        broken = value[:at] + other + value[at + 1 :]
        connection.execute(sa.update(column.table).values({column.name: broken}))


def test_damaged_aggregates_are_named_and_the_rest_is_shown(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    damage(stored, aggregates.c.payload)
    shown = bingosim("batch", "show")
    assert shown.code == 1
    assert f"{RUNS} of {RUNS} completed" in shown.out
    assert f"batch {batch}" in shown.err
    assert "damaged" in shown.err
    assert len(shown.err.splitlines()) == 1
    assert bingosim("batch", "export", "latest", "--json", "x.json").code == 1
    assert bingosim("batch", "export", "latest", "--csv", "good").code == 0
    assert bingosim("batch", "rerun", "latest:1").code == 0


def test_damaged_chunks_are_named_and_nothing_is_written(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID, tmp_path: Path
) -> None:
    damage(stored, result_chunks.c.payload)
    done = bingosim("batch", "export", "latest", "--csv", "tables")
    assert done.code == 1
    assert f"batch {batch}, chunk " in done.err
    assert not [path for path in (tmp_path / "here").rglob("*") if path.is_file()]
    assert bingosim("batch", "show").code == 0
    assert bingosim("batch", "rerun", "latest:1").code == 0


def test_a_damaged_snapshot_is_never_played(
    stored: Database, bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    damage(stored, snapshots.c.body)
    for words in (["show"], ["rerun", "latest:1"], ["extend", "latest", "5"]):
        done = bingosim("batch", *words)
        assert done.code == 1
        assert "snapshot" in done.err
        assert "damaged" in done.err
        assert len(done.err.splitlines()) == 1
    assert read_batch(stored, batch).runs == RUNS
    assert bingosim("batch", "list").code == 0
    assert bingosim("batch", "delete", "latest", "--yes").code == 0
