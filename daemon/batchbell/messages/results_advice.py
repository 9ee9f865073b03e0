"""What a reader can do about a job that has ended, by what came back of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.plain_text import counted, local_time_near
from batchbell.messages.remedy import Asks, Remedy
from batchbell.messages.results_words import repair_words

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from batchbell.core.facts import ResultsFacts

#: What helps where everything came back.
FETCH = "Fetch its output."


def by_results(results: ResultsFacts) -> Remedy:
    """Return what to do about a job that completed."""
    if results.is_nothing:
        return _of_nothing(results)
    return _with_degraded(_of_some(results), results)


def not_counted_yet(results: ResultsFacts, now: datetime, zone: tzinfo) -> Remedy:
    """Return what to do about a job that completed, before its results are counted."""
    if results.tried_until is None:
        return Remedy(f"{FETCH} It is not counted yet: a bad result rings.", Asks.WATCH)
    until = local_time_near(results.tried_until, now, zone=zone)
    helps = (
        f"Wait: not all of its files can be had yet. They are asked for again until {until}; a bad "
        "result, or their loss, rings."
    )
    return Remedy(helps, Asks.WATCH)


def of_the_rest(helps: Remedy, results: ResultsFacts) -> Remedy:
    """Add to what helps with a job that was cut short what its results ask for."""
    text = f"{helps.text.removesuffix('.')}{_first(results)}."
    return _with_degraded(helps._replace(text=text), results)


def _of_some(results: ResultsFacts) -> Remedy:
    if results.failed and results.need_repair == results.failed and not results.missing:
        why = repair_words(results)
        what = f"what failed ({why})" if why else "what failed"
        helps = f"Fetch its output, repair {what}, and submit that again."
        those = f"{results.sent_again:,} again" if results.is_degraded else "those"
        return Remedy(helps, Asks.FETCH, f"Repair {results.failed:,}, submit {those}")
    again = {"what failed": results.failed, "what is missing": results.missing}
    parts = " and ".join(what for what, count in again.items() if count)
    if parts:
        helps = f"Fetch its output, and submit {parts} again{_first(results)}."
        count = results.sent_again
        first = f"Repair {results.need_repair:,}" if results.need_repair else "Fetch it"
        return Remedy(helps, Asks.FETCH, f"{first}, submit {count:,} again")
    if results.is_flawed:
        helps = "Fetch its output, and look at the lines that are too many or can't be read."
        return Remedy(helps, Asks.LOOK, "Look at its odd lines")
    return Remedy(FETCH, Asks.DONE)


def _of_nothing(results: ResultsFacts) -> Remedy:
    """Return what to do where no request succeeded, by what is known of the causes."""
    if not results.causes:
        # A list does not know the causes: whoever reads it looks there.
        brief = "See its errors, submit again" if results.failed else ""
        return Remedy("Submit it again: nothing of it came back.", Asks.SUBMIT, brief)
    if results.failed and results.resend_helps == results.failed:
        return Remedy("Submit it again, which helps: nothing succeeded.", Asks.SUBMIT)
    if results.failed and results.need_repair and results.need_repair < results.failed:
        wrong = f"{results.need_repair:,} of its {results.failed + (results.missing or 0):,}"
        why = repair_words(results)
        which = f"{wrong} requests ({why})" if why else f"{wrong} requests"
        helps = f"Repair {which} and submit all again: nothing succeeded."
        return Remedy(helps, Asks.REPAIR, f"Repair {results.need_repair:,}, submit all again")
    helps = "Repair what the causes say, and submit it again: nothing succeeded."
    return Remedy(helps, Asks.REPAIR)


def _first(results: ResultsFacts) -> str:
    """Return ` (168 of them need repair first: too long)`, or '' if none is known to."""
    count = results.need_repair
    if not count:
        return ""
    of_them = "1 of them needs" if count == 1 else f"{count:,} of them need"
    why = repair_words(results)
    return f" ({of_them} repair first: {why})" if why else f" ({of_them} repair first)"


def _with_degraded(helps: Remedy, results: ResultsFacts) -> Remedy:
    """Add which answers are of little use, and what helps; nothing if none is known to be."""
    if not results.is_degraded:
        return helps
    asks = helps.asks if helps.asks is Asks.DECIDE else min(helps.asks, Asks.FETCH)
    return Remedy(f"{helps.text} {_of_degraded(results)}", asks, helps.brief or _resend(results))


def _resend(results: ResultsFacts) -> str:
    count = (results.empty or 0) + (results.truncated or 0)
    return (
        f"Raise max_tokens, send {count:,} again" if results.truncated else f"Send {count:,} again"
    )


def _of_degraded(results: ResultsFacts) -> str:
    empty, truncated = results.empty or 0, results.truncated or 0
    them = "it" if empty + truncated == 1 else "them"
    if not truncated:
        return f"{_answers(empty)} empty: send {them} again."
    its = "its" if truncated == 1 else "their"
    first = f"{_answers(empty)} empty, and " if empty else ""
    cut = f"{first}{_answers(truncated)} cut at {its} token limit"
    return f"{cut}: raise max_tokens and send {them} again."


def _answers(count: int) -> str:
    return f"{counted(count, 'answer')} {'is' if count == 1 else 'are'}"
