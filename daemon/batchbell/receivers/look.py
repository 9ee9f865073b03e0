"""How a severity looks in messages, on the page and on terminals."""

from __future__ import annotations

from typing import NamedTuple

from batchbell.core.event import Severity


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
