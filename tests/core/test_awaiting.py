from __future__ import annotations

from dataclasses import replace

from batchbell.core.awaiting import awaited_until, awaiting_verdicts
from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from tests.fakes import MINUTE, START


def test_a_message_waits_for_a_verdict_until_the_wait_is_over() -> None:
    end = replace(sample(EventKind.COMPLETED, START), qualifier="end:COMPLETED")
    (waiting,) = awaiting_verdicts([end], MINUTE, START)

    assert awaited_until(waiting, START) == START + MINUTE
    assert awaited_until(waiting, START + MINUTE) is None
    assert awaited_until(end, START) is None
