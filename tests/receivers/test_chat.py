"""What Slack, Discord, Teams, Telegram and ntfy get over the wire, from Apprise's real plugins."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.facts import Facts
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.family import family_of
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import AppriseReceiver
from tests.loopback_receivers import Answer, HttpReceiver
from tests.services import (
    AT,
    EMOJI,
    FAMILIES,
    RIGHT_TO_LEFT,
    URLS,
    every_service,
    failed,
    send,
    several,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.loopback_receivers import HttpRequest

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


@pytest.mark.parametrize("family", FAMILIES)
async def test_one_event_is_one_message_with_all_its_facts(
    family: Family, http: HttpReceiver
) -> None:
    outcome = await send(family, http, failed())

    assert outcome.delivered
    (request,) = http.requests
    text = shown(request).replace("\\", "")
    for part in (
        "FAILED: nightly-01 (Llama-3.3-70B), line 3: invalid JSON",
        failed().job_id,
        f"file-out-{1:032}",
        f"file-err-{1:032}",
        "(in 21h)",
        f"batchbell show {failed().job_id}",
    ):
        assert part in text, part


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("error", ["a long way down the line ", RIGHT_TO_LEFT, EMOJI])
async def test_every_job_of_a_full_digest_is_named_with_its_files(
    family: Family, error: str, http: HttpReceiver
) -> None:
    events = several(error=error * 40)
    events = [replace(event, facts=Facts(input_file=error * 8)) for event in events]
    outcome = await send(family, http, *events)

    assert outcome.delivered
    text = "\n".join(shown(request) for request in http.requests).replace("\\", "")
    for number, event in enumerate(events, start=1):
        for part in (event.job_id, f"file-out-{number:032}", f"file-err-{number:032}"):
            assert part in text, part
    assert "20 events of account default, worst first: 20 failed." in text


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize(
    "text", [EMOJI * 90, RIGHT_TO_LEFT * 40, "&<>" * 300, "\\*_" * 300, "x" * 900]
)
async def test_the_limits_of_the_service_hold_whatever_the_text(
    family: Family, http: HttpReceiver, count: int, text: str
) -> None:
    events = several(count, error=text, model_id=text, endpoint=text, output_file_id=text)
    events = [replace(event, facts=Facts(input_file=text)) for event in events]
    await send(family, http, *events, view=View(page_url="https://bell.example.com"))

    assert http.requests
    for request in http.requests:
        LIMITS[family](request)


def within_slack(request: HttpRequest) -> None:
    payload = request.json
    assert len(payload["text"]) <= 4_000
    assert len(payload["attachments"]) <= 100
    blocks = [block for each in payload["attachments"] for block in each["blocks"]]
    assert len(blocks) <= 50
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks if "text" in block)
    assert len(shown(request)) <= 40_000


def within_discord(request: HttpRequest) -> None:
    (embed,) = request.json["embeds"]
    assert units(embed["title"]) <= 256
    assert units(embed["description"]) <= 4_096
    assert units(embed["title"]) + units(embed["description"]) <= 6_000


def within_teams(request: HttpRequest) -> None:
    assert len(request.body) <= 28_000


def within_telegram(request: HttpRequest) -> None:
    text = request.json["text"]
    assert units(text) <= 4_096
    for tag in ("b", "code"):
        assert text.count(f"<{tag}>") == text.count(f"</{tag}>")
    assert not text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&")


def within_ntfy(request: HttpRequest) -> None:
    assert len(request.json["message"].encode()) <= 4_096


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


LIMITS = {
    Family.SLACK: within_slack,
    Family.DISCORD: within_discord,
    Family.TEAMS: within_teams,
    Family.TELEGRAM: within_telegram,
    Family.NTFY: within_ntfy,
}


class TestSlack:
    async def test_where_it_goes_stays_apprise_s(self, http: HttpReceiver) -> None:
        await send(Family.SLACK, http, failed())
        (request,) = http.requests
        assert request.json["channel"] == "#batches"
        assert request.json["attachments"][0]["color"] == "#D55E00"

    @pytest.mark.parametrize("option", ["?blocks=yes", "?mode=workflow"])
    def test_a_url_that_asks_for_another_form_gets_apprise_s(self, option: str) -> None:
        assert family_of(AppriseReceiver(URLS[Family.SLACK] + option)) is Family.PLAIN

    def test_the_webhook_s_own_address_is_known(self) -> None:
        url = "https://hooks.slack.com/services/T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake"
        assert family_of(AppriseReceiver(url)) is Family.SLACK
        assert family_of(AppriseReceiver("https://example.com/what")) is Family.PLAIN

    def test_a_workflow_gets_its_own_variables(self) -> None:
        from batchbell.receivers.service import open_services  # noqa: PLC0415 - imports Apprise

        content = Composer(family=Family.SLACK).compose([failed()], AT)
        tokens = "T0FAKE000/A0FAKE000/123456789/FakeFakeFakeFakeFakeFake"
        url = f"https://hooks.slack.com/workflows/{tokens}"
        (service,) = open_services(url, content=content, key="key")
        assert "FAILED" in service.title
        assert "_send" not in vars(service.plugin)


class TestDiscord:
    async def test_the_embed_has_the_colour_and_the_link(self, http: HttpReceiver) -> None:
        await send(Family.DISCORD, http, failed(), view=View(page_url="https://bell.example.com"))
        (embed,) = http.requests[0].json["embeds"]
        assert embed["color"] == 0xD55E00
        assert embed["url"].startswith("https://bell.example.com/jobs/default/")
        assert "content" not in http.requests[0].json


class TestTeams:
    async def test_all_text_stands_where_no_markdown_is_read(self, http: HttpReceiver) -> None:
        await send(Family.TEAMS, http, *several(3, error="**bold** [a](https://evil.example)"))
        (card,) = (attachment["content"] for attachment in http.requests[0].json["attachments"])
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
        runs = [run for block in card["body"] for run in block["inlines"]]
        assert {run["type"] for run in runs} == {"TextRun"}

    async def test_a_date_function_from_outside_is_not_replaced(self, http: HttpReceiver) -> None:
        await send(Family.TEAMS, http, failed(error="{{DATE(2026-11-23T02:14:00Z, SHORT)}}"))
        assert "{{" not in shown(http.requests[0])

    async def test_the_page_is_a_button(self, http: HttpReceiver) -> None:
        await send(Family.TEAMS, http, failed(), view=View(page_url="https://bell.example.com"))
        (card,) = (attachment["content"] for attachment in http.requests[0].json["attachments"])
        (button,) = card["actions"]
        assert button["url"].startswith("https://bell.example.com/jobs/default/")
        assert "https://bell.example.com/" not in json.dumps(card["body"])

    async def test_of_a_digest_the_button_is_for_the_whole_page(self, http: HttpReceiver) -> None:
        view = View(page_url="https://bell.example.com")
        await send(Family.TEAMS, http, *several(2), view=view)
        (card,) = (attachment["content"] for attachment in http.requests[0].json["attachments"])
        assert card["actions"][0]["url"] == "https://bell.example.com/"
        assert "https://bell.example.com/" not in json.dumps(card["body"])

    async def test_a_digest_too_big_for_a_card_goes_on_in_the_next(
        self, http: HttpReceiver
    ) -> None:
        await send(Family.TEAMS, http, *several(error=EMOJI * 20))
        leads = [
            request.json["attachments"][0]["content"]["body"][0]["inlines"][0]["text"]
            for request in http.requests
        ]
        assert [lead[:6] for lead in leads] == ["(1/2) ", "(2/2) "]


class TestNtfy:
    async def test_a_failure_rings_louder(self, http: HttpReceiver) -> None:
        await send(Family.NTFY, http, failed(), view=View(page_url="https://bell.example.com"))
        headers = http.requests[0].headers
        assert headers["x-priority"] == "high"
        assert headers["x-tags"] == "rotating_light"
        assert headers["x-click"].startswith("https://bell.example.com/jobs/default/")

    async def test_what_the_url_sets_stays(self, http: HttpReceiver) -> None:
        receiver = AppriseReceiver(f"ntfy://{http.netloc}/batches?priority=min&tags=mine")
        content = Composer(family=Family.NTFY).compose([failed()], AT)
        await Notifier().send("team", receiver, content, "key")
        headers = http.requests[0].headers
        assert (headers["x-priority"], headers["x-tags"]) == ("min", "mine")

    @pytest.mark.parametrize(
        ("status", "code", "reason", "permanent"),
        [
            (401, 40101, "HTTP 401 Unauthorized", True),
            (429, 42908, "HTTP 429 Too Many Requests", False),
            (500, 50001, "HTTP 500 Internal Server Error", False),
        ],
    )
    async def test_its_own_error_codes_say_whether_to_try_again(
        self, http: HttpReceiver, status: int, code: int, reason: str, *, permanent: bool
    ) -> None:
        body = {"code": code, "http": status, "error": "no", "link": "https://ntfy.sh/docs"}
        http.answer_next(Answer(status=status, body=json.dumps(body).encode()))
        outcome = await send(Family.NTFY, http, failed())
        assert (outcome.reason, outcome.permanent) == (reason, permanent)


class TestPieces:
    @pytest.mark.parametrize("family", [Family.DISCORD, Family.TELEGRAM, Family.NTFY])
    async def test_less_is_told_of_each_job_if_that_saves_messages(
        self, family: Family, http: HttpReceiver
    ) -> None:
        await send(family, http, *several())
        text = "\n".join(shown(request) for request in http.requests)
        assert len(http.requests) == 2
        assert "Model" not in text
        assert "Shortened" in text
        assert "all of it: batchbell events" in text

    async def test_a_digest_goes_on_in_numbered_messages(self, http: HttpReceiver) -> None:
        await send(Family.TELEGRAM, http, *several(error="long " * 60))
        first, *others = (request.json["text"] for request in http.requests)
        assert first.startswith(f"(1/{len(others) + 1})")
        assert others[-1].startswith(f"({len(others) + 1}/{len(others) + 1})")
        assert "Look closer" in others[-1]

    async def test_the_next_attempt_goes_on_behind_what_was_taken(self, http: HttpReceiver) -> None:
        notifier, told = Notifier(), several(error="long " * 60)
        http.answer_next(Answer(body=b'{"ok": true}'), Answer(status=429, body=b"{}"))
        outcomes = [await send(Family.TELEGRAM, http, *told, notifier=notifier) for _ in range(3)]

        assert [outcome.delivered for outcome in outcomes] == [False, True, True]
        numbers = [request.json["text"][:5] for request in http.requests]
        # The third is a message of its own: what was delivered is behind us.
        assert numbers == ["(1/3)", "(2/3)", "(2/3)", "(3/3)", "(1/3)", "(2/3)", "(3/3)"]

    async def test_a_message_that_goes_elsewhere_starts_anew(self, http: HttpReceiver) -> None:
        notifier = Notifier()
        content = Composer(family=Family.TELEGRAM).compose(several(error="long " * 60), AT)
        http.answer_next(Answer(body=b'{"ok": true}'), Answer(status=429, body=b"{}"))
        for chat in ("1", "2"):
            receiver = AppriseReceiver(f"tgram://123456789:abcdefg_hijklmnop/{chat}/")
            await notifier.send("team", receiver, content, "key")

        first, _, again, *_ = http.requests
        assert again.json == {**first.json, "chat_id": 2}

    async def test_a_refused_piece_stops_the_message_and_says_why(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(body=b'{"ok": true}'), Answer(status=429, body=b"{}"))
        outcome = await send(Family.TELEGRAM, http, *several(error="long " * 60))
        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert outcome.reason == "HTTP 429 Too Many Requests"
        assert len(http.requests) == 2


class TestOtherServices:
    async def test_a_digest_that_is_too_long_for_one_message_says_less_of_each_job(
        self, http: HttpReceiver
    ) -> None:
        events = several(error="long " * 40)
        receiver = AppriseReceiver(f"mmost://{http.netloc}/fake-token")
        content = Composer(family=family_of(receiver)).compose(events, AT)
        assert (await Notifier().send("team", receiver, content, "key")).delivered

        text = "\n".join(request.json["text"] for request in http.requests)
        assert len(http.requests) < len(content.text) / 4_000
        for event in events:
            assert event.job is not None
            assert event.job_id in text
            assert str(event.job.error_file_id) in text
        assert "Note: shortened, all of it: batchbell events" in text
        assert "Model" not in text

    @pytest.mark.parametrize("mark", ["", "[test] "])
    async def test_what_the_title_says_is_not_said_again(
        self, mark: str, http: HttpReceiver
    ) -> None:
        receiver = AppriseReceiver(f"mmost://{http.netloc}/fake-token")
        content = Composer().compose([failed()], AT)
        told = replace(content, title=f"{mark}{content.title}")
        await Notifier().send("team", receiver, told, "key")

        assert http.requests[0].json["text"].startswith(f"{mark}FAILED: nightly-01")
        assert http.requests[0].json["text"].count("FAILED: nightly-01") == 1

    def test_of_one_event_nothing_is_left_out(self) -> None:
        assert Composer().compose([failed()], AT).shorter == ()


class TestWire:
    """The whole request: our payload, and of Apprise's own only where it goes."""

    async def test_slack(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.SLACK, http)
        assert request.path == "/services/T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake"
        assert request.headers["content-type"].startswith("application/json")
        assert request.json == {**piece, "channel": "#batches"}

    async def test_discord(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.DISCORD, http)
        assert request.path == "/webhooks/4174216298/fake-fake-fake-fake"
        assert request.json == {**piece, "wait": True}

    async def test_teams(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.TEAMS, http)
        assert request.path.startswith("/workflows/643a27eb3daa/triggers/manual/paths/invoke?")
        assert request.json == piece

    async def test_telegram(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.TELEGRAM, http)
        assert request.path == "/bot123456789:abcdefg_hijklmnop/sendMessage"
        assert request.json == {
            "chat_id": 12315544,
            "text": piece.replace("\n", "\r\n"),
            "parse_mode": "HTML",
            "disable_notification": False,
            "disable_web_page_preview": True,
        }

    async def test_ntfy(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.NTFY, http)
        title = "FAILED: nightly-01 (Llama-3.3-70B), line 3: invalid JSON"
        assert request.path == "/"
        assert request.json == {"topic": "batches", "title": title, "message": piece}

    async def told(self, family: Family, http: HttpReceiver) -> tuple[HttpRequest, list[Any]]:
        """Send one event; return the request and what was rendered."""
        assert (await send(family, http, failed())).delivered
        (request,) = http.requests
        return request, Composer(family=family).compose([failed()], AT).payload["pieces"]


class TestPage:
    """The status page can be opened from a message, whatever its address looks like."""

    ADDRESS = "https://ops.example.com:8443/bell_page"

    @pytest.mark.parametrize(
        ("family", "link"),
        [
            (Family.SLACK, f"*Status page:* <{ADDRESS}/"),
            (Family.DISCORD, f"**Status page:** {ADDRESS}/"),
            (Family.TELEGRAM, f"<b>Status page:</b> {ADDRESS}/"),
            (Family.NTFY, f"Status page: {ADDRESS}/"),
        ],
    )
    @pytest.mark.parametrize("count", [1, 2])
    async def test_its_address_stands_as_it_is(
        self, family: Family, link: str, count: int, http: HttpReceiver
    ) -> None:
        await send(family, http, *several(count), view=View(page_url=self.ADDRESS))
        assert link in shown(http.requests[-1])
