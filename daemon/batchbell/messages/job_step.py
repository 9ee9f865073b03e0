"""One thing that is done about a job, and several of them one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.text import is_plain_word
from batchbell.messages.plain_text import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchbell.messages.remedy import ByHand


class JobStep(NamedTuple):
    """One thing to do."""

    #: What it does.
    label: str
    #: The command; of what is done by hand what that takes, in words.
    text: str
    is_command: bool = True


#: The last step: what `retry` wrote has another name each time, so it says how.
SUBMIT = JobStep("Submit it", "retry prints the command for it", is_command=False)
#: The same behind the command that writes the file.
_SUBMIT_IN_BRIEF = "run the command it prints"


def job_command(command: str, job_id: str) -> str:
    """Return a command about a job; '' if its id can't be copied into a shell without harm."""
    return f"batchbell {command} -- {job_id}" if is_plain_word(job_id) else ""


def first_by_hand(by_hand: ByHand) -> Iterator[JobStep]:
    """Yield what people have to do before anything is sent again."""
    if by_hand.first:
        yield JobStep(by_hand.first, by_hand.how, is_command=False)


def then_by_hand(changes: str) -> Iterator[JobStep]:
    """Yield what is to be done with the file of what is sent again, which the step before wrote."""
    if changes:
        yield JobStep("Repair it", changes, is_command=False)
    yield SUBMIT


def in_brief(steps: Iterable[JobStep]) -> list[JobStep]:
    """Return only the commands, the last one with what is done by hand after it.

    `Write a file of the rest, then run the command it prints`: that takes no line of its own, and
    nobody takes the command for one that submits. What comes before one stands in what to do.
    """
    commands: list[JobStep] = []
    by_hand: list[str] = []
    for step in steps:
        if step.is_command:
            commands.append(step)
            by_hand = []
        else:
            by_hand.append(_SUBMIT_IN_BRIEF if step == SUBMIT else within(step.label))
    if not commands or not by_hand:
        return commands
    *first, last = commands
    return [*first, last._replace(label=f"{last.label}, then {' and '.join(by_hand)}")]


def in_order(steps: Iterable[JobStep]) -> list[JobStep]:
    """Return the steps with their numbers, where they go beyond commands."""
    found = [*steps]
    if all(step.is_command for step in found):
        return found
    return [step._replace(label=f"{n} {step.label}") for n, step in enumerate(found, start=1)]
