"""Batches, their runs, messages and results.

What stands here is history: it never changes when `storage.tables` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bingosim.storage.types import Id, IdList

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "snapshots",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_snapshots"),
    )
    op.create_table(
        "batches",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("snapshot_sha256", sa.String(64), nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("engine_version", sa.String(64), nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("message_size", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.ForeignKeyConstraint(
            ["snapshot_sha256"], ["snapshots.sha256"], name="fk_batches_snapshot_sha256"
        ),
        sa.CheckConstraint(
            "status IN ('running', 'paused', 'completed', 'error', 'cancelled')",
            name=op.f("ck_batches_status"),
        ),
    )
    op.create_table(
        "simulation_runs",
        sa.Column("id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("message_id", Id),
        sa.Column("run_index", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False, server_default="pending"),
        sa.Column("claim", Id),
        sa.Column("failures", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("deaths", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("chunk_id", Id),
        sa.Column("error", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name="pk_simulation_runs"),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'completed', 'failed')",
            name=op.f("ck_simulation_runs_status"),
        ),
        postgresql_with={"fillfactor": 50},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("run_ids", IdList, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("published_at", sa.BigInteger),
        sa.Column("claim", Id),
        sa.Column("worker", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_run_messages"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_run_messages_batch_id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_run_messages_batch_id", "run_messages", ["batch_id"])
    op.create_table(
        "result_chunks",
        sa.Column("id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("run_indices", sa.LargeBinary, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_result_chunks"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_result_chunks_batch_id"),
    )
    op.create_index("ix_result_chunks_batch_id", "result_chunks", ["batch_id"])
    op.create_table(
        "partial_aggregates",
        sa.Column("chunk_id", Id, nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("chunk_id", name="pk_partial_aggregates"),
        sa.ForeignKeyConstraint(
            ["chunk_id"], ["result_chunks.id"], name="fk_partial_aggregates_chunk_id"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_partial_aggregates_batch_id"
        ),
    )
    op.create_index("ix_partial_aggregates_batch_id", "partial_aggregates", ["batch_id"])
    op.create_table(
        "aggregates",
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.PrimaryKeyConstraint("batch_id", name="pk_aggregates"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_aggregates_batch_id"),
    )
    op.create_table(
        "failed_runs",
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("run_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "run_id", name="pk_failed_runs"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_failed_runs_batch_id"),
    )
