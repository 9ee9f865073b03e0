"""The verdict on what the files of an ended job hold, in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from batchbell.core.results.masking import MASK
from batchbell.messages.plain_text import counted, cut, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.facts import CauseFacts, ResultsFacts
    from batchbell.core.results.counts import Counts

#: No cost is told more exactly.
_SMALLEST_COST = Decimal("0.0001")
_BY = "by your prices"
#: What people call answers of which none are empty or cut, where others are.
_WHOLE = "whole"
_TIMES = "\u00d7"
#: What a cause asks for.
_REPAIR, _SEND_AGAIN = "repair", "send again"
#: What people call the usual causes.
_USUAL = {
    "408": "timed out",
    "429": "rate limited",
    "500": "server error",
    "502": "server error",
    "503": "server busy",
    "504": "timed out",
    "context_length_exceeded": "too long",
    "invalid_request": "invalid",
    "invalid_request_error": "invalid",
    "rate_limit": "rate limited",
    "rate_limit_exceeded": "rate limited",
}
#: Longest cause of several in a line, characters.
_IN_SHORT = 40
#: Longest message of one cause, characters.
_CAUSE_LIMIT = 100
#: Longest reason, characters.
_REASON_LIMIT = 200


def verdict_words(results: ResultsFacts, *, between: str = ", ", said: str = "") -> str:
    """Return `950 of 1,000 ok, 40 failed, 10 missing`; '' before there is a verdict.

    What a label before it has `said` of them is left out.

    Where answers are empty or cut, those are not among the first, so that the numbers add up: `582
    of 600 whole, 18 empty`, or `509 to 527 of 600 whole, 18 empty, 73 cut`: some may be both.
    What could not be counted is not made up: `950 ok, 40 failed, of how many is not known`.
    """
    if results.verdict is None:
        return ""
    if results.succeeded is None:
        reason = reason_words(results)
        return f"results not counted: {reason}" if reason else "results not counted"
    others = (each for each in (*_losses(results), *_unknown(results)) if each != said)
    return between.join([_succeeded(results), *others])


def first_loss(results: ResultsFacts) -> str:
    """Return what weighs most of what is not as it should be: `2 missing`; '' if nothing is."""
    is_cut_more = (results.truncated or 0) > (results.empty or 0)
    return next(_losses(replace(results, empty=None) if is_cut_more else results), "")


def uncounted_words(results: ResultsFacts) -> str:
    """Return why something of the results is not known, where `verdict_words` does not say it."""
    if results.awaited_until is not None:
        return "its files are not read yet"
    if results.verdict is None or results.succeeded is not None:
        return reason_words(results)
    return ""


def reason_words(results: ResultsFacts) -> str:
    """Return why results are lost or not known; '' for no reason."""
    return one_line(results.reason, _REASON_LIMIT)


def cause_words(results: ResultsFacts) -> str:
    """Return `8 x too_long (repair); 30 x rate_limit: Too many requests; 2 x others`.

    A sign stands for times.
    """
    told = [f"{what} (repair)" if mark == _REPAIR else what for what, mark in _told(results)]
    return "; ".join(told)


def causes_in_short(results: ResultsFacts) -> str:
    """Return `14 too long (repair), 18 rate limited (send again), 6 others`; '' for none."""
    told: dict[str, int] = {}
    for cause, mark in _marked(results):
        what = _in_short(cause) + (f" ({mark})" if mark else "")
        told[what] = told.get(what, 0) + cause.count
    rest = _others_failed(results)
    parts = [f"{count:,} {what}" for what, count in told.items()]
    return ", ".join([*parts, *([f"{rest:,} others"] if rest else [])])


def repair_words(results: ResultsFacts) -> str:
    """Return `too long`, or `33 too long, 17 invalid`: what is wrong with what needs repair.

    '' if no cause of that is named.
    """
    told: dict[str, int] = {}
    for cause, mark in _marked(results):
        if mark == _REPAIR:
            told[_in_short(cause)] = told.get(_in_short(cause), 0) + cause.count
    rest = (results.need_repair or 0) - sum(told.values())
    if told and rest > 0:
        told["others"] = rest
    return ", ".join(
        told if len(told) == 1 else (f"{count:,} {what}" for what, count in told.items())
    )


def _in_short(cause: CauseFacts) -> str:
    """Return what people call a cause: by its code, of a number by what it says."""
    code, message = _plain(cause.code), _plain(cause.message)
    said = message if code.isdecimal() else ""
    named = _USUAL.get(code) or said or code.replace("_", " ") or message
    return cut(named, _IN_SHORT) or _nameless(cause)


def _plain(text: str) -> str:
    """Return what is shown of a code or a message as one line; '' for nothing."""
    return "" if text == MASK else one_line(text, _CAUSE_LIMIT)


def _nameless(cause: CauseFacts) -> str:
    return "reason not shown" if MASK in {cause.code, cause.message} else "without a reason"


def cause_lines(results: ResultsFacts) -> list[str]:
    """Return the same with a line for each: `8 x too_long · repair`, `30 x 429 · send again`."""
    return [" · ".join(filter(None, each)) for each in _told(results)]


def token_words(results: ResultsFacts) -> str:
    """Return `1,200 (1,000 in, 200 out)`; '' if nobody knows."""
    if results.total_tokens is None:
        return ""
    if results.prompt_tokens is None or results.completion_tokens is None:
        return f"{results.total_tokens:,}"
    parts = f"{results.prompt_tokens:,} in, {results.completion_tokens:,} out"
    return f"{results.total_tokens:,} ({parts})"


def cost_words(results: ResultsFacts) -> str:
    """Return `12.40 by your prices`, below one `0.015 by your prices`; '' if nobody knows.

    Whoever wrote the prices down knows their currency.
    """
    try:
        amount = Decimal(results.cost or "NaN")
    except InvalidOperation:
        return ""
    if not amount.is_finite():
        return ""
    if 0 < amount < _SMALLEST_COST:
        return f"less than {_SMALLEST_COST} {_BY}"
    shown = f"{amount:,.2f}" if amount >= 1 or not amount else f"{amount:.2g}"
    return f"{shown} {_BY}"


def answer_words(results: ResultsFacts) -> str:
    """Return `3 empty, 2 cut at their token limit`, of the answers that came; '' for none."""
    parts = ((results.empty, "empty"), (results.truncated, "cut at their token limit"))
    return ", ".join(f"{count:,} {what}" for count, what in parts if count)


def retry_words(retry_helps: bool | None) -> str:  # noqa: FBT001 - it is the value, no switch
    """Say whether it helps to send a request again; '' if that is not known."""
    return {True: "sending it again helps", False: "repair it first", None: ""}[retry_helps]


def _succeeded(results: ResultsFacts) -> str:
    many, how = _as_range(results)
    if results.requests is None:
        return f"{many} {how}"
    if not results.requests:
        return "no requests"
    return f"{many} of {results.requests:,} {how}"


def _as_range(results: ResultsFacts) -> tuple[str, str]:
    """Return the same as `of_use`; `877 to 895` where nobody knows, with which numbers add up."""
    count, how = of_use(results)
    empty, cut = results.empty or 0, results.truncated or 0
    if not (empty and cut):
        return f"{count:,}", how
    least = max((results.succeeded or 0) - empty - cut, 0)
    return (f"{least:,} to {count:,}" if least < count else f"{count:,}"), _WHOLE


def of_use(counts: Counts | ResultsFacts) -> tuple[int, str]:
    """Return how many requests succeeded, and how that is called: 950 "ok".

    Where answers are empty or cut, the others are "whole". If some are empty and some are cut, that
    may be the same ones: then nobody knows how many are whole, only how many "at most".
    """
    succeeded, empty, cut = counts.succeeded or 0, counts.empty or 0, counts.truncated or 0
    if not (empty or cut):
        return succeeded, "ok"
    if empty and cut:
        return max(succeeded - max(empty, cut), 0), f"{_WHOLE} at most"
    return succeeded - empty - cut, _WHOLE


def _losses(results: ResultsFacts) -> Iterator[str]:
    """Yield what did not come back as it should, the gravest first."""
    if results.failed:
        yield f"{results.failed:,} failed"
    if results.missing:
        yield f"{results.missing:,} missing"
    if results.empty:
        yield f"{results.empty:,} empty"
    if results.truncated:
        yield f"{results.truncated:,} cut"
    if results.duplicated:
        yield f"{results.duplicated:,} answered twice"
    if results.foreign:
        yield f"{counted(results.foreign, 'line')} of other requests"
    if results.unreadable:
        yield f"{counted(results.unreadable, 'line')} unreadable"


def _unknown(results: ResultsFacts) -> Iterator[str]:
    if results.requests is None:
        yield "of how many is not known"
    elif results.missing is None:
        yield "what is missing is not known"


def _cause(cause: CauseFacts) -> str:
    named = ": ".join(filter(None, (_plain(cause.code), _plain(cause.message))))
    return f"{cause.count:,} {_TIMES} {named or _nameless(cause)}"


def _told(results: ResultsFacts) -> Iterator[tuple[str, str]]:
    """Yield each cause, and what it asks for as far as that is known."""
    for cause, mark in _marked(results):
        yield _cause(cause), mark
    rest = _others_failed(results)
    if rest:
        yield f"{rest:,} {_TIMES} others", ""


def _marked(results: ResultsFacts) -> Iterator[tuple[CauseFacts, str]]:
    to_repair = results.causes_to_repair or 0
    for place, cause in enumerate(results.causes):
        passes = _SEND_AGAIN if _passes(cause, results) else ""
        yield cause, _REPAIR if place < to_repair else passes


def _others_failed(results: ResultsFacts) -> int:
    """Return how many failed for causes that are not among the first, where some are."""
    rest = (results.failed or 0) - sum(cause.count for cause in results.causes)
    return max(rest, 0) if results.causes else 0


def _passes(cause: CauseFacts, results: ResultsFacts) -> bool:
    """Whether to send again what failed for a cause that needs no repair is known to help.

    It is if fewer failed for anything that nobody can judge.
    """
    if results.resend_helps is None or results.need_repair is None:
        return False
    return cause.count > (results.failed or 0) - results.resend_helps - results.need_repair
