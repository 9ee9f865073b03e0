"""Whether an account can be watched, and what to announce when that changes.

An outage starts with the first failed poll after a good one. Within it `account.unauthorized` is
announced at once, `account.unreachable` after a while, each once however many polls fail; the next
good poll announces `account.recovered` if any of them was announced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, OutageFacts, UnseenFacts
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import Snapshot


#: An API that wants fewer calls gets one at least this often, if the interval allows it.
LONGEST_PEACE_SECONDS = 900.0
_MOST_DOUBLINGS = 20


class Trouble(StrEnum):
    """What a failed poll suffered from, in the words messages use."""

    API_DOWN = "API down"
    KEY_REFUSED = "key refused"
    RATE_LIMITED = "rate-limited"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """How polling an account has gone lately."""

    account: str
    #: Start of the outage: the first failed poll since the last good one; None if all is well.
    failing_since: datetime | None = None
    #: Failed polls in a row.
    failures: int = 0
    #: What the last failed poll said, without secrets; '' if all is well.
    last_error: str = ""
    #: What kind of failure that was; None if all is well.
    trouble: Trouble | None = None
    #: The outage events announced already.
    told: frozenset[EventKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """What is remembered of an account between two polls."""

    health: AccountHealth
    baseline_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_good_poll_at: datetime | None = None
    #: By when who polled last meant to have polled well again; None before a first good poll, and
    #: of an account that nobody means to poll any more.
    blind_after: datetime | None = None
    #: How far the wall clock was ahead of the API's at the last good poll; None if it did not say.
    skew_seconds: float | None = None
    fraction_scale: bool = False
    #: Rows and fields of the last good listing that could not be used.
    skipped_rows: int = 0
    bad_fields: int = 0

    @property
    def is_watched(self) -> bool:
        """Whether somebody means to poll it: it was not taken out of the configuration."""
        return self.last_good_poll_at is None or self.blind_after is not None


def after_failed_poll(
    health: AccountHealth,
    *,
    error: str,
    trouble: Trouble,
    now: datetime,
    unreachable_after: timedelta,
    snapshot: Snapshot | None = None,
    key_place: str = "",
) -> tuple[AccountHealth, tuple[Event, ...]]:
    """Count a failed poll; announce the outage when it is bad or long enough.

    `snapshot` says what runs on unseen; it has the unfinished jobs. `key_place` is what the place
    of the key is called.
    """
    since = min(health.failing_since or now, now)
    failing = replace(
        health,
        failing_since=since,
        failures=health.failures + 1,
        last_error=error,
        trouble=trouble,
    )
    if trouble is Trouble.KEY_REFUSED:
        return _tell(
            EventKind.ACCOUNT_UNAUTHORIZED, failing, now, snapshot=snapshot, key_place=key_place
        )
    return while_failing(failing, now=now, unreachable_after=unreachable_after, snapshot=snapshot)


def while_failing(
    health: AccountHealth,
    *,
    now: datetime,
    unreachable_after: timedelta,
    snapshot: Snapshot | None = None,
) -> tuple[AccountHealth, tuple[Event, ...]]:
    """Tell an outage that has lasted long enough; polls may be rare, so any time will do."""
    since = health.failing_since
    # A refused key was announced at once; that it is still refused is no news.
    if since is None or health.trouble is Trouble.KEY_REFUSED or now - since < unreachable_after:
        return health, ()
    return _tell(EventKind.ACCOUNT_UNREACHABLE, health, now, snapshot=snapshot)


def _tell(
    kind: EventKind,
    health: AccountHealth,
    now: datetime,
    *,
    snapshot: Snapshot | None,
    key_place: str = "",
) -> tuple[AccountHealth, tuple[Event, ...]]:
    if kind in health.told:
        return health, ()
    since = health.failing_since or now
    outage = OutageFacts(
        error=health.last_error, since=since, failures=health.failures, key_place=key_place
    )
    event = Event(
        kind=kind,
        account=health.account,
        qualifier=rfc3339(since),
        happened_at=since,
        seen_at=now,
        facts=Facts(outage=outage, unseen=_unseen(snapshot, now)),
    )
    return replace(health, told=health.told | {kind}), (event,)


def _unseen(snapshot: Snapshot | None, now: datetime) -> UnseenFacts | None:
    """Return what runs on unseen, as of the last good poll; None if there was none."""
    if snapshot is None or snapshot.last_good_poll_at is None:
        return None
    running = [
        record.job
        for record in snapshot.records.values()
        if record.running and not record.has_vanished
    ]
    found = UnseenFacts(jobs=len(running), since=snapshot.last_good_poll_at)
    ahead = [
        (job.job_deadline, job.id, job)
        for job in running
        if job.job_deadline and job.job_deadline > now
    ]
    if not ahead:
        return found
    deadline, job_id, job = min(ahead, key=lambda each: each[:2])
    return replace(
        found,
        next_deadline=deadline,
        next_job=job_id,
        next_model=job.model_id or "",
        next_file_id=job.input_file_id or "",
    )


def after_good_poll(
    health: AccountHealth, *, now: datetime, last_good_poll_at: datetime | None = None
) -> tuple[AccountHealth, tuple[Event, ...]]:
    """Forget the outage; announce the recovery, and the length of the gap, if the outage was."""
    well = AccountHealth(account=health.account)
    if health.failing_since is None or not health.told:
        return well, ()
    since = health.failing_since
    event = Event(
        kind=EventKind.ACCOUNT_RECOVERED,
        account=health.account,
        qualifier=rfc3339(since),
        happened_at=now,
        seen_at=now,
        facts=Facts(
            outage=OutageFacts(
                error=health.last_error,
                since=since,
                failures=health.failures,
                blind_for=max(now - (last_good_poll_at or since), timedelta()),
            )
        ),
    )
    return well, (event,)


def peace_seconds(
    retry_after_seconds: float | None, *, refusals: int, interval_seconds: float
) -> float:
    """Return how long to leave an API alone that answered "too many requests".

    It is what the API asks for; if it does not say, each refusal in a row doubles the interval.
    """
    if retry_after_seconds is not None:
        return retry_after_seconds
    doubled = interval_seconds * 2.0 ** min(refusals, _MOST_DOUBLINGS)
    return min(doubled, LONGEST_PEACE_SECONDS)
