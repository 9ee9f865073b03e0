"""`Facts`: what is known of an event besides its job, as values in groups; words are made of them.

How they are written as JSON, in the database and for programs, is `messages/facts_json.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from batchbell.core.results.counts import Verdict
from batchbell.core.ring import Hearing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from batchbell.core.gap import Gap
    from batchbell.core.outlook import Forecast, NoForecast

#: What JSON can carry in one fact.
JsonFact: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """Where a job's status came from."""

    #: The status before, '' if this is the first we know.
    previous: str = ""
    #: The ends that were announced of this job before, if this is another one.
    corrects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFacts:
    """How a job stands towards its deadline."""

    #: How long before the deadline this warning is due; None if it is about none.
    step: timedelta | None = None
    #: When the next step of it is due, at last the deadline itself; None if none is ahead.
    next_ring: datetime | None = None
    #: Whether its readers hear that one; known once it is put into words for them.
    hearing: Hearing = Hearing.AT_ONCE
    #: Until the deadline; None if there is no time left.
    time_left: timedelta | None = None
    #: How long ago the job was last looked at.
    poll_age: timedelta | None = None
    #: Whether its last forecast was past the deadline: that is believed until one is in time.
    at_risk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookFacts:
    """When a job will be done. The range is there if such a time can be named."""

    finish: datetime | None = None
    #: One finish in ten is before.
    earliest: datetime | None = None
    #: One finish in ten is after.
    latest: datetime | None = None
    #: Fraction of the job an hour: of the forecast, or without a finish what it made on average
    #: so far, where that says something.
    rate: float | None = None
    #: What it was decided from; None for an event of the log, which has it in words.
    made: Forecast | NoForecast | None = None
    #: The same in words, as the log has it.
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StallFacts:
    """A standstill that lasts, or that is over."""

    since: datetime | None = None
    #: Until when it is waited for that the job moves; None if it is not.
    waits_until: datetime | None = None
    #: How long it lasted; None while it lasts.
    lasted: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFacts:
    """The jobs that stall together: all that run on a model, or of an account."""

    jobs: int
    #: Since when all of them stand still.
    since: datetime
    #: The model's name, '' if they are all of the account.
    model: str = ""
    #: The account's name, '' if they are all on the model.
    account: str = ""
    #: Who runs the jobs, as sentences name it; '' for an event of the log, which has the words.
    provider: str = ""
    #: The same in words, as the log has it.
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageFacts:
    """A time in which an account can't be polled, or a channel does not deliver."""

    #: What the last failure said, without secrets.
    error: str = ""
    since: datetime | None = None
    #: Failed polls in a row.
    failures: int | None = None
    #: Whether the channel's message was given up: its receiver refused it for good.
    given_up: bool = False
    #: How many messages wait for the channel, and how many events no other channel is told of.
    waiting: int | None = None
    told_nowhere_else: int | None = None
    #: How long the account was not seen.
    blind_for: timedelta | None = None
    #: What the place of a refused key is called: a variable or a key of the configuration, never
    #: its value; '' if that is not known.
    key_place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenFacts:
    """What runs on unseen while an account can't be polled, as of its last good poll."""

    #: How many jobs ran then.
    jobs: int
    #: When that was.
    since: datetime | None = None
    #: The next deadline of them that is ahead, and whose it is; None and '' if none is known.
    next_deadline: datetime | None = None
    next_job: str = ""
    next_model: str = ""
    #: Its input file, and that file's name where it is known.
    next_file_id: str = ""
    next_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostFacts:
    """A message that can't be sent."""

    #: What `batchbell deliveries` knows it by.
    number: int | None = None
    #: Ids of the jobs it is about, in plain letters.
    jobs: tuple[str, ...] = ()
    #: The names of their input files in the same order, '' for one that is not known; none if no
    #: name is.
    names: tuple[str, ...] = ()
    #: The kinds of its events.
    kinds: tuple[str, ...] = ()
    #: Of a single event what came back of its job, and what helps, in plain letters; '' for
    #: nothing.
    said: str = ""
    helps: str = ""
    #: The channels that tell all of it, those that did already first.
    told_by: tuple[str, ...] = ()
    #: When its channel took another message last; None if it never did.
    took_others_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFacts:
    """What the first poll of an account found, jobs."""

    jobs: int
    running: int
    #: Ended not long ago; nobody is notified.
    ended_untold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFacts:
    """That an event is repeated."""

    #: Counts from 1.
    number: int
    first_told: datetime | None = None
    #: The job's status, if it has changed since.
    status_now: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFacts:
    """Why some of a job's requests failed."""

    #: Requests that failed for it.
    count: int
    #: The error's code, '' for none.
    code: str = ""
    #: What it said, without a word of the request; '' for nothing.
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFacts:
    """What the files of an ended job hold. Numbers that are not known are None."""

    #: None until they are counted.
    verdict: Verdict | None = None
    requests: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    missing: int | None = None
    duplicated: int | None = None
    foreign: int | None = None
    unreadable: int | None = None
    empty: int | None = None
    truncated: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    #: A decimal number in the user's currency, '' if it is not known.
    cost: str = ""
    #: Those that need repair first, each the most frequent first; and how many of them do, None
    #: if that is not known.
    causes: tuple[CauseFacts, ...] = ()
    causes_to_repair: int | None = None
    #: Of those that failed, how many to send again as they are helps, and how many need repair
    #: before; of the others nobody knows.
    resend_helps: int | None = None
    need_repair: int | None = None
    #: Until when a message about the end waits for its verdict; None if it does not.
    awaited_until: datetime | None = None
    #: Until when files are asked for again that could not be had; None if that is over.
    tried_until: datetime | None = None
    #: Why they are lost, not there yet, or their verdict is not known; '' for no reason.
    reason: str = ""

    @property
    def is_awaited(self) -> bool:
        """Whether there is no verdict yet, and one to come."""
        waits = self.awaited_until is not None or self.tried_until is not None
        return self.verdict is None and waits

    @property
    def is_counted(self) -> bool:
        """Whether there is a verdict that says something."""
        return self.verdict not in {None, Verdict.UNKNOWN}

    @property
    def is_flawed(self) -> bool:
        """Whether rows are missing, or there that should not be."""
        return any((self.missing, self.duplicated, self.foreign, self.unreadable))

    @property
    def is_bad(self) -> bool:
        """Whether something is known to have failed or not to have come back as it should."""
        is_short = self.verdict in {Verdict.PARTIAL, Verdict.EMPTY} or bool(self.failed)
        return is_short or self.is_flawed or self.is_degraded

    @property
    def is_degraded(self) -> bool:
        """Whether answers are known to be empty, or cut at their limit of tokens."""
        return bool(self.empty or self.truncated)

    @property
    def is_nothing(self) -> bool:
        """Whether not a single request succeeded."""
        return self.verdict is Verdict.EMPTY

    @property
    def is_lost(self) -> bool:
        """Whether nobody will know what came back: its files could not be had."""
        return self.verdict is Verdict.UNKNOWN and self.succeeded is None

    @property
    def sent_again(self) -> int:
        """How many requests are worth sending again, as far as that is known."""
        parts = (self.failed, self.missing, self.empty, self.truncated)
        return sum(part or 0 for part in parts)

    @property
    def is_good(self) -> bool:
        """Whether everything came back as it should, and nothing else."""
        return self.verdict is Verdict.COMPLETE and not self.is_bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All groups; an event has those of its kind."""

    #: The name of the job's input file, '' while it is not known.
    input_file: str = ""
    status: StatusFacts = StatusFacts()
    #: The progress that was passed, percent.
    threshold: int | None = None
    deadline: DeadlineFacts = DeadlineFacts()
    outlook: OutlookFacts = OutlookFacts()
    stall: StallFacts = StallFacts()
    cohort: CohortFacts | None = None
    #: How many polls in a row did not list the job.
    missed_polls: int | None = None
    #: The channel it is about, '' for none.
    channel: str = ""
    outage: OutageFacts = OutageFacts()
    #: None where nobody knows what runs, and for events of before it was noted.
    unseen: UnseenFacts | None = None
    lost: LostFacts = LostFacts()
    results: ResultsFacts = ResultsFacts()
    baseline: BaselineFacts | None = None
    #: The time nobody looked, if the event was seen after one.
    gap: Gap | None = None
    #: Where the API with the job's files is, '' for the usual place.
    api: str = ""
    reminder: ReminderFacts | None = None
    #: Facts of the log that this version does not know, by name.
    others: Mapping[str, JsonFact] = field(default_factory=dict)


#: Nothing but the job.
NO_FACTS = Facts()
