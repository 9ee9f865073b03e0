from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.messages.view import View
from batchbell.receivers.content import Family
from batchbell.receivers.discord import DiscordAddress
from batchbell.receivers.registry import address_of
from tests.loopback_receivers import Answer, HttpReceiver
from tests.receivers.sample_messages import DIGEST
from tests.receivers.sample_messages import send as send_text
from tests.services import AT, every_service, failed, send, send_to

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKENS = "4174216298/fake-fake-fake-fake"
WEBHOOK = f"https://discord.com/api/webhooks/{TOKENS}"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


class TestForm:
    async def test_the_embed_has_the_colour_and_the_link(self, http: HttpReceiver) -> None:
        await send(Family.DISCORD, http, failed(), view=View(page_url="https://bell.example.com"))
        (embed,) = http.requests[0].json["embeds"]
        assert embed["color"] == 0xD55E00
        assert embed["url"].startswith("https://bell.example.com/jobs/default/")
        assert "content" not in http.requests[0].json

    async def test_what_is_to_be_cancelled_within_the_hour_is_red(self, http: HttpReceiver) -> None:
        await send(Family.DISCORD, http, sample(EventKind.AT_RISK, AT))
        (embed,) = http.requests[0].json["embeds"]
        assert embed["color"] == 0xD55E00
        assert embed["title"].startswith("! ")

    async def test_what_is_done_is_two_lines(self, http: HttpReceiver) -> None:
        done = [replace(sample(EventKind.COMPLETED, AT), job_id=f"job-{n}") for n in range(2)]
        await send(Family.DISCORD, http, *done, view=View(page_url="https://bell.test"))
        first, *_ = http.requests[0].json["embeds"][0]["description"].split("\n\n")
        _, known = first.splitlines()
        assert known.startswith("-# Output file: ")
        assert known.endswith(" · [Open job](https://bell.test/jobs/default/job-0)")

    async def test_a_digest_has_a_sign_and_commands_in_full_size_of_what_is_to_be_done(
        self, http: HttpReceiver
    ) -> None:
        events = (sample(kind, AT) for kind in (EventKind.AT_RISK, EventKind.STALLED))
        risk, stalled = (replace(each, job_id=f"job-{each.kind}") for each in events)
        assert risk.job is not None
        assert stalled.job is not None
        await send(Family.DISCORD, http, risk, stalled, view=View(page_url="https://bell.test"))
        lines = http.requests[0].json["embeds"][0]["description"].splitlines()
        assert lines[1].startswith("**! AT RISK: ")
        assert f"1 Cancel it: `batchbell cancel -- {risk.job.id}`" in lines
        # What is to be watched is not to be cancelled yet.
        early = f"cancel it: `batchbell cancel -- {stalled.job.id}`"
        assert f"-# Only if it has not moved by then, {early}" in lines
        assert any(line.startswith("-# Forecast: ") for line in lines)


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "where", "settings"),
        [
            (f"discord://{TOKENS}", WEBHOOK, {}),
            (f"discord://bell@{TOKENS}/", WEBHOOK, {"username": "bell"}),
            (f"discord://{TOKENS}?thread=99", f"{WEBHOOK}?thread_id=99", {}),
            (f"discord://{TOKENS}?botname=x&flags=4", WEBHOOK, {"flags": 4, "username": "x"}),
            (
                f"discord://{TOKENS}?avatar_url=https://x.example/a.png",
                WEBHOOK,
                {"avatar_url": "https://x.example/a.png"},
            ),
            (f"discord://{TOKENS}?avatar_url=https://x.example/a.png&avatar=no", WEBHOOK, {}),
            (WEBHOOK, WEBHOOK, {}),
            (f"https://discordapp.com/api/webhooks/{TOKENS}/", WEBHOOK, {}),
        ],
    )
    def test_every_documented_form_leads_there(
        self, url: str, where: str, settings: dict[str, Any]
    ) -> None:
        address = address_of(url)

        assert isinstance(address, DiscordAddress)
        assert (address.url, address.settings) == (where, settings)

    @pytest.mark.parametrize("option", ["template=/x", "ping=@bob", "tts=yes", "format=markdown"])
    def test_another_form_is_left_to_apprise(self, option: str) -> None:
        assert address_of(f"discord://{TOKENS}?{option}") is None


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "body", "permanent", "fault"),
        [
            (400, b'{"code": 50035, "message": "Invalid Form Body"}', True, Fault.MESSAGE),
            (400, b'{"code": 220001}', True, Fault.CHANNEL),
            (400, b'{"code": {"no": "number"}}', True, Fault.MESSAGE),
            (401, b"", True, Fault.CHANNEL),
            (404, b'{"code": 10015, "message": "Unknown Webhook"}', True, Fault.CHANNEL),
            (429, b'{"retry_after": 1.5}', False, Fault.CHANNEL),
            (502, b"<html>", False, Fault.UNKNOWN),
        ],
    )
    async def test_it_says_whose_fault_it_is(
        self, http: HttpReceiver, status: int, body: bytes, fault: Fault, *, permanent: bool
    ) -> None:
        http.answer_next(Answer(status=status, body=body))
        outcome = await send_to(WEBHOOK, failed())

        assert (outcome.delivered, outcome.permanent, outcome.fault) == (False, permanent, fault)

    async def test_no_content_is_an_acceptance(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=204))
        assert (await send_to(WEBHOOK, failed())).delivered

    async def test_it_says_how_long_to_wait(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=429, headers={"Retry-After": "2.5"}))
        assert (await send_to(WEBHOOK, failed())).retry_after_seconds == 2.5


class TestOwnWords:
    """A channel's own template makes text: it is sent without an embed."""

    async def test_nobody_is_called(self, http: HttpReceiver) -> None:
        assert (await send_text(f"discord://{TOKENS}")).delivered

        shown = http.requests[0].json["content"]
        for live in ("@everyone", "@here", "<@U1", "](", "|click", " :smile:"):
            assert live not in shown

    async def test_a_digest_of_20_arrives_whole_in_pieces_that_fit(
        self, http: HttpReceiver
    ) -> None:
        assert (await send_text(f"discord://{TOKENS}", DIGEST)).delivered

        texts = [request.json["content"] for request in http.requests]
        assert all(len(text) <= 2_000 for text in texts)
        assert all(f"job-{n:02}" in "".join(texts) for n in range(20))
        assert sum(text.count("long") for text in texts) == 2000
