from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bingosim.errors import ExecutionError, InputError
from bingosim.storage import migrate
from bingosim.storage.batches import list_batches, read_batch
from bingosim.storage.database import open_url
from bingosim.storage.tables import REVISION, metadata
from tests.storage.samples import new_batch

if TYPE_CHECKING:
    from pathlib import Path

    from bingosim.storage.database import Database

LATER = "9000"


def test_the_revision_of_the_tables_is_the_last_migration() -> None:
    assert migrate.head() == REVISION


def test_migrations_from_empty_make_what_the_schema_declares(empty_url: str) -> None:
    database = open_url(empty_url)
    assert migrate.upgrade(database) == migrate.Upgrade(None, migrate.head())
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_a_missing_column_would_be_noticed(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("ALTER TABLE batches DROP COLUMN reason"))
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [(what, table) for what, _, table, _ in differences] == [("add_column", "batches")]


def test_an_upgrade_of_an_upgraded_database_does_nothing(database: Database) -> None:
    batch = new_batch(database)
    assert migrate.upgrade(database) == migrate.Upgrade(migrate.head(), migrate.head())
    assert read_batch(database, batch).runs == 10


def test_reset_throws_everything_away(database: Database) -> None:
    new_batch(database)
    migrate.reset(database)
    assert list_batches(database) == []
    assert migrate.revision(database) == migrate.head()


def test_the_runs_have_no_index_but_the_primary_key(database: Database) -> None:
    with database.read() as connection:
        inspected = sa.inspect(connection)
        assert inspected.get_indexes("simulation_runs") == []
        assert inspected.get_unique_constraints("simulation_runs") == []
        assert inspected.get_pk_constraint("simulation_runs")["constrained_columns"] == ["id"]


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ExecutionError, match="newer release"):
        migrate.upgrade(database)


def test_only_the_embedded_database_is_upgraded_when_it_is_opened(
    empty_url: str, kind: str
) -> None:
    if kind == "sqlite":
        database = migrate.open_database(empty_url)
        assert migrate.revision(database) == migrate.head()
        database.close()
    else:
        with pytest.raises(ExecutionError, match="bingosim db upgrade"):
            migrate.open_database(empty_url)


def test_an_embedded_database_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bingosim.db"
    database = migrate.open_database(f"sqlite:///{file}")
    batch = new_batch(database)
    later = _with_another_migration(tmp_path)
    monkeypatch.setattr(migrate, "MIGRATIONS", later)
    done = migrate.upgrade(database)
    assert (done.before, done.after) == (REVISION, LATER)
    assert done.backup == tmp_path / f"bingosim.db.before-{LATER}"
    with database.read() as connection:
        assert sa.inspect(connection).has_table("later")
    copy = open_url(f"sqlite:///{done.backup}")
    with copy.read() as connection:
        assert not sa.inspect(connection).has_table("later")
    assert read_batch(copy, batch) == read_batch(database, batch)
    copy.close()
    database.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = _with_another_migration(tmp_path, "    raise RuntimeError('half way')\n")
    monkeypatch.setattr(migrate, "MIGRATIONS", later)
    with pytest.raises(RuntimeError, match="half way"):
        migrate.upgrade(database)
    assert migrate.revision(database) == REVISION
    with database.read() as connection:
        assert not sa.inspect(connection).has_table("later")


def _with_another_migration(directory: Path, more: str = "") -> Path:
    """A copy of the migrations with one more."""
    copy = directory / "migrations"
    (copy / "versions").mkdir(parents=True)
    for path in (migrate.MIGRATIONS / "env.py", *migrate.MIGRATIONS.glob("versions/*.py")):
        target = copy / path.relative_to(migrate.MIGRATIONS)
        target.write_text(path.read_text("utf-8"), "utf-8")
    (copy / "versions" / "v9999_later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '{LATER}', '{REVISION}'\n"
        "def upgrade():\n    op.create_table('later', sa.Column('id', sa.Integer))\n" + more,
        "utf-8",
    )
    return copy


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE photos (id)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(InputError, match="photos"):
        migrate.open_database(f"sqlite:///{file}")
    assert file.read_bytes()[100:] == before[100:]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("just some notes, and long enough to be no empty file\n" * 50)
    with pytest.raises(InputError, match=r"notes\.txt is no SQLite database"):
        migrate.open_database(f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "cannot be read"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://somewhere/x", "no support for the database 'mysql'"),
    ],
)
def test_other_urls_are_refused(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_url(url)


def test_a_server_that_is_not_there_is_one_line_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://me:secret@/bingosim?host={tmp_path}"
    with pytest.raises(ExecutionError, match="cannot be used") as raised:
        migrate.open_database(url)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
