"""Texts of the API and of receivers that would move a terminal's cursor, or mislead its reader."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Outcome
from batchbell.core.routing import Filter
from tests.cli.terminal.test_terminal import shown
from tests.providers.together.plain_listing import ListingParser

if TYPE_CHECKING:
    from tests.cli.filled import Bell

#: Clears the screen, sets the title, reads backwards, fakes a line, rings, hides.
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 safe\u202etxt.exe\u2066 \r\nFAKE LINE\x08\x00\x9b31m [bold]x[/bold]"
)
#: What we print ourselves: colours, erasing, the cursor.
OURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COMMANDS = [
    ("status",),
    ("status", "--all"),
    ("show", "job"),
    ("explain", "job"),
    ("events",),
    ("deliveries",),
    ("deliveries", "--failed"),
    ("deliveries", "show", "1"),
    ("mute",),
    ("wait", "job"),
    ("show", "no such \x1b[2Jjob"),
]


@pytest.fixture
def hostile(bell: Bell) -> Bell:
    """A job and a receiver whose every text is an attack; the job's come through the parser."""
    bell.configure(Filter(channel="team"))

    def poll(status: str, *, minutes_ago: float) -> None:
        names = "model_id endpoint input_file_id output_file_id error_file_id error user_id"
        row = {name: f"{name} {HOSTILE}" for name in names.split()}
        parser = ListingParser()
        parser.feed(json.dumps([{"id": "job", "status": status, **row}, {"id": HOSTILE}]).encode())
        bell.poll(answer=parser.close(), at=bell.ago(minutes=minutes_ago))

    poll("IN_PROGRESS", minutes_ago=60)
    poll(f"ODD {HOSTILE}", minutes_ago=30)
    poll("FAILED", minutes_ago=20)
    failed = Outcome(delivered=False, reason=f"said {HOSTILE}", output=f"wrote {HOSTILE}")
    bell.deliver("team", failed, at=bell.ago(minutes=10))
    bell.run("mute", "job", "--for", "1h")
    return bell


def harmful(text: str) -> set[str]:
    """Return the characters of a text that a terminal obeys, or that change how others look."""
    return {
        char
        for char in text
        if unicodedata.category(char) in {"Cc", "Cf"} and char not in {"\n", "\r", "\t"}
    }


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_lets_them_through_in_a_pipe(hostile: Bell, command: tuple[str, ...]) -> None:
    result = hostile.run(*command)
    assert harmful(result.output + result.stderr) == set()
    lines = (result.output + result.stderr).splitlines()
    assert not [line for line in lines if line.startswith("FAKE")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_lets_them_through_on_a_terminal(
    hostile: Bell, command: tuple[str, ...]
) -> None:
    output = shown(hostile, *command)
    assert harmful(OURS.sub("", output)) == set()
    # Ours are colours and, for what moves, erasing; not one of them clears the screen.
    assert "\x1b[2J" not in output
    assert not re.search(r"(?m)^FAKE", output)


def test_what_is_left_can_still_be_read(hostile: Bell) -> None:
    output = hostile.run("show", "job").output
    assert "FAKE LINE" in output
    assert "[bold]x[/bold]" in output
