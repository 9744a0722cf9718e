"""What takes how much space."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bingosim.storage.tables import metadata

if TYPE_CHECKING:
    from bingosim.storage.database import Database


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
