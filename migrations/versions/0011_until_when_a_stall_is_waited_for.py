"""Until when a message said that a job which stands still is waited for.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the moment; of what stands still already no message named one that is to be kept."""
    op.add_column("batch_jobs", sa.Column("waited_until", sa.BigInteger))


def downgrade() -> None:
    """Take it away; a job is then given up as an earlier version does it."""
    op.drop_column("batch_jobs", "waited_until")
