"""What a job's status means, where it is a provider's own word.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the meaning; what is there already has statuses that say it themselves."""
    op.add_column("batch_jobs", sa.Column("meaning", sa.Text))
