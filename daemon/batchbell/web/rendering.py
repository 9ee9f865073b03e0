"""Templates to HTML; whatever a job's texts hold is shown as text."""

from __future__ import annotations

import re
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from markupsafe import Markup, escape

from batchbell import __version__
from batchbell.core.times import rfc3339
from batchbell.messages.event_words import NAME_LIMIT
from batchbell.messages.plain_text import one_line, percent, relative, utc_time
from batchbell.messages.subject import BETWEEN
from batchbell.receivers.look import LOOKS
from batchbell.web.kept_html import KeptHtml
from batchbell.web.parts import PageParts, States

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jinja2.runtime import Context

#: How much of an error's text a row shows, characters; `batchbell show` has it all.
_ERROR_SHOWN = 500

# What a page has a hundred of is made here: a template's macro takes five times as long.
#: The sign of a severity, and its word for those who can't see it.
_BADGES = {
    severity: Markup(  # noqa: S704 (our own words)
        f'<span class="badge {severity.name.lower()}" aria-hidden="true">{look.sign}</span>'
        f'<span class="unseen">{look.word}: </span>'
    )
    for severity, look in LOOKS.items()
}

#: `490 of 500 ok`, `1h 36m`, `36 %/h`, `04:02 UTC`: what means nothing in two halves.
_UNBROKEN = re.compile(r"\d[\d,]* of \d[\d,]* \w+|\d+[dhm] \d+[hms]|\d %/h|\d\d:\d\d UTC")
_NO_BREAK = "\N{NO-BREAK SPACE}"
#: What stands between a job and how much of it came back.
_COUNTS = re.compile(rf"{BETWEEN}(?=\d[\d,]* of \d)")

_PROBLEMS = {
    400: "That is not a question that can be answered.",
    404: "There is no such page.",
    405: "This page can only be read.",
    500: "batchbell could not make this page; its log says why.",
    503: "The database can't be read at the moment.",
}


class Seen(Protocol):
    """What a template shows."""

    @property
    def now(self) -> datetime:
        """As of when."""


class PageLink(NamedTuple):
    """An entry of the navigation."""

    address: str
    title: str


#: The pages that every page leads to.
PAGES = (
    PageLink("", "Overview"),
    PageLink("events", "Events"),
    PageLink("deliveries", "Deliveries"),
    PageLink("channels", "Channels"),
    PageLink("about", "About"),
)


class Pages:
    """Renders every page from its template."""

    def __init__(self, static: Callable[[str], str]) -> None:
        """Take from `static` where a file of the page's own is, seen from the first page."""
        environment = Environment(
            loader=PackageLoader("batchbell.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "looks": LOOKS,
            "pages": PAGES,
            "badge": _BADGES.__getitem__,
            "moment": _moment,
            "kept": KeptHtml().of,
        }
        environment.globals["static"] = static
        environment.filters |= {
            "command": _command,
            "line": _line,
            "unbroken": _unbroken,
            "error_line": _error_line,
            "percent": percent,
            "utc": utc_time,
            "html_time": _html_time,
            "rfc3339": rfc3339,
            "relative": relative,
            "part": _part,
        }
        self._environment = environment
        self._states = States()

    def page(self, template: str, seen: Seen, version: str, path: str, shown: str = "") -> str:
        """Return a page that shows what was `seen`.

        `version` is what the live stream calls this state, `path` is the page's own address, from
        which its links lead back to the first page. A reader who has the page in the state `shown`
        gets only the parts that differ, and of the others their keys.
        """
        parts = PageParts()
        html = self._environment.get_template(template).render(
            seen=seen, version=version, now=seen.now, base=_way_up(path), parts=parts
        )
        return parts.joined(
            html, self._states.remember(parts.digests), self._states.parts_of(shown)
        )

    def xml(self, template: str, **shown: object) -> str:
        """Return a document for programs, from what its template shows by name."""
        return self._environment.get_template(template).render(version=__version__, **shown)

    def problem(self, status_code: int, path: str, detail: str = "", sentence: str = "") -> str:
        """Return a page that says what went wrong, in a sentence; `path` as in `page`.

        Without a `sentence` it is the one of its status.
        """
        phrase = HTTPStatus(status_code).phrase
        template = self._environment.get_template("problem.html")
        return template.render(
            title=phrase,
            status_code=status_code,
            sentence=sentence or _PROBLEMS.get(status_code, phrase),
            detail=detail,
            base=_way_up(path),
        )


@pass_context
def _part(context: Context, html: Markup, key: object, of: str = "page") -> Markup:
    """Make an element with this `data-key` a part, `of` the element with that `data-list`."""
    parts: PageParts = context["parts"]
    return parts.take(html, str(key), of)


def _moment(at: datetime) -> Markup:
    """Return an aware time, for programs and for people."""
    text = f'<time datetime="{_html_time(at)}">{utc_time(at)}</time>'
    return Markup(text)  # noqa: S704 (digits and the name of a zone)


def _command(text: str) -> Markup:
    """Return a command whose words stay whole; the sign before an id, `--`, stays with it."""
    words = text.replace(" -- ", " --\0").split(" ")
    spans = (
        Markup('<span class="word">{}</span>').format(word.replace("\0", " ")) for word in words
    )
    return Markup(" ").join(spans)


def _html_time(at: datetime) -> str:
    """Return an aware time as the `datetime` of a `<time>`, which takes milliseconds at most.

    Source: HTML Living Standard, 2.3.5.7 "Global dates and times".
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _way_up(path: str) -> str:
    """Return what leads from an address to the first page, also behind a proxy's prefix."""
    return "../" * (path.count("/") - 1)


def _line(text: str | None) -> str:
    return one_line(text or "", NAME_LIMIT)


def _unbroken(headline: str) -> Markup:
    """Return a headline in which no line ends within a number and what it counts.

    How much came back begins a line where it does not fit behind the job, without its dot.
    """
    text = _UNBROKEN.sub(lambda found: found[0].replace(" ", _NO_BREAK), headline)
    counts = _COUNTS.search(headline)
    if counts is None:
        return escape(text)
    return Markup(
        '<span class="counted"><span>{}</span> <span><span class="dot">·</span> {}</span></span>'
    ).format(text[: counts.start()], text[counts.end() :])


def _error_line(text: str | None) -> str:
    return one_line(text or "", _ERROR_SHOWN)
