"""What a reader can do about an account that can't be polled, and what runs on unseen meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.messages.event_words import name_text
from batchbell.messages.plain_text import counted, local_time_near
from batchbell.messages.remedy import Asks, Remedy
from batchbell.messages.subject import job_name

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.facts import UnseenFacts
    from batchbell.core.provider import ProviderWords
    from batchbell.messages.view import View

#: What to do, and until when jobs are not seen.
_NEW_KEY = "Put a key that works into {place}"
_ANY_KEY = "Give batchbell a key that works"
_UNTIL_THEN = "until then its jobs run on unseen."
_FIND_OUT = "Look whether {provider} is down or the network here is"
_UNTIL_IT_ANSWERS = "until it answers its jobs run on unseen."
_CAN_WAIT = "It can wait: no job was running."


def usual_of_account(kind: EventKind, provider: ProviderWords) -> Remedy | None:
    """Return what helps whenever such an outage happens; None of what is none."""
    return _remedy(kind, provider, "", can_wait=False)


def of_account(event: Event, provider: ProviderWords) -> Remedy | None:
    """Return what helps with an account that can't be polled; None of what is none.

    Where nothing ran it can wait.
    """
    unseen, place = event.facts.unseen, name_text(event.facts.outage.key_place)
    can_wait = unseen is not None and not unseen.jobs
    return _remedy(event.kind, provider, place, can_wait=can_wait)


def _remedy(
    kind: EventKind, provider: ProviderWords, place: str, *, can_wait: bool
) -> Remedy | None:
    if kind is EventKind.ACCOUNT_UNAUTHORIZED:
        do, else_ = _NEW_KEY.format(place=place) if place else _ANY_KEY, _UNTIL_THEN
    elif kind is EventKind.ACCOUNT_UNREACHABLE:
        do, else_ = _FIND_OUT.format(provider=provider.name), _UNTIL_IT_ANSWERS
    else:
        return None
    return Remedy(f"{do}. {_CAN_WAIT}" if can_wait else f"{do}: {else_}", Asks.CONNECT)


def unseen_words(event: Event, view: View) -> str:
    """Return `7 jobs since the last good poll at 23:13 CET, first due 02:20 CET: press-summaries`.

    '' if nobody knows what runs.
    """
    unseen = event.facts.unseen
    if unseen is None:
        return ""
    now = view.now or event.seen_at
    since = ""
    if unseen.since is not None:
        at = local_time_near(unseen.since, now, zone=view.zone)
        since = f" since the last good poll at {at}"
    jobs = counted(unseen.jobs, "job") if unseen.jobs else "no job"
    return f"{jobs}{since}{_first_due(event, unseen, view)}"


def _first_due(event: Event, unseen: UnseenFacts, view: View) -> str:
    if unseen.next_deadline is None:
        return ""
    now = view.now or event.seen_at
    at = local_time_near(unseen.next_deadline, now, zone=view.zone)
    named = job_name(unseen.next_file, unseen.next_model, unseen.next_job)
    first = "first " if unseen.jobs > 1 else ""
    return f", {first}due {at}: {named}"
