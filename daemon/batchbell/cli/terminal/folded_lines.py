"""Accounts and channels that are well, in a sentence; others keep a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.health_lines import account_lines, channel_lines, how_many_are_fine
from batchbell.cli.terminal.phrases import ago
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.cli.terminal.health_lines import StatusLine
    from batchbell.store.views.status import Status

#: A single one takes no more room than a sentence about it.
_WORTH_FOLDING = 2


class FoldedHealth(NamedTuple):
    """What keeps a line, and what is said of the others."""

    lines: Sequence[StatusLine]
    #: '' if none is folded.
    sentence: str


def folded_accounts(status: Status) -> FoldedHealth:
    """Return the accounts that keep a line, and `2 accounts polled 12s ago`, none longer ago."""
    folded = _folded("account", [*account_lines(status)], everything=status.everything)
    polls = [view.state.last_good_poll_at for view in status.accounts]
    known = [at for at in polls if at is not None]
    if folded.lines or len(known) < len(polls) or not known:
        return folded
    how_many = counted(len(known), "account")
    return folded._replace(sentence=f"{how_many} polled {ago(min(known), status.now)}")


def folded_channels(status: Status) -> FoldedHealth:
    """Return the channels that keep a line, and `6 of 8 channels are fine`.

    One that holds messages back until their time is fine, too.
    """
    lines = [line._replace(says_more=False) for line in channel_lines(status)]
    folded = _folded("channel", lines, everything=status.everything)
    holding = sum(
        view.backlog.pending > 0 and view.standing.severity < Severity.WARNING
        for view in status.channels
    )
    if not (folded.sentence and holding):
        return folded
    has = "has" if holding == 1 else "have"
    how = f"{folded.sentence}; {holding} {has} messages that wait: batchbell status --all"
    return folded._replace(sentence=how)


def _folded(thing: str, lines: Sequence[StatusLine], *, everything: bool) -> FoldedHealth:
    """Fold those that are well and have nothing more to say."""
    kept = [line for line in lines if line.severity >= Severity.WARNING or line.says_more]
    if everything or len(lines) - len(kept) < _WORTH_FOLDING:
        return FoldedHealth(lines, "")
    return FoldedHealth(kept, how_many_are_fine(thing, lines))
