"""Requests to start a batch that carry a key: asked again, they start nothing new."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bingosim.errors import InputError
from bingosim.storage.tables import REQUEST_KEY_LENGTH, start_requests
from bingosim.storage.types import Now

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database

KEPT_MS = 7 * 86_400_000
"""How long a key is remembered."""


class StartRequest(NamedTuple):
    """What identifies a request.

    Attributes:
        key: Chosen by whoever asks, anew for each batch that they want.
        sha256: Of all that was asked for: one key never means two things.
    """

    key: str
    sha256: str

    def checked(self) -> StartRequest:
        """Return it.

        Raises:
            InputError: The key is empty or too long.
        """
        if not 1 <= len(self.key) <= REQUEST_KEY_LENGTH or not self.key.isprintable():
            raise InputError(f"a request's key must have 1 to {REQUEST_KEY_LENGTH} characters")
        return self


def find_started(database: Database, request: StartRequest) -> UUID | None:
    """Return the batch that a request has started already; None if it has not.

    Raises:
        InputError: Its key was used for something else.
    """
    with database.read() as connection:
        return _find(connection, request)


def note_start(connection: sa.Connection, request: StartRequest, batch: UUID) -> UUID | None:
    """Note that a request starts a batch; return the one that it has started before, if it has.

    Of two that come at once the second waits here for the first to end its transaction.

    Raises:
        InputError: Its key was used for something else.
    """
    connection.execute(
        sa.delete(start_requests).where(start_requests.c.created_at < Now() - KEPT_MS)
    )
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    noted = connection.execute(
        dialect.insert(start_requests)
        .values(key=request.key, sha256=request.sha256, batch_id=batch, created_at=Now())
        .on_conflict_do_nothing()
        .returning(start_requests.c.key)
    ).first()
    return None if noted is not None else _find(connection, request)


def _find(connection: sa.Connection, request: StartRequest) -> UUID | None:
    row = connection.execute(
        sa.select(start_requests.c.sha256, start_requests.c.batch_id).where(
            start_requests.c.key == request.key
        )
    ).one_or_none()
    if row is None:
        return None
    if row.sha256 != request.sha256:
        raise InputError("the request's key was used for another request: choose a new one")
    batch: UUID = row.batch_id
    return batch
