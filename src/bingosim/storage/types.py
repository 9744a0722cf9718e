"""Column types and SQL expressions that the two databases spell differently."""

# ruff: noqa: S608 - what is put together here are parts of statements, never values

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bingosim.storage.ids import BYTES, Ids

Process = Callable[[Any], Any]


class Id(sa.TypeDecorator[UUID]):
    """One id: `uuid` in PostgreSQL, 16 bytes in SQLite."""

    impl = sa.Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the database's own type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.LargeBinary(BYTES))
        return dialect.type_descriptor(sa.Uuid())

    def process_bind_param(self, value: UUID | None, dialect: sa.Dialect) -> Any:
        """Turn an id into what the driver takes."""
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> UUID | None:
        """Turn what the driver gives into an id."""
        if value is not None and dialect.name == "sqlite":
            return UUID(bytes=value)
        found: UUID | None = value
        return found


class IdList(sa.TypeDecorator[Ids]):
    """Many ids: `uuid[]` in PostgreSQL, their bytes in a row in SQLite."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the database's own type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.LargeBinary())
        return dialect.type_descriptor(sa.ARRAY(sa.Uuid()))

    def bind_processor(self, dialect: sa.Dialect) -> Process | None:
        """Hand psycopg the ids as they are: it has a dumper for them, without a step per id."""
        return _packed if dialect.name == "sqlite" else None

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Process | None:  # noqa: ARG002
        """Take ids from psycopg as its loader made them."""
        return _unpacked if dialect.name == "sqlite" else None


def _packed(value: Ids | None) -> bytes | None:
    return None if value is None else value.packed


def _unpacked(value: bytes | None) -> Ids | None:
    return None if value is None else Ids(value)


ByCodePoint = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that both databases sort alike, whatever the server's language is."""


class Now(FunctionElement[int]):
    """The database's clock, milliseconds since 1970; no other clock decides about leases."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(Now)
def _now(_element: Now, _compiler: Any, **_options: Any) -> str:
    # Not now(): that is the transaction's start, and a transaction may have waited for a lock.
    return "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


@compiles(Now, "sqlite")
def _now_sqlite(_element: Now, _compiler: Any, **_options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


class Among(FunctionElement[Any]):
    """Whether a column's id is among many ids that are one parameter, however many they are."""

    # Not Boolean: SQLAlchemy would ask SQLite whether it `= 1`, which no index can answer.
    type = sa.types.NullType()
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], name: str = "ids") -> None:
        super().__init__(column, sa.bindparam(name, type_=IdList()))


@compiles(Among)
def _among(element: Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({ids})"


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: Any, **options: Any) -> str:
    # One parameter instead of one for each id: the statement's text, and its plan, stay the same.
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return (
        f"{column} IN (WITH RECURSIVE every(at) AS (SELECT 1 UNION ALL SELECT at + {BYTES} "
        f"FROM every WHERE at + {BYTES} <= length({ids})) "
        f"SELECT substr({ids}, at, {BYTES}) FROM every)"
    )
