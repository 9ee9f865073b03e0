"""What tells a message that its receiver can't take from a channel that is down.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add whose fault failures seem to be; of what waits already nothing is known."""
    op.add_column(
        "notifications", sa.Column("unclear", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column(
        "notifications",
        sa.Column("set_aside", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column("channels", sa.Column("recovered_at", sa.BigInteger))
    op.add_column("channels", sa.Column("refused", sa.Integer, nullable=False, server_default="0"))
