"""The answers for machines: does the daemon work (`/healthz`), and does it see (`/readyz`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from batchbell.core.times import rfc3339
from batchbell.messages.plain_text import duration
from batchbell.store.views.accounts import never_polled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.account_health import AccountState
    from batchbell.store.views.accounts import AccountView


class Complaining(Protocol):
    """What the page needs of the daemon's liveness."""

    def complaints(self) -> list[str]:
        """Return what is wrong, in words; empty if all is well."""


def health_report(liveness: Complaining) -> dict[str, Any]:
    """Return `/healthz`: whether the daemon itself works; an API's outage is not its fault."""
    complaints = liveness.complaints()
    return {"healthy": not complaints, "complaints": complaints}


def ready_report(
    accounts: Iterable[AccountView], watched: Iterable[str], now: datetime
) -> dict[str, Any]:
    """Return `/readyz`: which of the watched accounts are seen, and why the others are not."""
    known = {each.name: each for each in accounts}
    answers = {}
    for name in sorted(watched):
        view = known.get(name) or never_polled(name, now)
        polled = view.state.last_good_poll_at
        answers[name] = {
            "ready": view.standing.is_seen,
            "severity": view.standing.severity.name.lower(),
            "reason": "" if view.standing.is_seen else _why_unseen(view.state, now),
            "last_good_poll_at": rfc3339(polled) if polled else None,
        }
    return {"ready": all(each["ready"] for each in answers.values()), "accounts": answers}


def _why_unseen(state: AccountState, now: datetime) -> str:
    """Say why an account is not seen."""
    error = state.health.last_error
    if state.last_good_poll_at is None:
        return error or "not polled yet"
    age = duration(now - state.last_good_poll_at)
    return f"last good poll {age} ago" + (f": {error}" if error else "")
