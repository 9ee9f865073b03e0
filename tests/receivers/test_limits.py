"""Each service's limit, at its last unit and one past it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import CauseFacts, Facts, ResultsFacts
from batchbell.core.results.counts import Verdict
from batchbell.messages.entry import Card, Entry
from batchbell.messages.fact import Fact, Role
from batchbell.messages.message import Message
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content, Family
from batchbell.receivers.discord import as_discord
from batchbell.receivers.fitting import CUT
from batchbell.receivers.ntfy_form import as_ntfy
from batchbell.receivers.slack.form import as_slack
from batchbell.receivers.telegram import as_telegram
from tests.services import EMOJI, RIGHT_TO_LEFT, several

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def slack(piece: Any) -> int:
    return units(piece["attachments"][0]["blocks"][0]["text"]["text"])


def discord(piece: Any) -> int:
    return units(piece["embeds"][0]["description"])


def telegram(piece: str) -> int:
    """Count as it is sent: lines end with CR LF."""
    return units(piece.replace("\n", "\r\n"))


def ntfy(piece: str) -> int:
    return len(piece.encode())


LIMITS: list[tuple[Callable[..., Content], Callable[[Any], int], int]] = [
    (as_slack, slack, 3_000),
    (as_discord, discord, 4_096),
    (as_telegram, telegram, 4_096),
    (as_ntfy, ntfy, 4_096),
]
#: What it is filled with: one unit, signs that are escaped, several units, other scripts.
SIGNS = ["x", "&", "*", "ü", EMOJI, RIGHT_TO_LEFT]
CASES = [
    pytest.param(*limit, sign, id=f"{limit[0].__name__}-{ascii(sign)[:8]}")
    for limit in LIMITS
    for sign in SIGNS
    # Another limit is reached before: see below.
    if limit[0] is not as_ntfy or sign.isascii()
]


def message(words: str) -> Message:
    facts = (
        Fact("Job", "job-1", Role.JOB),
        Fact("Error", "line 3: " + EMOJI, Role.ERROR),
        Fact("Forecast", words, Role.OUTLOOK),
    )
    event = sample(EventKind.FAILED, AT)
    card = Card(title="nightly: FAILED", below="")
    entry = Entry(event=event, headline="FAILED: nightly", card=card, facts=facts, advice="")
    return Message(title="FAILED: nightly", lead="FAILED: nightly", entries=(entry,))


@pytest.mark.parametrize(("form", "size", "limit", "sign"), CASES)
def test_what_fills_the_last_unit_stays_and_one_more_is_told_of(
    form: Callable[..., Content], size: Callable[[Any], int], limit: int, sign: str
) -> None:
    def piece(words: str) -> Any:
        pieces = form(Content(title="t", text="t"), message(words), AT).payload["pieces"]
        assert len(pieces) == 1
        return pieces[0]

    empty = size(piece("."))
    signs = (limit - empty) // (size(piece("." + sign)) - empty)
    words = "." + sign * signs
    words += "x" * (limit - size(piece(words)))
    filled = piece(words)
    assert size(filled) == limit
    assert CUT.text not in str(filled)

    beyond = piece(f"{words}x")
    assert size(beyond) <= limit
    assert CUT.text in str(beyond)
    assert "job-1" in str(beyond)
    assert "line 3" in str(beyond)


@pytest.mark.parametrize("sign", ["ü", EMOJI, RIGHT_TO_LEFT])
def test_an_ntfy_message_beyond_ascii_stays_a_message(sign: str) -> None:
    """JSON is written in ASCII, and ntfy takes at most 8,192 bytes of it."""
    text = as_ntfy(Content(title="t", text="t"), message(sign * 600), AT).payload["pieces"][0]
    request = {"topic": "t" * 64, "title": EMOJI[:8] * 15, "message": text}
    assert len(json.dumps(request)) <= 8_000
    assert ntfy(text) <= 4_096


def slack_sections(piece: Any) -> int:
    blocks = (attachment["blocks"][0] for attachment in piece["attachments"][:-1])
    return max(units(block["text"]["text"]) for block in blocks)


def teams(piece: Any) -> int:
    return len(json.dumps(piece))


EVERY_LIMIT = {
    Family.SLACK: (slack_sections, 3_000),
    Family.DISCORD: (discord, 4_096),
    Family.TELEGRAM: (telegram, 4_096),
    Family.NTFY: (ntfy, 4_096),
    Family.TEAMS: (teams, 28_000),
}
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=40).map(lambda text: text * 12)


@given(ANY_TEXT, ANY_TEXT, st.integers(min_value=1, max_value=20))
def test_whatever_the_api_says_every_job_is_told_within_the_limit(
    error: str, name: str, count: int
) -> None:
    cause = CauseFacts(count=1, code=error, message=name)
    results = ResultsFacts(
        verdict=Verdict.PARTIAL,
        requests=3,
        succeeded=1,
        failed=1,
        missing=1,
        causes=(cause, cause, cause),
        reason=error,
    )
    events = [
        replace(event, facts=Facts(input_file=name, results=results))
        for event in several(count, error=error, model_id=name, endpoint=error)
    ]
    for family, (size, limit) in EVERY_LIMIT.items():
        pieces = Composer(family=family).compose(events, AT).payload["pieces"]
        assert all(size(piece) <= limit for piece in pieces)
        told = json.dumps(pieces, ensure_ascii=False)
        for event in events:
            assert event.job is not None
            for needed in (event.job_id, event.job.output_file_id, event.job.error_file_id):
                assert str(needed) in told
