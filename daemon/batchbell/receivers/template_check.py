"""Whether a channel's templates can be rendered for every event it may be told, before it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.example_events import (
    EXAMPLE_HOST,
    sample,
    sample_counted,
    sample_digest,
    sample_reminder,
)
from batchbell.core.provider import ANY_PROVIDER
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.template import TemplateFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event
    from batchbell.receivers.template import OwnWords

_NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
#: A provider of which everything can be said: a template may ask for any of it.
_PROVIDER = replace(
    ANY_PROVIDER,
    base_url=f"https://{EXAMPLE_HOST}",
    fetch="curl -o {file_id} {base_url}/{file_id}",
    advice=dict.fromkeys(EventKind, "wait"),
)
_VIEW = View(provider=_PROVIDER, now=_NOW)


def check_templates(words: OwnWords, family: Family) -> Iterator[tuple[str, str]]:
    """Yield the key of each template that can't be used, and what is wrong with it."""
    if words.subject is None and words.body is None:
        return
    if family is Family.HOOK:
        key = "subject" if words.body is None else "body"
        yield key, "templates are for people: a webhook and a program get the event document"
        return
    if words.is_html and family is not Family.MAIL:
        yield "body_format", 'html is for mail: leave it out, or write "text"'
        return
    yield from _problem_of(replace(words, body=None), family)
    yield from _problem_of(replace(words, subject=None), family)


def _problem_of(words: OwnWords, family: Family) -> Iterator[tuple[str, str]]:
    """Yield the first problem of one template, if it has any."""
    composer = Composer(family=family, words=words, view=_VIEW)
    for name, events in _samples():
        try:
            composer.in_own_words(build_message(events, composer.view), _NOW)
        except TemplateFailedError as error:
            key, _, what = str(error).partition(": ")
            yield key, f"{what} (rendering {name})"
            return


def _samples() -> Iterator[tuple[str, Sequence[Event]]]:
    for kind in EventKind:
        yield f"a {kind.value}", [sample(kind, _NOW)]
    for kind in (EventKind.COMPLETED, EventKind.COMPLETED_WITH_ERRORS):
        yield f"a {kind.value} with its results", [sample_counted(kind, _NOW)]
    yield "a digest", sample_digest(7, _NOW)
    yield "a reminder", [sample_reminder(_NOW)]
