"""How each kind of event is called, at the start of a headline and after a count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import COMPLETIONS, EventKind
from batchbell.core.standing import reasons
from batchbell.core.standing.reasons import ENDS, Reason
from batchbell.core.transition import kind_of_status
from batchbell.messages.results_words import first_loss

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.facts import ResultsFacts
    from batchbell.core.job import BatchJob
    from batchbell.core.standing.verdict import Standing


class KindWords(NamedTuple):
    """How a kind is called: at the start of a headline, and after a count."""

    label: str
    counted: str


WORDS = {
    EventKind.CREATED: KindWords("Created", "created"),
    EventKind.VALIDATING: KindWords("Validating", "validating"),
    EventKind.IN_PROGRESS: KindWords("In progress", "in progress"),
    EventKind.CANCELING: KindWords("Canceling", "canceling"),
    EventKind.PROGRESS: KindWords("Progress", "progressed"),
    EventKind.RESUMED: KindWords("Resumed", "resumed"),
    EventKind.COMPLETED: KindWords("COMPLETED", "completed"),
    EventKind.COMPLETED_WITH_ERRORS: KindWords("COMPLETED WITH ERRORS", "completed with errors"),
    EventKind.COMPLETED_EMPTY: KindWords("COMPLETED WITHOUT OUTPUT", "completed without output"),
    EventKind.FAILED: KindWords("FAILED", "failed"),
    EventKind.EXPIRED: KindWords("EXPIRED", "expired"),
    EventKind.CANCELLED: KindWords("CANCELLED", "cancelled"),
    EventKind.DEADLINE_APPROACHING: KindWords("DEADLINE NEAR", "near the deadline"),
    EventKind.AT_RISK: KindWords("AT RISK", "at risk"),
    EventKind.DEADLINE_MISSED: KindWords("DEADLINE MISSED", "past the deadline"),
    EventKind.STALLED: KindWords("STALLED", "stalled"),
    EventKind.VANISHED: KindWords("VANISHED", "vanished"),
    EventKind.STATUS_UNKNOWN: KindWords("UNKNOWN STATUS", "with an unknown status"),
    EventKind.RESULTS: KindWords("RESULTS", "with results"),
    EventKind.INCOMPLETE: KindWords("INCOMPLETE", "incomplete"),
    EventKind.RESULTS_LOST: KindWords("RESULTS LOST", "with lost results"),
    EventKind.ACCOUNT_UNREACHABLE: KindWords("ACCOUNT UNREACHABLE", "account unreachable"),
    EventKind.ACCOUNT_UNAUTHORIZED: KindWords("ACCOUNT UNAUTHORIZED", "account unauthorized"),
    EventKind.ACCOUNT_RECOVERED: KindWords("Account recovered", "account recovered"),
    EventKind.ACCOUNT_WATCHING: KindWords("Watching account", "account watched"),
    EventKind.CHANNEL_FAILING: KindWords("CHANNEL FAILING", "channel failing"),
    EventKind.CHANNEL_RECOVERED: KindWords("Channel recovered", "channel recovered"),
    EventKind.CHANNEL_MESSAGE_LOST: KindWords("MESSAGE NOT SENT", "message not sent"),
}
#: A job that completed and of which nothing succeeded, as its files say: with an output file too.
_NOTHING = KindWords("COMPLETED BUT NOTHING SUCCEEDED", "completed but nothing succeeded")
#: Of the end of a job that left no file.
NOTHING_CAME_BACK = "nothing came back"
#: How a job ends that may have left none.
_MAY_LEAVE_NOTHING = frozenset({EventKind.FAILED, EventKind.EXPIRED, EventKind.CANCELLED})


def words_of(event: Event) -> KindWords:
    """Return how an event is called: by its kind, of a completed job by its results too."""
    is_nothing = event.kind in COMPLETIONS and event.facts.results.is_nothing
    return _NOTHING if is_nothing else WORDS[event.kind]


def label_of(event: Event) -> str:
    """Return how an event is called at the start of a line.

    What a completed job lost stands in it, as it would begin like a success without a flaw:
    `COMPLETED, 2 MISSING`.
    """
    loss = loss_in_label(event)
    return ", ".join(filter(None, (words_of(event).label, loss.upper())))


def loss_in_label(event: Event) -> str:
    """Return what a label says of a completed job's results: `2 missing`; or ''."""
    return _loss(event.kind, event.facts.results)


def _loss(kind: EventKind, results: ResultsFacts) -> str:
    is_whole_word = kind is not EventKind.COMPLETED or results.is_nothing
    return "" if is_whole_word else first_loss(results)


def after_status(job: BatchJob, results: ResultsFacts) -> str:
    """Return what stands behind the status of an end, as in its label: `60 MISSING`; or ''."""
    kind = kind_of_status(job)
    if kind in _MAY_LEAVE_NOTHING and not (
        job.output_file_id or job.error_file_id or results.succeeded
    ):
        return NOTHING_CAME_BACK
    return _loss(kind, results).upper()


def words_of_end(standing: Standing) -> KindWords | None:
    """Return how the end of a job is called that stands so: as its message calls it; None of none.

    That a completed job's results are still to be counted changes nothing.
    """
    if standing.has(*reasons.COMPLETIONS) and standing.has(Reason.NOTHING_SUCCEEDED):
        return _NOTHING
    return next((WORDS[kind] for kind, reason in ENDS.items() if standing.has(reason)), None)


def beside_status(standing: Standing) -> str:
    """Return what a job's status leaves unsaid: "but nothing succeeded", "with errors"; or ''."""
    words = words_of_end(standing)
    if words is None or not standing.has(*reasons.COMPLETIONS):
        return ""
    return words.counted.removeprefix(WORDS[EventKind.COMPLETED].counted).strip()
