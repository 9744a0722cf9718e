"""Fixtures: every test that takes a database runs on each kind."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bingosim.storage.database import Database, open_url
from bingosim.storage.migrate import upgrade
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server with a migrated template."""
    with postgres.started() as (pattern, node):
        server = postgres.Server(pattern, node)
        database = open_url(server.url(server.template))
        upgrade(database)
        database.close()
        yield server
        server.drop_all()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file."""
    file = tmp_path_factory.mktemp("template") / "bingosim.db"
    database = open_url(f"sqlite:///{file}")
    upgrade(database)
    database.close()  # the last connection folds the log into the file
    return file


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """The kinds of databases in turn."""
    name: str = request.param
    return name


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: postgres.Server = request.getfixturevalue("postgresql")
    return server.url(server.create())


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own, ready for use."""
    if kind == "sqlite":
        file = tmp_path / "bingosim.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        url = f"sqlite:///{file}"
    else:
        server: postgres.Server = request.getfixturevalue("postgresql")
        url = server.url(server.create(server.template))
    opened = open_url(url, pool_size=10)
    yield opened
    opened.close()
