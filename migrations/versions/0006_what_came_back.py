"""What is known of the results of jobs that ended, and which of their files are to be read.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table; of the ends that were announced before nothing is collected."""
    op.create_table(
        "results",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("end", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("requests", sa.Integer),
        sa.Column("succeeded", sa.Integer),
        sa.Column("failed", sa.Integer),
        sa.Column("missing", sa.Integer),
        sa.Column("duplicated", sa.Integer),
        sa.Column("foreign", sa.Integer),
        sa.Column("unreadable", sa.Integer),
        sa.Column("empty", sa.Integer),
        sa.Column("truncated", sa.Integer),
        sa.Column("prompt_tokens", sa.BigInteger),
        sa.Column("completion_tokens", sa.BigInteger),
        sa.Column("total_tokens", sa.BigInteger),
        sa.Column("cost", sa.Text),
        sa.Column("causes", sa.JSON, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("kept_bytes", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("counted_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("free_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.Column("give_up_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "job", name="pk_results"),
        sa.ForeignKeyConstraint(
            ["account", "job"],
            ["batch_jobs.account", "batch_jobs.id"],
            name="fk_results_account_job",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'counted', 'lost', 'skipped')", name="ck_results_state"
        ),
    )
    op.create_index("ix_results_state_next_attempt_at", "results", ["state", "next_attempt_at"])
    op.create_index("ix_results_counted_at", "results", ["counted_at"])
