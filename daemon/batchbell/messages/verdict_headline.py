"""The headline of a verdict where its job's end has the numbers already: what else it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, VERDICT_KINDS, EventKind
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.headline import title_line
from batchbell.messages.kind_words import WORDS
from batchbell.messages.plain_text import counted
from batchbell.messages.results_words import cost_words, verdict_words
from batchbell.messages.subject import behind, name_within
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from batchbell.core.event import Event
    from batchbell.core.facts import ResultsFacts


def jobs_that_ended(events: Iterable[Event]) -> frozenset[tuple[str, str]]:
    """Return account and id of the jobs whose ends are among these events of one list."""
    return frozenset((each.account, each.job_id) for each in events if each.kind in ENDS)


def verdict_headline(event: Event, ended: Container[tuple[str, str]]) -> str:
    """Return one line: label, job, and what its end's headline does not say.

    Of `batch.incomplete` that is which answers are missing or too many, of `batch.results` tokens
    and cost. Without its end among the `ended` ones of the list the counts go first. An event of
    another kind has its own headline.
    """
    news = verdict_news(event, ended)
    told = f"{WORDS[event.kind].label}: {behind(name_within(event, TITLE_LIMIT), news)}"
    return told if news else title_line(event, PLAIN_VIEW)


def verdict_news(event: Event, ended: Container[tuple[str, str]]) -> str:
    """Return only what it says besides label and job; '' if its end says everything."""
    kind, results = event.kind, event.facts.results
    if kind not in VERDICT_KINDS or (event.account, event.job_id) in ended:
        return ", ".join(_said(kind, results))
    # The counts say which answers are missing or too many.
    more = _said(kind, results) if kind is EventKind.RESULTS else ()
    return ", ".join(filter(None, (verdict_words(results), *more)))


def _said(kind: EventKind, results: ResultsFacts) -> Iterator[str]:
    if kind is EventKind.INCOMPLETE:
        if results.missing and results.requests:
            yield f"no answer to {results.missing:,} of {results.requests:,}"
        parts = (results.duplicated, results.foreign, results.unreadable)
        odd = sum(part or 0 for part in parts)
        if odd:
            yield f"{counted(odd, 'line')} too many or unreadable"
    elif kind is EventKind.RESULTS:
        if results.total_tokens is not None:
            yield counted(results.total_tokens, "token")
        if cost_words(results):
            yield f"cost {cost_words(results)}"
