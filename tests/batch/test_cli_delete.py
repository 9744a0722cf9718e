"""`bingosim batch delete, prune`: only what has ended, and only if that is meant."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim.storage.batches import list_batches
from bingosim.storage.tables import batches
from tests.batch.commands import only
from tests.batch.conftest import TINY, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import pytest

    from bingosim.storage.database import Database


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_deleting_asks(
    stored: Database,
    bingosim: Callable[..., Outcome],
    batch: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for words in (["delete", "latest"], ["prune", "--older-than", "0s"]):
        monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
        done = bingosim("batch", *words)
        assert done.code == 1
        assert f"{batch} (Tiny bingo, 300 runs, completed)" in done.err
        assert only(stored) == batch
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert bingosim("batch", "delete", "latest").code == 0
    assert list_batches(stored) == []


def test_only_what_has_ended_is_deleted(stored: Database, bingosim: Callable[..., Outcome]) -> None:
    bingosim("batch", "start", TINY, "--runs", 20, "--detach")
    done = bingosim("batch", "delete", "latest", "--yes")
    assert (done.code, done.err) == (
        2,
        f"batch {only(stored)} is running: cancel it before deleting it\n",
    )
    assert (
        "no batch ended more than 0s ago"
        in bingosim(*("batch", "prune", "--older-than", "0s", "--yes")).err
    )
    assert only(stored)


def test_pruning_takes_those_that_ended_long_ago(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    for name in ("old", "new"):
        bingosim("batch", "start", TINY, "--runs", 20, "--name", name, "--quiet")
    with stored.write() as connection:
        connection.execute(
            sa.update(batches)
            .where(batches.c.name == "old")
            .values(finished_at=batches.c.finished_at - 3 * 86_400_000)
        )
    assert "no batch ended" in bingosim("batch", "prune", "--older-than", "4d", "--yes").err
    assert "no batch ended" in bingosim("batch", "prune", "--older-than", "99999999999d").err
    done = bingosim("batch", "prune", "--older-than", "1d12h", "--yes")
    assert (done.code, done.err.splitlines()[-1]) == (0, "1 batch deleted")
    assert [found.name for found in list_batches(stored)] == ["new"]
