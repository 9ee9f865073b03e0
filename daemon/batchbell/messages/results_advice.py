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
_LOOK_AT_LINES = "look at the lines that are too many or can't be read"


def by_results(results: ResultsFacts, *, has_output: bool = True) -> Remedy:
    """Return what to do about a job that completed, which may have left nothing but errors."""
    return _of_nothing(results) if results.is_nothing else _of_some(results, has_output=has_output)


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
    poor = _poor_answers(results)
    raised = " with max_tokens raised" if results.truncated else ""
    also = f", and {poor}{raised}" if poor else ""
    repair = _repair(results)
    first = f"; first {repair}" if repair else ""
    return helps._replace(text=f"{helps.text.removesuffix('.')}{also}{first}.")


def _of_some(results: ResultsFacts, *, has_output: bool) -> Remedy:
    """Return all that is to be done as one sentence: who reads half of it does half."""
    poor = _poor_answers(results)
    if results.failed and results.need_repair == results.failed and not results.missing:
        why = repair_words(results)
        repair = f"repair what failed ({why})" if why else "repair what failed"
        submit = f"submit that and {poor} again" if poor else "submit that again"
        those = f"{results.sent_again:,} again" if poor else "those"
        asks = Asks.FETCH if has_output else Asks.REPAIR
        helps = Remedy("", asks, f"{_rows(results.failed)}, submit {those}")
        return _fetched(results, [repair], submit, helps, has_output=has_output)
    lacks = {"what failed": results.failed, "what is missing": results.missing}
    again = [what for what, count in lacks.items() if count] + ([poor] if poor else [])
    if results.is_flawed and not again:
        return _of_odd_lines(has_output=has_output)
    if not again:
        return Remedy(FETCH, Asks.DONE)
    repairs = list(filter(None, [_repair(results)]))
    helps = Remedy(
        "",
        Asks.FETCH if has_output else Asks.REPAIR if repairs else Asks.SUBMIT,
        _in_short(results, has_output=has_output),
    )
    return _fetched(results, repairs, f"submit {_and(again)} again", helps, has_output=has_output)


def _fetched(
    results: ResultsFacts, repair: list[str], submit: str, helps: Remedy, *, has_output: bool
) -> Remedy:
    """Return the remedy with its sentences: what there is is fetched before all else."""
    raised = ["raise max_tokens"] if results.truncated else []
    deeds = [*repair, *raised]
    if has_output:
        text, each = (
            f"{', '.join([f'Fetch {which} output', *deeds])}, and {submit}."
            for which in ("its", "each")
        )
        return helps._replace(text=text, of_each=each)
    text = f"{', '.join(deeds)} and {submit}." if deeds else f"{submit}."
    return helps._replace(text=_begun(text), of_each=_begun(text))


def _of_odd_lines(*, has_output: bool) -> Remedy:
    deed = f"Fetch its output, and {_LOOK_AT_LINES}" if has_output else _begun(_LOOK_AT_LINES)
    return Remedy(f"{deed}.", Asks.LOOK, "Look at its odd lines")


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _and(parts: list[str]) -> str:
    """Return `what failed, what is missing and the 6 cut answers`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _in_short(results: ResultsFacts, *, has_output: bool) -> str:
    """Return what is done before requests are submitted again, and how many these are."""
    first = "Fetch it" if has_output else ""
    if results.need_repair:
        first = _rows(results.need_repair)
    elif results.truncated and not (results.failed or results.missing):
        first = "Raise max_tokens"
    return _begun(", ".join(filter(None, (first, f"submit {results.sent_again:,} again"))))


def _rows(count: int) -> str:
    """Return `Repair 50 rows`: how much there is to repair, as a list has it."""
    return f"Repair {counted(count, 'row')}"


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
        return Remedy(helps, Asks.REPAIR, f"{_rows(results.need_repair)}, submit all again")
    helps = "Repair what the causes say, and submit it again: nothing succeeded."
    return Remedy(helps, Asks.REPAIR)


def _repair(results: ResultsFacts) -> str:
    """Return `repair 168 requests (too long)`, or '' if none is known to need it."""
    count, why = results.need_repair, repair_words(results)
    if not count:
        return ""
    return f"repair {counted(count, 'request')}{f' ({why})' if why else ''}"


def _poor_answers(results: ResultsFacts) -> str:
    """Return `the 5 empty and 8 cut answers`, which are submitted again; '' if there are none."""
    counts = {"empty": results.empty or 0, "cut": results.truncated or 0}
    found = [f"{count:,} {how}" for how, count in counts.items() if count]
    answers = "answer" if sum(counts.values()) == 1 else "answers"
    return f"the {' and '.join(found)} {answers}" if found else ""
