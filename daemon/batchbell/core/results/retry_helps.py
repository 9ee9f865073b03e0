"""Whether it helps to send a failed request, or a failed job, again."""

from __future__ import annotations

import re
from functools import lru_cache

_TOO_EARLY_OR_MANY = frozenset({408, 429})
_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)
_HTTP_STATUS = re.compile(r"[45]\d\d")

_HELPS = re.compile(
    r"rate.?limit|too.?many.?requests|throttl|time.?out|timed.?out|overload|capacity|unavailable"
    r"|server.?error|internal.?error|bad.?gateway|temporar|busy"
    r"|\b(?:http|status|code)\W{0,3}5\d\d\b",
    re.IGNORECASE,
)
_HELPS_NOT = re.compile(
    r"invalid|malformed|bad.?request|context.?length|too.?(?:long|large|big|many)|maximum|exceed"
    r"|policy|moderation|flagged|safety|content.?filter|refus|unsupported|not.?supported"
    r"|missing|required|must|not.?found|unauthori[sz]ed|forbidden|permission|credit|balance|billing"
    r"|authentication|parse|schema|does not exist|not allowed",
    re.IGNORECASE,
)

#: Usual words for what passes that have one in them for what does not.
_USUAL = re.compile(r"rate.?limits? exceeded|too.?many.?requests", re.IGNORECASE)
#: A model that is named, and what is said of it; the name may have dots, slashes and spaces.
_OF_THE_MODEL = re.compile(
    r"\bmodel\b[^;\n]{0,100}\b(?:not (?:available|supported|found|exist|support)|unsupported)\b"
    r"|\b(?:unsupported|unknown|no such) model\b",
    re.IGNORECASE,
)
#: The account can't pay, or may not spend more; not that it asks for too much in a minute.
_OF_THE_ACCOUNT = re.compile(
    r"\binsufficient[ _](?:funds?|balance|credits?|quota)\b|\bpayment required\b"
    r"|\b(?:out of|no(?: more| remaining)?|not enough|add) (?:funds?|credits?)\b"
    r"|\b(?:credits?|funds?|balance)\b.{0,20}\b(?:exceeded|exhausted|depleted|used up|too low)\b"
    r"|\b(?:credit|billing|spend(?:ing)?|budget)\b.{0,10}\blimit\b"
    r"|\bbilling (?:issue|problem|details)\b|\bexceed\w* .{0,20}\bquota\b"
    r"|\bquota\b.{0,20}\b(?:exceeded|exhausted|reached|used up)\b",
    re.IGNORECASE,
)
_OF_A_RATE = re.compile(r"\bper.?(?:second|minute|hour|day)\b|\brate\b", re.IGNORECASE)
_OF_THE_INPUT = re.compile(r"\b(?:file|input|line|row|record|json)", re.IGNORECASE)


@lru_cache(maxsize=1_000)  # thousands of requests fail in the same words
def retry_helps(status: int | None, code: str, message: str) -> bool | None:
    """Return whether it helps to send a request again; None for what is not recognised.

    A status says it best, then the code; the masked message is asked last.
    """
    number = int(code) if _HTTP_STATUS.fullmatch(code) else status
    if number in _TOO_EARLY_OR_MANY or number in _SERVER_ERRORS:
        return True
    if number in _CLIENT_ERRORS:
        return False
    for text in (code, message):
        if _HELPS.search(text):
            return True
        if _HELPS_NOT.search(text):
            return False
    return None


def is_passing(error: str) -> bool:
    """Whether the words a job failed with are about the server alone, and not about its input.

    Where they could be about both it is not: "too many requests in the file".
    """
    if not _HELPS.search(error) or _OF_THE_INPUT.search(error):
        return False
    return not _HELPS_NOT.search(_USUAL.sub("", error))


def is_of_the_model(error: str) -> bool:
    """Whether a job failed because its model takes no batches, so that the same fails again."""
    return not is_passing(error) and _OF_THE_MODEL.search(error) is not None


def is_of_the_account(error: str) -> bool:
    """Whether a job failed because its account has no credit, or has used up its quota."""
    if _OF_A_RATE.search(error) or _OF_THE_INPUT.search(error):
        return False
    return _OF_THE_ACCOUNT.search(error) is not None
