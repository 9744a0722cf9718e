"""Hearing that there is something to publish: PostgreSQL's LISTEN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from bingosim.errors import DatabaseError
from bingosim.storage.work import CHANNEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bingosim.storage.database import Database


async def announcements(database: Database) -> AsyncIterator[None]:
    """Yield once it is listened, and whenever new work was announced since.

    An embedded database announces nothing: there it ends at once.

    Raises:
        DatabaseError: The connection cannot be made, or is lost.
    """
    if database.is_sqlite:
        return
    words, options = database.engine.dialect.create_connect_args(database.engine.url)
    connect: Any = psycopg.AsyncConnection.connect  # its options are libpq's, and of any name
    try:
        async with await connect(*words, **options, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield
            async for _ in connection.notifies():
                yield
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        raise DatabaseError(f"the database {database} cannot be listened to: {said}") from error
