"""How a severity looks in messages, on the page and on terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity

if TYPE_CHECKING:
    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message


class Look(NamedTuple):
    """A word and a sign besides the colour."""

    word: str
    sign: str
    #: Colours of Okabe and Ito's palette, told apart by colour-blind readers too.
    colour: str


LOOKS = {
    Severity.INFO: Look("Info", "i", "#56B4E9"),
    Severity.SUCCESS: Look("Success", "✓", "#009E73"),
    Severity.WARNING: Look("Warning", "!", "#E69F00"),
    Severity.FAILURE: Look("Failure", "✗", "#D55E00"),
}
#: A warning that is to be acted on within the hour: as red as what failed, and not failed.
LAST_CALL = LOOKS[Severity.FAILURE]._replace(word="Urgent", sign=LOOKS[Severity.WARNING].sign)


def look_of(told: Entry | Message) -> Look:
    """Return how something told looks: by how bad it is, and by how urgent."""
    return look(told.severity, is_last_call=told.is_last_call)


def look(severity: Severity, *, is_last_call: bool) -> Look:
    """Return how something looks that is so bad, and perhaps to be done within the hour."""
    return LAST_CALL if is_last_call and severity < Severity.FAILURE else LOOKS[severity]
