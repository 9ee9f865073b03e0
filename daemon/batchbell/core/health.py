"""Whether an account can be watched, and what to tell when that changes.

An outage starts with the first failed poll after a good one. Within it `account.unauthorized` is
told at once, `account.unreachable` after a while, each once however many polls fail; the next good
poll tells `account.recovered` if any of them was told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from datetime import datetime, timedelta


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
    #: The outage events told already.
    told: frozenset[EventKind] = frozenset()


def after_failed_poll(
    health: AccountHealth,
    *,
    error: str,
    trouble: Trouble,
    now: datetime,
    unreachable_after: timedelta,
) -> tuple[AccountHealth, tuple[Event, ...]]:
    """Count a failed poll; tell the outage when it is bad or long enough."""
    since = min(health.failing_since or now, now)
    failing = replace(
        health,
        failing_since=since,
        failures=health.failures + 1,
        last_error=error,
        trouble=trouble,
    )
    if trouble is Trouble.KEY_REFUSED:
        kind = EventKind.ACCOUNT_UNAUTHORIZED
    elif now - since >= unreachable_after:
        kind = EventKind.ACCOUNT_UNREACHABLE
    else:
        return failing, ()
    if kind in failing.told:
        return failing, ()
    event = Event(
        kind=kind,
        account=health.account,
        qualifier=rfc3339(since),
        happened_at=since,
        seen_at=now,
        facts={"error": error, "failures": failing.failures, "outage_since": rfc3339(since)},
    )
    return replace(failing, told=failing.told | {kind}), (event,)


def after_good_poll(
    health: AccountHealth, *, now: datetime
) -> tuple[AccountHealth, tuple[Event, ...]]:
    """Forget the outage; tell the recovery if the outage was told."""
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
        facts={
            "error": health.last_error,
            "failures": health.failures,
            "outage_since": rfc3339(since),
            "blind_seconds": max((now - since).total_seconds(), 0.0),
        },
    )
    return well, (event,)
