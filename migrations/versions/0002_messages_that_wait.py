"""What messages need that wait for their time, tell file names, or run a program.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

#: The worst severity: what was queued before is held by no quiet hours.
_FAILURE = "3"


def upgrade() -> None:
    """Add the names of files, the severity of messages, and how channels hold them."""
    op.create_table(
        "files",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("looked_up_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "id", name="pk_files"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_files_account"),
    )
    op.add_column(
        "notifications",
        sa.Column("severity", sa.Integer, nullable=False, server_default=_FAILURE),
    )
    op.add_column("attempts", sa.Column("output", sa.Text, nullable=False, server_default=""))
    op.add_column("channels", sa.Column("round_at", sa.BigInteger))
    op.add_column("channels", sa.Column("held_until", sa.BigInteger))
    op.add_column("channels", sa.Column("held_because", sa.Text, nullable=False, server_default=""))
    op.add_column("channels", sa.Column("disabled_at", sa.BigInteger))
