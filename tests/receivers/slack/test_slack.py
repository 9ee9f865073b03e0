from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.registry import address_of
from batchbell.receivers.slack.address import SlackAddress
from tests.loopback_receivers import Answer, HttpReceiver
from tests.receivers.sample_messages import CONTENT, DIGEST, TITLE
from tests.receivers.sample_messages import send as send_text
from tests.services import AT, every_service, failed, send, send_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event

TOKENS = "T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake"
WEBHOOK = f"https://hooks.slack.com/services/{TOKENS}"
BOT = "xoxb-1234-1234-obviously-fake"
API = "https://slack.com/api/chat.postMessage"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


class TestForm:
    async def test_it_goes_where_the_url_says(self, http: HttpReceiver) -> None:
        await send(Family.SLACK, http, failed())
        (request,) = http.requests
        assert request.json["channel"] == "#batches"
        assert request.json["attachments"][0]["color"] == "#D55E00"

    async def test_a_phone_s_notification_has_no_signs_of_formatting(
        self, http: HttpReceiver
    ) -> None:
        await send(Family.SLACK, http, failed(error="bad"))
        (request,) = http.requests
        (head,) = request.json["blocks"]
        assert head["text"]["text"].startswith("✗ *FAILED: ")
        assert request.json["text"] == head["text"]["text"].replace("*", "")
        fallbacks = [each["fallback"] for each in request.json["attachments"]]
        assert not any(set("*<>`") & set(text) for text in fallbacks)

    def test_each_command_stands_below_what_it_does(self) -> None:
        at_risk = sample(EventKind.AT_RISK, AT)
        message = "\n".join(map(text_of, blocks_of([at_risk], View(provider=WORDS))))
        for command in ("cancel", "retry"):
            assert f"*\n```batchbell {command} -- {at_risk.job_id}```" in message

    def test_the_only_command_says_too_what_it_is_for(self) -> None:
        done = sample(EventKind.COMPLETED, AT)
        told = [text_of(block) for block in blocks_of([done], View(provider=WORDS))]
        assert told[1] == "Fetch its output."
        assert told[2].startswith("*Fetch output*\n```curl -fsS ")
        early = sample(EventKind.STALLED, AT)
        told = [text_of(block) for block in blocks_of([early], View(provider=WORDS))]
        later = "*Only if it has not moved by then, cancel it*\n```batchbell cancel -- "
        assert any(text.startswith(later) for text in told)

    def test_what_a_job_is_known_by_is_one_line_and_its_id_only_where_no_command_has_it(
        self,
    ) -> None:
        lost = sample(EventKind.RESULTS_LOST, AT)
        known = text_of(blocks_of([lost], View(provider=WORDS))[-2]).splitlines()
        assert known[-1] == "Status: COMPLETED · Output file: file-example-output"
        odd = replace(lost, job_id="a; b")
        known = text_of(blocks_of([odd], View(provider=WORDS))[-2]).splitlines()
        assert known[-1].endswith(" · Job: a; b")


#: Kinds that ask for something else each, as many as there are headings.
ASKS = (
    EventKind.CANCELLED,
    EventKind.ACCOUNT_UNREACHABLE,
    EventKind.FAILED,
    EventKind.COMPLETED,
    EventKind.VANISHED,
    EventKind.STALLED,
    EventKind.CREATED,
    EventKind.AT_RISK,
)


def of_kind(kind: EventKind, number: int) -> Event:
    """Return a made-up event of another job, or another account."""
    event = sample(kind, AT)
    job = event.job and replace(event.job, id=f"job-{number}")
    job_id, account = (f"job-{number}", event.account) if job else ("", f"account-{number}")
    if job and kind is EventKind.CANCELLED and number % 2:
        job = replace(job, output_file_id="file-part")
    return replace(event, job=job, job_id=job_id, account=account)


def blocks_of(events: Sequence[Event], view: View) -> list[dict[str, Any]]:
    """Return a digest's blocks, as they stand below each other."""
    (piece,) = Composer(family=Family.SLACK, view=view).compose(events, AT).payload["pieces"]
    return [*piece["blocks"], *(block for each in piece["attachments"] for block in each["blocks"])]


def text_of(block: dict[str, Any]) -> str:
    return str(block["elements"][0]["text"] if "elements" in block else block["text"]["text"])


class TestDigest:
    PAGE = View(page_url="https://bell.example.com", now=AT)

    @pytest.mark.parametrize("kinds", [1, 2, 8])
    def test_twenty_entries_fit_under_any_number_of_headings(self, kinds: int) -> None:
        events = [of_kind(ASKS[number % kinds], number) for number in range(20)]
        blocks = blocks_of(events, self.PAGE)
        assert len(blocks) <= 50
        told = "\n".join(map(text_of, (block for block in blocks if block["type"] != "divider")))
        assert all(event.job_id in told for event in events)

    def test_all_there_may_be_fits_and_those_behind_get_fewer_blocks(self) -> None:
        kinds = [*ASKS, EventKind.CANCELLED, EventKind.FAILED]
        events = [of_kind(kind, number) for number, kind in enumerate(kinds * 2)]
        view = replace(self.PAGE, acknowledged=frozenset({events[2].key}))
        message = build_message(events, view)
        headings = [entry.heading for entry in message.entries if entry.heading]
        assert len(message.entries) == 20
        assert len(headings) >= 8
        blocks = blocks_of(events, view)
        assert len(blocks) <= 50
        assert [block["type"] for block in blocks].count("divider") == len(headings) - 1
        *_, tight, _ = blocks
        assert text_of(tight).startswith("*<https://bell.example.com/jobs/default/")

    def test_an_entry_has_its_commands_under_its_headline_and_what_all_ask_for_above(self) -> None:
        events = [of_kind(EventKind.AT_RISK, 1), of_kind(EventKind.AT_RISK, 2)]
        told = blocks_of([*events, of_kind(EventKind.FAILED, 3)], self.PAGE)
        heading, first, line, *_ = map(text_of, told[1:4])
        assert heading.startswith("*Cancel now (2)*\nCancel each now and submit its rest: ")
        assert first.startswith("*<https://bell.example.com/jobs/default/job-1|AT RISK: ")
        assert first.splitlines()[-6:] == [
            "1 Cancel it:",
            "`batchbell cancel -- job-1`",
            "2 Fetch what is done, once it is cancelled:",
            "`batchbell fetch -- job-1`",
            "3 Write a file of the rest, then run the command it prints:",
            "`batchbell retry -- job-1`",
        ]
        assert line.startswith("Forecast: ")
        assert "Cancel it now" not in line
        assert "Job: " not in line
        assert told[6]["type"] == "divider"
        assert text_of(told[7]) == "*Repair and submit again (1)*"
        assert "\nRepair line 3 of " in text_of(told[8])
        assert text_of(told[8]).endswith(" run the command it prints:\n`batchbell retry -- job-3`")

    def test_a_heading_is_beside_the_colour_of_what_is_below_it(self) -> None:
        kinds = EventKind.FAILED, EventKind.COMPLETED
        events = [of_kind(kind, n) for n, kind in enumerate(kinds)]
        content = Composer(family=Family.SLACK, view=self.PAGE).compose(events, AT)
        colours = [each.get("color") for each in content.payload["pieces"][0]["attachments"]]
        assert colours[0] == colours[1]
        assert colours[2] == colours[3]
        assert colours[1] != colours[3]

    def test_what_to_do_is_no_small_print(self) -> None:
        kinds = EventKind.FAILED, EventKind.EXPIRED
        blocks = blocks_of([of_kind(kind, n) for n, kind in enumerate(kinds)], self.PAGE)
        blocks += blocks_of([of_kind(kinds[n % 2], n) for n in range(20)], self.PAGE)
        small = "\n".join(text_of(block) for block in blocks[1:] if block["type"] == "context")
        deeds = "Repair line", "Fetch what is done", "batchbell retry", "batchbell fetch"
        assert not [deed for deed in deeds if deed in small]

    def test_without_a_page_nothing_is_linked_and_what_is_watched_has_no_command(self) -> None:
        events = [of_kind(EventKind.STALLED, 1), of_kind(EventKind.FAILED, 3)]
        told = "\n".join(map(text_of, blocks_of(events, View(now=AT))[1:3]))
        assert "<" not in told
        told = text_of(blocks_of(events, self.PAGE)[-2])
        assert told.startswith("Job: job-1 · ")
        assert "cancel --" not in told


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "where", "targets"),
        [
            (f"slack://{TOKENS}", WEBHOOK, [""]),
            (f"Slack://{TOKENS}/#a", WEBHOOK, ["#a"]),
            (f"slack://{TOKENS}/a/@bob/+C1", WEBHOOK, ["a", "@bob", "+C1"]),
            (f"slack://{TOKENS}/?to=%23a,b", WEBHOOK, ["a", "b"]),
            (f"slack://?token={TOKENS.replace('/', '%2F')}&to=a", WEBHOOK, ["a"]),
            (WEBHOOK, WEBHOOK, [""]),
            (f"{WEBHOOK}/?to=a", WEBHOOK, ["a"]),
            (
                WEBHOOK.replace("slack", "slack-gov", 1),
                WEBHOOK.replace("slack", "slack-gov", 1),
                [""],
            ),
            (f"slack://{BOT}", API, ["#general"]),
            (f"slack://{BOT}/#a:17.1/ops@example.org", API, ["#a:17.1", "ops@example.org"]),
            (f"slack://_?token={BOT}&to=a", API, ["a"]),
        ],
    )
    def test_every_documented_form_leads_there(
        self, url: str, where: str, targets: list[str]
    ) -> None:
        address = address_of(url)

        assert isinstance(address, SlackAddress)
        assert (address.url, list(address.targets)) == (where, targets)
        assert address.token == (BOT if BOT in url else "")

    @pytest.mark.parametrize(
        "url",
        [
            f"slack://{TOKENS}?blocks=yes",
            f"slack://{TOKENS}?template=/x",
            f"slack://{TOKENS}?mode=workflow",
            f"https://hooks.slack.com/workflows/{TOKENS}/Y",
            f"https://hooks.slack.com/triggers/{TOKENS}",
        ],
    )
    def test_another_form_and_workflows_are_left_to_apprise(self, url: str) -> None:
        assert address_of(url) is None

    async def test_a_workflow_gets_its_own_variable(self, http: HttpReceiver) -> None:
        url = f"https://hooks.slack.com/workflows/{TOKENS}/fake"
        assert (await send_to(url, failed())).delivered

        (request,) = http.requests
        assert list(request.json) == ["text"]
        assert request.json["text"].startswith("FAILED: nightly-01")

    async def test_a_name_and_a_thread_go_along(self, http: HttpReceiver) -> None:
        assert (await send_to(f"slack://bell@{BOT}/#a:17.1", failed())).delivered

        (request,) = http.requests
        assert request.headers["authorization"] == f"Bearer {BOT}"
        where = {name: request.json[name] for name in ("username", "channel", "thread_ts")}
        assert where == {"username": "bell", "channel": "#a", "thread_ts": "17.1"}

    async def test_a_person_is_looked_up_by_mail(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(body=b'{"ok": true, "user": {"id": "U99"}}'))
        assert (await send_to(f"slack://{BOT}/ops@example.org", failed())).delivered

        lookup, message = http.requests
        assert lookup.path == "/api/users.lookupByEmail?email=ops%40example.org"
        assert message.json["channel"] == "U99"

    async def test_a_person_that_slack_does_not_know_is_the_channel_s_fault(
        self, http: HttpReceiver
    ) -> None:
        http.answer_next(Answer(body=b'{"ok": false, "error": "users_not_found"}'))
        outcome = await send_to(f"slack://{BOT}/ops@example.org", failed())

        assert (outcome.permanent, outcome.fault) == (True, Fault.CHANNEL)
        assert outcome.reason == "Slack refuses it: users_not_found"


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "body", "reason", "permanent", "fault"),
        [
            (400, "invalid_payload", "HTTP 400 Bad Request (invalid_payload)", True, Fault.MESSAGE),
            (400, "<@U1> said", "HTTP 400 Bad Request", True, Fault.MESSAGE),
            (400, "user_not_found", "HTTP 400 Bad Request (user_not_found)", True, Fault.CHANNEL),
            (403, "invalid_token", "HTTP 403 Forbidden (invalid_token)", True, Fault.CHANNEL),
            (404, "no_service", "HTTP 404 Not Found (no_service)", True, Fault.CHANNEL),
            (
                410,
                "channel_is_archived",
                "HTTP 410 Gone (channel_is_archived)",
                True,
                Fault.CHANNEL,
            ),
            (500, "rollup_error", "HTTP 500 Internal Server Error", False, Fault.UNKNOWN),
            (200, "no_service", "Slack refuses it: no_service", True, Fault.CHANNEL),
            (
                200,
                "<html>captive portal",
                "HTTP 200, but the answer is not an acceptance",
                False,
                Fault.UNKNOWN,
            ),
        ],
    )
    async def test_a_webhook_s_one_word_says_what_is_wrong(
        self,
        http: HttpReceiver,
        status: int,
        body: str,
        reason: str,
        fault: Fault,
        *,
        permanent: bool,
    ) -> None:
        http.answer_next(Answer(status=status, body=body.encode()))
        outcome = await send_to(WEBHOOK, failed())

        assert (outcome.delivered, outcome.reason) == (False, reason)
        assert (outcome.permanent, outcome.fault) == (permanent, fault)

    @pytest.mark.parametrize(
        ("error", "permanent", "fault"),
        [
            ("msg_too_long", True, Fault.MESSAGE),
            ("invalid_blocks", True, Fault.MESSAGE),
            ("channel_not_found", True, Fault.CHANNEL),
            ("invalid_auth", True, Fault.CHANNEL),
            ("internal_error", False, Fault.UNKNOWN),
            ("nobody knows this one", False, Fault.UNKNOWN),
        ],
    )
    async def test_the_api_s_error_says_what_is_wrong(
        self, http: HttpReceiver, error: str, fault: Fault, *, permanent: bool
    ) -> None:
        http.answer_next(Answer(body=b'{"ok": false, "error": "%s"}' % error.encode()))
        outcome = await send_to(f"slack://{BOT}/#a", failed())

        assert not outcome.delivered
        assert (outcome.permanent, outcome.fault) == (permanent, fault)
        assert (error in outcome.reason) is permanent

    async def test_it_says_how_long_to_wait(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=429, headers={"Retry-After": "30"}))
        outcome = await send_to(WEBHOOK, failed())

        assert (outcome.reason, outcome.permanent) == ("HTTP 429 Too Many Requests", False)
        assert outcome.retry_after_seconds == 30

    async def test_a_redirect_is_not_followed(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=302, headers={"Location": f"http://{http.netloc}/x"}))
        outcome = await send_to(WEBHOOK, failed())

        assert outcome.reason == "HTTP 302, a redirect, which is not followed"
        assert len(http.requests) == 1


class TestOwnWords:
    """A channel's own template makes text: it is sent without blocks."""

    async def test_everything_is_shown_as_text(self, http: HttpReceiver) -> None:
        http.default = Answer(body=b"ok")
        assert (await send_text(f"slack://{TOKENS}")).delivered

        payload = http.requests[0].json
        (attachment,) = payload["attachments"]
        assert payload["mrkdwn"] is False
        assert attachment["title"] == TITLE
        assert set(attachment) == {"title", "text", "color"}
        assert "<" not in attachment["text"]
        assert ">" not in attachment["text"]
        assert "&lt;\u200b!channel&gt;" in attachment["text"]
        assert "&lt;https://evil.example\u00a6click&gt;" in attachment["text"]
        assert attachment["text"].startswith("Job: 3f2a9c1e-1111\n")

    async def test_a_footer_that_the_user_asked_for_is_there(self, http: HttpReceiver) -> None:
        http.default = Answer(body=b"ok")
        await send_text(f"slack://{TOKENS}?footer=yes")

        assert http.requests[0].json["attachments"][0]["footer"] == "batchbell"

    async def test_a_long_text_arrives_in_one_piece(self, http: HttpReceiver) -> None:
        http.default = Answer(body=b"ok")
        assert (await send_text(f"slack://{TOKENS}", DIGEST)).delivered

        text = http.requests[0].json["attachments"][0]["text"]
        assert all(f"job-{n:02}" in text for n in range(20))

    async def test_a_text_too_long_for_one_message_goes_on_in_the_next(
        self, http: HttpReceiver
    ) -> None:
        http.default = Answer(body=b"ok")
        long = replace(CONTENT, text="\n".join(f"line {n}" for n in range(9_000)))
        assert (await send_text(f"slack://{TOKENS}", long)).delivered

        attachments = [request.json["attachments"][0] for request in http.requests]
        assert [each["title"][-6:] for each in attachments] == [" [1/3]", " [2/3]", " [3/3]"]
        assert all(len(each["text"]) <= 35_000 for each in attachments)
        assert "\n".join(each["text"] for each in attachments).count("line ") == 9_000


class TestTargets:
    async def test_a_channel_that_fails_keeps_the_others_from_nothing(
        self, http: HttpReceiver
    ) -> None:
        http.answer_next(Answer(status=404, body=b"channel_not_found"), Answer(body=b"ok"))
        outcome = await send_to(f"slack://{TOKENS}/#gone/#here", failed())

        assert [request.json["channel"] for request in http.requests] == ["#gone", "#here"]
        assert (outcome.delivered, outcome.permanent) == (False, True)
        assert outcome.reason == "HTTP 404 Not Found (channel_not_found)"
