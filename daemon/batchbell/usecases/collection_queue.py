"""Ends whose files are to be read: whose turn it is, and what came of it; a transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.results.collecting import CLAIM, after_attempt
from batchbell.core.results.job_results import ResultsState
from batchbell.core.verdict_news import VERDICTS_WITHIN
from batchbell.store import jobs, results
from batchbell.store.database import ABOUT_CLAIMS, about_verdict
from batchbell.usecases.announce_results import announce_results, release_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.results.collecting import Collection
    from batchbell.core.routing import Filter
    from batchbell.store.database import Database, Transaction
    from batchbell.usecases.count_results import CountedJob

#: How long to leave an end alone that another transaction is changing.
_A_MOMENT = timedelta(milliseconds=200)
#: Why files that were to be read are not any more.
TURNED_OFF = "its account's result files are not read any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedEnd:
    """An end whose files are ours to read."""

    collection: Collection
    #: The model of its job; None if that is not known.
    model: str | None
    #: The claim's: what comes of it is not recorded once there is a later one.
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEnd:
    """What an attempt came to, as it is stored."""

    #: How the end stands; None if somebody else has claimed it, or done with it, meanwhile.
    collection: Collection | None
    #: What is announced of it.
    events: Sequence[Event] = ()


class CollectionQueue:
    """What waits in the database."""

    def __init__(
        self,
        database: Database,
        *,
        filters: Callable[[], Sequence[Filter]],
        claim_for: timedelta = CLAIM,
        within: timedelta = VERDICTS_WITHIN,
    ) -> None:
        """Take the tools: `filters` returns those of all channels.

        A claim lasts `claim_for`, and is renewed while the files are read. Verdicts of a span of
        time `within` long are told together.
        """
        self.claim_for = claim_for
        self._database = database
        self._filters = filters
        #: What is being read here: nobody here reads it too, whatever becomes of its claim.
        self._taken: set[tuple[str, str]] = set()
        self._within = within

    def take(self, accounts: frozenset[str], now: datetime) -> ClaimedEnd | datetime | None:
        """Claim what is due; else return when something will be, None for nothing.

        Most looks find nothing: they only read. Raises `DatabaseError`, as all of these do.
        """
        with self._database.read() as connection:
            due = results.next_due(connection, accounts, now, but=frozenset(self._taken))
        if due is None or due > now:
            return due
        with self._database.write(ABOUT_CLAIMS) as connection:
            taken, claim_for = frozenset(self._taken), self.claim_for
            claimed = results.claim(connection, accounts, now=now, claim_for=claim_for, but=taken)
            if claimed is None:
                # Somebody else was quicker, or is about to change it.
                return now + _A_MOMENT
            end, number = claimed
            stored = jobs.one(connection, *end.key)
        self._taken.add(end.key)
        model = None if stored is None else stored.record.job.model_id
        return ClaimedEnd(collection=end, model=model, number=number)

    def let_go(self, claimed: ClaimedEnd) -> None:
        """Note that an end is read here no more; its claim runs out if nothing was recorded."""
        self._taken.discard(claimed.collection.key)

    def renew(self, claimed: ClaimedEnd, now: datetime) -> None:
        """Keep a claim while the files are read."""
        claim = results.EndClaim(claimed.collection, claimed.number)
        with self._database.write(ABOUT_CLAIMS) as connection:
            results.renew(connection, claim, now=now, claim_for=self.claim_for)

    def record(self, claimed: ClaimedEnd, counted: CountedJob, now: datetime) -> RecordedEnd:
        """Write what came of an attempt, and tell whom that concerns."""
        after = after_attempt(
            claimed.collection,
            counted.results,
            now,
            retry_after=counted.retry_after,
            may_be_lost=not counted.is_unkept,
        )
        about = about_verdict(after.results.account)
        with self._database.write(about) as connection:
            if not results.record(connection, after, claimed.number):
                return RecordedEnd(collection=None)
            events = self._told(connection, after, now)
        return RecordedEnd(collection=after, events=events)

    def done_with(self, keys: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return of which of these (account, job) no file is to be read any more."""
        with self._database.read() as connection:
            known = results.collections(connection, keys)
        waits = {one.key for one in known if one.results.state is ResultsState.WAITING}
        return keys - waits

    def turn_off(self, accounts: frozenset[str], now: datetime) -> int:
        """Read no more files of these accounts, and let their messages go; return how many ends."""
        with self._database.read() as connection:
            if not results.waiting(connection, accounts):
                return 0
        with self._database.write() as connection:
            ends = results.waiting(connection, accounts)
            for end in ends:
                results.skip(connection, end, reason=TURNED_OFF)
                release_end(connection, end.results, now, tried_until=None)
        return len(ends)

    def _told(self, transaction: Transaction, after: Collection, now: datetime) -> Sequence[Event]:
        known = after.results
        if known.state is not ResultsState.WAITING:
            return announce_results(transaction, known, self._filters(), now, within=self._within)
        release_end(transaction, known, now, tried_until=after.give_up_at)
        return ()
