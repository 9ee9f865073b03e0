"""HTML that is made once of what is shown again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from batchbell.core.job import BatchJob
from batchbell.web.kept_html import KeptHtml
from tests.web.site import HOUR, MINUTE, Site

if TYPE_CHECKING:
    from collections.abc import Hashable

    from batchbell.store.database import Database


class Macro:
    """Counts what it made."""

    def __init__(self) -> None:
        self.made: list[Hashable] = []

    def __call__(self, shown: Hashable) -> Markup:
        self.made.append(shown)
        return Markup("<p>{}</p>").format(shown)


def test_what_is_shown_again_is_not_made_again() -> None:
    kept, macro = KeptHtml(), Macro()
    assert [kept.of(macro, "<a>", "line") for _ in range(3)] == ["<p>&lt;a&gt;</p>"] * 3
    assert macro.made == ["<a>"]


def test_what_stands_beside_it_makes_it_another_one() -> None:
    kept, macro = KeptHtml(), Macro()
    for ago in ("in 1m", "in 2m", "in 1m"):
        kept.of(macro, "a", "line", ago)
    assert macro.made == ["a", "a"]


def test_what_was_not_shown_for_longest_is_forgotten_first() -> None:
    kept, macro = KeptHtml(most=2), Macro()
    for shown in "abacab":
        kept.of(macro, shown)
    assert macro.made == [*"abcb"]


async def test_a_page_that_was_shown_before_is_the_one_that_is_new(database: Database) -> None:
    job = BatchJob(id="batch-1", status="FAILED", error="out of tokens")
    often = Site(database)
    for error in ("out of tokens", "out of memory"):
        often.has(replace(job, error=error))
        for passed in (0 * MINUTE, MINUTE, HOUR):
            often.clock.advance(passed)
            once = Site(database)
            once.clock.advance(often.now - once.now)
            shown = (await often.seen()).text
            assert error in shown
            assert shown == (await once.seen()).text
