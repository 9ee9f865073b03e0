"""What a reader can do about a job that failed, by what its error says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.provider import ANY_PROVIDER
from batchbell.core.results.retry_helps import is_of_the_account, is_of_the_model, is_passing
from batchbell.messages.event_words import error_text, name_text
from batchbell.messages.job_details import USUAL_ACCOUNT
from batchbell.messages.remedy import Asks, ByHand, Remedy
from batchbell.messages.subject import file_name

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.provider import ProviderWords

#: What did not succeed for a reason that nobody gave, as the headline of a failure says.
_WITHOUT_REASON = {
    EventKind.FAILED: "Submit {which} again; if {one} fails again, ask {provider}.",
    EventKind.COMPLETED_EMPTY: (
        "No reason is given: submit {which} again; if {one} fails again, ask {provider}."
    ),
}
#: Where in the input the API found what is wrong.
_LINE = re.compile(r"\bline (\d{1,9})\b", re.IGNORECASE)
#: What is usually the same in each line.
_SET_ALIKE = re.compile(
    r"\b(?:model|max_(?:completion_)?tokens|temperature|top_p|top_k|stop|stream|tools|tool_choice"
    r"|response_format|parameter|endpoint|url|method)\b",
    re.IGNORECASE,
)
#: What an advice speaks of: one job, and each of several.
_IT_OR_EACH = ("it", "each")
_THE_SAME = "check the others for the same"
_LATER = Remedy(
    "Submit it again later; nothing is wrong with the input.",
    Asks.SUBMIT,
    "Submit it again later",
)
_READ_IT = Remedy(
    "Read the error: if it is about the input, repair that; else submit it again as it is.",
    Asks.REPAIR,
    "Read the error, submit again",
    ByHand(repair="if the error is about the input"),
    of_each=(
        "Read each error: if it is about the input, repair that; else submit the job again as it "
        "is."
    ),
)
#: Longest name of a file in a sentence, characters.
_FILE_CHARS = 60


def by_error(event: Event, provider: ProviderWords = ANY_PROVIDER) -> Remedy:
    """Return how to mend a job that failed, by what its error says."""
    error = error_text(event)
    if not error:
        text, each = (
            _WITHOUT_REASON[event.kind].format(provider=provider.name, which=which, one=one)
            for which, one in (("it", "it"), ("each", "one"))
        )
        return Remedy(text, Asks.SUBMIT, of_each=each)
    found = named_line(error)
    if found is not None:
        number, _ = found
        return _repair_line(number, file_name(event.input_file, _FILE_CHARS), error)
    if is_of_the_account(error):
        return _add_credit(_account(event))
    if is_passing(error):
        return _LATER
    return _other_model(provider) if is_of_the_model(error) else _READ_IT


def _repair_line(number: str, name: str, error: str) -> Remedy:
    others, file = may_be_in_others(error), name or "the input file"
    same = f", {_THE_SAME}," if others else ""
    text, each = (
        f"Repair line {number} of {file}{same} and submit {which} again." for which in _IT_OR_EACH
    )
    # All requests of it are written, line by line as they were.
    by_hand = ByHand(
        repair=f"line {number} (the same line as in {file})" + (f"; {_THE_SAME}" if others else "")
    )
    return Remedy(text, Asks.REPAIR, f"Repair line {number}, submit again", by_hand, each)


def _other_model(provider: ProviderWords) -> Remedy:
    """Say no more than what happened: it may take batches of that model again."""
    return Remedy(
        f"Submit it again with another model: {provider.name} refused this one for batches.",
        Asks.REPAIR,
        "Change the model, submit again",
        ByHand(repair="name another model in it"),
    )


def _add_credit(account: str) -> Remedy:
    to_whom = f"to {account}, or raise its limit"
    text, each = (f"Add credit {to_whom}, then submit {which} again." for which in _IT_OR_EACH)
    by_hand = ByHand("Add credit", to_whom)
    return Remedy(text, Asks.SUBMIT, "Add credit, submit it again", by_hand, each)


def named_line(error: str) -> tuple[str, str] | None:
    """Return the line of the input that an error names, and what it says of it; None for none.

    `line 212: invalid JSON` is `("212", "invalid JSON")`. Said of it is '' where the line is named
    in the middle of more.
    """
    found = _LINE.search(error)
    if found is None:
        return None
    begins = not error[: found.start()].strip() and error[found.end() :].startswith(": ")
    return found[1], error[found.end() + len(": ") :].strip() if begins else ""


def may_be_in_others(error: str) -> bool:
    """Whether what is wrong with the line that an error names is likely to be so in others.

    The API names the first one only, and most people set these fields alike in each line.
    """
    return _SET_ALIKE.search(error) is not None


def _account(event: Event) -> str:
    named = event.account != USUAL_ACCOUNT and name_text(event.account)
    return f"the account {named}" if named else "the account"
