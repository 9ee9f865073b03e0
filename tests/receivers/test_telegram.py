from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.receivers.registry import address_of
from batchbell.receivers.telegram import TelegramAddress
from tests.loopback_receivers import Answer, HttpReceiver
from tests.receivers.sample_messages import DIGEST
from tests.receivers.sample_messages import send as send_text
from tests.services import every_service, failed, send_to

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "123456789:obviously-fake_token"
BOT = f"tgram://{TOKEN}"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "targets"),
        [
            (f"{BOT}/12315544/", ["12315544"]),
            (f"{BOT}/12:7/@chan/-100", ["12:7", "@chan", "-100"]),
            (f"{BOT}/?to=1,2", ["1", "2"]),
            (f"{BOT}/1/2:3?topic=9", ["1:9", "2:3"]),
            (f"{BOT}/1?thread=4", ["1:4"]),
            (f"{BOT}/1/!?x", ["1"]),
            (f"tgram://bot{TOKEN}/1", ["1"]),
            (f"tgram://{TOKEN.replace(':', '%3A')}/1", ["1"]),
            (f"{BOT}/", [""]),
            (f"{BOT}/?detect=yes", [""]),
        ],
    )
    def test_every_documented_form_leads_there(self, url: str, targets: list[str]) -> None:
        address = address_of(url)

        assert isinstance(address, TelegramAddress)
        assert address.url == f"https://api.telegram.org/bot{TOKEN}"
        assert list(address.targets) == targets

    @pytest.mark.parametrize("option", ["template=/x", "mdv=1", "format=markdown", "content=after"])
    def test_another_form_is_left_to_apprise(self, option: str) -> None:
        assert address_of(f"{BOT}/1?{option}") is None

    async def test_chats_topics_and_sound_go_along(self, http: HttpReceiver) -> None:
        assert (await send_to(f"{BOT}/12:7/chan?silent=yes&preview=yes", failed())).delivered

        first, second = (request.json for request in http.requests)
        assert (first["chat_id"], first["message_thread_id"]) == (12, 7)
        assert (second["chat_id"], "message_thread_id" in second) == ("@chan", False)
        assert first["disable_notification"] is True
        assert first["disable_web_page_preview"] is False


class TestOwner:
    """Without a chat in the URL it is who has written to the bot."""

    async def test_they_are_told(self, http: HttpReceiver) -> None:
        updates = b'{"ok": true, "result": [{"edited": 1}, {"message": {"from": {"id": 77}}}]}'
        http.answer_next(Answer(body=updates))
        assert (await send_to(f"{BOT}/", failed())).delivered

        asked, told = http.requests
        assert asked.path.endswith("/getUpdates")
        assert told.json["chat_id"] == "77"

    async def test_nobody_has_written_yet(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(body=b'{"ok": true, "result": []}'))
        outcome = await send_to(f"{BOT}/", failed())

        assert (outcome.permanent, outcome.fault) == (False, Fault.CHANNEL)
        assert outcome.reason == (
            "the bot has no chat yet: write to it once, or put the chat's id into the URL"
        )

    async def test_the_bot_is_refused(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=401))
        outcome = await send_to(f"{BOT}/", failed())

        assert (outcome.reason, outcome.permanent) == ("HTTP 401 Unauthorized", True)


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "said", "reason", "permanent", "fault"),
        [
            (400, "can't parse entities", "HTTP 400 Bad Request", True, Fault.MESSAGE),
            (400, "message is too long", "HTTP 400 Bad Request", True, Fault.MESSAGE),
            (
                400,
                "Bad Request: chat not found",
                "HTTP 400 Bad Request (chat not found)",
                True,
                Fault.CHANNEL,
            ),
            (403, "bot was blocked by the user", "HTTP 403 Forbidden", True, Fault.CHANNEL),
            (404, "Not Found", "HTTP 404 Not Found", True, Fault.CHANNEL),
            (502, "Bad Gateway", "HTTP 502 Bad Gateway", False, Fault.UNKNOWN),
        ],
    )
    async def test_it_says_whose_fault_it_is(
        self,
        http: HttpReceiver,
        status: int,
        said: str,
        reason: str,
        fault: Fault,
        *,
        permanent: bool,
    ) -> None:
        body = b'{"ok": false, "description": "%s"}' % said.encode()
        http.answer_next(Answer(status=status, body=body))
        outcome = await send_to(f"{BOT}/1", failed())

        assert (outcome.delivered, outcome.reason) == (False, reason)
        assert (outcome.permanent, outcome.fault) == (permanent, fault)

    @pytest.mark.parametrize(
        ("headers", "body", "seconds"),
        [
            ({}, b'{"parameters": {"retry_after": 7}}', 7),
            ({}, b'{"parameters": {"retry_after": 86400}}', 900),
            ({"Retry-After": "3"}, b'{"parameters": {"retry_after": 7}}', 3),
            ({}, b"{}", None),
        ],
    )
    async def test_it_says_how_long_to_wait(
        self, http: HttpReceiver, headers: dict[str, str], body: bytes, seconds: float | None
    ) -> None:
        http.answer_next(Answer(status=429, headers=headers, body=body))
        assert (await send_to(f"{BOT}/1", failed())).retry_after_seconds == seconds


async def test_a_channel_s_own_words_are_escaped_and_fit(http: HttpReceiver) -> None:
    assert (await send_text(f"{BOT}/1", DIGEST)).delivered

    texts = [request.json["text"] for request in http.requests]
    assert all(len(text) <= 4_096 for text in texts)
    assert all(f"job-{n:02}" in "".join(texts) for n in range(20))
    assert all(text.startswith("<b>Batch jobs: 20 failed") for text in texts)
