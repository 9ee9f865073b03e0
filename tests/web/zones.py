"""Whether every time that a page says is one that its script puts into its reader's zone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: A time of the clock, and as the script finds it: `IN_UTC` of live.js, which is kept the same.
CLOCK = re.compile(r"(?<![\d:.-])\d\d:\d\d(?![\d:])")
IN_UTC = re.compile(
    r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)(?:( to |-)(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d))?(\s)UTC"
)
#: Quiet hours are by the clock of their channel, which its card names.
_QUIET_HOURS = re.compile(r"\d\d:\d\d-\d\d:\d\d(, \d\d:\d\d-\d\d:\d\d)*")
#: What stands as it is: commands, what can be chosen, what a program wrote.
_FOREIGN = ("code", "pre", "option", "script", "style")
_NEVER_CLOSED = ("meta", "link", "input", "br")


def unmarked(html: str) -> list[str]:
    """Return the texts of a page with a time that stays in UTC, or that names no zone."""
    return _Times(html).found


class _Times(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        #: The tags that are open, whether theirs are put into the zone, and whether it is foreign.
        self.open: list[tuple[str, bool, bool]] = []
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _NEVER_CLOSED:
            return
        classes = (given.get("class") or "").split()
        is_foreign = tag in _FOREIGN or "tick" in classes
        self.open.append((tag, tag == "time" or "data-zoned" in given, is_foreign))
        self._look_at(given.get("aria-label") or "", is_zoned=tag == "svg")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            """One that is never closed ends with what it stands in."""

    def handle_data(self, data: str) -> None:
        if not any(is_foreign for *_, is_foreign in self.open):
            self._look_at(data, is_zoned=any(is_zoned for _, is_zoned, _ in self.open))

    def _look_at(self, text: str, *, is_zoned: bool) -> None:
        left = IN_UTC.sub("", text) if is_zoned else text
        if CLOCK.search(left) and not _QUIET_HOURS.fullmatch(text.strip()):
            self.found.append(text.strip())
