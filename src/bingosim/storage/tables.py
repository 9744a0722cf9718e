"""The one schema, for PostgreSQL and SQLite.

Moments are milliseconds since 1970 by the database's clock, see `types.Now`.
"""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from bingosim.payloads.timelines import Timelines
from bingosim.storage.states import BatchStatus, RunStatus
from bingosim.storage.types import ByCodePoint, Id, IdList

REVISION = "0006"
"""The last of the migrations, which make what stands here."""
REQUEST_KEY_LENGTH = 200
ERROR_LENGTH = 500
"""Characters of a run's error that are kept."""


class ItemKind(StrEnum):
    """What the library keeps."""

    PLAYER = "player"
    ACTIVITY = "activity"
    EVENT = "event"


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _one_of(column: str, states: type[BatchStatus | ItemKind | RunStatus]) -> sa.CheckConstraint:
    known = ", ".join(f"'{state}'" for state in states)
    return sa.CheckConstraint(f"{column} IN ({known})", name=column)


snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # canonical JSON
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("snapshot_sha256", sa.ForeignKey("snapshots.sha256"), nullable=False),
    sa.Column("seed", sa.Text, nullable=False),
    sa.Column("engine", sa.String(32), nullable=False),
    sa.Column("engine_version", sa.String(64), nullable=False),
    sa.Column("runs", sa.Integer, nullable=False),
    sa.Column("message_size", sa.Integer, nullable=False),
    sa.Column("timelines", sa.String(8), nullable=False, server_default=Timelines.ALL.value),
    sa.Column("precision", sa.Float),  # percentage points; with it the two beside it
    sa.Column("min_runs", sa.Integer),
    sa.Column("max_runs", sa.Integer),
    sa.Column("distributed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # an extension or a retry opens the next
    sa.Column("reason", sa.Text),  # why it ended as error
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("finished_at", sa.BigInteger),
    _one_of("status", BatchStatus),
)

# No index but the primary key, not even on the batch: its runs are a range of ids. An index on a
# column that changes would cost PostgreSQL its HOT updates; a foreign key a look-up for each row.
simulation_runs = sa.Table(
    "simulation_runs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("batch_id", Id, nullable=False),
    sa.Column("message_id", Id),  # the row of run_messages that it waits or is claimed with
    sa.Column("run_index", sa.Integer, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, server_default=RunStatus.PENDING.value),
    sa.Column("claim", Id),
    sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("deaths", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("chunk_id", Id),
    sa.Column("error", sa.String(ERROR_LENGTH)),
    _one_of("status", RunStatus),
    postgresql_with={"fillfactor": 50},  # room on the page for the next version of each row
    sqlite_with_rowid=False,  # kept in the order of ids
)

run_messages = sa.Table(
    "run_messages",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("batch_id", sa.ForeignKey("batches.id"), nullable=False, index=True),
    sa.Column("run_ids", IdList, nullable=False),  # ascending
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("published_at", sa.BigInteger),  # none while it is to be published
    sa.Column("publishing_until", sa.BigInteger),  # set while a publisher is at it
    sa.Column("claim", Id),
    sa.Column("worker", sa.Text),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("played", sa.Integer, nullable=False, server_default="0"),  # as of the last heartbeat
    postgresql_with={"fillfactor": 50},
)
# Claims are few, and looked at every second by everybody.
sa.Index(
    "ix_run_messages_claimed",
    run_messages.c.batch_id,
    postgresql_where=run_messages.c.claim.is_not(None),
    sqlite_where=run_messages.c.claim.is_not(None),
)
# What publishers take next, in order, and what stands in the broker, to be counted: of a batch's
# hundred thousand messages, they look at some hundred a second.
_UNPUBLISHED = run_messages.c.claim.is_(None) & run_messages.c.published_at.is_(None)
sa.Index(
    "ix_run_messages_unpublished",
    run_messages.c.batch_id,
    run_messages.c.id,
    postgresql_where=_UNPUBLISHED,
    sqlite_where=_UNPUBLISHED,
)
_PUBLISHED = run_messages.c.claim.is_(None) & run_messages.c.published_at.is_not(None)
sa.Index(
    "ix_run_messages_published",
    run_messages.c.batch_id,
    postgresql_where=_PUBLISHED,
    sqlite_where=_PUBLISHED,
)

result_chunks = sa.Table(
    "result_chunks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("batch_id", sa.ForeignKey("batches.id"), nullable=False, index=True),
    sa.Column("runs", sa.Integer, nullable=False),
    sa.Column("run_indices", sa.LargeBinary, nullable=False),  # ids.pack_indices
    sa.Column("payload", sa.LargeBinary, nullable=False),
)

# What a chunk adds to its batch's aggregates, until it is folded in.
partial_aggregates = sa.Table(
    "partial_aggregates",
    metadata,
    sa.Column("chunk_id", sa.ForeignKey("result_chunks.id"), primary_key=True),
    sa.Column("batch_id", sa.ForeignKey("batches.id"), nullable=False, index=True),
    sa.Column("runs", sa.Integer, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)

aggregates = sa.Table(
    "aggregates",
    metadata,
    sa.Column("batch_id", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("runs", sa.Integer, nullable=False),
    sa.Column("payload", sa.LargeBinary),  # none before the first fold
)

# Requests that started a batch, by the key that whoever asked gave them: asked again, it is the
# same batch. It has no foreign key: the row is written before its batch, in one transaction.
start_requests = sa.Table(
    "start_requests",
    metadata,
    sa.Column("key", sa.String(REQUEST_KEY_LENGTH), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),  # of what was asked for
    sa.Column("batch_id", Id, nullable=False, index=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

# Runs that are failed for good: a batch knows its failures without reading its runs.
failed_runs = sa.Table(
    "failed_runs",
    metadata,
    sa.Column("batch_id", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("run_id", Id, primary_key=True),
)

# Processes that execute batches of a broker; a row that nobody renews is of one that vanished.
workers = sa.Table(
    "workers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # as in run_messages.worker
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("engines", sa.Text, nullable=False),  # a JSON list
    sa.Column("threads", sa.Integer, nullable=False),
    sa.Column("connections", sa.Integer, nullable=False),  # to the database, at most
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
)

# Players, activities and events that planners keep, each a document as event files write it.
library_items = sa.Table(
    "library_items",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sorted_by", ByCodePoint, nullable=False),  # the name, folded
    sa.Column("found_by", sa.Text, nullable=False),  # all words of it, folded
    sa.Column("document", sa.Text, nullable=False),  # JSON, numbers as they were written
    sa.Column("sha256", sa.String(64), nullable=False),  # of the document
    sa.Column("version", sa.Integer, nullable=False),  # counts changes, from 1
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    _one_of("kind", ItemKind),
)
sa.Index(
    "ix_library_items_sorted",
    library_items.c.kind,
    library_items.c.sorted_by,
    library_items.c.id,
)
# What is imported again is found by its content.
sa.Index("ix_library_items_sha256", library_items.c.sha256)

# Which players and activities an event uses, in the order of its file.
library_uses = sa.Table(
    "library_uses",
    metadata,
    sa.Column("event_id", sa.ForeignKey("library_items.id"), primary_key=True),
    sa.Column("item_id", sa.ForeignKey("library_items.id"), primary_key=True, index=True),
    sa.Column("position", sa.Integer, nullable=False),
)
