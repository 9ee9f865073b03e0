from __future__ import annotations

from datetime import timedelta

import pytest

from batchbell.core.delivery.pacing import AT_ONCE, Pacing
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.delivery.ringing import hearing_at
from batchbell.core.event import EventKind, Severity
from batchbell.core.ring import Hearing
from batchbell.core.routing import Filter
from tests.fakes import START

STEP = EventKind.DEADLINE_APPROACHING
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
    found = hearing_at(wanted, AT_ONCE, STEP, START)
    assert found is (Hearing.AT_ONCE if hears else Hearing.NOT_THEN)


def test_it_does_not_ring_in_quiet_hours_that_it_does_not_pass() -> None:
    assert hearing_at(CHANNEL, NOON, STEP, START) is Hearing.NOT_THEN
    assert hearing_at(CHANNEL, NOON, STEP, START + HOUR) is Hearing.AT_ONCE
    for least, passes in ((Severity.WARNING, True), (Severity.FAILURE, False)):
        pacing = Pacing(quiet=NOON.quiet, quiet_except=least)
        assert (hearing_at(CHANNEL, pacing, STEP, START) is Hearing.AT_ONCE) is passes


def test_what_is_collected_for_a_digest_does_not_ring() -> None:
    hourly = Pacing(digest_every=HOUR)
    assert hearing_at(CHANNEL, hourly, STEP, START) is Hearing.IN_A_DIGEST
    failures = Filter(channel="oncall", min_severity=Severity.FAILURE)
    assert hearing_at(failures, hourly, STEP, START) is Hearing.NOT_THEN


def test_a_risk_that_nobody_there_asks_for_does_not_ring() -> None:
    steps = Filter(channel="oncall", events=("batch.deadline_*",))
    assert hearing_at(steps, AT_ONCE, EventKind.AT_RISK, START) is Hearing.NOT_THEN
    assert hearing_at(CHANNEL, AT_ONCE, EventKind.AT_RISK, START) is Hearing.AT_ONCE
