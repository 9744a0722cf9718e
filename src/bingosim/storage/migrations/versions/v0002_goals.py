"""What a batch keeps, when it may end, who executes it; how far a claim has come.

What stands here is history: it never changes when `storage.tables` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns, and an index of claims."""
    for column in (
        sa.Column("timelines", sa.String(8), nullable=False, server_default="all"),
        sa.Column("precision", sa.Float),
        sa.Column("min_runs", sa.Integer),
        sa.Column("max_runs", sa.Integer),
        sa.Column("distributed", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("batches", column)
    op.add_column(
        "run_messages", sa.Column("played", sa.Integer, nullable=False, server_default="0")
    )
    op.create_index(
        "ix_run_messages_claimed",
        "run_messages",
        ["batch_id"],
        postgresql_where=sa.text("claim IS NOT NULL"),
        sqlite_where=sa.text("claim IS NOT NULL"),
    )
