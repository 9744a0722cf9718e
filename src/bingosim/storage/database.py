"""Opening a database, and transactions on it."""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from psycopg.pq import Format
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from bingosim.errors import ExecutionError, InputError
from bingosim.storage.ids import Ids
from bingosim.storage.types import UUID_ARRAY, IdsBinaryLoader, IdsDumper, IdsLoader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

BUSY_SECONDS = 30
"""How long a writer of SQLite waits for another process's transaction."""
_WRITES, _BINARY = "bingosim_writes", "bingosim_binary"
IN_BINARY = {_BINARY: True}
"""Options of a statement that reads payloads or many ids: as text they would take twice the bytes.

For such statements only: of PostgreSQL's catalog SQLAlchemy reads types that it knows as text only.
"""


class Database:
    """One database, open.

    Attributes:
        engine: SQLAlchemy's engine with its pool of connections.
    """

    def __init__(self, url: sa.URL, pool_size: int = 5) -> None:
        self.engine = sa.create_engine(url, pool_size=pool_size, max_overflow=pool_size)
        # SQLite's own waiting polls with growing pauses; threads of one process queue up here.
        self._writers: AbstractContextManager[Any] = nullcontext()
        if self.is_sqlite:
            self._writers = threading.RLock()
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        else:
            sa.event.listen(self.engine, "connect", _prepare_postgresql)
            sa.event.listen(self.engine, "before_cursor_execute", _ask_for_binary)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of an embedded database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the database and changes nothing."""
        with _explained(self), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction: all of it is done, or after an exception nothing."""
        with _explained(self), self._writers, self.engine.connect() as connection:
            writing = connection.execution_options(**{_WRITES: True})
            with writing.begin():
                yield writing

    @contextmanager
    def single(self) -> Iterator[sa.Connection]:
        """Yield a connection on which each statement is a transaction: one trip to the server."""
        if self.is_sqlite:
            with self.write() as connection:
                yield connection
            return
        with _explained(self), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __str__(self) -> str:
        return self.engine.url.render_as_string(hide_password=True)


def open_url(text: str, pool_size: int = 5) -> Database:
    """Open a database by its URL, without looking at what is in it.

    Raises:
        InputError: It is no URL of SQLite or PostgreSQL.
    """
    expected = "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise InputError(f"the database's URL cannot be read: {expected}") from None
    match url.get_backend_name():
        case "sqlite":
            if not url.database or url.database == ":memory:":
                raise InputError(f"a database in memory would be lost at once: {expected}")
            _make_directory(Path(url.database))
            url = url.set(drivername="sqlite")
        case "postgresql" | "postgres":
            url = url.set(drivername="postgresql+psycopg")
        case other:
            raise InputError(f"there is no support for the database {other!r}: {expected}")
    return Database(url, pool_size)


def _make_directory(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExecutionError(f"cannot make {file.parent}: {error.strerror or error}") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None: sqlite3 begins no transactions of its own accord; `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    # A write-ahead log: readers do not wait for the writer. NORMAL: a commit survives a killed
    # process; power loss may cost the last seconds, never consistency.
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes the lock at once: one that reads first and writes later could not wait for it.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # Statements go by keys, in tables that grow and empty faster than their statistics: with stale
    # ones the planner would read whole tables, and compile code for that.
    connection.execute("SET enable_seqscan = off")
    connection.execute("SET jit = off")
    connection.commit()
    connection.adapters.register_dumper(Ids, IdsDumper)
    connection.adapters.register_loader(UUID_ARRAY, IdsLoader)
    connection.adapters.register_loader(UUID_ARRAY, IdsBinaryLoader)


def _ask_for_binary(
    _connection: Any, cursor: Any, _statement: Any, _parameters: Any, context: Any, _many: Any
) -> None:
    if context is not None and context.execution_options.get(_BINARY):
        cursor.format = Format.BINARY


@contextmanager
def _explained(database: Database) -> Iterator[None]:
    """Turn what the driver says about a database that cannot be used into one line."""
    try:
        yield
    except OperationalError as error:
        said = " ".join(str(error.orig).split())
        raise ExecutionError(f"the database {database} cannot be used: {said}") from error
    except DBAPIError as error:
        if "file is not a database" in str(error.orig):
            raise InputError(f"{database.file} is no SQLite database") from error
        raise
