from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.channel_health import ChannelHealth, after_failure, after_success
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.core.event import Event

#: Whether a failure can't pass by itself; None for a success.
SENT, REFUSED, BUSY = None, True, False


def attempts(*outcomes: bool | None, minutes_apart: int = 10) -> tuple[ChannelHealth, list[Event]]:
    health, told = ChannelHealth(channel="team"), []
    for number, outcome in enumerate(outcomes):
        now = START + number * minutes_apart * MINUTE
        if outcome is None:
            health, event = after_success(health, now=now)
        else:
            health, event = after_failure(health, "404", at_once=outcome, now=now)
        told += [] if event is None else [event]
    return health, told


def test_a_permanent_failure_is_told_at_once() -> None:
    _, (event,) = attempts(REFUSED, REFUSED)
    assert event.kind == "channel.failing"
    assert event.facts.channel == "team"
    assert event.facts.outage.error == "404"
    assert event.facts.outage.given_up


def test_passing_failures_are_told_after_half_an_hour() -> None:
    assert attempts(BUSY, BUSY, BUSY)[1] == []
    _, (event,) = attempts(BUSY, BUSY, BUSY, BUSY)
    assert event.kind == "channel.failing"
    assert event.happened_at == START
    assert not event.facts.outage.given_up


def test_a_recovery_is_told_if_the_failure_was() -> None:
    health, told = attempts(REFUSED, SENT)
    assert [event.kind for event in told] == ["channel.failing", "channel.recovered"]
    end = START + 10 * MINUTE
    assert health == ChannelHealth(channel="team", last_success_at=end, recovered_at=end)
    assert attempts(BUSY, SENT)[1] == []
    assert attempts(SENT, SENT)[1] == []


def test_two_channels_failing_in_the_same_microsecond_have_two_keys() -> None:
    events = [
        after_failure(ChannelHealth(channel=name), "404", at_once=True, now=START)[1]
        for name in ("a", "b")
    ]
    assert len({event.key for event in events if event is not None}) == 2
