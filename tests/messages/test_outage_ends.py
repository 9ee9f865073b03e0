from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, OutageFacts
from batchbell.messages.build import build_message
from batchbell.messages.remedy import Asks
from batchbell.messages.text_body import as_text
from batchbell.messages.view import View

NOW = datetime(2026, 11, 23, 22, 2, tzinfo=UTC)
BEGAN = datetime(2026, 11, 23, 18, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAILED = Event(
    kind=EventKind.FAILED, account="research", job_id="one", happened_at=BEGAN, seen_at=BEGAN
)


def outage(kind: EventKind, hours: float = 0, *, account: str = "research") -> Event:
    at = BEGAN + hours * HOUR
    of_account = kind.startswith("account.")
    return Event(
        kind=kind,
        account=account if of_account else "",
        qualifier=at.isoformat(),
        happened_at=at,
        seen_at=at,
        facts=Facts(
            channel="" if of_account else account,
            outage=OutageFacts(error="Connection refused", since=BEGAN),
        ),
    )


def test_a_channel_that_is_told_late_to_fail_has_since_when_for_how_many_waited_then() -> None:
    failing = outage(EventKind.CHANNEL_FAILING, account="pager")
    of_outage = replace(failing.facts.outage, waiting=3)
    failing = replace(failing, facts=replace(failing.facts, outage=of_outage))
    for now, known in (
        (BEGAN + timedelta(minutes=5), "Waiting: 3 messages"),
        (NOW, "Outage since: 2026-11-23 18:14 UTC"),
    ):
        text = as_text(build_message([failing, FAILED], View(now=now)))
        assert known in text
        assert ("Waiting: " in text) is (now != NOW)


@pytest.mark.parametrize(
    ("trouble", "recovery", "what"),
    [
        (EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_RECOVERED, "account unreachable"),
        (EventKind.ACCOUNT_UNAUTHORIZED, EventKind.ACCOUNT_RECOVERED, "account unauthorized"),
        (EventKind.CHANNEL_FAILING, EventKind.CHANNEL_RECOVERED, "channel failing"),
    ],
)
def test_an_outage_that_is_over_asks_for_nothing_and_says_from_when_to_when(
    trouble: EventKind, recovery: EventKind, what: str
) -> None:
    events = [outage(recovery, 2.5), FAILED, outage(trouble)]
    message = build_message(events, View(now=NOW))
    assert [entry.kind for entry in message.entries] == [EventKind.FAILED, recovery]
    mended = message.entries[1]
    assert mended.heading == "Good to know (1)"
    told = {fact.label: fact.text for fact in mended.digest_facts}
    assert told["Earlier"] == f"{what}, from 18:14 to 20:44 UTC"
    assert "What to do" not in told
    assert "Repair the connection" not in {entry.heading for entry in message.entries}
    # A receiver that is a program is told of both.
    assert [entry.kind for entry in mended.before] == [trouble]
    assert len(message.all_entries) == 3


def test_two_troubles_of_one_outage_are_named_one_after_the_other() -> None:
    refused = outage(EventKind.ACCOUNT_UNAUTHORIZED, 1)
    events = [
        outage(EventKind.ACCOUNT_UNREACHABLE),
        refused,
        outage(EventKind.ACCOUNT_RECOVERED, 2),
    ]
    message = build_message(events, View(now=NOW))
    (entry,) = message.entries
    assert message.severity is Severity.SUCCESS
    assert {fact.label: fact.text for fact in entry.facts}["Earlier"] == (
        "account unreachable, then account unauthorized, from 18:14 to 20:14 UTC"
    )


def test_an_outage_after_a_recovery_is_to_be_repaired_and_so_is_that_of_another_account() -> None:
    trouble, recovery = EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_RECOVERED
    again = outage(trouble, 3)
    other = outage(trouble, 0, account="production")
    message = build_message([outage(trouble), outage(recovery, 2), again, other], View(now=NOW))
    asked = {(each.event.account, each.event.qualifier): each.asks for each in message.entries}
    assert asked == {
        ("research", again.qualifier): Asks.CONNECT,
        ("production", other.qualifier): Asks.CONNECT,
        ("research", (BEGAN + 2 * HOUR).isoformat()): Asks.KNOW,
    }


def test_a_recovery_whose_outage_was_told_before_says_no_more_than_how_long() -> None:
    (entry,) = build_message([outage(EventKind.ACCOUNT_RECOVERED, 2.5)], View(now=NOW)).entries
    assert entry.headline == "Account recovered: research, after 2h 30m"
    assert "Earlier" not in {fact.label for fact in entry.facts}
