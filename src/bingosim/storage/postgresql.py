"""What is PostgreSQL's alone: its driver, which an embedded database does not load."""

from __future__ import annotations

from struct import Struct
from typing import Any

import numpy as np
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

from bingosim.storage.ids import BYTES, Ids

CONNECT_SECONDS = 10
"""How long a server may take to let a connection in."""
CONNECTING = {  # a server that is silently gone is noticed
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds that what was sent may stay unacknowledged
}
IDLE_SECONDS = 30.0
"""How long a client may do nothing inside a transaction before the server ends its connection."""
SEEN_ALIVE = {"tcp_keepalives_idle": 15, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
"""How the server is to notice that a client is silently gone; sockets of one host need nothing."""
UUID_OID, UUID_ARRAY = 2950, 2951
"""PostgreSQL's numbers of the types `uuid` and `uuid[]`."""
_ARRAY_HEAD = Struct(">iiI")
"""Dimensions, whether there are nulls, type of the items."""
_DIMENSION = Struct(">ii")
"""Length, first index."""
_ITEM = np.dtype([("length", ">i4"), ("id", "V16")])


class IdsDumper(Dumper):
    """Ids -> `uuid[]`, in PostgreSQL's binary form: there is no text to parse."""

    oid = UUID_ARRAY
    format = Format.BINARY

    def dump(self, obj: Ids) -> bytes:
        """Return the array's head, and each id after its length."""
        count = len(obj)
        if not count:
            return _ARRAY_HEAD.pack(0, 0, UUID_OID)
        items = np.empty(count, dtype=_ITEM)
        items["length"] = BYTES
        items["id"] = np.frombuffer(obj.packed, dtype="V16")
        return _ARRAY_HEAD.pack(1, 0, UUID_OID) + _DIMENSION.pack(count, 1) + items.tobytes()


class IdsLoader(Loader):
    """`uuid[]` -> ids."""

    def load(self, data: Any) -> Ids:
        """Read PostgreSQL's text form."""
        text = bytes(data)[1:-1]
        return Ids(bytes.fromhex(text.translate(None, b"-,").decode()))


class IdsBinaryLoader(Loader):
    """`uuid[]` -> ids."""

    format = Format.BINARY

    def load(self, data: Any) -> Ids:
        """Read PostgreSQL's binary form."""
        items = bytes(data)[_ARRAY_HEAD.size + _DIMENSION.size :]
        return Ids(np.frombuffer(items, dtype=_ITEM)["id"].tobytes())


def prepare_connection(connection: Any, _record: Any) -> None:
    """Set up a new connection of the driver."""
    # Each statement is a transaction by itself unless one is begun: see `Database`.
    connection.autocommit = True
    # Statements go by keys, in tables that grow and empty faster than their statistics: with stale
    # ones the planner would read whole tables, and compile code for that.
    connection.execute("SET enable_seqscan = off")
    connection.execute("SET jit = off")
    # Others wait for the locks of a client that is stopped or cut off inside a transaction, and by
    # itself the server would not end it for hours, or never.
    connection.execute(f"SET idle_in_transaction_session_timeout = {int(IDLE_SECONDS * 1000)}")
    for name, value in SEEN_ALIVE.items():
        connection.execute(f"SET {name} = {value}")
    connection.adapters.register_dumper(Ids, IdsDumper)
    connection.adapters.register_loader(UUID_ARRAY, IdsLoader)
    connection.adapters.register_loader(UUID_ARRAY, IdsBinaryLoader)


def in_binary(cursor: Any) -> None:
    """Have what a cursor reads sent in PostgreSQL's binary form."""
    cursor.format = Format.BINARY
