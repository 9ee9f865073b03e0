"""What each address of the API answers, where that is more than a command prints.

As in `json_views.shapes`, and for the same reason without `from __future__ import annotations`.
"""

from typing import Annotated, TypedDict

from batchbell.json_views.shapes import (
    AccountJson,
    ChannelJson,
    Count,
    DeliveryJson,
    EventJson,
    Fraction,
    HistoryJson,
    JobJson,
    OverviewJson,
    Time,
)

NextCursor = Annotated[int | None, "The `cursor` of the next part; null behind the last entry."]


class ErrorJson(TypedDict):
    """What went wrong."""

    error: Annotated[str, "What is wrong, and what to do, in a sentence."]


class StatusJson(OverviewJson):
    """Everything at once."""

    jobs_left_out: Annotated[Count, "Jobs that ended longer ago, and those beyond the 10,000th."]


class JobsJson(TypedDict):
    """A part of the jobs."""

    jobs: list[JobJson]
    total: Annotated[Count, "Jobs of all parts."]
    next_offset: Annotated[int | None, "The `offset` of the next part; null behind the last job."]


class SampleJson(TypedDict):
    """How far a job was at a moment."""

    at: Time
    progress: Fraction | None


class JobHistoryJson(HistoryJson):
    """Everything about one job."""

    samples: list[SampleJson]


class EventsJson(TypedDict):
    """A part of the event log."""

    events: list[EventJson]
    next_cursor: NextCursor


class DeliveriesJson(TypedDict):
    """A part of the ledger."""

    deliveries: list[DeliveryJson]
    next_cursor: NextCursor


class AccountsJson(TypedDict):
    """All accounts."""

    accounts: list[AccountJson]


class ChannelsJson(TypedDict):
    """All channels."""

    channels: list[ChannelJson]
