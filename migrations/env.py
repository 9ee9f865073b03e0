"""Alembic's entry: runs the migrations on the connection `batchbell.store.schema` hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Texts that are sorted and compared by the language of whoever made the database.
_LANGUAGE_TEXTS = """
    SELECT format('ALTER TABLE %%I ALTER COLUMN %%I TYPE text COLLATE "C"', table_name, column_name)
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS NULL
    ORDER BY table_name, ordinal_position
"""


def sort_texts_as_sqlite_does(connection: Connection) -> None:
    """Have all texts compared by their characters' numbers, whatever a migration said of them."""
    for statement in connection.exec_driver_sql(_LANGUAGE_TEXTS).scalars().all():
        connection.exec_driver_sql(statement)


# The caller's transaction stays open: a migration is applied whole or not at all.
context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()

if context.get_context().dialect.name == "postgresql":
    sort_texts_as_sqlite_does(context.config.attributes["connection"])
