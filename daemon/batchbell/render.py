"""A message as finished text and mail HTML: what is stored, and sent the same on every attempt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.core.wording.message import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from batchbell.core.wording.message import Message


class Look(NamedTuple):
    """How a severity looks in mail and on the page: a word and a sign besides the colour.

    Terminals show the same sign.
    """

    word: str
    sign: str
    #: Colours of Okabe and Ito's palette, told apart by colour-blind readers too.
    colour: str


LOOKS = {
    Severity.INFO: Look("Info", "i", "#56B4E9"),
    Severity.SUCCESS: Look("Success", "✓", "#009E73"),
    Severity.WARNING: Look("Warning", "!", "#E69F00"),
    Severity.FAILURE: Look("Failure", "✗", "#D55E00"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A rendered message. Fixed at a notification's first claim, so that a retry is the same."""

    title: str
    text: str
    #: A whole HTML document without anything remote in it.
    html: str
    #: How bad it is; channels with colours show it.
    severity: Severity = Severity.INFO

    def to_json(self) -> dict[str, str]:
        """Return what the database stores."""
        return {
            "title": self.title,
            "text": self.text,
            "html": self.html,
            "severity": self.severity.name.lower(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> Content:
        """Read `to_json`'s form; raises KeyError if a text is missing."""
        return cls(
            title=stored["title"],
            text=stored["text"],
            html=stored["html"],
            severity=Severity[stored.get("severity", "info").upper()],
        )


def render(message: Message) -> Content:
    """Render a message for every kind of channel at once."""
    return Content(
        title=message.title,
        text=as_text(message),
        html=_mail_template().render(message=message, looks=LOOKS),
        severity=message.severity,
    )


@cache
def _mail_template() -> Template:
    # jinja2 takes 40 ms to import: the commands that send nothing do without.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("batchbell", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
