"""Does the API answer each account's key, and were the last polls good."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import doubtful, fine, wrong
from batchbell.cli.terminal.phrases import ago, counted, span
from batchbell.clock import SKEW_WORTH_TELLING
from batchbell.config import secret_values
from batchbell.errors import ApiError, UnauthorizedError
from batchbell.observability.redaction import Redaction
from batchbell.providers.api_key import ApiKey
from batchbell.runtime.provider import shipped
from batchbell.store import accounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.cli.doctor.finding import Finding
    from batchbell.clock import Clock
    from batchbell.config import AccountSettings, Settings
    from batchbell.core.account_health import AccountState
    from batchbell.store.sqlite.database import Database

#: A running daemon's last good poll may be this many intervals old ...
LATE_INTERVALS = 3
#: ... and is never late before this.
LATE_AFTER = timedelta(minutes=2)


async def check_api(settings: Settings, clock: Clock) -> list[Finding]:
    """Ask the API for every account's listing, all at once."""
    redaction = Redaction(secret_values(settings))
    asked = (_ask(name, account, redaction, clock) for name, account in settings.accounts.items())
    return [*await asyncio.gather(*asked), _about_clock(clock)]


async def _ask(name: str, settings: AccountSettings, redaction: Redaction, clock: Clock) -> Finding:
    subject = f"API as {name}"
    started = monotonic()
    try:
        async with shipped().client(
            ApiKey(settings.api_key.get_secret_value(), redaction=redaction),
            settings.base_url,
            timeout_seconds=settings.request_timeout.total_seconds(),
            observe_date=clock.observe,
        ) as client:
            jobs = (await client.fetch_listing()).jobs
    except UnauthorizedError as error:
        where = f"accounts.{name}.api_key (or its file, or TOGETHER_API_KEY)"
        return wrong(subject, f"unauthorized: {error}", f"put a valid key into {where}")
    except ApiError as error:
        advice = f"check the network, the proxy and accounts.{name}.base_url"
        return wrong(subject, str(error), advice if error.retryable else "")
    return fine(subject, f"{counted(len(jobs), 'job')} listed in {monotonic() - started:.1f} s")


def _about_clock(clock: Clock) -> Finding:
    if clock.skew is None:
        return doubtful("clock", "not compared: no answer of the API said what time it is")
    seconds = round(clock.skew.total_seconds())
    if abs(clock.skew) <= SKEW_WORTH_TELLING:
        return fine("clock", f"within {max(abs(seconds), 1)} s of the API's")
    direction = "ahead of" if seconds > 0 else "behind"
    detail = f"this machine's clock is {span(abs(clock.skew))} {direction} the API's"
    return doubtful("clock", detail, "switch time synchronisation on; until then the API's is used")


def check_polls(
    settings: Settings, database: Database, *, now: datetime, daemon_runs: bool
) -> list[Finding]:
    """Look at how polling every account went lately."""
    with database.read() as connection:
        states = {name: accounts.load(connection, name) for name in settings.accounts}
    return [
        finding
        for name, account in settings.accounts.items()
        for finding in _about_polls(states[name], account, now=now, daemon_runs=daemon_runs)
    ]


def _about_polls(
    state: AccountState, settings: AccountSettings, *, now: datetime, daemon_runs: bool
) -> Iterator[Finding]:
    subject = f"polls of {state.health.account}"
    last = state.last_good_poll_at
    when = "no good poll yet" if last is None else f"last good poll {ago(last, now)}"
    if state.health.failing_since is not None:
        outage = span(now - state.health.failing_since)
        yield wrong(subject, f"{when}; failing for {outage}: {state.health.last_error}")
    elif last is None:
        yield doubtful(subject, when)
    elif now - last > max(LATE_INTERVALS * settings.poll_interval, LATE_AFTER):
        yield (
            wrong(subject, when, "the daemon hangs: restart it")
            if daemon_runs
            else doubtful(subject, when)
        )
    else:
        yield fine(subject, when)
    if state.skipped_rows or state.bad_fields:
        unusable = (counted(state.skipped_rows, "row"), counted(state.bad_fields, "field"))
        yield doubtful(subject, f"the last listing had {' and '.join(unusable)} of no use")
