"""Claims of messages and result files have numbers, by which a late outcome is refused.

A migration is history: it repeats the columns as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the numbers; who knows nothing of them, for the minute of an upgrade, leaves them."""
    for table in ("notifications", "results"):
        op.add_column(table, sa.Column("claim", sa.BigInteger, nullable=False, server_default="0"))
