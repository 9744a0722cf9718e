"""The database that commands work with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.settings import Settings
    from bingosim.storage.database import Database


@contextmanager
def named_database(*, ready: bool = True) -> Iterator[tuple[Database, Settings]]:
    """Yield the database of the settings, and these.

    Args:
        ready: Whether to see to it that it has the tables of this release; an embedded database is
            made or upgraded for that.

    Raises:
        InputError: A setting is wrong.
        ExecutionError: The database cannot be used.
    """
    from bingosim.settings import read_settings
    from bingosim.storage.database import open_url
    from bingosim.storage.migrate import open_database

    settings = read_settings()
    open_it = open_database if ready else open_url
    database = open_it(settings.database_url.get_secret_value(), settings.db_pool_size)
    try:
        yield database, settings
    finally:
        database.close()
