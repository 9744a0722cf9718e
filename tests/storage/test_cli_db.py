from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bingosim.cli import app
from bingosim.errors import InputError
from bingosim.storage import migrate
from bingosim.storage.batches import list_batches
from tests.storage.samples import new_batch

if TYPE_CHECKING:
    from typer.testing import Result


@pytest.fixture
def url(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database that the settings name."""
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", empty_url)
    return empty_url


def call(*words: str) -> Result:
    return CliRunner().invoke(app, ["db", *words])


def test_upgrade_makes_the_tables_and_then_has_nothing_to_do(url: str) -> None:
    first = call("upgrade")
    assert first.exit_code == 0
    assert f"from nothing to revision {migrate.head()}" in first.output
    assert "nothing to do" in call("upgrade").output
    migrate.open_database(url).close()


def test_status_says_where_and_what_takes_space(url: str) -> None:
    assert "bingosim db upgrade makes the tables" in call("status").output
    call("upgrade")
    database = migrate.open_database(url)
    new_batch(database, runs=1234)
    database.close()
    shown = call("status").output
    assert f"revision  {migrate.head()}" in shown
    (runs,) = [line.split() for line in shown.splitlines() if line.startswith("simulation_runs")]
    assert runs[1:3] == ["1,234", "rows"]
    assert float(runs[3]) > 0


def test_reset_asks_to_be_meant(url: str) -> None:
    call("upgrade")
    database = migrate.open_database(url)
    batch = new_batch(database)
    refused = call("reset")
    assert isinstance(refused.exception, InputError)
    assert [found.id for found in list_batches(database)] == [batch]
    database.close()
    assert "is empty" in call("reset", "--yes").output
    database = migrate.open_database(url)
    assert list_batches(database) == []
    database.close()
