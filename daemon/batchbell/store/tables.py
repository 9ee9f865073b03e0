"""The tables. Times are UTC epoch microseconds in integer columns, see `types`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    case,
    false,
    func,
    literal_column,
)

from batchbell.store.types import Instant, Span

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite counts rows of an INTEGER key only; PostgreSQL gets a bigint.
RowId = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    #: The first good poll, which announced nothing; NULL before it.
    Column("baseline_at", Instant),
    Column("last_poll_at", Instant),
    Column("last_good_poll_at", Instant),
    #: Without a good poll until then the account counts as not seen.
    Column("blind_after", Instant),
    #: The outage: its start, failed polls in a row, what the last one said and suffered from, the
    #: event kinds announced of it.
    Column("failing_since", Instant),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("told", JSON, nullable=False),
    #: Seconds the wall clock is ahead of the API's.
    Column("skew_seconds", Float),
    #: Whether this API was seen to send progress as 0 to 1.
    Column("fraction_scale", Boolean, nullable=False),
    #: What the last good listing held that could not be used.
    Column("skipped_rows", Integer, nullable=False),
    Column("bad_fields", Integer, nullable=False),
)

gaps = Table(
    "gaps",
    metadata,
    Column("account", Text, ForeignKey("accounts.name"), primary_key=True),
    #: The last good poll before, and the first one after it.
    Column("since", Instant, primary_key=True),
    Column("until", Instant, nullable=False),
    #: Why nobody looked: "daemon down".
    Column("reason", Text, nullable=False),
)

batch_jobs = Table(
    "batch_jobs",
    metadata,
    Column("account", Text, ForeignKey("accounts.name"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("status", Text),
    #: The `JobState` its provider says it means; NULL where the status is the name of one.
    Column("meaning", Text),
    #: Fraction, 0.0 to 1.0.
    Column("progress", Float),
    Column("user_id", Text),
    Column("input_file_id", Text),
    Column("file_size_bytes", BigInteger),
    Column("created_at", Instant),
    Column("completed_at", Instant),
    Column("job_deadline", Instant),
    Column("endpoint", Text),
    Column("model_id", Text),
    Column("output_file_id", Text),
    Column("error_file_id", Text),
    Column("error", Text),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("status_since", Instant, nullable=False),
    Column("progress_since", Instant, nullable=False),
    Column("missed_polls", Integer, nullable=False),
    Column("missing_since", Instant),
    #: Marks of what was announced: a list of texts.
    Column("announced", JSON, nullable=False),
    #: Whether it has an end status: finds the few that run among all that ever did.
    Column("finished", Boolean, nullable=False),
    Column("flat_for", Span, nullable=False),
    Column("stalled_since", Instant),
    Column("told_deadline", Instant),
    Column("told_step", Span),
    Column("told_risk", Boolean, nullable=False),
    Column("at_risk", Boolean, nullable=False),
    Column("waited_until", Instant),
    #: Also counts the jobs of a kind without reading them.
    Index(None, "account", "finished", "status", "model_id"),
)

#: `core.ended.ended_at` of a finished job. An index holds it: what a query asks for has to be this
#: expression to the letter.
ENDED_AT: ColumnElement[datetime] = case(
    (
        batch_jobs.c.completed_at
        >= func.coalesce(batch_jobs.c.created_at, batch_jobs.c.completed_at),
        case(
            (batch_jobs.c.completed_at > batch_jobs.c.last_seen_at, batch_jobs.c.last_seen_at),
            else_=batch_jobs.c.completed_at,
        ),
    ),
    else_=func.coalesce(
        case((batch_jobs.c.status_since <= batch_jobs.c.first_seen_at, batch_jobs.c.created_at)),
        batch_jobs.c.status_since,
    ),
)
Index(
    "ix_batch_jobs_finished_ended_at",
    batch_jobs.c.finished,
    ENDED_AT,
    batch_jobs.c.status,
    batch_jobs.c.meaning,
)
#: Whether a job's end is a failure whatever came back: `core` says so of these states. An index has
#: them alone: what a query asks for has to be this expression to the letter.
ENDED_BADLY: ColumnElement[bool] = func.coalesce(batch_jobs.c.meaning, batch_jobs.c.status).in_(
    [literal_column("'EXPIRED'", Text), literal_column("'FAILED'", Text)]
)
# By id first: of a job given by account and id SQLite would take the key, and read its row.
Index(
    "ix_batch_jobs_ended_badly",
    batch_jobs.c.id,
    batch_jobs.c.account,
    batch_jobs.c.meaning,
    batch_jobs.c.status,
    sqlite_where=ENDED_BADLY,
    postgresql_where=ENDED_BADLY,
)

progress_samples = Table(
    "progress_samples",
    metadata,
    Column("account", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("progress", Float, nullable=False),
    ForeignKeyConstraint(
        ["account", "job"], ["batch_jobs.account", "batch_jobs.id"], ondelete="CASCADE"
    ),
)

#: What the API said of input files, asked once each.
files = Table(
    "files",
    metadata,
    Column("account", Text, ForeignKey("accounts.name"), primary_key=True),
    Column("id", Text, primary_key=True),
    #: '' while it is not known.
    Column("filename", Text, nullable=False),
    #: How often it was asked for.
    Column("tries", Integer, nullable=False),
    Column("looked_up_at", Instant, nullable=False),
)

#: What is known of the results of each job that ended: of its last end with files to be read.
results = Table(
    "results",
    metadata,
    Column("account", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    #: Which end: the qualifier of its event.
    Column("end", Text, nullable=False),
    #: A `ResultsState`.
    Column("state", Text, nullable=False),
    #: A `Verdict`; NULL until it is counted, or lost.
    Column("verdict", Text),
    #: The `Counts`, all NULL if nothing was counted.
    Column("requests", Integer),
    Column("succeeded", Integer),
    Column("failed", Integer),
    Column("missing", Integer),
    Column("duplicated", Integer),
    Column("foreign", Integer),
    Column("unreadable", Integer),
    Column("empty", Integer),
    Column("truncated", Integer),
    #: NULL where no answer said how many.
    Column("prompt_tokens", BigInteger),
    Column("completion_tokens", BigInteger),
    Column("total_tokens", BigInteger),
    #: A decimal number in the user's currency; NULL if it is not known.
    Column("cost", Text),
    #: The most frequent causes, as objects with the fields of `Cause`.
    Column("causes", JSON, nullable=False),
    #: Those that are to be read, or were: objects with the fields of `ResultFile`.
    Column("files", JSON, nullable=False),
    #: Of those that are kept, together; NULL if none is.
    Column("kept_bytes", BigInteger),
    #: Why it is what it is, or what the last attempt said; '' for no reason.
    Column("reason", Text, nullable=False),
    Column("counted_at", Instant),
    #: When the end was announced, or another file of it.
    Column("created_at", Instant, nullable=False),
    #: When a message about the end goes without a verdict.
    Column("free_at", Instant, nullable=False),
    #: Ended attempts to read its files.
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    #: While somebody reads its files; the number of that claim, or of the last one.
    Column("locked_until", Instant),
    Column("claim", BigInteger, nullable=False, server_default="0"),
    #: When its files are lost, if they can't be had by then.
    Column("give_up_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["account", "job"], ["batch_jobs.account", "batch_jobs.id"], ondelete="CASCADE"
    ),
    CheckConstraint("state IN ('waiting', 'counted', 'lost', 'skipped')", name="state"),
    Index(None, "state", "next_attempt_at"),
    #: Open pages ask every second for the last verdict.
    Index(None, "counted_at"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    #: '' for channel events.
    Column("account", Text, nullable=False),
    #: '' for account and channel events.
    Column("job", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("qualifier", Text, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    #: The job as it was, and the event's facts.
    Column("data", JSON, nullable=False),
    #: Why which channel was not notified: {channel: reason}.
    Column("not_told", JSON, nullable=False),
    UniqueConstraint("account", "job", "kind", "qualifier"),
    Index(None, "job"),
    Index(None, "seen_at"),
    #: What failed lately is little of a long log, and which jobs did is in the index itself.
    Index(None, "kind", "seen_at", "account", "job"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Text, nullable=False),
    #: Idempotency key, the same on every attempt.
    Column("key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    #: Ended attempts.
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    #: While somebody sends it; the number of that claim, or of the last one.
    Column("locked_until", Instant),
    Column("claim", BigInteger, nullable=False, server_default="0"),
    #: Title, text and HTML, fixed at the first claim; NULL before it.
    Column("content", JSON(none_as_null=True)),
    #: When it was sent, or given up.
    Column("ended_at", Instant),
    #: Why it is dead, or the last failure.
    Column("reason", Text, nullable=False),
    #: Whether it repeats a message, and so has its events in `reminder_events`.
    Column("reminder", Boolean, nullable=False),
    #: The worst of its events, a `Severity`: quiet hours may let that pass.
    Column("severity", Integer, nullable=False, server_default="3"),
    #: Failures since the last one that was clearly the channel's, or since another one failed in
    #: its stead.
    Column("unclear", Integer, nullable=False, server_default="0"),
    #: Whether it is at fault itself, and is tried behind the others.
    Column("set_aside", Boolean, nullable=False, server_default=false()),
    CheckConstraint("state IN ('pending', 'sent', 'dead')", name="state"),
    #: Also counts what was given up without reading it.
    Index(None, "state", "channel", "id", "reminder"),
)

notification_events = Table(
    "notification_events",
    metadata,
    Column("event_id", RowId, ForeignKey("events.id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column(
        "notification_id", RowId, ForeignKey("notifications.id", ondelete="CASCADE"), nullable=False
    ),
    Index(None, "notification_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column(
        "notification_id", RowId, ForeignKey("notifications.id", ondelete="CASCADE"), nullable=False
    ),
    Column("started_at", Instant, nullable=False),
    Column("duration_seconds", Float, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    #: What a program wrote, its end if that was much.
    Column("output", Text, nullable=False, server_default=""),
    Index(None, "notification_id"),
    Index(None, "started_at"),
)

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    #: The outage: its start, its last reason, whether the other channels were notified.
    Column("failing_since", Instant),
    Column("last_error", Text, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("last_success_at", Instant),
    #: Whether the configuration in force has it.
    Column("configured", Boolean, nullable=False),
    #: When its last round of digests began.
    Column("round_at", Instant),
    #: Why its next message waits, and until when; NULL and '' if none does.
    Column("held_until", Instant),
    Column("held_because", Text, nullable=False, server_default=""),
    #: When the receiver said that it wants no more (HTTP 410); NULL while it may be sent to.
    Column("disabled_at", Instant),
    #: When it last took a message after a failure.
    Column("recovered_at", Instant),
    #: Messages in a row that its receiver called invalid.
    Column("refused", Integer, nullable=False, server_default="0"),
)

#: The daemons that share this database; empty where one runs. Times are the database's.
replicas = Table(
    "replicas",
    metadata,
    #: Random, another one at each start.
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    #: Without another sign of life it is dead from then on.
    Column("until", Instant, nullable=False),
    #: What its configuration comes to.
    Column("config", Text, nullable=False),
    #: What it is configured to watch: a list of texts.
    Column("subjects", JSON, nullable=False),
)

#: Who has what for itself, as long as it lives.
leases = Table(
    "leases",
    metadata,
    #: What a transaction is about.
    Column("subject", Text, primary_key=True),
    #: Its id; '' if it was given back.
    Column("replica", Text, nullable=False),
    #: The fencing number: a larger one with each owner.
    Column("fence", BigInteger, nullable=False),
)

mutes = Table(
    "mutes",
    metadata,
    #: Globs; `*` for any.
    Column("account", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    #: A whole id; '' for any job.
    Column("job", Text, primary_key=True),
    Column("muted_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)

#: The failures somebody has seen: the latest one of each job; gone as soon as a newer one comes.
acks = Table(
    "acks",
    metadata,
    Column("account", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("event_id", RowId, ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("acked_at", Instant, nullable=False),
    Index(None, "event_id"),
)

#: What a channel is reminded of until it is acknowledged or the job ends well.
reminders = Table(
    "reminders",
    metadata,
    Column("event_id", RowId, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", Text, primary_key=True),
)

#: Which failures a reminder repeats; `notification_events` has the messages about them.
reminder_events = Table(
    "reminder_events",
    metadata,
    Column(
        "notification_id",
        RowId,
        ForeignKey("notifications.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("event_id", RowId, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "event_id"),
)
