"""The page on batches is true: every command of it does what it should, one after the other."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim import cli
from bingosim.storage.database import open_url
from bingosim.storage.tables import batches

if TYPE_CHECKING:
    import pytest

    from bingosim.storage.database import Database

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "howto" / "batches.md"
START = "batch start my-bingo.yaml --runs 20 --detach"


def shown() -> list[str]:
    """Return the commands that stand in blocks: in prose they are only mentioned."""
    blocks = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("    ")]
    assert all(line.startswith("    bingosim ") for line in blocks)
    return [line.removeprefix("    bingosim ") for line in blocks]


def call(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["bingosim", *shlex.split(command)])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_every_command_of_the_page_does_what_it_should(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bingosim.db"
    shutil.copy(sqlite_template, file)
    shutil.copy(ROOT / "examples" / "tiny.yaml", tmp_path / "my-bingo.yaml")
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.chdir(tmp_path)
    database = open_url(f"sqlite:///{file}")
    done = set()
    for command in shown():
        name = " ".join(command.split()[:2])
        if name in ("batch pause", "batch cancel"):  # as if another terminal executed it
            assert call(START, monkeypatch) == 0
        if name == "batch extend" or command.startswith("batch export"):
            assert call(START.removesuffix(" --detach"), monkeypatch) == 0
        if name == "batch retry":
            fail_latest(database)
        yes = " --yes" if name in ("batch delete", "batch prune") else ""
        assert call(command + yes, monkeypatch) == 0, command
        done.add(name)
    database.close()
    group = next(one for one in cli.app.registered_groups if one.name == "batch")
    assert group.typer_instance is not None
    names = {str(one.name) for one in group.typer_instance.registered_commands}
    elsewhere = {"dead-letters"}  # of batches that workers execute: distributed.md
    assert done >= {f"batch {name}" for name in names - elsewhere}
    assert (tmp_path / "runs" / "summary.parquet").exists()


def fail_latest(database: Database) -> None:
    """Let the newest batch have ended as error."""
    with database.write() as connection:
        newest = sa.select(sa.func.max(batches.c.id)).scalar_subquery()
        connection.execute(
            sa.update(batches).where(batches.c.id == newest).values(status="error", reason="none")
        )
