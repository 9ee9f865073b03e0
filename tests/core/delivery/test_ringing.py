from __future__ import annotations

from datetime import timedelta

import pytest

from batchbell.core.delivery.pacing import AT_ONCE, Pacing
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.delivery.ringing import rings_at
from batchbell.core.event import Severity
from batchbell.core.routing import Filter
from tests.fakes import START

HOUR = timedelta(hours=1)
CHANNEL = Filter(channel="oncall")
NOON = Pacing(quiet=(parse_window("11:00-13:00"),))


@pytest.mark.parametrize(
    ("events", "least", "hears"),
    [
        (None, Severity.WARNING, True),
        (None, Severity.FAILURE, False),
        (("batch.deadline_*",), Severity.INFO, True),
        (("batch.stalled", "account.*"), Severity.INFO, False),
    ],
)
def test_a_deadline_rings_on_channels_that_ask_for_it(
    events: tuple[str, ...] | None, least: Severity, *, hears: bool
) -> None:
    wanted = Filter(channel="oncall", events=events, min_severity=least)
    assert rings_at(wanted, AT_ONCE, START) is hears


def test_it_does_not_ring_in_quiet_hours_that_it_does_not_pass() -> None:
    assert not rings_at(CHANNEL, NOON, START)
    assert rings_at(CHANNEL, NOON, START + HOUR)
    for least, passes in ((Severity.WARNING, True), (Severity.FAILURE, False)):
        pacing = Pacing(quiet=NOON.quiet, quiet_except=least)
        assert rings_at(CHANNEL, pacing, START) is passes


def test_what_is_collected_for_a_digest_does_not_ring() -> None:
    assert not rings_at(CHANNEL, Pacing(digest_every=HOUR), START)
