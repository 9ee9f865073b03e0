"""`Fact`: one line of what a message says, and the part it plays whatever it is called."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Role(Enum):
    """What a fact is, for all that cuts, escapes or shows it: nothing decides by its label."""

    #: What to do about it, as a sentence.
    REMEDY = auto()
    #: The job's id.
    JOB = auto()
    STATUS = auto()
    #: The id of a file with results, or that there is none.
    FILE = auto()
    #: What the API, or a receiver, said of a failure.
    ERROR = auto()
    ACCOUNT = auto()
    CHANNEL = auto()
    #: What is worked on: input file, model, endpoint.
    WORK = auto()
    PROGRESS = auto()
    #: How it will go on: the time left, a forecast.
    OUTLOOK = auto()
    #: Why requests failed, how many of them, and what that asks for.
    CAUSE = auto()
    #: How much came back, as a row of squares: for chats, which draw nothing else.
    SHARE = auto()
    #: A shell command that fetches something, or does what is advised.
    COMMAND = auto()
    #: What follows the commands and is to be done by hand, in words.
    STEP = auto()
    #: How often it was told, with the command that ends that: it stands in a line of its own.
    REPETITION = auto()
    #: The shell command that shows more.
    ADVICE = auto()
    #: Address of the status page.
    LINK = auto()
    #: What has to be said about the message itself.
    NOTE = auto()
    #: When something was, or is due; how long it took.
    TIME = auto()
    #: What it took and cost: tokens, money.
    USAGE = auto()
    #: Everything else.
    DETAIL = auto()


#: What a job is known by and when it ran: looked up when it is needed, so it stands last.
REFERENCES = frozenset(
    {Role.STATUS, Role.FILE, Role.ACCOUNT, Role.WORK, Role.TIME, Role.USAGE, Role.JOB}
)
#: The same in the groups that stand in a line, or a column, each.
REFERENCE_GROUPS = (
    frozenset({Role.WORK}),
    frozenset({Role.TIME}),
    frozenset({Role.USAGE}),
    frozenset({Role.STATUS, Role.FILE, Role.ACCOUNT, Role.JOB}),
)
#: Ids, of no use in part.
IDS = frozenset({Role.JOB, Role.FILE})
#: There to be copied: shown as code, and never broken.
COMMANDS = frozenset({Role.COMMAND, Role.ADVICE})
#: What is done one after the other where the last of it is done by hand.
DEEDS = frozenset({Role.COMMAND, Role.STEP})
#: What a chat says first, and without a label: what to do, and how much came back.
UNLABELLED = frozenset({Role.REMEDY, Role.SHARE})
#: How a reader gets from one entry of a digest to its job and its files.
WAYS = frozenset({Role.COMMAND, Role.LINK})


class Fact(NamedTuple):
    """One fact; both texts are one line without control characters."""

    label: str
    text: str
    role: Role = Role.DETAIL
    #: Whether a digest gives it too.
    is_brief: bool = False
    #: Whether it tells anything; templates have all facts.
    is_shown: bool = True
    #: The same as a fact a line, for a message that has the room: one of a single event.
    lines: tuple[Fact, ...] = ()
    #: The same in a few words, for a digest; '' if it says the text itself.
    in_short: str = ""
    #: What its text begins with, in parts; each with the address that it leads to, '' for none.
    begins: tuple[tuple[str, str], ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """All of its text in such parts."""
        begun = sum(len(words) for words, _ in self.begins)
        return (*self.begins, (self.text[begun:], ""))


def brief(label: str, text: str, role: Role = Role.DETAIL, *, shown: bool = True) -> Fact:
    """Return a fact that a digest gives too."""
    # By their places: a message makes some 30 of each event, and names take half as long again.
    return Fact(label, text, role, True, shown)  # noqa: FBT003
