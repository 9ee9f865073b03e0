"""The answers for machines: does the daemon work (`/healthz`), and does it see (`/readyz`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from batchbell.core.plain_text import duration
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from batchbell.core.account_health import AccountState


class Complaining(Protocol):
    """What the page needs of the daemon's liveness."""

    def complaints(self) -> list[str]:
        """Return what is wrong, in words; empty if all is well."""


def health_report(liveness: Complaining) -> dict[str, Any]:
    """Return `/healthz`: whether the daemon itself works; an API's outage is not its fault."""
    complaints = liveness.complaints()
    return {"healthy": not complaints, "complaints": complaints}


def ready_report(
    states: Sequence[AccountState], patience: Mapping[str, timedelta], now: datetime
) -> dict[str, Any]:
    """Return `/readyz`: which accounts were polled well lately, and why the others were not.

    `patience` says of each account in force how long ago its last good poll may be.
    """
    known = {state.health.account: state for state in states}
    accounts = {}
    for name, longest in sorted(patience.items()):
        state = known.get(name)
        reason = blindness(state, longest, now)
        polled = state and state.last_good_poll_at
        accounts[name] = {
            "ready": not reason,
            "reason": reason,
            "last_good_poll_at": rfc3339(polled) if polled else None,
        }
    return {"ready": all(account["ready"] for account in accounts.values()), "accounts": accounts}


def blindness(state: AccountState | None, longest: timedelta, now: datetime) -> str:
    """Say why an account counts as not seen; '' if its last good poll is at most `longest` ago."""
    error = state.health.last_error if state else ""
    if state is None or state.last_good_poll_at is None:
        return error or "not polled yet"
    age = now - state.last_good_poll_at
    if age <= longest:
        return ""
    return f"last good poll {duration(age)} ago" + (f": {error}" if error else "")
