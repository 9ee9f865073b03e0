from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.messages.view import View
from batchbell.receivers.content import Family
from batchbell.receivers.registry import address_of
from batchbell.receivers.teams import TeamsAddress
from tests.loopback_receivers import Answer, HttpReceiver
from tests.receivers.sample_messages import DIGEST
from tests.receivers.sample_messages import send as send_text
from tests.services import EMOJI, URLS, every_service, failed, send, send_to, several, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "https://prod-1.example.com"
INVOKE = "triggers/manual/paths/invoke"
QUERY = "sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=fake-signature"
LOGIC = f"{HOST}:443/workflows/643a27/{INVOKE}?api-version=2016-06-01&{QUERY}"
DIRECT = "powerautomate/automations/direct"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


class TestForm:
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
        assert '"https://bell.example.com/"' not in json.dumps(card["body"])

    async def test_each_job_of_a_digest_has_a_link_of_its_own(self, http: HttpReceiver) -> None:
        view = View(page_url="https://bell.example.com")
        events = several(2)
        await send(Family.TEAMS, http, *events, view=view)
        (card,) = (attachment["content"] for attachment in http.requests[0].json["attachments"])
        opened = [
            run["selectAction"]["url"]
            for block in card["body"]
            for run in block["inlines"]
            if "selectAction" in run
        ]
        jobs = f"{view.page_url}/jobs/default"
        assert opened == [f"{jobs}/{event.job_id}" for event in events]

    async def test_a_digest_too_big_for_a_card_goes_on_in_the_next(
        self, http: HttpReceiver
    ) -> None:
        await send(Family.TEAMS, http, *several(error=EMOJI * 20))
        leads = [
            request.json["attachments"][0]["content"]["body"][0]["inlines"][0]["text"]
            for request in http.requests
        ]
        assert leads[0].endswith(" (1/2)")
        assert leads[1] == "Continued (2/2)"


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "where"),
        [
            ("workflows://prod-1.example.com:443/643a27/fake-signature", LOGIC),
            ("workflow://prod-1.example.com:443/643a27/fake-signature/?wrap=no", LOGIC),
            ("workflows://prod-1.example.com:443/?id=643a27&sig=fake-signature", LOGIC),
            ("workflows://prod-1.example.com:443/?workflow=643a27&signature=fake-signature", LOGIC),
            (LOGIC, LOGIC),
            (
                "workflows://prod-1.example.com/643a27/fake-signature?pa=yes&route=12&ver=1",
                f"{HOST}/{DIRECT}/cu/12/workflows/643a27/{INVOKE}?api-version=1&{QUERY}",
            ),
            (
                "workflows://prod-1.example.com/643a27/fake-signature?powerautomate=yes",
                f"{HOST}/{DIRECT}/workflows/643a27/{INVOKE}?api-version=2022-03-01-preview&{QUERY}",
            ),
            (
                f"{HOST}:443/{DIRECT}/cu/7/workflows/643a27/{INVOKE}?api-version=1&{QUERY}",
                f"{HOST}:443/{DIRECT}/cu/7/workflows/643a27/{INVOKE}?api-version=1&{QUERY}",
            ),
        ],
    )
    def test_every_documented_form_leads_there(self, url: str, where: str) -> None:
        address = address_of(url)

        assert isinstance(address, TeamsAddress)
        assert address.url == where

    def test_another_form_is_left_to_apprise(self) -> None:
        assert address_of("workflows://prod-1.example.com/a/b?template=/x") is None


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "body", "permanent", "fault"),
        [
            (400, b'{"error": {"code": "TriggerInputSchemaMismatch"}}', True, Fault.MESSAGE),
            (400, b'{"error": {"code": "InvalidApiVersionParameter"}}', True, Fault.CHANNEL),
            (401, b'{"error": {"code": "DirectApiAuthorizationRequired"}}', True, Fault.CHANNEL),
            (404, b'{"error": {"code": "WorkflowNotFound"}}', True, Fault.CHANNEL),
            (413, b"", True, Fault.MESSAGE),
            (429, b"", False, Fault.CHANNEL),
            (502, b'{"error": {"code": "InvalidApiVersionParameter"}}', False, Fault.UNKNOWN),
        ],
    )
    async def test_it_says_whose_fault_it_is(
        self, http: HttpReceiver, status: int, body: bytes, fault: Fault, *, permanent: bool
    ) -> None:
        http.answer_next(Answer(status=status, body=body))
        outcome = await send_to(URLS[Family.TEAMS].format(netloc=http.netloc), failed())

        assert (outcome.delivered, outcome.permanent, outcome.fault) == (False, permanent, fault)

    async def test_accepted_is_an_acceptance(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=202, body=b""))
        assert (await send_to(LOGIC, failed())).delivered

    async def test_it_says_how_long_to_wait(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=429, headers={"Retry-After": "12"}))
        assert (await send_to(LOGIC, failed())).retry_after_seconds == 12


async def test_a_channel_s_own_words_stand_where_no_markdown_is_read(http: HttpReceiver) -> None:
    assert (await send_text(LOGIC, DIGEST)).delivered

    text = "\n".join(shown(request) for request in http.requests)
    assert all(f"job-{n:02}" in text for n in range(20))
    for request in http.requests:
        assert len(request.body) <= 28_000
        (card,) = (attachment["content"] for attachment in request.json["attachments"])
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
