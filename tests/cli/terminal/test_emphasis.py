"""What decides is the brightest of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from batchbell.cli.job_argument import find_history
from batchbell.cli.reading import open_database
from batchbell.cli.terminal.emphasis import act_severity, decided
from batchbell.cli.terminal.hanging import step_block
from batchbell.cli.terminal.job_help import act_severity_of
from batchbell.core.event import Severity
from batchbell.messages.deeds import Deed
from batchbell.messages.job_step import JobStep

if TYPE_CHECKING:
    from tests.cli.filled import Bell


@pytest.mark.parametrize(
    ("text", "bright"),
    [
        ("Cancel it now and submit the rest: it is late.", "Cancel it now and submit the rest"),
        ("Submit it again: nothing of it was kept.", "Submit it again"),
        (
            "Fetch it, repair 50 requests (33 too long, 17 invalid), and submit what failed again.",
            "Fetch it, repair 50 requests (33 too long, 17 invalid), and submit what failed again",
        ),
        ("Repair line 3 of input.jsonl.", "Repair line 3 of input.jsonl"),
        ("Look into it", "Look into it"),
        ("", ""),
    ],
)
def test_all_that_is_to_be_done_is_bold_and_nothing_is_lost(text: str, bright: str) -> None:
    for severity in (None, Severity.FAILURE):
        shown = decided(text, severity)
        assert click.unstyle(shown) == text
        assert click.unstyle(shown.partition("\x1b[0m")[0]) == bright


def test_only_what_is_to_be_done_has_a_colour() -> None:
    assert act_severity(Deed.CANCEL_NOW, Severity.WARNING) is Severity.FAILURE
    assert act_severity(Deed.SUBMIT_REST, Severity.INFO) is Severity.WARNING
    assert act_severity(Deed.WAIT, Severity.WARNING) is None
    assert act_severity(None, Severity.FAILURE) is None


def test_a_job_has_the_colour_of_its_deed_until_its_end_is_acknowledged(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=10))

    def seen() -> Severity | None:
        return act_severity_of(find_history(open_database(bell.config), "one", account=None))

    assert seen() is Severity.FAILURE
    bell.run("ack", "one")
    assert seen() is None


def test_what_is_done_by_hand_stands_behind_its_label() -> None:
    (line,) = step_block([JobStep("2 Repair it", "line 3", is_command=False)])
    assert click.unstyle(line) == "    2 Repair it: line 3"
