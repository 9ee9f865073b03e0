"""From events to the message that one channel is sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.messages.build import build_message
from batchbell.messages.still_to_cancel import NOTHING, StillToCancel
from batchbell.messages.text_body import as_text
from batchbell.messages.view import PLAIN_VIEW, View
from batchbell.receivers.content import Content, Family
from batchbell.receivers.mail.form import as_html
from batchbell.receivers.registry import FORMS
from batchbell.receivers.template import BUILT_IN, OwnWords, TemplateFailedError
from batchbell.receivers.template_words import variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event, EventKey
    from batchbell.messages.message import Message

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Writes the messages of one channel as it is configured."""

    family: Family = Family.PLAIN
    view: View = PLAIN_VIEW
    words: OwnWords = BUILT_IN

    def knowing(
        self,
        later: Sequence[Event],
        again: Mapping[EventKey, Event],
        acknowledged: frozenset[EventKey] = frozenset(),
        still: StillToCancel = NOTHING,
        *,
        left: Sequence[Event] = (),
        left_at_least: bool = False,
        continues: bool = False,
    ) -> Composer:
        """Return one that knows what became of its jobs.

        `later` are events of them that other messages tell, `again` what it tells of running ones
        as it would be told now, `acknowledged` its failures that somebody has acknowledged, `still`
        what else is still to be cancelled, `left` what the next message tells, `left_at_least`
        whether there may be more, `continues` whether the one before had no room for this.
        """
        if not (later or again or acknowledged or still.jobs or left or continues):
            return self
        known = replace(
            self.view,
            later=tuple(later),
            again=again,
            acknowledged=acknowledged,
            still=still,
            left=tuple(left),
            left_at_least=left_at_least,
            continues=continues,
        )
        return replace(self, view=known)

    def compose(self, events: Sequence[Event], now: datetime) -> Content:
        """Return the message that tells these events; `now` is when it is fixed.

        Templates that fail are told of in the built-in message: nothing is lost by them.
        """
        message = build_message(events, replace(self.view, now=now))
        try:
            return self.in_own_words(message, now)
        except TemplateFailedError as error:
            logger.warning("a channel's own template failed: %s", error)
            note = f"this channel's own template failed ({error}), so this is the built-in text"
            return self._built_in(replace(message, note=note), now)

    def in_own_words(self, message: Message, now: datetime) -> Content:
        """Return the message with the channel's templates. Raises `TemplateFailedError`."""
        content = self._built_in(message, now)
        if self.words == BUILT_IN:
            return content
        told = variables(message, now, self.view.zone)
        subject = self.words.render_subject(told)
        if subject is not None:
            # A form of the family's own repeats the built-in title.
            content = replace(content, title=subject, payload={})
        body = self.words.render_body(told)
        if body is None:
            return content
        if self.family is not Family.MAIL:
            return replace(content, text=body, payload={}, shorter=())
        if self.words.is_html:
            return replace(content, html=body)
        return replace(content, text=body, html=as_html(content.title, body))

    def _built_in(self, message: Message, now: datetime) -> Content:
        content = _plain(message, self.family)
        form = FORMS.get(self.family)
        return content if form is None else form(content, message, now)


def _plain(message: Message, family: Family) -> Content:
    jobs = [entry.event for entry in message.entries if entry.event.job_id]
    threads = dict.fromkeys(f"{event.account}/{event.job_id}" for event in jobs)
    return Content(
        family=family,
        title=message.title,
        text=as_text(message),
        threads=tuple(threads),
        severity=message.severity,
    )
