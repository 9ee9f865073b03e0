"""What helps, in words, and what it asks of its readers: under that a digest's entries stand."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Asks(IntEnum):
    """What is to be done, the most urgent first."""

    #: A running job is to be cancelled: every hour that passes costs.
    CANCEL = 0
    #: An account or a channel is cut off, so that batchbell does not see or does not tell.
    CONNECT = 1
    #: Something is wrong with what was submitted.
    REPAIR = 2
    #: The same is to be submitted as it was.
    SUBMIT = 3
    #: A part came back, and the rest is to be submitted.
    FETCH = 4
    #: Somebody should find out what happened.
    LOOK = 5
    #: Somebody cancelled it, and knows whether it is still needed.
    DECIDE = 6
    #: A job runs on; what becomes of it is told.
    WATCH = 7
    #: Somebody has acknowledged it.
    SEEN = 8
    #: A job ended, and nothing is left to do but to take its output.
    DONE = 9
    #: Nothing to do.
    KNOW = 10

    @property
    def is_deed(self) -> bool:
        """Whether it is more than to be watched."""
        return self < Asks.WATCH


_IN_SHORT = {
    Asks.REPAIR: "Repair it, submit again",
    Asks.SUBMIT: "Submit it again",
    Asks.FETCH: "Fetch it, submit the rest",
    Asks.LOOK: "Look into it",
}


class ByHand(NamedTuple):
    """What only people can do before requests are sent again, in words; '' for nothing."""

    #: What comes before their file is written, as "Add credit", and what that takes.
    first: str = ""
    how: str = ""
    #: What to change in that file.
    repair: str = ""


NOTHING = ByHand()


class Remedy(NamedTuple):
    """One advice."""

    #: As sentences; '' if there is nothing to do.
    text: str
    asks: Asks
    #: The same for a line of a list; '' for what most ask for that ask for this.
    brief: str = ""
    by_hand: ByHand = NOTHING
    #: The text as it is said of each of several, where it names anything, or is not about "it"
    #: alone; else ''.
    of_each: str = ""

    @property
    def in_short(self) -> str:
        """Return it in a few words, as "Repair line 3, submit again"; '' if nothing is to do."""
        return self.brief or _IN_SHORT.get(self.asks, "")


#: What stands above the entries of a digest that ask for the same.
HEADINGS = {
    Asks.CANCEL: "Cancel now",
    Asks.CONNECT: "Repair the connection",
    Asks.REPAIR: "Repair and submit again",
    Asks.SUBMIT: "Submit again",
    Asks.FETCH: "Fetch, and submit the rest",
    Asks.LOOK: "Look into",
    Asks.DECIDE: "Cancelled, submit again if still needed",
    Asks.WATCH: "Watch",
    Asks.SEEN: "Acknowledged",
    Asks.DONE: "Done",
    Asks.KNOW: "Good to know",
}
#: How many there are, behind a count; of the others their kinds say more.
COUNTED = {
    Asks.CANCEL: "to cancel now",
    Asks.REPAIR: "to repair",
    Asks.SUBMIT: "to submit again",
    Asks.FETCH: "with a rest to submit",
    Asks.LOOK: "to look into",
    Asks.DECIDE: "cancelled",
    Asks.WATCH: "to watch",
    Asks.SEEN: "acknowledged",
}
