"""What `status` has below the jobs on a terminal: how to go on, and how all else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from batchbell.cli.terminal.folded_lines import folded_accounts, folded_channels
from batchbell.cli.terminal.grid import pad, text_width
from batchbell.cli.terminal.hanging import broken, broken_at_parts, even
from batchbell.cli.terminal.health_lines import (
    account_lines,
    channel_lines,
    how_many_fine,
    kept_lines,
    replica_lines,
)
from batchbell.cli.terminal.mute_lines import how_to_unmute, mute_lines
from batchbell.cli.terminal.signs import STYLES, joined, sign
from batchbell.cli.terminal.status_words import (
    HOW,
    how_words,
    no_jobs,
    what_is_hidden,
    what_leaves,
)
from batchbell.core.event import Severity
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from batchbell.cli.terminal.health_lines import StatusLine
    from batchbell.messages.deeds import Deed
    from batchbell.store.views.status import Status


#: Where what has no room beside a long name goes on, columns.
_INDENT = 5


def below_jobs(
    status: Status, asked: Mapping[tuple[str, str], Deed], width: int, *, folded: bool = False
) -> list[RenderableType]:
    """Return what stands below the jobs; if some are `folded`, what is hidden is said of them."""
    accounts, channels = folded_accounts(status), folded_channels(status)
    hidden = "" if folded else what_is_hidden(status)
    unmute = how_to_unmute(status)
    how = how_words(asked.values(), shipped().words)
    sentences = (how, what_leaves(status, asked), no_jobs(status))
    return spaced(
        left_out(hidden, status, width) if hidden else [],
        dimmed(
            line for text in sentences if text for line in broken_at_parts(text, width, below=0)
        ),
        _section("Accounts", width, accounts.lines),
        _section("Channels", width, channels.lines),
        dimmed(filter(None, (accounts.sentence, channels.sentence))),
        _section("Replicas", width, replica_lines(status)),
        _section("Results", width, kept_lines(status)),
        [*_section("Muted", width, mute_lines(status)), *dimmed(filter(None, [unmute]))],
    )


def below_in_short(
    status: Status, asked: Collection[tuple[str, str]], width: int, keys: str
) -> list[Text]:
    """Return the same in a line, and what `keys` do: what fails stands above the jobs."""
    parts = (
        how_many_fine("account", [*account_lines(status)]),
        how_many_fine("channel", [*channel_lines(status)]),
        how_many_fine("replica", [*replica_lines(status)]),
    )
    fine = ", ".join(filter(None, parts))
    line = joined(HOW if asked else "", fine and f"{fine} fine", keys)
    return dimmed(broken(line, width, below=0))


def left_out(words: str, status: Status, width: int) -> list[Text]:
    """Return what is said of jobs without a line; it stands back unless some are to act on."""
    if not status.older_to_act_on:
        return dimmed(broken(f"   {words}", width))
    lead = f"{sign(Severity.WARNING)}  "
    style = STYLES[Severity.WARNING]
    return [Text(line, style=style) for line in even(f"{lead}{words}", width, below=len(lead))]


def dimmed(lines: Iterable[str]) -> list[Text]:
    """Return lines that stand back."""
    return [Text(line, style="dim") for line in lines]


def spaced(*blocks: Sequence[RenderableType]) -> list[RenderableType]:
    """Put a blank line between blocks that have anything."""
    parts: list[RenderableType] = []
    for block in filter(None, blocks):
        parts += [Text(), *block] if parts else block
    return parts


def _section(title: str, width: int, lines: Iterable[StatusLine]) -> list[RenderableType]:
    """Return lines whose names and texts stand below each other, a long text below itself."""
    shown = list(lines)
    names = max((text_width(line.name) for line in shown), default=0)
    found: list[RenderableType] = [Text(title, style="bold")] if shown else []
    for line in shown:
        lead = f"{sign(line.severity)}  {pad(line.name, names)}  "
        # Behind a long name a long text would be a column of single words.
        below = text_width(lead) if text_width(lead) <= width // 2 else _INDENT
        for at, part in enumerate(broken_at_parts(lead + line.text, width, below=below)):
            text = Text(part)
            if not at:
                text.stylize(f"bold {STYLES[line.severity]}", 0, 1)
            found.append(text)
    return found
