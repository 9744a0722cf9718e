"""Opening a database, and transactions on it."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bingosim.errors import DatabaseError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

BUSY_SECONDS = 30
"""How long a writer of SQLite waits for another process's transaction."""
SWITCH_SECONDS = 0.01
"""Between attempts to switch a new file to its log."""
_BEGIN, _BINARY = "bingosim_begin", "bingosim_binary"
IN_BINARY = {_BINARY: True}
"""Options of a statement that reads payloads or many ids: as text they would take twice the bytes.

For such statements only: of PostgreSQL's catalog SQLAlchemy reads types that it knows as text only.
"""


class PoolUse(NamedTuple):
    """How a pool of connections is used.

    Attributes:
        in_use: Connections that somebody has.
        waiting: Threads that wait for one.
        wait_seconds: What all have waited so far, making connections included.
    """

    in_use: int
    waiting: int
    wait_seconds: float


class _Waits:
    """Counts who waits for a connection."""

    def __init__(self) -> None:
        self.waiting = 0
        self.seconds = 0.0
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one waiting for the time of the block."""
        begun = time.perf_counter()
        with self._lock:
            self.waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self.waiting -= 1
                self.seconds += time.perf_counter() - begun


class Database:
    """One database, open.

    Attributes:
        engine: SQLAlchemy's engine with its pool of connections.
    """

    def __init__(self, url: sa.URL, pool_size: int = 5) -> None:
        connecting: dict[str, Any] = {}
        if url.get_backend_name() != "sqlite":
            from bingosim.storage import postgresql  # noqa: PLC0415 - it loads the driver

            connecting = postgresql.CONNECTING
        self.engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=pool_size, connect_args=connecting
        )
        self._waits = _Waits()
        # SQLite's own waiting polls with growing pauses; threads of one process queue up here.
        self._writers: AbstractContextManager[Any] = nullcontext()
        # Connections are set to begin no transaction of their own accord: to switch that for each
        # single statement takes the driver as long as the statement.
        sa.event.listen(self.engine, "begin", _begin)
        if self.is_sqlite:
            self._writers = threading.RLock()
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
        else:
            sa.event.listen(self.engine, "connect", postgresql.prepare_connection)
            sa.event.listen(self.engine, "before_cursor_execute", _ask_for_binary)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @property
    def driver(self) -> Any:
        """The driver's module, with its errors."""
        return self.engine.dialect.loaded_dbapi

    @property
    def file(self) -> Path | None:
        """The file of an embedded database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the database and changes nothing."""
        with self._connected() as connection:
            # By itself, each statement of PostgreSQL would see what others have committed by then.
            begin = "BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ"
            reading = connection.execution_options(**{_BEGIN: begin})
            with reading.begin():
                yield reading

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction: all of it is done, or after an exception nothing."""
        with self._writers, self._connected() as connection:
            # A writer of SQLite takes the lock at once: one that reads first and writes later could
            # not wait for it.
            begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
            writing = connection.execution_options(**{_BEGIN: begin})
            with writing.begin():
                yield writing

    @contextmanager
    def single(self) -> Iterator[sa.Connection]:
        """Yield a connection on which each statement is a transaction: one trip to the server."""
        if self.is_sqlite:
            with self.write() as connection:
                yield connection
            return
        with self._connected() as connection:
            yield connection

    def run_script(self, script: str) -> None:
        """Run statements of SQLite that are no transaction, such as pragmas, to their ends."""
        with self._writers, self._connected() as connection:
            driver: Any = connection.connection.driver_connection
            driver.executescript(script)

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        with _explained(self):
            with self._waits.one():
                connection = self.engine.connect()
            with connection:
                yield connection

    def pool_use(self) -> PoolUse:
        """Return how the pool of connections is used just now."""
        pool: Any = self.engine.pool
        return PoolUse(pool.checkedout(), self._waits.waiting, self._waits.seconds)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def __str__(self) -> str:
        url = self.engine.url
        shown = url.set(drivername=url.get_backend_name()).difference_update_query(["password"])
        return shown.render_as_string(hide_password=True)


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
        said = error.strerror or error
        raise DatabaseError(f"cannot make {file.parent} for the database: {said}") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None: sqlite3 begins no transactions of its own accord; `_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    # Works on a file without tables only: deleted pages can be given back, see `usage.give_back`.
    cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
    # A write-ahead log: readers do not wait for the writer. NORMAL: a commit survives a killed
    # process; power loss may cost the last seconds, never consistency.
    _switch_to_log(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _switch_to_log(cursor: Any) -> None:
    """Have a file use a write-ahead log.

    Two processes may switch a new file at once. SQLite itself does not wait there: both have read
    it, and neither could go on.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # The low byte; the others say at what it was busy.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(SWITCH_SECONDS)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    """Begin the transaction that was asked for, if one was."""
    statement = connection.get_execution_options().get(_BEGIN)
    if statement is not None:
        connection.exec_driver_sql(statement)


def _ask_for_binary(
    _connection: Any, cursor: Any, _statement: Any, _parameters: Any, context: Any, _many: Any
) -> None:
    if context is not None and context.execution_options.get(_BINARY):
        from bingosim.storage.postgresql import in_binary  # noqa: PLC0415 - loaded already

        in_binary(cursor)


_LONGEST = 200
"""Characters of what a driver says: it may hold a whole column."""
_DAMAGED = "its file is damaged: restore a copy of it, or name another"
_ADVICE = {
    "database or disk is full": "make room, then go on",
    "disk I/O error": "its disk is full or broken",
    "attempt to write a readonly database": (
        "it cannot be written: you need the right to write its file and its directory"
    ),
    "unable to open database file": (
        "you need the right to read and write its file and its directory"
    ),
    "database is locked": f"another process has been writing to it for {BUSY_SECONDS} s or more",
    "malformed": _DAMAGED,
    "Could not decode": _DAMAGED,
}
"""What SQLite says, and what it means to a person."""


@contextmanager
def _explained(database: Database) -> Iterator[None]:
    """Turn what the driver says about a database that cannot be used into one line."""
    try:
        yield
    except PoolTimeout as error:
        raise _unusable(database, str(error)) from error
    except UnicodeDecodeError as error:  # it also comes from the driver, about its own messages
        raise _unusable(database, "malformed text") from error
    except (DBAPIError, database.driver.Error) as error:
        # What inserts in bulk talks to the driver itself.
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            # The server went away while the pool held the connection.
            raise DatabaseError(f"the connection to the database {database} is lost") from error
        if "file is not a database" in str(cause):
            raise InputError(f"{database.file} is no SQLite database") from error
        # SQLite's plain DatabaseError is a damaged file; other classes are mistakes in statements.
        unusable = (database.driver.OperationalError, database.driver.InternalError)
        if isinstance(cause, unusable) or type(cause) is sqlite3.DatabaseError:
            raise _unusable(database, str(cause)) from error
        raise


def _unusable(database: Database, said: str) -> DatabaseError:
    said = " ".join(said.split())
    advice = next((f"; {text}" for known, text in _ADVICE.items() if known in said), "")
    short = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
    return DatabaseError(f"the database {database} cannot be used: {short}{advice}")
