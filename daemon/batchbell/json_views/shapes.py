"""What each JSON object holds: the types that mypy checks and that the page's API describes.

A class is one object: its name without `Json` is what the API calls it, its docstring says what it
is. In an `Annotated` a text says what a field means, and a pair narrows its type: a word of JSON
Schema and its value. Every field is always there.

No `from __future__ import annotations` here: the API's description reads the annotations as values.
"""

from typing import Annotated, TypedDict

from batchbell.core.event import EventKind, Severity
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import FileKind, ResultsState

#: As RFC 3339 in UTC.
Time = Annotated[str, ("format", "date-time")]
Count = Annotated[int, ("minimum", 0)]
SeverityWord = Annotated[str, ("enum", tuple(each.name.lower() for each in Severity))]
Fraction = Annotated[float, ("minimum", 0), ("maximum", 1)]


class BatchJobJson(TypedDict):
    """The API's fields by their names; null for what it did not say."""

    id: str
    user_id: str | None
    input_file_id: str | None
    file_size_bytes: int | None
    status: Annotated[str | None, "As the API spells it."]
    progress: Annotated[Fraction | None, "Fraction done."]
    created_at: Time | None
    completed_at: Time | None
    job_deadline: Time | None
    endpoint: str | None
    model_id: str | None
    output_file_id: str | None
    error_file_id: str | None
    error: str | None


class ForecastJson(TypedDict):
    """When a job will be done, going by its progress."""

    finish: Annotated[Time, "As likely before as after."]
    earliest: Annotated[Time, "One finish in ten is before."]
    latest: Annotated[Time, "One finish in ten is after."]
    rate_per_hour: Annotated[float, "Fraction of the job an hour."]


class OutlookJson(TypedDict):
    """What a job's progress lets expect."""

    forecast: ForecastJson | None
    forecast_note: Annotated[str | None, "Why there is no forecast of a running job."]
    at_risk: Annotated[bool, "Whether it will miss its deadline by the forecast."]


class TokensJson(TypedDict):
    """What answers were made of."""

    prompt: Count
    completion: Count
    total: Count


class CostJson(TypedDict):
    """What these tokens cost."""

    amount: Annotated[str, "A decimal number, in the currency of the configuration's prices."]


class ResultsInBriefJson(TypedDict):
    """What came back of a job, as counted in its files; numbers that are not known are null."""

    status: Annotated[str, "The end, as the API spells it."]
    state: Annotated[str, ("enum", tuple(state.value for state in ResultsState))]
    verdict: Annotated[
        str | None, ("enum", (*(verdict.value for verdict in Verdict), None)), "Null before it."
    ]
    requests: Annotated[Count | None, "In the input."]
    succeeded: Annotated[Count | None, "With an answer."]
    failed: Annotated[Count | None, "With an error and no answer."]
    missing: Annotated[Count | None, "In neither file."]
    duplicated: Annotated[Count | None, "With more than one line."]
    foreign: Annotated[Count | None, "Lines of requests that the input does not have."]
    unreadable: Annotated[Count | None, "Lines that can't be read."]
    empty: Annotated[Count | None, "Answers without text or a tool call."]
    truncated: Annotated[Count | None, "Answers cut at their token limit."]
    tokens: TokensJson | None
    cost: CostJson | None
    counted_at: Time | None


class CauseJson(TypedDict):
    """Why some requests failed."""

    code: Annotated[str, "The error's code, else its HTTP status."]
    message: Annotated[str, "Its words, as far as they are no part of a request."]
    count: Count
    share: Annotated[Fraction, "Of all failed requests."]
    example: Annotated[str, "The `custom_id` of one of them."]
    retry_helps: Annotated[bool | None, "Null if that is not known."]


class ResultFileJson(TypedDict):
    """One of a job's files."""

    kind: Annotated[str, ("enum", tuple(kind.value for kind in FileKind))]
    id: str
    bytes: Annotated[Count | None, "Null if it was not read to its end."]
    sha256: str | None
    path: Annotated[str | None, "Where it is kept; null if it is not."]


class ResultsJson(ResultsInBriefJson):
    """The same with its causes, the most frequent first, and its files."""

    account: str
    job: str
    causes: list[CauseJson]
    files: list[ResultFileJson]


class JobJson(BatchJobJson, OutlookJson):
    """A job, and what batchbell noted of it."""

    account: Annotated[str, "The account's name in the configuration."]
    severity: Annotated[SeverityWord, "How it stands: what status and page show by colour."]
    first_seen_at: Time
    last_seen_at: Annotated[Time, "The last good poll that listed it; hourly once it has ended."]
    status_since: Time
    progress_since: Time
    missed_polls: Annotated[Count, "Good polls in a row that did not list it."]
    missing_since: Annotated[Time | None, "The first of these polls."]
    input_file: Annotated[str | None, "The input file's name; null while it is not known."]
    muted_until: Time | None
    acknowledged_at: Annotated[Time | None, "When its latest failure was acknowledged."]
    results: Annotated[ResultsInBriefJson | None, "Null if nobody counts what came back."]


class EventJson(TypedDict):
    """An event of the log."""

    id: Annotated[Count, "Larger for what was recorded later."]
    kind: Annotated[str, ("enum", tuple(kind.value for kind in EventKind))]
    severity: SeverityWord
    account: Annotated[str, "Empty for events of channels."]
    job_id: Annotated[str, "Empty for events of accounts and channels."]
    qualifier: Annotated[str, "What tells events of one kind of one job apart."]
    happened_at: Time
    seen_at: Annotated[Time, "When batchbell saw it."]
    headline: Annotated[str, "The event in a line."]
    facts: Annotated[
        dict[str, str | float | bool | None],
        "What else is known, by name; times are RFC 3339.",
    ]
    job: Annotated[BatchJobJson | None, "The job as it was then; null for accounts and channels."]
    not_told: Annotated[dict[str, str], "Why which channel was not told, by its name."]


class AttemptJson(TypedDict):
    """One attempt to send a notification."""

    started_at: Time
    duration_seconds: float
    delivered: Annotated[bool, "Whether the receiver took it."]
    reason: str
    output: Annotated[str, "What a program wrote."]


class NotificationJson(TypedDict):
    """A notification, without its attempts."""

    notification_id: Count
    channel: Annotated[str, "The channel's name in the configuration."]
    state: Annotated[str, ("enum", ("pending", "sent", "dead"))]
    attempts: Annotated[Count, "Ended attempts."]
    created_at: Time
    next_attempt_at: Annotated[Time | None, "Null once it is sent or dead."]
    ended_at: Annotated[Time | None, "When it was sent, or given up."]
    reason: Annotated[str, "Why it is dead, or the last failure; empty if nothing went wrong."]
    reminder: Annotated[bool, "Whether it repeats an earlier message."]


class EventDeliveryJson(NotificationJson):
    """A notification on its way to a channel; several events may share it."""

    attempt_log: list[AttemptJson]


class DeliveryJson(EventDeliveryJson):
    """A line of the delivery ledger."""

    events: Annotated[Count, "How many events it tells."]


class EventWithDeliveriesJson(EventJson):
    """An event and who was told of it."""

    deliveries: list[EventDeliveryJson]


class HistoryJson(TypedDict):
    """A job and what became of the messages about its events."""

    job: JobJson
    results: Annotated[ResultsJson | None, "Null if nobody counts what came back."]
    events: list[EventWithDeliveriesJson]


class EventInBriefJson(EventJson):
    """An event and who was told of it, without the attempts."""

    deliveries: list[NotificationJson]


class BriefHistoryJson(TypedDict):
    """A job's history without the attempts."""

    job: JobJson
    results: ResultsJson | None
    events: list[EventInBriefJson]


class GapJson(TypedDict):
    """A time in which nobody looked."""

    since: Time
    until: Annotated[Time | None, "Null while it lasts."]
    reason: str


class AccountJson(TypedDict):
    """How polling an account goes."""

    name: str
    severity: Annotated[SeverityWord, "How it stands: what status and page show by colour."]
    baseline_at: Annotated[Time | None, "The first good poll, which told nothing."]
    last_poll_at: Time | None
    last_good_poll_at: Time | None
    failing_since: Time | None
    failures: Annotated[Count, "Failed polls in a row."]
    last_error: str
    skew_seconds: Annotated[float | None, "How far this machine's clock is ahead of the API's."]
    skipped_rows: Annotated[Count, "Rows of the last good listing without a usable id."]
    bad_fields: Annotated[Count, "Fields of the last good listing that could not be used."]
    gaps: list[GapJson]


class ChannelJson(TypedDict):
    """How sending to a channel goes; where it leads to is told nowhere."""

    name: str
    severity: Annotated[SeverityWord, "How it stands: what status and page show by colour."]
    last_success_at: Time | None
    failing_since: Time | None
    last_error: str
    held_until: Annotated[Time | None, "Until when its next message waits."]
    held_because: str
    disabled_at: Annotated[Time | None, "When its receiver said that it wants no more."]
    pending: Annotated[Count, "Notifications that wait."]
    dead: Annotated[Count, "Notifications that were given up."]


class ReplicaJson(TypedDict):
    """One of several daemons that share a database."""

    name: Annotated[str, "Its machine and process."]
    version: Annotated[str, "Of batchbell."]
    alive: Annotated[bool, "Whether it gave a sign of life in time."]
    started_at: Annotated[Time, "By the database's clock, as the next one."]
    seen_at: Annotated[Time, "Its last sign of life."]
    accounts: Annotated[list[str], "The accounts that it polls."]
    channels: Annotated[list[str], "The channels that it delivers to."]
    differs: Annotated[bool, "Whether its configuration is another one than most replicas have."]


class OverviewJson(TypedDict):
    """Jobs, accounts and channels, and the daemons where several share a database."""

    jobs: list[JobJson]
    accounts: list[AccountJson]
    channels: list[ChannelJson]
    #: Empty where one daemon has the database for itself.
    replicas: list[ReplicaJson]
