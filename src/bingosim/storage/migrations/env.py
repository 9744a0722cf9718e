"""Run by Alembic, inside the transaction that `storage.migrate` opened."""

from __future__ import annotations

from alembic import context

from bingosim.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's too, since transactions are begun by hand
)
with context.begin_transaction():
    context.run_migrations()
