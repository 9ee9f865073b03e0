"""Alembic's entry: runs the migrations on the connection `batchbell.store.schema` hands over."""

from __future__ import annotations

from alembic import context

# The caller's transaction stays open: a migration is applied whole or not at all.
context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
