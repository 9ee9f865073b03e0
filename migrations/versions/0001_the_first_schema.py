"""The first schema.

A migration is history: it repeats the tables as they were and imports nothing of batchbell.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the snapshot, the events, the delivery ledger and what people said about them."""
    _create_snapshot()
    _create_events()
    _create_ledger()
    _create_wishes()


def _create_snapshot() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("baseline_at", sa.BigInteger),
        sa.Column("last_poll_at", sa.BigInteger),
        sa.Column("last_good_poll_at", sa.BigInteger),
        sa.Column("blind_after", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("skew_seconds", sa.Float),
        sa.Column("fraction_scale", sa.Boolean, nullable=False),
        sa.Column("skipped_rows", sa.Integer, nullable=False),
        sa.Column("bad_fields", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    op.create_table(
        "gaps",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "since", name="pk_gaps"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_gaps_account"),
    )
    op.create_table(
        "batch_jobs",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("status", sa.Text),
        sa.Column("progress", sa.Float),
        sa.Column("user_id", sa.Text),
        sa.Column("input_file_id", sa.Text),
        sa.Column("file_size_bytes", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("job_deadline", sa.BigInteger),
        sa.Column("endpoint", sa.Text),
        sa.Column("model_id", sa.Text),
        sa.Column("output_file_id", sa.Text),
        sa.Column("error_file_id", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("first_seen_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("status_since", sa.BigInteger, nullable=False),
        sa.Column("progress_since", sa.BigInteger, nullable=False),
        sa.Column("missed_polls", sa.Integer, nullable=False),
        sa.Column("missing_since", sa.BigInteger),
        sa.Column("announced", sa.JSON, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("flat_for", sa.BigInteger, nullable=False),
        sa.Column("stalled_since", sa.BigInteger),
        sa.Column("told_deadline", sa.BigInteger),
        sa.Column("told_step", sa.BigInteger),
        sa.Column("told_risk", sa.Boolean, nullable=False),
        sa.Column("at_risk", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("account", "id", name="pk_batch_jobs"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_batch_jobs_account"),
    )
    op.create_index("ix_batch_jobs_account_finished", "batch_jobs", ["account", "finished"])
    op.create_table(
        "progress_samples",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("account", "job", "at", name="pk_progress_samples"),
        sa.ForeignKeyConstraint(
            ["account", "job"],
            ["batch_jobs.account", "batch_jobs.id"],
            name="fk_progress_samples_account_job",
            ondelete="CASCADE",
        ),
    )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("qualifier", sa.Text, nullable=False),
        sa.Column("happened_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("not_told", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint(
            "account", "job", "kind", "qualifier", name="uq_events_account_job_kind_qualifier"
        ),
    )
    op.create_index("ix_events_job", "events", ["job"])
    op.create_index("ix_events_seen_at", "events", ["seen_at"])


def _create_ledger() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("last_success_at", sa.BigInteger),
        sa.Column("configured", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channels"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.Column("content", sa.JSON),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reminder", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("key", name="uq_notifications_key"),
        sa.CheckConstraint("state IN ('pending', 'sent', 'dead')", name="ck_notifications_state"),
    )
    op.create_index(
        "ix_notifications_state_channel_id", "notifications", ["state", "channel", "id"]
    )
    op.create_table(
        "notification_events",
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("notification_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "channel", name="pk_notification_events"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_notification_events_event_id"
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name="fk_notification_events_notification_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_notification_events_notification_id", "notification_events", ["notification_id"]
    )
    op.create_table(
        "attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("notification_id", _ID, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("duration_seconds", sa.Float, nullable=False),
        sa.Column("delivered", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name="fk_attempts_notification_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_attempts_notification_id", "attempts", ["notification_id"])


def _create_wishes() -> None:
    op.create_table(
        "mutes",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("muted_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "model", "job", name="pk_mutes"),
    )
    op.create_table(
        "acks",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("acked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "job", name="pk_acks"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_acks_event_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_acks_event_id", "acks", ["event_id"])
    op.create_table(
        "reminders",
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "channel", name="pk_reminders"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_reminders_event_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "reminder_events",
        sa.Column("notification_id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("notification_id", "event_id", name="pk_reminder_events"),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name="fk_reminder_events_notification_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name="fk_reminder_events_event_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_reminder_events_event_id", "reminder_events", ["event_id"])
