"""A rendered message: what is stored, and sent the same on every attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


class Family(StrEnum):
    """Receivers that read the same form of message."""

    #: Any chat or pager that shows plain text.
    PLAIN = "plain"
    MAIL = "mail"
    SLACK = "slack"
    DISCORD = "discord"
    TEAMS = "teams"
    TELEGRAM = "telegram"
    NTFY = "ntfy"
    #: A program behind an Apprise URL: it gets the plain text as it is.
    PROGRAM = "program"
    #: Our own hooks: a program that reads events as JSON.
    HOOK = "hook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One message for one family. Fixed at a notification's first claim."""

    family: Family = Family.PLAIN
    title: str
    #: The plain text; what a family with a form of its own falls back to.
    text: str
    #: Of a digest in plain text: what to send where the text is too long, from long to short.
    shorter: tuple[str, ...] = ()
    #: Mail: a whole HTML document without anything remote in it.
    html: str = ""
    #: A form of its own: Slack's blocks, Discord's embeds, a Teams card, a hook's document.
    payload: Mapping[str, Any] = field(default_factory=dict)
    #: The jobs it tells of, `account/id`: mails about one job make a thread.
    threads: tuple[str, ...] = ()
    #: How bad it is; channels with colours show it.
    severity: Severity = Severity.INFO

    def to_json(self) -> dict[str, Any]:
        """Return what the database stores."""
        return {
            "family": self.family.value,
            "title": self.title,
            "text": self.text,
            "shorter": list(self.shorter),
            "html": self.html,
            "payload": dict(self.payload),
            "threads": list(self.threads),
            "severity": self.severity.name.lower(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        """Read `to_json`'s form, also that of 0.1.0; raises KeyError if a text is missing."""
        return cls(
            # Then mail and plain text were stored in one.
            family=Family(stored.get("family", Family.MAIL if stored["html"] else Family.PLAIN)),
            title=stored["title"],
            text=stored["text"],
            shorter=tuple(stored.get("shorter", ())),
            html=stored["html"],
            payload=stored.get("payload", {}),
            threads=tuple(stored.get("threads", ())),
            severity=Severity[stored.get("severity", "info").upper()],
        )
