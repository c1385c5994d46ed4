"""Alembic's entry: works on the connection that ``archive.db.database.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from archive.tables.schema import include_name, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
