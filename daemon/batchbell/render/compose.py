"""From events to the message that one channel is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.wording.message import as_text, build_message
from batchbell.core.wording.view import PLAIN_VIEW, View
from batchbell.render.content import Content, Family
from batchbell.render.discord import as_discord
from batchbell.render.hook import as_hook
from batchbell.render.mail import as_mail
from batchbell.render.ntfy import as_ntfy
from batchbell.render.slack import as_slack
from batchbell.render.teams import as_teams
from batchbell.render.telegram import as_telegram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.wording.message import Message

#: What each family makes of the plain content; the others take that as it is.
_FORMS: Mapping[Family, Callable[[Content, Message, datetime], Content]] = {
    Family.MAIL: as_mail,
    Family.SLACK: as_slack,
    Family.DISCORD: as_discord,
    Family.TEAMS: as_teams,
    Family.TELEGRAM: as_telegram,
    Family.NTFY: as_ntfy,
    Family.HOOK: as_hook,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Writes the messages of one channel as it is configured."""

    family: Family = Family.PLAIN
    view: View = PLAIN_VIEW

    def compose(self, events: Sequence[Event], now: datetime) -> Content:
        """Return the message that tells these events; `now` is when it is fixed."""
        message = build_message(events, replace(self.view, now=now))
        content = _plain(message, self.family)
        form = _FORMS.get(self.family)
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
