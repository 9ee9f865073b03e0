"""The addresses of the API: what each may be asked for, what it answers, and who finds that out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Severity
from batchbell.store.views.jobs import Sort
from batchbell.web.api import answers, lists, standing
from batchbell.web.api.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchbell.store.database import Transaction
    from batchbell.web.api.question import Question

#: Entries of one part of a list.
USUAL_PART, LONGEST_PART = 100, 1_000
#: The largest number that every reader of JSON keeps whole. Source: RFC 8259, section 6.
_LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of the API."""

    #: Below `/api`; what stands in braces names something.
    path: str
    #: Its name in programs made from the description.
    name: str
    #: What it answers, in a sentence.
    says: str
    #: The type of the answer.
    answer: type
    read: Callable[[Transaction, Question], Mapping[str, object]]
    parameters: tuple[Parameter, ...] = ()
    #: Whether it can name something that is not there.
    may_miss: bool = False


def _any_text(name: str, says: str, longest: int = 1_000) -> Parameter:
    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return Parameter(name=name, schema=schema, says=says)


def _number(name: str, says: str, *, least: int, most: int, usual: int | None = None) -> Parameter:
    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most}
    if usual is not None:
        schema["default"] = usual
    return Parameter(name=name, schema=schema, says=says)


def _choice(name: str, says: str, *values: str, usual: str | None = None) -> Parameter:
    schema: dict[str, Any] = {"type": "string", "enum": list(values)}
    if usual is not None:
        schema["default"] = usual
    return Parameter(name=name, schema=schema, says=says)


def _yes_or_no(name: str, says: str) -> Parameter:
    return Parameter(name=name, schema={"type": "boolean"}, says=says)


ACCOUNT = _any_text("account", "Only those of this account.")
#: Which jobs.
JOB_FILTER = (
    ACCOUNT,
    _any_text("status", "Only jobs with this status, as the API spells it."),
    _any_text("model", "Only jobs on this model."),
    _any_text(
        "text", "Only jobs with this in an id, a file's name, the model's name or the error."
    ),
)
#: Which events.
EVENT_FILTER = (
    ACCOUNT,
    _any_text("job", "Only events of the job of this whole id."),
    _any_text("kind", "Only these kinds, a glob such as `batch.*`.", 100),
    _choice(
        "min_severity",
        "Nothing less severe.",
        *(severity.name.lower() for severity in Severity),
        usual=Severity.INFO.name.lower(),
    ),
)
_LIMIT = _number("limit", "How many at most.", least=1, most=LONGEST_PART, usual=USUAL_PART)
_ALONG = (
    _choice("order", "Which end comes first.", "newest", "oldest", usual="newest"),
    _number("cursor", "Only what comes behind the entry of this id.", least=0, most=_LARGEST),
    _LIMIT,
)

ADDRESSES = (
    Address(
        path="/status",
        name="status",
        says="All at once: the jobs that run or ended within 24 h, the accounts, the channels.",
        answer=answers.StatusJson,
        read=standing.status,
    ),
    Address(
        path="/jobs",
        name="jobs",
        says="Jobs in parts: those that run before those that have ended.",
        answer=answers.JobsJson,
        read=lists.job_list,
        parameters=(
            *JOB_FILTER,
            _yes_or_no("finished", "Only jobs that have ended, or only jobs that have not."),
            _choice("sort", "The order.", *Sort, usual=Sort.ATTENTION),
            _number("offset", "How many to pass over.", least=0, most=10**9, usual=0),
            _LIMIT,
        ),
    ),
    Address(
        path="/jobs/{account}/{id}",
        name="job",
        says="Everything about one job: its events, who was told of them, its progress over time.",
        answer=answers.JobHistoryJson,
        read=standing.job,
        may_miss=True,
    ),
    Address(
        path="/events",
        name="events",
        says="The event log in parts.",
        answer=answers.EventsJson,
        read=lists.event_log,
        parameters=(
            *EVENT_FILTER,
            Parameter(
                name="since",
                schema={"type": "string", "format": "date-time"},
                says="Only events seen since then.",
            ),
            *_ALONG,
        ),
    ),
    Address(
        path="/deliveries",
        name="deliveries",
        says="The delivery ledger in parts, with every attempt.",
        answer=answers.DeliveriesJson,
        read=lists.delivery_ledger,
        parameters=(
            _any_text("channel", "Only those to this channel."),
            _choice("state", "Only those in this state.", "pending", "sent", "dead"),
            _yes_or_no("failed", "Only those given up or failing."),
            *_ALONG,
        ),
    ),
    Address(
        path="/accounts",
        name="accounts",
        says="Every account ever polled, and when it was not seen.",
        answer=answers.AccountsJson,
        read=standing.accounts_known,
    ),
    Address(
        path="/channels",
        name="channels",
        says="The channels by their names, and how sending to them goes.",
        answer=answers.ChannelsJson,
        read=standing.channels_configured,
    ),
)
