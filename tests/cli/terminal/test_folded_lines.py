"""What is well takes one line of `status`, what is not keeps its own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from batchbell.cli.terminal.rich_status import status_view
from batchbell.core.routing import Filter
from batchbell.store.views.status import look
from tests.cli.filled import BUSY, SENT

if TYPE_CHECKING:
    from tests.cli.filled import Bell


def seen(bell: Bell, *, everything: bool = False) -> list[str]:
    with bell.database.read() as connection:
        status = look(connection, bell.started, everything=everything, daemon_runs=True)
    console = Console(file=io.StringIO(), width=80, markup=False, force_terminal=False)
    console.print(status_view(status, console))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def watched(bell: Bell, *channels: str, accounts: tuple[str, ...] = ("default", "europe")) -> None:
    bell.configure(*(Filter(channel=channel) for channel in channels))
    for account in accounts:
        bell.poll(bell.job("one"), account=account, at=bell.ago(minutes=5))
        bell.poll(bell.job("one", "FAILED"), account=account, at=bell.ago(seconds=20))


def test_what_is_well_takes_a_line_together(bell: Bell) -> None:
    watched(bell, "oncall", "team")
    lines = seen(bell)
    assert "2 accounts polled 20s ago" in lines
    assert lines[-1] == "2 channels are fine; 2 have messages that wait: batchbell status --all"
    for channel in ("oncall", "team"):
        bell.deliver(channel, SENT, at=bell.ago(seconds=10))
        bell.deliver(channel, SENT, at=bell.ago(seconds=10))
    lines = seen(bell)
    assert lines[-2:] == ["2 accounts polled 20s ago", "2 channels are fine"]
    assert not {"Accounts", "Channels"} & {*lines}


def test_a_single_channel_that_holds_messages_back_is_counted(bell: Bell) -> None:
    watched(bell, "oncall", "team", accounts=("default",))
    for _ in range(2):
        bell.deliver("team", SENT, at=bell.ago(seconds=10))
    assert seen(bell)[-1] == "2 channels are fine; 1 has messages that wait: batchbell status --all"


def test_all_shows_each(bell: Bell) -> None:
    watched(bell, "oncall", "team")
    lines = "\n".join(seen(bell, everything=True))
    for name in ("default", "europe", "oncall", "team"):
        assert f"  {name} " in lines
    assert "are fine" not in lines
    assert "2 accounts" not in lines


def test_a_channel_in_trouble_keeps_its_line_with_what_to_do(bell: Bell) -> None:
    watched(bell, "oncall", "pager", "team", accounts=("default",))
    for channel in ("oncall", "team"):
        bell.deliver(channel, SENT, at=bell.ago(seconds=10))
    bell.deliver("pager", BUSY, at=bell.ago(seconds=10))
    text = " ".join(" ".join(seen(bell)).split())
    assert "pager failing for 10s: " in text
    assert "to test it: batchbell notify-test pager" in text
    assert "oncall" not in text
    assert text.endswith("2 of 3 channels are fine")
    # A single account takes no more room than a sentence.
    assert "default polled 20s ago" in text
