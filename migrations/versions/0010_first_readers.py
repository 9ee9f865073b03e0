"""Indexes for the first look after a commit: the day's failures, and what channels have given up.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ENDED_BADLY = sa.text("coalesce(meaning, status) IN ('EXPIRED', 'FAILED')")


def upgrade() -> None:
    """Widen two indexes, and add one; 100,000 jobs with their messages take about a second."""
    op.drop_index("ix_events_kind_seen_at", "events")
    op.create_index(
        "ix_events_kind_seen_at_account_job", "events", ["kind", "seen_at", "account", "job"]
    )
    op.create_index(
        "ix_batch_jobs_ended_badly",
        "batch_jobs",
        ["id", "account", "meaning", "status"],
        sqlite_where=ENDED_BADLY,
        postgresql_where=ENDED_BADLY,
    )
    op.drop_index("ix_notifications_state_channel_id", "notifications")
    op.create_index(
        "ix_notifications_state_channel_id_reminder",
        "notifications",
        ["state", "channel", "id", "reminder"],
    )


def downgrade() -> None:
    """Put the indexes back that an earlier version declares, and take these away."""
    op.drop_index("ix_notifications_state_channel_id_reminder", "notifications")
    op.create_index(
        "ix_notifications_state_channel_id", "notifications", ["state", "channel", "id"]
    )
    op.drop_index("ix_batch_jobs_ended_badly", "batch_jobs")
    op.drop_index("ix_events_kind_seen_at_account_job", "events")
    op.create_index("ix_events_kind_seen_at", "events", ["kind", "seen_at"])
