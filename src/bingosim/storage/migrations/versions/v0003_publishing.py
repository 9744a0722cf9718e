"""Publishing messages: who is at it until when, and indexes of what waits and what is published.

What stands here is history: it never changes when `storage.tables` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column, and two indexes that hold some of the rows."""
    op.add_column("run_messages", sa.Column("publishing_until", sa.BigInteger))
    for name, columns, where in (
        ("unpublished", ["batch_id", "id"], "claim IS NULL AND published_at IS NULL"),
        ("published", ["batch_id"], "claim IS NULL AND published_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_run_messages_{name}",
            "run_messages",
            columns,
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )
