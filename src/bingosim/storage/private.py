"""Databases of a server that are made for a while, and emptied at once: for measuring."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bingosim.errors import ExecutionError, InputError
from bingosim.storage.database import open_url
from bingosim.storage.migrate import upgrade
from bingosim.storage.tables import metadata, workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.storage.database import Database


@contextmanager
def private_database(url: str) -> Iterator[str]:
    """Make a database with empty tables beside the one that a URL names; drop it at the end.

    Args:
        url: Of a database of PostgreSQL; nothing in it is read or changed.

    Yields:
        The URL of the new one, with the password.

    Raises:
        InputError: It is no URL of PostgreSQL.
        ExecutionError: The server cannot be reached, or lets this role make no databases.
    """
    name = f"bingosim_private_{secrets.token_hex(6)}"
    given = open_url(url)
    try:
        if given.is_sqlite:
            raise InputError(f"expected a database of PostgreSQL, not {given}")
        _create(given, name)
        try:
            private = given.engine.url.set(database=name).render_as_string(hide_password=False)
            made = open_url(private)
            try:
                upgrade(made)
            finally:
                made.close()
            yield private
        finally:
            with given.single() as connection:
                connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    finally:
        given.close()


def _create(database: Database, name: str) -> None:
    try:
        with database.single() as connection:
            connection.execute(
                sa.text(f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE template0')
            )
    except sa.exc.ProgrammingError as error:
        role = database.engine.url.username
        raise ExecutionError(
            f"a database of its own cannot be made on {database}: {error.orig}; "
            f'an administrator allows it by ALTER ROLE "{role}" CREATEDB'
        ) from error


def empty(database: Database) -> None:
    """Empty all tables of PostgreSQL at once, files included; who is at work stays entered."""
    names = ", ".join(table.name for table in metadata.sorted_tables if table is not workers)
    with database.write() as connection:
        connection.execute(sa.text(f"TRUNCATE {names}"))
