"""Fixtures: an empty library, and one with an event in it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.library.assemble import Whole, load
from bingosim.library.imports import import_event
from bingosim.storage.database import Database, open_url
from tests.unit.event_samples import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An embedded database: what is tested here is the same on both."""
    database = open_url(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'library.db')}")
    yield database
    database.close()


@pytest.fixture
def winter(store: Database) -> Whole:
    """An event with one of everything."""
    return load(store, import_event(store, GOOD).event.id)


def ada(**more: Any) -> dict[str, Any]:
    """A player."""
    return {"name": "Ada", **more}
