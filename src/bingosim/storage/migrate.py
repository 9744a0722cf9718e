"""Bringing a database to the tables of this release; the embedded one is copied before.

Alembic is imported where it is needed: to open a database that is ready takes no more than a look.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

import sqlalchemy as sa

from bingosim.errors import ExecutionError, InputError
from bingosim.storage.database import Database, open_url
from bingosim.storage.tables import REVISION, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"
_LOCK = 0x62696E676F
"""The number of PostgreSQL's advisory lock under which tables are changed: "bingo"."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did.

    Attributes:
        before: The revision that was found; None for an empty database.
        after: The revision that the database is at.
        backup: The copy that was made before the tables were changed.
    """

    before: str | None
    after: str
    backup: Path | None = None


def open_database(url: str, pool_size: int = 5) -> Database:
    """Open a database that is ready for use; the embedded one is made or upgraded on the way.

    Raises:
        InputError: The URL is wrong, or the database is no database of BingoSim.
        ExecutionError: It cannot be reached, or its tables are those of another release.
    """
    database = open_url(url, pool_size)
    try:
        _make_ready(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_ready(database: Database) -> None:
    if database.is_sqlite:
        if revision(database) != REVISION:
            upgrade(database)
        return
    said = find_other_tables(database)
    if said is not None:
        raise ExecutionError(said)


def find_other_tables(database: Database) -> str | None:
    """Return what is to be said if the tables are not this release's; None if they are."""
    found = revision(database)
    if found == REVISION:
        return None
    return (
        f"the database {database} has the tables of {_named(found)}, and this release "
        f"needs {REVISION}: run bingosim db upgrade"
    )


def head() -> str:
    """Return the revision of this release's tables."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if found is None:
        raise AssertionError("the package holds no migrations")
    return found


def revision(database: Database) -> str | None:
    """Return the revision of the tables that are there; None if there are none."""
    with database.read() as connection:
        return _revision(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return None
    found: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {_VERSION_TABLE}"))  # noqa: S608 - a constant
    return found


def upgrade(database: Database) -> Upgrade:
    """Bring the tables to this release's, in one transaction, under a lock.

    Raises:
        InputError: The database holds tables of something else.
        ExecutionError: Its tables are of a newer release.
    """
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    backup = None
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        before = _revision(connection)
        if before == head():
            return Upgrade(before, before)
        _check(database, connection, before)
        if before is not None and database.file is not None:
            backup = _back_up(database.file)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return Upgrade(before, head(), backup)


def reset(database: Database) -> None:
    """Throw everything away and make empty tables."""
    with database.write() as connection:
        there = set(sa.inspect(connection).get_table_names())
        metadata.drop_all(connection, [t for t in metadata.sorted_tables if t.name in there])
        connection.execute(sa.text(f"DROP TABLE IF EXISTS {_VERSION_TABLE}"))
    upgrade(database)


def _check(database: Database, connection: sa.Connection, before: str | None) -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if before is not None and before not in known:
        raise ExecutionError(
            f"the database {database} has the tables of {before}, which this release does not "
            "know: use the newer release that made them"
        )
    there = set(sa.inspect(connection).get_table_names()) - {_VERSION_TABLE}
    foreign = there if database.is_sqlite else there & set(metadata.tables)
    if before is None and foreign:
        raise InputError(
            f"the database {database} holds tables of something else "
            f"({', '.join(sorted(foreign)[:3])}): name another"
        )


def _back_up(file: Path) -> Path:
    """Copy the last committed state; the caller holds the write lock, so it stays the last."""
    copy, number = file.with_name(f"{file.name}.before-{head()}"), 1
    while copy.exists():
        number += 1
        copy = file.with_name(f"{file.name}.before-{head()}-{number}")
    with closing(connect(file)) as source, closing(connect(copy)) as target:
        source.backup(target)
    return copy


def _named(found: str | None) -> str:
    return "no release yet" if found is None else f"revision {found}"
