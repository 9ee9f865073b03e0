"""What a reader can do about a job that failed, by what its error says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.results.retry_helps import is_of_the_account, is_of_the_model, is_passing
from batchbell.messages.event_words import error_text, name_text
from batchbell.messages.job_details import USUAL_ACCOUNT
from batchbell.messages.remedy import Asks, Remedy
from batchbell.messages.subject import file_name

if TYPE_CHECKING:
    from batchbell.core.event import Event

#: What did not succeed for a reason that nobody gave, as the headline of a failure says.
_WITHOUT_REASON = {
    EventKind.FAILED: "Submit it again.",
    EventKind.COMPLETED_EMPTY: "Submit it again: no reason is given.",
}
#: Where in the input the API found what is wrong.
_LINE = re.compile(r"\bline (\d{1,9})\b", re.IGNORECASE)
#: Longest name of a file in a sentence, characters.
_FILE_CHARS = 60


def by_error(event: Event) -> Remedy:
    """Return how to mend a job that failed, by what its error says."""
    error = error_text(event)
    if not error:
        return Remedy(_WITHOUT_REASON[event.kind], Asks.SUBMIT)
    found = named_line(error)
    if found is None and is_of_the_account(error):
        helps = f"Add credit to {_account(event)}, or raise its limit, then submit it again."
        return Remedy(helps, Asks.SUBMIT, "Add credit, submit it again")
    if found is None and is_passing(error):
        helps = "Submit it again later; nothing is wrong with the input."
        return Remedy(helps, Asks.SUBMIT, "Submit it again later")
    if found is None and is_of_the_model(error):
        helps = "Submit it again with another model: this one takes no batches."
        return Remedy(
            helps, Asks.REPAIR, "Take another model, submit again", "name another model in it"
        )
    if found is None:
        helps = (
            "Read the error: if it is about the input, repair that; else submit it again as it is."
        )
        return Remedy(
            helps, Asks.REPAIR, "Read the error, submit again", "if the error is about the input"
        )
    name = file_name(event.input_file, _FILE_CHARS) or "the input file"
    number, _ = found
    helps = f"Repair line {number} of {name} and submit it again."
    return Remedy(helps, Asks.REPAIR, f"Repair line {number}, submit again", f"line {number}")


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


def _account(event: Event) -> str:
    named = event.account != USUAL_ACCOUNT and name_text(event.account)
    return f"the account {named}" if named else "the account"
