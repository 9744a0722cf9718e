"""Requests that started a batch, so that one asked twice starts one batch.

What stands here is history: it never changes when `storage.tables` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bingosim.storage.types import Id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "start_requests",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("batch_id", Id, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_start_requests"),
    )
    op.create_index("ix_start_requests_batch_id", "start_requests", ["batch_id"])
