"""The shapes of the API's answers as JSON Schema; tests hold every answer against them."""

from __future__ import annotations

from typing import Any

from batchbell.core.event import EventKind, Severity

Schema = dict[str, Any]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _shape(says: str, more_of: Schema | None = None, **properties: Schema) -> Schema:
    """Return an object that has all these properties, and those of another shape."""
    has = {**more_of["properties"], **properties} if more_of else properties
    return {"type": "object", "description": says, "required": list(has), "properties": has}


def _text(says: str = "") -> Schema:
    return {"type": "string", **({"description": says} if says else {})}


def _maybe_text(says: str = "") -> Schema:
    return {**_text(says), "type": ["string", "null"]}


def _time(says: str = "") -> Schema:
    return {**_text(says), "format": "date-time"}


def _maybe_time(says: str = "") -> Schema:
    return {**_maybe_text(says), "format": "date-time"}


def _count(says: str = "") -> Schema:
    return {**_text(says), "type": "integer", "minimum": 0}


def _yes(says: str) -> Schema:
    return {"type": "boolean", "description": says}


def _list(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


_CURSOR: Schema = {
    "type": ["integer", "null"],
    "description": "The `cursor` of the next part; null behind the last entry.",
}

_BATCH_JOB = _shape(
    "The API's fields by their names; null for what it did not say.",
    id=_text(),
    user_id=_maybe_text(),
    input_file_id=_maybe_text(),
    file_size_bytes={"type": ["integer", "null"]},
    status=_maybe_text("As the API spells it."),
    progress={
        "type": ["number", "null"],
        "minimum": 0,
        "maximum": 1,
        "description": "Fraction done.",
    },
    created_at=_maybe_time(),
    completed_at=_maybe_time(),
    job_deadline=_maybe_time(),
    endpoint=_maybe_text(),
    model_id=_maybe_text(),
    output_file_id=_maybe_text(),
    error_file_id=_maybe_text(),
    error=_maybe_text(),
)
_EVENT = _shape(
    "An event of the log.",
    id=_count("Larger for what was recorded later."),
    kind={"enum": [kind.value for kind in EventKind]},
    severity={"enum": [severity.name.lower() for severity in Severity]},
    account=_text("Empty for events of channels."),
    job_id=_text("Empty for events of accounts and channels."),
    qualifier=_text("What tells events of one kind of one job apart."),
    happened_at=_time(),
    seen_at=_time("When batchbell saw it."),
    headline=_text("The event in a line."),
    facts={
        "type": "object",
        "description": "What else is known, by name; times are RFC 3339.",
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
    },
    job={
        "description": "The job as it was then; null for accounts and channels.",
        "oneOf": [{"type": "null"}, _ref("BatchJob")],
    },
    not_told={
        "type": "object",
        "description": "Why which channel was not told, by its name.",
        "additionalProperties": {"type": "string"},
    },
)
_TELLING = _shape(
    "A notification on its way to a channel; several events may share it.",
    notification_id=_count(),
    channel=_text("The channel's name in the configuration."),
    state={"enum": ["pending", "sent", "dead"]},
    attempts=_count("Ended attempts."),
    created_at=_time(),
    next_attempt_at=_maybe_time("Null once it is sent or dead."),
    ended_at=_maybe_time("When it was sent, or given up."),
    reason=_text("Why it is dead, or the last failure; empty if nothing went wrong."),
    reminder=_yes("Whether it repeats what was told before."),
    attempt_log=_list("Attempt"),
)
SCHEMAS: dict[str, Schema] = {
    "Error": _shape(
        "What went wrong.", error=_text("What is wrong, and what to do, in a sentence.")
    ),
    "BatchJob": _BATCH_JOB,
    "Forecast": _shape(
        "When a job will be done, going by its progress.",
        finish=_time("As likely before as after."),
        earliest=_time("One finish in ten is before."),
        latest=_time("One finish in ten is after."),
        rate_per_hour={"type": "number", "description": "Fraction of the job an hour."},
    ),
    "Job": _shape(
        "A job, and what batchbell noted of it.",
        _BATCH_JOB,
        account=_text("The account's name in the configuration."),
        first_seen_at=_time(),
        last_seen_at=_time("The last good poll that listed it; hourly once it has ended."),
        status_since=_time(),
        progress_since=_time(),
        missed_polls=_count("Good polls in a row that did not list it."),
        missing_since=_maybe_time("The first of these polls."),
        input_file=_maybe_text("The input file's name; null while it is not known."),
        forecast={"oneOf": [{"type": "null"}, _ref("Forecast")]},
        forecast_note=_maybe_text("Why there is no forecast of a running job."),
        at_risk=_yes("Whether it will miss its deadline by the forecast."),
        muted_until=_maybe_time(),
        acknowledged_at=_maybe_time("When its latest failure was acknowledged."),
    ),
    "Event": _EVENT,
    "Attempt": _shape(
        "One attempt to send a notification.",
        started_at=_time(),
        duration_seconds={"type": "number"},
        delivered=_yes("Whether the receiver took it."),
        reason=_text(),
        output=_text("What a program wrote."),
    ),
    "Telling": _TELLING,
    "Delivery": _shape(
        "A line of the delivery ledger.", _TELLING, events=_count("How many events it tells.")
    ),
    "ToldEvent": _shape("An event and who was told of it.", _EVENT, deliveries=_list("Telling")),
    "Sample": _shape(
        "How far a job was at a moment.",
        at=_time(),
        progress={"type": ["number", "null"], "minimum": 0, "maximum": 1},
    ),
    "Gap": _shape(
        "A time in which nobody looked.",
        since=_time(),
        until=_maybe_time("Null while it lasts."),
        reason=_text(),
    ),
    "Account": _shape(
        "How polling an account goes.",
        name=_text(),
        baseline_at=_maybe_time("The first good poll, which told nothing."),
        last_poll_at=_maybe_time(),
        last_good_poll_at=_maybe_time(),
        failing_since=_maybe_time(),
        failures=_count("Failed polls in a row."),
        last_error=_text(),
        skew_seconds={
            "type": ["number", "null"],
            "description": "How far this machine's clock is ahead of the API's.",
        },
        skipped_rows=_count("Rows of the last good listing without a usable id."),
        bad_fields=_count("Fields of the last good listing that could not be used."),
        gaps=_list("Gap"),
    ),
    "Channel": _shape(
        "How sending to a channel goes; where it leads to is told nowhere.",
        name=_text(),
        last_success_at=_maybe_time(),
        failing_since=_maybe_time(),
        last_error=_text(),
        held_until=_maybe_time("Until when its next message waits."),
        held_because=_text(),
        disabled_at=_maybe_time("When its receiver said that it wants no more."),
        pending=_count("Notifications that wait."),
        dead=_count("Notifications that were given up."),
    ),
    "Status": _shape(
        "Everything at once.",
        jobs=_list("Job"),
        accounts=_list("Account"),
        channels=_list("Channel"),
        jobs_left_out=_count("Jobs that ended longer ago, and those beyond the 10,000th."),
    ),
    "Jobs": _shape(
        "A part of the jobs.",
        jobs=_list("Job"),
        total=_count("Jobs of all parts."),
        next_offset={
            "type": ["integer", "null"],
            "description": "The `offset` of the next part; null behind the last job.",
        },
    ),
    "JobHistory": _shape(
        "Everything about one job.",
        job=_ref("Job"),
        events=_list("ToldEvent"),
        samples=_list("Sample"),
    ),
    "Events": _shape("A part of the event log.", events=_list("Event"), next_cursor=_CURSOR),
    "Deliveries": _shape(
        "A part of the ledger.", deliveries=_list("Delivery"), next_cursor=_CURSOR
    ),
    "Accounts": _shape("All accounts.", accounts=_list("Account")),
    "Channels": _shape("All channels.", channels=_list("Channel")),
}
