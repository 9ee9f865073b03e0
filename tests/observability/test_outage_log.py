"""An outage is a line at its beginning and one at its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from batchbell.observability.outage_log import Outage

if TYPE_CHECKING:
    import pytest


def test_the_first_failure_and_the_end_are_told_and_how_long_it_lasted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 100.0
    outage = Outage(logging.getLogger("batchbell.test"), seconds=lambda: now)
    with caplog.at_level("INFO"):
        outage.ended("works again")
        for reason in ("503", "503", "timed out"):
            outage.failed("not sent: %s", reason, channel="team")
            now += 60.0
        outage.ended("works again", channel="team")
        outage.ended("works again", channel="team")
        outage.failed("not sent: %s", "503")
    assert [record.getMessage() for record in caplog.records] == [
        "not sent: 503",
        "works again",
        "not sent: 503",
    ]
    told = vars(caplog.records[1])
    assert (told["failures"], told["lasted_seconds"], told["channel"]) == (3, 180, "team")


def test_every_failure_is_there_for_who_looks_closely(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(logging.getLogger("batchbell.test"), level=logging.ERROR)
    with caplog.at_level("DEBUG"):
        outage.failed("not recorded: %s", "disk full")
        outage.failed("not recorded: %s", "disk full")
    levels = [(record.levelname, vars(record)["failures"]) for record in caplog.records]
    assert levels == [("ERROR", 1), ("DEBUG", 2)]
