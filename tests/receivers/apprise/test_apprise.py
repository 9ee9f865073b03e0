from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.receivers.apprise.service import open_service
from batchbell.receivers.apprise.signs import Signs, of_network
from batchbell.receivers.content import Content
from batchbell.receivers.outcome import of_status
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import family_of
from tests.loopback_receivers import RESET, Answer, HttpReceiver
from tests.receivers.sample_messages import CONTENT, KEY, MARK, TITLE, closed_port, send

#: Apprise's mail plugin imports a module that Python 3.13 has removed.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class TestWebhook:
    async def test_a_program_gets_the_text_as_it_is(self, http: HttpReceiver) -> None:
        outcome = await send(f"json://{http.netloc}/hook/token")

        assert outcome.delivered
        (request,) = http.requests
        assert (request.method, request.path) == ("POST", "/hook/token")
        assert request.json["title"] == TITLE
        assert request.json["message"] == CONTENT.text.rstrip()
        assert request.json["type"] == "failure"

    @pytest.mark.parametrize("scheme", ["json", "xml", "form"])
    async def test_the_key_is_the_same_on_every_attempt(
        self, http: HttpReceiver, scheme: str
    ) -> None:
        http.answer_next(Answer(status=500))
        outcomes = [await send(f"{scheme}://{http.netloc}/") for _ in range(2)]

        assert [outcome.delivered for outcome in outcomes] == [False, True]
        assert [request.headers["idempotency-key"] for request in http.requests] == [KEY, KEY]

    async def test_a_key_of_the_users_own_is_kept(self, http: HttpReceiver) -> None:
        await send(f"json://{http.netloc}/?+Idempotency-Key=mine")

        assert http.requests[0].headers["idempotency-key"] == "mine"

    async def test_a_template_of_keys_gives_a_slack_shaped_webhook(
        self, http: HttpReceiver
    ) -> None:
        shape = ":message=text&:title=&:version=&:attachments=&:type="
        await send(f"json://{http.netloc}/services/T0/B0/X0?{shape}")

        assert http.requests[0].json == {"text": CONTENT.text.rstrip()}

    async def test_a_title_never_has_a_line_break(self, http: HttpReceiver) -> None:
        broken = Content(title="a\r\nBcc: x@example.org\nb", text="x", html="x")
        await send(f"json://{http.netloc}/", broken)

        assert http.requests[0].json["title"] == "a Bcc: x@example.org b"


class TestVerdict:
    @pytest.mark.parametrize(
        ("status", "reason", "permanent", "fault"),
        [
            (400, "HTTP 400 Bad Request", True, Fault.MESSAGE),
            (401, "HTTP 401 Unauthorized", True, Fault.CHANNEL),
            (404, "HTTP 404 Not Found", True, Fault.CHANNEL),
            (408, "HTTP 408 Request Timeout", False, Fault.UNKNOWN),
            (410, "HTTP 410 Gone", True, Fault.CHANNEL),
            (413, "HTTP 413 Request Entity Too Large", True, Fault.MESSAGE),
            (422, "HTTP 422 Unprocessable Entity", True, Fault.MESSAGE),
            (425, "HTTP 425 Too Early", False, Fault.UNKNOWN),
            (429, "HTTP 429 Too Many Requests", False, Fault.CHANNEL),
            (499, "HTTP 499", True, Fault.CHANNEL),
            (500, "HTTP 500 Internal Server Error", False, Fault.UNKNOWN),
            (503, "HTTP 503 Service Unavailable", False, Fault.UNKNOWN),
        ],
    )
    async def test_an_http_status_says_whether_to_try_again_and_whose_fault_it_is(
        self, http: HttpReceiver, status: int, reason: str, fault: Fault, *, permanent: bool
    ) -> None:
        http.answer_next(Answer(status=status))
        outcome = await send(f"json://{http.netloc}/")

        assert not outcome.delivered
        assert (outcome.reason, outcome.permanent) == (reason, permanent)
        assert outcome.fault is fault

    async def test_a_redirect_is_a_failure_and_not_followed(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=302, headers={"Location": f"http://{http.netloc}/other"}))
        outcome = await send(f"json://{http.netloc}/")

        assert not outcome.delivered
        assert outcome.reason == "HTTP 302, a redirect, which is not followed"
        assert len(http.requests) == 1

    async def test_204_is_delivered(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=204))

        assert (await send(f"json://{http.netloc}/")).delivered

    async def test_a_torn_connection_passes(self, http: HttpReceiver) -> None:
        http.answer_next(RESET)
        outcome = await send(f"json://{http.netloc}/")

        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert outcome.reason.startswith("connection")
        # What it read may have broken it.
        assert outcome.fault is Fault.UNKNOWN

    async def test_a_closed_port_passes_and_is_no_message_s_fault(self) -> None:
        outcome = await send(f"json://127.0.0.1:{closed_port()}/")

        assert (outcome.reason, outcome.permanent) == ("connection refused", False)
        assert outcome.fault is Fault.CHANNEL

    async def test_an_api_answer_quoted_in_a_debug_line_is_no_status(
        self, http: HttpReceiver
    ) -> None:
        http.answer_next(Answer(status=503, body=b"error=404 Socket Exception: (550, b'x')"))
        told = Content(title="error=404", text="Failed, error=404. was refused: 550 x", html="x")

        assert (await send(f"json://{http.netloc}/", told)).reason == (
            "HTTP 503 Service Unavailable"
        )

    async def test_a_url_that_is_unusable_is_permanent(self) -> None:
        for url in ("nosuchscheme://x", "mailto://:::", "mailto://"):
            outcome = await send(url)
            assert not outcome.delivered

        assert (await send("nosuchscheme://x")).permanent

    async def test_a_plugin_that_raises_is_a_passing_failure(self) -> None:
        outcome = await send(f"twilio://{MARK}")

        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert outcome.reason.startswith("the send broke off (")
        assert MARK not in outcome.reason
        # A URL that is wrong was told of by `config check`; it is the text that is another.
        assert outcome.fault is Fault.MESSAGE

    def test_unknown_signs_pass(self) -> None:
        assert of_network("Socket Exception: gibberish").reason == "connection failed"
        assert of_status(200).permanent is False
        assert Signs().outcome().reason == "the receiver did not accept it"

    def test_one_passing_sign_among_permanent_ones_is_enough_to_try_again(self) -> None:
        signs = Signs()
        signs.hear("WARNING", "SMTP recipient a@example.org was refused: 550 b'no'")
        assert signs.outcome().permanent
        signs.hear("WARNING", "SMTP recipient b@example.org was refused: 451 b'later'")

        assert not signs.outcome().permanent
        assert signs.outcome().fault is Fault.UNKNOWN
        assert signs.outcome().reason == (
            "SMTP 550, mailbox refused, SMTP 451, the mail server had an error"
        )


class TestSetUp:
    """What is set up is written into the URL, as its user could."""

    def test_what_the_user_set_in_the_url_stays(self) -> None:
        url = "json://127.0.0.1/?rto=3&cto=2&overflow=upstream"
        service = open_service(url, content=CONTENT, key=KEY)

        assert service is not None
        assert service.plugin.socket_read_timeout == 3
        assert service.plugin.socket_connect_timeout == 2
        assert service.plugin.overflow_mode == "upstream"

    @pytest.mark.parametrize("url", ["json://127.0.0.1/", "json://127.0.0.1/?verify=no"])
    def test_without_that_receivers_get_time_to_answer(self, url: str) -> None:
        service = open_service(url, content=CONTENT, key=KEY)

        assert service is not None
        assert service.plugin.socket_connect_timeout == 10
        assert service.plugin.socket_read_timeout == 15
        assert service.plugin.overflow_mode == "split"
        assert service.plugin.redirects is False
        assert service.plugin.interpret_emojis is False

    def test_a_service_s_own_address_is_set_up_too(self) -> None:
        url = f"https://webexapis.com/v1/webhooks/incoming/{'fake' * 20}"
        service = open_service(url, content=CONTENT, key=KEY)

        assert service is not None
        assert service.plugin.overflow_mode == "split"


def test_a_signed_mail_is_apprise_s_with_our_html() -> None:
    url = "mailto://bell:fake@127.0.0.1/?from=b@example.org&to=o@example.org&pgp=sign"
    content = replace(CONTENT, family=family_of(UrlReceiver(url)))
    service = open_service(url, content=content, key=KEY)

    assert service is not None
    assert (service.body, service.body_format) == (CONTENT.html, "html")
