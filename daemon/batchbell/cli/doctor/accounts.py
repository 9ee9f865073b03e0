"""Does the API answer each account's key, and were the last polls good."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import Finding, doubtful, fine, wrong
from batchbell.cli.terminal.phrases import ago, span
from batchbell.config import secret_values
from batchbell.core.standing.accounts import account_standing, is_clock_off
from batchbell.core.standing.reasons import SEVERITIES, Reason
from batchbell.errors import ApiError, UnauthorizedError
from batchbell.messages.plain_text import counted
from batchbell.observability.redaction import Redaction
from batchbell.providers.api_key import ApiKey
from batchbell.runtime.provider import shipped
from batchbell.store import accounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.config import AccountSettings, Settings
    from batchbell.core.account_health import AccountState
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.database import Database


async def check_api(settings: Settings, clock: Clock) -> list[Finding]:
    """Ask the API for every account's listing, all at once."""
    redaction = Redaction(secret_values(settings))
    asked = (_ask(name, account, redaction, clock) for name, account in settings.accounts.items())
    return [*await asyncio.gather(*asked), _about_clock(clock)]


async def _ask(name: str, settings: AccountSettings, redaction: Redaction, clock: Clock) -> Finding:
    what = "API as"
    started = monotonic()
    try:
        async with shipped().client(
            ApiKey(settings.api_key.get_secret_value(), redaction=redaction),
            settings.base_url,
            timeout_seconds=settings.request_timeout.total_seconds(),
            observe_date=clock.observe,
        ) as client:
            jobs = (await client.fetch_listing()).ids
    except UnauthorizedError as error:
        where = f"accounts.{name}.api_key (or its file, or TOGETHER_API_KEY)"
        return wrong(what, f"unauthorized: {error}", f"put a valid key into {where}", name=name)
    except ApiError as error:
        advice = f"check the network, the proxy and accounts.{name}.base_url"
        return wrong(what, str(error), advice if error.retryable else "", name=name)
    took = f"{monotonic() - started:.1f} s"
    return fine(what, f"{counted(len(jobs), 'job')} listed in {took}", name=name)


def _about_clock(clock: Clock) -> Finding:
    if clock.skew is None:
        return doubtful("clock", "not compared: no answer of the API said what time it is")
    seconds = round(clock.skew.total_seconds())
    if not is_clock_off(clock.skew):
        return fine("clock", f"within {max(abs(seconds), 1)} s of the API's")
    direction = "ahead of" if seconds > 0 else "behind"
    detail = f"this machine's clock is {span(abs(clock.skew))} {direction} the API's"
    return doubtful("clock", detail, "switch time synchronisation on; until then the API's is used")


def check_polls(
    settings: Settings, database: Database, *, now: datetime, daemon_runs: bool
) -> list[Finding]:
    """Look at how polling every account went lately."""
    with database.read() as connection:
        states = [accounts.load(connection, name) for name in settings.accounts]
    return [
        finding
        for state in states
        for finding in about_polls(state, now=now, daemon_runs=daemon_runs)
    ]


#: What is wrong with the last listing or the clock, not with the polls.
_BESIDE = (Reason.CLOCK_OFF, Reason.UNUSABLE_ROWS)


def about_polls(state: AccountState, *, now: datetime, daemon_runs: bool) -> Iterator[Finding]:
    """Yield how an account stands: how polling goes, and what else is odd."""
    standing = account_standing(state, now)
    what, name = "polls of", state.health.account
    reasons = [reason for reason in standing.reasons if reason not in _BESIDE]
    yield Finding(
        what=what,
        name=name,
        severity=max(SEVERITIES[reason] for reason in reasons),
        detail=_polling(state, now),
        advice=_advice(standing, daemon_runs=daemon_runs),
    )
    if standing.has(Reason.CLOCK_OFF):
        yield doubtful(what, "this machine's clock was off at the last good poll", name=name)
    if standing.has(Reason.UNUSABLE_ROWS):
        unusable = (counted(state.skipped_rows, "row"), counted(state.bad_fields, "field"))
        detail = f"the last listing had {' and '.join(unusable)} of no use"
        yield doubtful(what, detail, name=name)


def _polling(state: AccountState, now: datetime) -> str:
    last, since = state.last_good_poll_at, state.health.failing_since
    when = "no good poll yet" if last is None else f"last good poll {ago(last, now)}"
    if not state.is_watched:
        return f"{when}; the last daemon did not watch it"
    if since is not None:
        return f"{when}; failing for {span(now - since)}: {state.health.last_error}"
    return when


def _advice(standing: Standing, *, daemon_runs: bool) -> str:
    if not standing.has(Reason.NOT_SEEN) or standing.has(Reason.POLL_FAILED, Reason.OUTAGE_TOLD):
        return ""
    return "the daemon hangs: restart it" if daemon_runs else "start the daemon, or poll by cron"
