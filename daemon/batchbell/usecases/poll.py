"""Poll one account: ask the API, then record in one transaction what changed and whom to notify."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from batchbell.core.account_health import Trouble
from batchbell.core.addresses import from_elsewhere
from batchbell.core.awaiting import awaiting_verdicts
from batchbell.core.baseline_names import ended_lately
from batchbell.core.collectable import with_later_files
from batchbell.core.decision_needs import forecast_jobs, worth_naming
from batchbell.core.event import Severity
from batchbell.core.file_names import NAME_WAIT, named
from batchbell.core.poll_decision import (
    FailedPoll,
    decide_failed_poll,
    decide_poll,
)
from batchbell.core.standing.accounts import account_standing
from batchbell.errors import ApiError, DatabaseError, RateLimitedError, UnauthorizedError
from batchbell.observability.logs import log_events
from batchbell.store import accounts, jobs
from batchbell.store.database import about_account
from batchbell.usecases.announce import announce
from batchbell.usecases.begin_collecting import begin_collecting
from batchbell.usecases.comparison import Comparison
from batchbell.usecases.coverage import AccountCoverage
from batchbell.usecases.decision_record import save
from batchbell.usecases.enrich import FileNames
from batchbell.usecases.known import Known
from batchbell.usecases.known_samples import KnownSamples
from batchbell.usecases.poll_log import log_failed, log_good

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from batchbell.clock import Clock
    from batchbell.core.event import Event
    from batchbell.core.forecast.curve import Sample
    from batchbell.core.listing import ReadListing
    from batchbell.core.results.collecting import CollectionTerms
    from batchbell.core.routing import Filter
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import Snapshot
    from batchbell.providers.port import Lister
    from batchbell.store.database import Database, Transaction

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """How a poll went."""

    account: str
    events: Sequence[Event] = ()
    #: None for a good poll.
    error: ApiError | None = None
    #: Failed polls in a row, this one included.
    failures: int = 0
    #: Whether it failed in an outage that was announced.
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
        rules: Rules,
        collecting: Callable[[], CollectionTerms | None] = lambda: None,
        name_wait: timedelta = NAME_WAIT,
    ) -> None:
        """Take the tools; `filters` returns those of all channels in force.

        `collecting` returns how long the files of ended jobs are waited for, None to read none.
        `name_wait` is how long a poll, and a message about a new job, waits for files' names.
        """
        self.account = account
        self._client = client
        self._database = database
        self._clock = clock
        self._filters = filters
        self._rules = rules
        self._collecting = collecting
        #: What the place of the account's key is called, '' if nobody knows.
        self.key_place: Callable[[], str] = str
        #: Why it was not polled, for whom that concerns.
        self.coverage = AccountCoverage(clock, rules.grace_period)
        self._known = Known(account)
        self._known_samples = KnownSamples(account)
        self._names = FileNames(
            account, api=client, database=database, clock=clock, filters=filters, wait=name_wait
        )

    async def poll(self, on_events: Callable[[], None] = lambda: None) -> PollReport:
        """Poll once. Raises `DatabaseError`; a failing API is part of the report.

        Everything is committed before anybody is asked for a file's name; `on_events` is called in
        between, if there is something to send.
        """
        report = await self._polled()
        if report.events:
            on_events()
        names: Mapping[str, str] = {}
        try:
            names = await self._names.look_up()
        finally:
            log_events(named(event, names) for event in report.events)
        return report

    async def _polled(self) -> PollReport:
        while True:
            age_at_request = self._clock.now() - self._clock.running_since
            try:
                read = await self._client.fetch_listing(self._known.listing)
            except ApiError as error:
                return await self._recorded(self._record_failure, error)
            # By the time the answer brought: before a first one the clock may be hours off.
            requested_at = self._clock.running_since + age_at_request
            report = await self._recorded(partial(self._record_listing, requested_at), read)
            if report is not None:
                return report
            # Somebody else polled meanwhile: read it as a whole.
            self._known.forget()

    async def _recorded(self, record: Callable[[_T], _R], answer: _T) -> _R:
        try:
            return await asyncio.to_thread(record, answer)
        except DatabaseError:
            self.coverage.not_recorded()
            self._known.forget()
            raise

    def _record_listing(self, requested_at: datetime, read: ReadListing) -> PollReport | None:
        """Record a listing; None if it was read against one that is no longer the last."""
        now, skew = self._clock.now(), self._clock.skew
        with self._database.write(about_account(self.account)) as connection:
            before = accounts.load(connection, self.account)
            if not self._known.still_holds(before):
                return None
            self.coverage.look(before)
            last = Comparison(
                connection, before, read, requested_at=requested_at, rules=self._rules, now=now
            ).last_part()
            decision = decide_poll(
                replace(before, skew_seconds=None if skew is None else skew.total_seconds()),
                last.snapshot,
                last.listing,
                self.coverage.gap(before, now),
                samples=self._samples(connection, last.snapshot, now, listed=True),
                rules=self._rules,
                now=now,
                earlier=last.earlier,
            )
            save(connection, before, decision)
            self._known.note_seen(connection, now)
            ended = ended_lately(decision.alike, now, last.earlier.ended_lately)
            wanted = self._names.wanted(
                connection,
                worth_naming(last.snapshot, decision),
                now,
                behind=[job for _, job in ended],
            )
            terms = self._collecting()
            news = from_elsewhere(decision.events, self._client.elsewhere)
            new = announce(
                connection,
                awaiting_verdicts(news, terms.wait, now) if terms else news,
                self._filters(),
                now,
                awaited=wanted.asked,
                awaited_until=wanted.until,
            )
            later = [
                *last.with_later_files,
                *with_later_files(last.snapshot.records, decision.records),
            ]
            begin_collecting(connection, self.account, new, later, terms, now)
        self.coverage.recorded()
        self._names.recorded(wanted)
        self._known.recorded(read, decision, now)
        log_good(before, decision.account, jobs=len(read.ids), now=now)
        return PollReport(
            account=self.account,
            events=new,
            severity=account_standing(decision.account, now).severity,
            jobs=len(read.ids),
            running=last.running,
        )

    def _record_failure(self, error: ApiError) -> PollReport:
        now, trouble = self._clock.now(), _trouble(error)
        key_place = self.key_place() if trouble is Trouble.KEY_REFUSED else ""
        with self._database.write(about_account(self.account)) as connection:
            before = accounts.load(connection, self.account)
            self.coverage.look(before)
            snapshot = jobs.load_unfinished(
                connection, self.account, last_good_poll_at=before.last_good_poll_at
            )
            decision = decide_failed_poll(
                before,
                snapshot,
                FailedPoll(error=str(error), trouble=trouble, key_place=key_place),
                samples=self._samples(connection, snapshot, now),
                rules=self._rules,
                now=now,
            )
            save(connection, before, decision)
            new = announce(connection, decision.events, self._filters(), now)
        health = decision.account.health
        log_failed(before.health, health, error)
        log_events(new)
        return PollReport(
            account=self.account,
            events=new,
            error=error,
            failures=health.failures,
            outage_told=bool(health.told),
            severity=account_standing(decision.account, now).severity,
        )

    def _samples(
        self, connection: Transaction, snapshot: Snapshot, now: datetime, *, listed: bool = False
    ) -> Mapping[str, Sequence[Sample]]:
        wanted = forecast_jobs(snapshot, rules=self._rules, now=now, listed=listed)
        return self._known_samples.of(connection, snapshot, wanted)


def _trouble(error: ApiError) -> Trouble:
    if isinstance(error, UnauthorizedError):
        return Trouble.KEY_REFUSED
    return Trouble.RATE_LIMITED if isinstance(error, RateLimitedError) else Trouble.API_DOWN
