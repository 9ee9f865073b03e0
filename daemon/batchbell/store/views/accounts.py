"""Accounts with the verdict on them, and when they were not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.coverage import SHOWN_FOR, gap_now
from batchbell.core.standing.accounts import account_standing
from batchbell.store import accounts, gaps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.gap import Gap
    from batchbell.core.standing.verdict import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """What is shown of one account."""

    state: AccountState
    standing: Standing
    #: When it was not seen lately, oldest first.
    gaps: Sequence[Gap] = ()
    #: The gap that lasts still; None if it is seen.
    open_gap: Gap | None = None

    @property
    def name(self) -> str:
        """The account's name."""
        return self.state.health.account


def account_views(connection: Connection, now: datetime, *, daemon_runs: bool) -> list[AccountView]:
    """Return every account ever polled, by name."""
    lately = gaps.lately(connection, until_after=now - SHOWN_FOR)
    return [
        AccountView(
            state=state,
            standing=account_standing(state, now),
            gaps=lately.get(state.health.account, ()),
            open_gap=_open_gap(state, now, daemon_runs=daemon_runs),
        )
        for state in accounts.load_all(connection)
    ]


def never_polled(name: str, now: datetime) -> AccountView:
    """Return the view of an account that is configured and was not polled yet."""
    state = AccountState(health=AccountHealth(account=name))
    return AccountView(state=state, standing=account_standing(state, now))


def _open_gap(state: AccountState, now: datetime, *, daemon_runs: bool) -> Gap | None:
    good, due = state.last_good_poll_at, state.blind_after
    if good is None or due is None:
        return None
    return gap_now(
        good,
        now,
        grace_period=due - good,
        running_since=None if daemon_runs else now,
        polled_before=state.last_poll_at,
        failing_since=state.health.failing_since,
        trouble=state.health.trouble or "",
    )
