"""What Slack, Discord, Teams, Telegram and ntfy get over the wire: what all of them share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import Facts
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import family_of
from tests.loopback_receivers import Answer, HttpReceiver
from tests.notifiers import open_notifier, send_once
from tests.services import (
    AT,
    EMOJI,
    FAMILIES,
    RIGHT_TO_LEFT,
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
        "nightly-01: FAILED" if family is Family.NTFY else "FAILED: nightly-01",
        "line 3: invalid JSON",
        failed().job_id,
        f"file-out-{1:032}",
        f"file-err-{1:032}",
        f"batchbell show -- {failed().job_id}",
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
    assert "20 FAILED, first " in text or ": FAILED, +19" in text


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
    blocks = [
        block for each in (payload, *payload["attachments"]) for block in each.get("blocks", ())
    ]
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


def at_risk(job_id: str) -> Event:
    event = sample(EventKind.AT_RISK, AT)
    assert event.job is not None
    return replace(event, job_id=job_id, job=replace(event.job, id=job_id))


def with_errors(job_id: str) -> Event:
    event = sample(EventKind.COMPLETED_WITH_ERRORS, AT)
    assert event.job is not None
    return replace(event, job_id=job_id, job=replace(event.job, id=job_id))


class TestPieces:
    @pytest.mark.parametrize(("family", "jobs"), [(Family.DISCORD, 26), (Family.TELEGRAM, 24)])
    async def test_less_is_told_of_each_job_if_that_saves_messages(
        self, family: Family, jobs: int, http: HttpReceiver
    ) -> None:
        events = [with_errors(f"3f2a9c1e-0000-4000-8000-{number:012}") for number in range(jobs)]
        view = View(page_url="https://bell.example.com")
        await send(family, http, *events, view=view)
        told, _, closing = "\n".join(map(shown, http.requests)).partition("Shortened")
        pages = [f"https://bell.example.com/jobs/default/{event.job_id}" for event in events]
        assert all(page in told for page in pages)
        assert "batchbell fetch" not in told
        assert ". All of it:" in closing
        assert "batchbell events" in closing

    @pytest.mark.parametrize(("family", "jobs"), [(Family.DISCORD, 13), (Family.TELEGRAM, 12)])
    async def test_a_second_message_is_better_than_one_that_lacks_commands(
        self, family: Family, jobs: int, http: HttpReceiver
    ) -> None:
        ids = [f"3f2a9c1e-0000-4000-8000-{number:012}" for number in range(jobs)]
        view = View(page_url="https://bell.example.com", provider=WORDS)
        await send(family, http, *map(with_errors, ids), view=view)
        told = "\n".join(map(shown, http.requests))
        assert len(http.requests) == len(("first", "second"))
        assert all(f"batchbell fetch -- {job_id}" in told for job_id in ids)

    @pytest.mark.parametrize("family", [Family.DISCORD, Family.TELEGRAM, Family.NTFY])
    async def test_what_is_to_be_cancelled_keeps_its_command_however_many_messages_that_takes(
        self, family: Family, http: HttpReceiver
    ) -> None:
        ids = [f"3f2a9c1e-0000-4000-8000-{number:012}" for number in range(20)]
        view = View(page_url="https://bell.example.com", provider=WORDS)
        await send(family, http, *map(at_risk, ids), view=view)
        text = "\n".join(shown(request) for request in http.requests)
        assert len(http.requests) > 1
        assert all(f"batchbell cancel -- {job_id}" in text for job_id in ids)

    async def test_a_digest_goes_on_in_numbered_messages(self, http: HttpReceiver) -> None:
        await send(Family.TELEGRAM, http, *several(error="long " * 60))
        texts = [request.json["text"] for request in http.requests]
        assert [text.splitlines()[0][-10:] for text in texts] == [
            f" ({number}/{len(texts)})</b>" for number in range(1, len(texts) + 1)
        ]
        assert len(texts) > 1
        assert "Look closer" in texts[-1]

    async def test_the_next_attempt_goes_on_behind_what_was_taken(self, http: HttpReceiver) -> None:
        told = several(error="long " * 60)
        http.answer_next(Answer(body=b'{"ok": true}'), Answer(status=429, body=b"{}"))
        async with open_notifier() as own:
            outcomes = [await send(Family.TELEGRAM, http, *told, notifier=own) for _ in range(3)]

        assert [outcome.delivered for outcome in outcomes] == [False, True, True]
        numbers = [request.json["text"].splitlines()[0][-9:-4] for request in http.requests]
        # The third is a message of its own: what was delivered is behind us.
        assert numbers == ["(1/3)", "(2/3)", "(2/3)", "(3/3)", "(1/3)", "(2/3)", "(3/3)"]

    async def test_a_message_that_goes_elsewhere_starts_anew(self, http: HttpReceiver) -> None:
        content = Composer(family=Family.TELEGRAM).compose(several(error="long " * 60), AT)
        http.answer_next(Answer(body=b'{"ok": true}'), Answer(status=429, body=b"{}"))
        async with open_notifier() as notifier:
            for chat in ("1", "2"):
                receiver = UrlReceiver(f"tgram://123456789:abcdefg_hijklmnop/{chat}/")
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
        # Each asks for something else.
        events = [failed(n, error=f"line {n}: {'long ' * 40}") for n in range(1, 21)]
        receiver = UrlReceiver(f"mmost://{http.netloc}/fake-token")
        content = Composer(family=family_of(receiver)).compose(events, AT)
        assert (await send_once("team", receiver, content, "key")).delivered

        text = "\n".join(request.json["text"] for request in http.requests)
        assert len(http.requests) < len(content.text) / 3_000
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
        receiver = UrlReceiver(f"mmost://{http.netloc}/fake-token")
        content = Composer().compose([failed()], AT)
        told = replace(content, title=f"{mark}{content.title}")
        await send_once("team", receiver, told, "key")

        assert http.requests[0].json["text"].startswith(f"{mark}FAILED: nightly-01")
        assert http.requests[0].json["text"].count("FAILED: nightly-01") == 1

    def test_of_one_event_nothing_is_left_out(self) -> None:
        assert Composer().compose([failed()], AT).shorter == ()


class TestWire:
    """The whole request: the payload, and where it goes."""

    async def test_slack(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.SLACK, http)
        assert request.path == "/services/T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake"
        assert request.headers["content-type"].startswith("application/json")
        assert request.json == {**piece, "channel": "#batches"}

    async def test_discord(self, http: HttpReceiver) -> None:
        request, (piece,) = await self.told(Family.DISCORD, http)
        assert request.path == "/api/webhooks/4174216298/fake-fake-fake-fake"
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
        title = "nightly-01: FAILED"
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
            (Family.SLACK, f"<{ADDRESS}/"),
            (Family.DISCORD, f"]({ADDRESS}/"),
            (Family.TELEGRAM, f'<a href="{ADDRESS}/'),
        ],
    )
    @pytest.mark.parametrize("count", [1, 2])
    async def test_its_address_stands_as_it_is(
        self, family: Family, link: str, count: int, http: HttpReceiver
    ) -> None:
        await send(family, http, *several(count), view=View(page_url=self.ADDRESS))
        assert link in shown(http.requests[-1])
