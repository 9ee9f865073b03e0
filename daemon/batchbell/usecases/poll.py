"""Poll one account: ask the API, then record in one transaction what changed and whom to tell."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from batchbell.core.account_health import Trouble, after_failed_poll, after_good_poll
from batchbell.core.addresses import from_elsewhere
from batchbell.core.coverage import seen_late
from batchbell.core.diff import diff
from batchbell.core.event import Severity
from batchbell.core.standing import account_standing, is_clock_off
from batchbell.errors import ApiError, DatabaseError, RateLimitedError, UnauthorizedError
from batchbell.observability.logs import log_events
from batchbell.store import accounts, files, gaps, jobs
from batchbell.store.outbox import record_events
from batchbell.usecases.coverage import Attendance
from batchbell.usecases.decide import apply_rules
from batchbell.usecases.enrich import FileNames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.core.account_health import AccountState
    from batchbell.core.event import Event
    from batchbell.core.file_names import KnownFile
    from batchbell.core.listing import Listing
    from batchbell.core.routing import Filter
    from batchbell.core.rules import Rules
    from batchbell.providers.port import Lister
    from batchbell.store.sqlite.database import Database, Transaction

logger = logging.getLogger(__name__)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """How a poll went."""

    account: str
    events: Sequence[Event] = ()
    #: None for a good poll.
    error: ApiError | None = None
    #: Failed polls in a row, this one included.
    failures: int = 0
    #: Whether it failed in an outage that was told.
    outage_told: bool = False
    #: How the account stands after it.
    severity: Severity = Severity.SUCCESS
    #: What a good poll listed, and how many of that have not ended.
    jobs: int = 0
    running: int = 0


class AccountPoll:
    """Polls one account, as often as it is called."""

    def __init__(
        self,
        account: str,
        *,
        client: Lister,
        database: Database,
        clock: Clock,
        filters: Callable[[], Sequence[Filter]],
        unreachable_after: timedelta,
        rules: Rules,
    ) -> None:
        """Take the tools; `filters` returns those of all channels in force."""
        self.account = account
        self._client = client
        self._database = database
        self._clock = clock
        self._filters = filters
        self._unreachable_after = unreachable_after
        self._rules = rules
        self._attendance = Attendance(clock, rules.patience)
        self._names = FileNames(account, api=client, database=database, clock=clock)

    async def poll(self) -> PollReport:
        """Poll once. Raises `DatabaseError`; a failing API is part of the report."""
        age_at_request = self._clock.now() - self._clock.running_since
        try:
            listing = await self._client.fetch_listing()
        except ApiError as error:
            return await self._recorded(self._record_failure, error)
        named = await self._names.look_up(listing)
        # By the time the answer brought: before a first one the clock may be hours off.
        requested_at = self._clock.running_since + age_at_request
        listing = replace(listing, requested_at=requested_at)
        return await self._recorded(partial(self._record_listing, named), listing)

    async def _recorded(self, record: Callable[[_T], PollReport], answer: _T) -> PollReport:
        try:
            return await asyncio.to_thread(record, answer)
        except DatabaseError:
            self._attendance.not_recorded()
            raise

    def _record_listing(self, named: Sequence[KnownFile], listing: Listing) -> PollReport:
        now = self._clock.now()
        skew = self._clock.skew
        with self._database.write() as connection:
            before = accounts.load(connection, self.account)
            accounts.make_row(connection, self.account)
            files.save(connection, self.account, named)
            self._attendance.look(before)
            gap = self._attendance.gap(before, now)
            if gap is not None:
                gaps.record(connection, self.account, gap)
            snapshot = jobs.load_for_listing(
                connection,
                self.account,
                last_good_poll_at=before.last_good_poll_at,
                listed=listing.ids,
            )
            decision = diff(snapshot, listing, now, patience=self._rules.patience)
            health, health_events = after_good_poll(
                before.health, now=now, last_good_poll_at=before.last_good_poll_at
            )
            jobs.save(connection, snapshot, decision.records)
            due = self._apply_rules(connection, before, now)
            told = seen_late([*decision.events, *due], gap)
            events = [*from_elsewhere(told, self._client.elsewhere), *health_events]
            new = record_events(connection, events, self._filters(), now)
            state = replace(
                before,
                health=health,
                last_good_poll_at=now,
                blind_after=self._attendance.blind_after(now),
                skew_seconds=None if skew is None else skew.total_seconds(),
                skipped_rows=listing.skipped_rows,
                bad_fields=listing.bad_fields,
            )
            accounts.record_good_poll(connection, state, listing, now=now, skew=skew)
        self._attendance.recorded()
        self._log_good(before, listing, skew)
        log_events(new)
        running = sum(not job.finished for job in listing.jobs)
        return PollReport(
            account=self.account,
            events=new,
            severity=account_standing(state, now).severity,
            jobs=len(listing.ids),
            running=running,
        )

    def _record_failure(self, error: ApiError) -> PollReport:
        now = self._clock.now()
        with self._database.write() as connection:
            before = accounts.load(connection, self.account)
            self._attendance.look(before)
            health, events = after_failed_poll(
                before.health,
                error=str(error),
                trouble=_trouble(error),
                now=now,
                unreachable_after=self._unreachable_after,
            )
            accounts.record_failed_poll(connection, health, now=now)
            due = self._apply_rules(connection, before, now)
            new = record_events(connection, [*events, *due], self._filters(), now)
        # One line an outage, and another one if it becomes something else that somebody can mend.
        known = before.health.failing_since is not None and before.health.trouble == health.trouble
        logger.log(
            logging.DEBUG if known else logging.WARNING,
            "poll failed: %s",
            error,
            extra={"account": self.account, "failures": health.failures},
        )
        log_events(new)
        return PollReport(
            account=self.account,
            events=new,
            error=error,
            failures=health.failures,
            outage_told=bool(health.told),
            severity=account_standing(replace(before, health=health), now).severity,
        )

    def _apply_rules(
        self, connection: Transaction, before: AccountState, now: datetime
    ) -> Sequence[Event]:
        return apply_rules(
            connection,
            self.account,
            last_good_poll_at=before.last_good_poll_at,
            rules=self._rules,
            now=now,
        )

    def _log_good(self, before: AccountState, listing: Listing, skew: timedelta | None) -> None:
        """Say what is new: a poll that found nothing is worth no line."""
        where = {"account": self.account}
        logger.debug("polled", extra={**where, "jobs": len(listing.ids)})
        if before.health.failing_since is not None:
            lasted = self._clock.now() - before.health.failing_since
            numbers = {
                "failures": before.health.failures,
                "lasted_seconds": max(round(lasted.total_seconds()), 0),
            }
            logger.info("polling works again", extra={**where, **numbers})
        unusable = (listing.skipped_rows, listing.bad_fields)
        if any(unusable) and unusable != (before.skipped_rows, before.bad_fields):
            logger.warning(
                "the API's listing has rows or fields that can't be used",
                extra={**where, "skipped_rows": unusable[0], "bad_fields": unusable[1]},
            )
        if skew is not None and is_clock_off(skew):
            was = is_clock_off(timedelta(seconds=before.skew_seconds or 0.0))
            logger.log(
                logging.DEBUG if was else logging.WARNING,
                "this machine's clock is off; the API's is used",
                extra={**where, "ahead_seconds": round(skew.total_seconds())},
            )


def _trouble(error: ApiError) -> Trouble:
    if isinstance(error, UnauthorizedError):
        return Trouble.KEY_REFUSED
    return Trouble.RATE_LIMITED if isinstance(error, RateLimitedError) else Trouble.API_DOWN
