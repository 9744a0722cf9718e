"""Players, activities and events that planners keep, and which events use which of them.

What stands here is history: it never changes when `storage.tables` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bingosim.storage.types import ByCodePoint, Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "library_items",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sorted_by", ByCodePoint, nullable=False),
        sa.Column("found_by", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_items"),
        sa.CheckConstraint(
            "kind IN ('player', 'activity', 'event')", name=op.f("ck_library_items_kind")
        ),
    )
    op.create_index("ix_library_items_sorted", "library_items", ["kind", "sorted_by", "id"])
    op.create_index("ix_library_items_sha256", "library_items", ["sha256"])
    op.create_table(
        "library_uses",
        sa.Column("event_id", Id, nullable=False),
        sa.Column("item_id", Id, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "item_id", name="pk_library_uses"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["library_items.id"], name="fk_library_uses_event_id"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["library_items.id"], name="fk_library_uses_item_id"),
    )
    op.create_index("ix_library_uses_item_id", "library_uses", ["item_id"])
