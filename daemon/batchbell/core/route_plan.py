"""What the configuration's channels make of an event before there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.core.mute import why_muted
from batchbell.core.routing import ANYTHING, Filter, reason_not_told, route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.mute import Mute


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an event is said to be about; None for a field that is missing."""

    account: str = "default"
    model: str | None = None
    endpoint: str | None = None
    user: str | None = None
    input_file: str | None = None

    def event(self, kind: EventKind, now: datetime) -> Event:
        """Return an event of that kind about it."""
        made = sample(kind, now)
        job = made.job and replace(
            made.job, model_id=self.model, endpoint=self.endpoint, user_id=self.user
        )
        account = made.account and self.account
        # The sample's own channel is nobody's here.
        facts = replace(made.facts, input_file=self.input_file or "", channel="")
        return replace(made, account=account, job=job, facts=facts)


def verdicts(
    kinds: Iterable[EventKind],
    filters: Sequence[Filter],
    subject: Subject,
    now: datetime,
    *,
    muted: Sequence[Mute] = (),
) -> dict[EventKind, dict[str, str]]:
    """Return for each kind why each channel is not notified, '' for those that are."""
    found: dict[EventKind, dict[str, str]] = {}
    for kind in kinds:
        event = subject.event(kind, now)
        reason = why_muted(event, muted, now)
        decided = route(event, filters, muted=reason)
        found[kind] = {each.channel: decided.not_told.get(each.channel, "") for each in filters}
    return found


def kinds_told(filters: Sequence[Filter], now: datetime) -> Mapping[str, frozenset[EventKind]]:
    """Return the kinds of which each channel can be notified for some job at all.

    Of filters by account, model, endpoint, user and file only whether they let a missing one
    through is known here: account and channel events have none of the others.
    """
    return {
        wanted.channel: frozenset(
            kind
            for kind in EventKind
            if reason_not_told(_fitting(kind, wanted, now), wanted) is None
        )
        for wanted in filters
    }


def tells_no_failure(filters: Sequence[Filter], now: datetime) -> bool:
    """Whether no channel can ever be notified that a job failed."""
    told = frozenset().union(*kinds_told(filters, now).values())
    return not any(
        kind.startswith("batch.") and sample(kind, now).severity is Severity.FAILURE
        for kind in told
    )


def _fitting(kind: EventKind, wanted: Filter, now: datetime) -> Event:
    """Return an event about a job that the filter's own globs describe."""
    subject = Subject(
        account=_example(wanted.accounts) or "default",
        model=_example(wanted.models),
        endpoint=_example(wanted.endpoints),
        user=_example(wanted.users),
        input_file=_example(wanted.input_files),
    )
    return subject.event(kind, now)


def _example(globs: Sequence[str]) -> str | None:
    """Return a text that one of the globs matches; None where a missing one will do."""
    if ANYTHING in globs:
        return None
    return globs[0].replace("*", "").replace("?", "x") if globs else None
