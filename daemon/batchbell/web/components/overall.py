"""The overview's verdict: whether everything is all right, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.core.standing.reasons import Reason
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from batchbell.core.standing.verdict import Standing

#: Why an account can't be polled, and why a channel doesn't deliver.
_UNPOLLED = (Reason.POLL_FAILED, Reason.OUTAGE_TOLD, Reason.NOT_SEEN)
SILENT = (Reason.SEND_FAILED, Reason.FAILURE_TOLD, Reason.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """How everything that is watched stands."""

    #: What is wrong with the daemon itself.
    complaints: Sequence[str]
    accounts: Sequence[Standing]
    channels: Sequence[Standing]
    #: How many running jobs stand how badly.
    running: Mapping[Severity, int]
    #: How many jobs failed, which nobody acknowledged.
    failed: int
    #: How many others ended, and something of them is left to do.
    in_part: int = 0
    #: What jobs ask for, "3 to cancel now", the most urgent first.
    asked: Sequence[str] = ()

    @property
    def urgent(self) -> int:
        """How many jobs a person should look at: running ones, and ends not acknowledged."""
        return self.failed + self.in_part + urgent(self.running)

    @property
    def worst_job(self) -> Severity:
        """How badly the worst of the jobs stands that run, or need a look."""
        ended = Severity.FAILURE if self.failed else Severity.INFO
        in_part = Severity.WARNING if self.in_part else Severity.INFO
        return max(ended, in_part, *self.running)

    @property
    def severity(self) -> Severity:
        """The worst of everything that is watched; an end that somebody has seen is history."""
        if self.complaints or not self.accounts:
            return Severity.FAILURE
        standings = (*self.accounts, *self.channels)
        worst = max([self.worst_job, *(each.severity for each in standings)])
        if worst >= Severity.WARNING:
            return worst
        return Severity.INFO if self._is_waiting else Severity.SUCCESS

    @property
    def sentence(self) -> str:
        """One sentence that answers whether everything is all right."""
        if self.complaints:
            return "batchbell itself needs help"
        if not self.accounts:
            return "No account is watched"
        unpolled, silent = _that(self.accounts, _UNPOLLED), _that(self.channels, SILENT)
        odd = _worth_a_look(self.accounts) - unpolled
        lossy = _worth_a_look(self.channels) - silent
        # Jobs to act on come first: what else is wrong has its own place below.
        parts = [
            (unpolled, "account can't be polled", "accounts can't be polled"),
            (odd, "account needs a look", "accounts need a look"),
            (silent, "channel doesn't deliver", "channels don't deliver"),
            (lossy, "channel gave up on messages", "channels gave up on messages"),
        ]
        calm = "Waiting for the first poll" if self._is_waiting else "All is well"
        told = [counted(*part) for part in parts if part[0]]
        return ", ".join((*self.asked, *told)) or calm

    @property
    def is_about_one_job(self) -> bool:
        """Whether one job is all that needs a look: then the verdict is its name."""
        is_fine = bool(self.accounts) and not self.complaints
        return is_fine and not _worth_a_look((*self.accounts, *self.channels)) and self.urgent == 1

    @property
    def _is_waiting(self) -> bool:
        """Whether an account was not polled yet: then nothing is known to be well."""
        return any(each.has(Reason.NEVER_SEEN) for each in self.accounts)


def urgent(running: Mapping[Severity, int]) -> int:
    """Return how many of these running jobs need a look."""
    return sum(count for severity, count in running.items() if severity >= Severity.WARNING)


def _that(standings: Iterable[Standing], reasons: Iterable[Reason]) -> int:
    return sum(each.has(*reasons) for each in standings)


def _worth_a_look(standings: Iterable[Standing]) -> int:
    return sum(each.severity >= Severity.WARNING for each in standings)
