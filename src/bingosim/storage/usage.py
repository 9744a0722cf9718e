"""What takes how much space."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bingosim.storage.tables import metadata

if TYPE_CHECKING:
    from bingosim.storage.database import Database


PAGES_AT_ONCE = 10_000
"""Pages of SQLite that are given back while other writers wait."""


class Usage(NamedTuple):
    """One table: its rows, and its bytes with indexes; 0 where the database cannot tell."""

    table: str
    rows: int
    bytes: int


def measure(database: Database) -> list[Usage]:
    """Return what each table takes, the largest first."""
    found = []
    with database.read() as connection:
        for table in metadata.sorted_tables:
            rows = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            found.append(Usage(table.name, rows, _bytes(connection, table.name)))
    return sorted(found, key=lambda used: (-used.bytes, used.table))


def give_back(database: Database) -> None:
    """Give what was deleted back to the file system, as far as the database can while it is used.

    PostgreSQL uses the space again after its own vacuum.
    """
    if not database.is_sqlite:
        return
    free = _free_pages(database)
    while free:
        # A script, since of a plain statement the driver takes one step, which is one page.
        database.run_script(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")
        left = _free_pages(database)
        if left == free:  # the file was made without the possibility
            return
        free = left
    database.run_script("PRAGMA wal_checkpoint(TRUNCATE)")


def _free_pages(database: Database) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())


def _bytes(connection: sa.Connection, table: str) -> int:
    if connection.dialect.name == "postgresql":
        size = sa.text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        return int(connection.scalar(size, {"name": table}) or 0)
    try:
        pages = sa.text(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN "
            "(SELECT name FROM sqlite_schema WHERE tbl_name = :name)"
        )
        return int(connection.scalar(pages, {"name": table}) or 0)
    except OperationalError:  # built without dbstat
        return 0
