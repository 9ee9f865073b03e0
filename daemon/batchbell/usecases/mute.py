"""What people answer to messages: "I have seen it" (ack), "say nothing for a while" (mute)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, Severity
from batchbell.core.mute import why_muted
from batchbell.core.reminders import GOOD_ENDS, is_over, last_failure, needed_no_more
from batchbell.core.standing.jobs import end_severity
from batchbell.store import acks, events, jobs, mutes, reminders, results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.mute import Mute
    from batchbell.store.database import Database, Transaction
    from batchbell.store.events import StoredEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What there was to acknowledge of a job."""

    #: Its latest failure, or how it ended if that asks for something, whichever is later; None if
    #: nothing does.
    failure: Event | None = None
    #: When it was acknowledged before; None if it was not.
    before: datetime | None = None
    #: Whether the job has completed with output since, so that nothing is left to acknowledge.
    ended_well: bool = False


def acknowledge(database: Database, *, account: str, job_id: str, now: datetime) -> Acknowledgement:
    """Note that somebody has seen how a job failed, or ended in part: no list asks for it any more.

    Nobody is reminded of its failures either; a later one is sent, and repeated, anew. A later end
    asks anew. Raises `DatabaseError`.
    """
    with database.write() as connection:
        stored = events.of_job(connection, account, job_id)
        at = last_failure([each.event for each in stored])
        failure = None if at is None else stored[at]
        later = [] if at is None else [each.event for each in stored[at + 1 :]]
        seen = _bad_end(connection, account, job_id, stored)
        if failure is not None and not _is_over(connection, failure.event, later):
            # What happened last is what lists show.
            seen = failure if seen is None else max(failure, seen, key=lambda each: each.id)
        if seen is None:
            well = failure is not None
            return Acknowledgement(failure=failure.event if failure else None, ended_well=well)
        before = acks.of_job(connection, account, job_id)
        if before is None:
            acks.save(connection, account, job_id, event_id=seen.id, now=now)
            reminders.close_job(connection, account, job_id)
            _withdraw_reminders(connection, now)
        return Acknowledgement(failure=seen.event, before=before)


def mute(database: Database, silence: Mute) -> None:
    """Notify nobody of these jobs until the mute ends. Raises `DatabaseError`.

    It takes the place of an earlier mute of the same jobs. What is queued already still goes out,
    reminders aside.
    """
    with database.write() as connection:
        mutes.save(connection, silence)
        _withdraw_reminders(connection, silence.muted_at)


def unmute(database: Database, several: Sequence[Mute]) -> None:
    """End mutes before their time. Raises `DatabaseError`."""
    with database.write() as connection:
        mutes.remove(connection, several)


def _bad_end(
    connection: Transaction, account: str, job_id: str, stored: Sequence[StoredEvent]
) -> StoredEvent | None:
    """Return what told of an end that is no failure and asks for something; None of any other."""
    item, known = jobs.one(connection, account, job_id), results.load(connection, account, job_id)
    if item is None or not item.record.job.finished:
        return None
    if end_severity(item.record.job, known) is not Severity.WARNING:
        return None
    return next((each for each in reversed(stored) if each.event.kind in ENDS), None)


def _is_over(connection: Transaction, failure: Event, later: Sequence[Event]) -> bool:
    if any(event.kind in GOOD_ENDS for event in later):
        return True
    item = jobs.one(connection, failure.account, failure.job_id)
    if item is None:
        return False
    job, known = item.record.job, results.load(connection, failure.account, failure.job_id)
    state = None if known is None else known.state
    return is_over(failure, job.state, job.output_file_id, state)


def _withdraw_reminders(connection: Transaction, now: datetime) -> None:
    """Take back queued reminders of what is acknowledged or muted."""
    muted = mutes.load(connection, now)
    wanted = {
        failure.key
        for failure in reminders.open_failures(connection)
        if why_muted(failure.event, muted, now) is None
    }
    unneeded = needed_no_more(reminders.pending(connection), wanted)
    reminders.withdraw(connection, unneeded)
