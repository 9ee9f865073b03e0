from __future__ import annotations

import asyncio
import gc
import logging
import re
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as default_policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import Severity
from batchbell.receivers.apprise_send import HANGING_LIMIT
from batchbell.receivers.channel_url import check_channel_url, query_of, scheme_of
from batchbell.receivers.content import Content
from batchbell.receivers.defuse import defuse
from batchbell.receivers.family import family_of
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import AppriseReceiver
from batchbell.receivers.shorten import fitting_text, shorten
from batchbell.receivers.verdict import Symptoms, of_http, of_network
from tests.loopback_receivers import HANG, RESET, Answer, HttpReceiver, MailReceiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.delivery.outcome import Outcome

#: Apprise's mail plugin imports a module that Python 3.13 has removed.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

STRICT = default_policy.clone(raise_on_defect=True)

KEY = "message-17"
TITLE = "FAILED: Llama (3f2a9c1e) - line 3"
INJECTION = (
    "<!channel> <@U1> <https://evil.example|click> [a](https://evil.example) @everyone @here "
    "<script>alert(1)</script> {{7*7}} ${x} :smile: &amp;"
)
CONTENT = Content(
    title=TITLE,
    text=f"{TITLE}\n\nJob: 3f2a9c1e-1111\nError: {INJECTION}\n",
    html="<!DOCTYPE html><html><body><p>as <b>HTML</b></p></body></html>",
    severity=Severity.FAILURE,
)
#: 20 events of the longest kind.
DIGEST = Content(
    title="Batch jobs: 20 failed",
    text="20 events, worst first.\n\n"
    + "\n\n".join(f"FAILED: job-{n:02}\n  Error: {'long ' * 100}" for n in range(20)),
    html="<p>20</p>",
    severity=Severity.FAILURE,
)
#: Names of files, and an error, that look like encoded words (RFC 2047): some of an unknown
#: charset, some not decodable, some with a header in them.
ENCODED_WORDS = (
    "=?bogus?q?x?=.jsonl",
    "=?utf-8?b?a?=",
    "=?utf-8?q?=FF=FE?=",
    "=?utf-16?q?=FF?=",
    "=?rot13?q?abc?=",
    "=?utf-8?q?x=0D=0ABcc:_evil?=",
    "=?utf-8?q?=0AContent-Type_:_text/html=0A=0A<a_href=//evil.example>Pay</a>?=",
    "größte =?utf-8?q?x?= Auswertung",
    "=?utf-8?q?cut",
)
#: No test may find this anywhere.
MARK = "SecretMark7Q"
SLACK_HELP = "https://appriseit.com/services/slack/"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver(password="fake-password") as receiver:
        yield receiver


async def send(url: str, content: Content = CONTENT, *, timeout_seconds: float = 20.0) -> Outcome:
    receiver = AppriseReceiver(url)
    content = replace(content, family=family_of(receiver))
    return await Notifier().send("team", receiver, content, KEY, timeout_seconds=timeout_seconds)


def mailto(receiver: MailReceiver, password: str = "fake-password", *more: str) -> str:
    options = "&".join(["from=bell@example.org", "to=ops@example.org", *more])
    return f"mailto://bell:{password}@127.0.0.1:{receiver.port}/?{options}"


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


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
            (429, "HTTP 429 Too Many Requests", False, Fault.UNKNOWN),
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
        outcome = await send(f"slack://{MARK}")

        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert outcome.reason.startswith("the send broke off (")
        assert outcome.fault is Fault.MESSAGE
        assert MARK not in outcome.reason

    def test_unknown_signs_pass(self) -> None:
        assert of_network("Socket Exception: gibberish")[0].reason == "connection failed"
        assert of_http(200).permanent is False
        assert Symptoms().outcome().reason == "the receiver did not accept it"

    def test_one_passing_sign_among_permanent_ones_is_enough_to_try_again(self) -> None:
        symptoms = Symptoms()
        symptoms.hear("WARNING", "SMTP recipient a@example.org was refused: 550 b'no'")
        assert symptoms.outcome().permanent
        symptoms.hear("WARNING", "SMTP recipient b@example.org was refused: 451 b'later'")

        assert not symptoms.outcome().permanent
        assert symptoms.outcome().fault is Fault.UNKNOWN
        assert symptoms.outcome().reason == (
            "SMTP 550, mailbox refused, SMTP 451, the mail server had an error"
        )


class TestMail:
    async def test_mail_has_our_text_and_our_html(self, mail: MailReceiver) -> None:
        outcome = await send(mailto(mail))

        assert outcome.delivered
        (received,) = mail.wait_for(lambda mails: len(mails) == 1)
        assert received.subject == TITLE
        assert received.message["From"] == "bell@example.org"
        assert received.rcpt_to == ("ops@example.org",)
        assert received.message.get_content_type() == "multipart/alternative"
        assert received.text.rstrip() == CONTENT.text.rstrip()
        assert received.html.rstrip() == CONTENT.html

    async def test_the_message_id_is_the_same_on_every_attempt(self, mail: MailReceiver) -> None:
        mail.reply_next("451 later")
        outcomes = [await send(mailto(mail)) for _ in range(3)]

        assert [outcome.delivered for outcome in outcomes] == [False, True, True]
        ids = {received.message["Message-ID"] for received in mail.mails}
        assert len(mail.mails) == 2
        assert len(ids) == 1
        assert len(mail.mails[0].message.get_all("Message-ID") or []) == 1

    async def test_a_subject_with_line_breaks_makes_no_header(self, mail: MailReceiver) -> None:
        broken = Content(title="a\r\nBcc: x@example.org", text="x", html="<p>x</p>")
        await send(mailto(mail), broken)

        assert mail.mails[0].subject == "a Bcc: x@example.org"
        assert mail.mails[0].message["Bcc"] is None

    @pytest.mark.parametrize("text", ENCODED_WORDS)
    async def test_what_looks_like_an_encoded_word_is_shown_literally(
        self, mail: MailReceiver, text: str
    ) -> None:
        title = f"FAILED: {text}"
        outcome = await send(mailto(mail), replace(CONTENT, title=title))

        assert outcome.delivered
        (received,) = mail.mails
        # Raises on any defect: a broken header, a line that is no header, an odd encoding.
        message = message_from_bytes(received.raw, policy=STRICT)
        assert message["Subject"] == title
        assert message.get_all("Content-Type") == [message["Content-Type"]]
        assert message["Bcc"] is None
        assert b"evil.example" not in received.raw.partition(b"\r\n\r\n")[0]

    async def test_text_only_mail_is_our_text(self, mail: MailReceiver) -> None:
        words = Content(title="Grüße", text="Grüße aus der Nacht\n", html="<p>x</p>")
        await send(mailto(mail, "fake-password", "format=text"), words)

        assert mail.mails[0].message.get_content_type() == "text/plain"
        assert mail.mails[0].text.rstrip() == "Grüße aus der Nacht"
        assert mail.mails[0].subject == "Grüße"

    async def test_several_recipients_get_a_mail_each(self, mail: MailReceiver) -> None:
        await send(
            mailto(mail, "fake-password", "cc=boss@example.org").replace(
                "to=ops@example.org", "to=a@example.org,b@example.org"
            )
        )

        assert [received.rcpt_to[0] for received in mail.mails] == [
            "a@example.org",
            "b@example.org",
        ]
        assert mail.mails[0].rcpt_to == ("a@example.org", "boss@example.org")

    @pytest.mark.parametrize(
        ("reply", "reason", "permanent"),
        [
            ("550 no such user", "SMTP 550, mailbox refused", True),
            ("450 later", "SMTP 450, mailbox unavailable for now", False),
            ("559 odd", "SMTP 559", True),
        ],
    )
    async def test_an_smtp_reply_says_whether_to_try_again(
        self, mail: MailReceiver, reply: str, reason: str, *, permanent: bool
    ) -> None:
        mail.reply_next(reply)
        outcome = await send(mailto(mail))

        assert (outcome.delivered, outcome.reason, outcome.permanent) == (False, reason, permanent)
        assert outcome.fault is (Fault.CHANNEL if permanent else Fault.UNKNOWN)

    @pytest.mark.parametrize(
        ("reply", "fault"), [("554 no spam", Fault.MESSAGE), ("451 later", Fault.UNKNOWN)]
    )
    async def test_a_mail_refused_after_its_data_is_the_mail_s_fault(
        self, mail: MailReceiver, reply: str, fault: Fault
    ) -> None:
        mail.judge = lambda _mail: reply
        outcome = await send(mailto(mail))

        assert not outcome.delivered
        assert outcome.permanent is (fault is Fault.MESSAGE)
        assert outcome.fault is fault

    async def test_a_refused_login_is_permanent(self, mail: MailReceiver) -> None:
        outcome = await send(mailto(mail, "wrong-password"))

        assert (outcome.reason, outcome.permanent) == ("SMTP 535, login refused", True)
        assert outcome.fault is Fault.CHANNEL

    async def test_a_server_that_is_away_passes(self) -> None:
        url = f"mailto://bell:fake@127.0.0.1:{closed_port()}/?from=b@example.org&to=o@example.org"

        assert (await send(url)).reason == "connection refused"

    async def test_a_server_without_tls_gets_no_password(self, mail: MailReceiver) -> None:
        outcome = await send(mailto(mail).replace("mailto", "mailtos"))

        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert outcome.reason == "the mail server offers no STARTTLS"
        assert not mail.mails

    async def test_a_login_goes_through_starttls(self) -> None:
        certificate = Path(__file__).parents[1] / "data" / "self_signed.pem"
        with MailReceiver(password="fake-password", tls=certificate) as receiver:
            url = mailto(receiver).replace("mailto", "mailtos")
            refused = await send(url)
            outcome = await send(f"{url}&verify=no")

        assert refused.reason == "the receiver's certificate was not accepted"
        assert outcome.delivered
        (received,) = receiver.mails
        assert received.subject == TITLE

    async def test_the_mails_of_one_job_make_a_thread(self, mail: MailReceiver) -> None:
        for job in ("default/job-1", "default/job-1", "default/job-2"):
            await send(mailto(mail), replace(CONTENT, threads=(job,)))

        first, second, other = (received.message for received in mail.mails)
        assert first["References"] == second["References"] == first["In-Reply-To"]
        assert first["References"] != other["References"]
        assert first["References"].startswith("<")
        assert first["References"] != first["Message-ID"]

    async def test_a_digest_of_several_jobs_is_in_no_thread(self, mail: MailReceiver) -> None:
        await send(mailto(mail), replace(CONTENT, threads=("default/job-1", "default/job-2")))

        assert mail.mails[0].message["References"] is None

    async def test_nobody_is_to_answer_and_filters_see_the_severity(
        self, mail: MailReceiver
    ) -> None:
        await send(mailto(mail))
        await send(mailto(mail), replace(CONTENT, severity=Severity.SUCCESS))

        failure, success = (received.message for received in mail.mails)
        assert failure["Auto-Submitted"] == "auto-generated"
        assert (failure["X-Batchbell-Severity"], failure["Importance"]) == ("failure", "high")
        assert (success["X-Batchbell-Severity"], success["Importance"]) == ("success", None)

    async def test_filters_find_it_and_it_is_dated(self, mail: MailReceiver) -> None:
        await send(mailto(mail))

        message = mail.mails[0].message
        assert message["List-Id"] == "batchbell <batchbell.example.org>"
        assert parsedate_to_datetime(message["Date"]).tzinfo is not None

    async def test_no_line_is_longer_than_mail_servers_take(self, mail: MailReceiver) -> None:
        title = f"FAILED: {'größte-Auswertung ' * 6}"
        long = replace(CONTENT, title=title, text="ü" * 5000, html=f"<p>{'x' * 5000}</p>")
        await send(mailto(mail), long)

        # RFC 5322, 2.1.1: at most 998 characters; 78 are asked for.
        head, _, _ = mail.mails[0].raw.partition(b"\r\n\r\n")
        _, _, subject = head.partition(b"\r\nSubject: ")
        (folded,) = re.findall(rb"^.*?(?=\r\n[^ ])", subject, re.DOTALL)
        assert max(map(len, mail.mails[0].raw.split(b"\r\n"))) <= 998
        assert max(len(line) for line in folded.split(b"\r\n")) <= 78
        assert head.isascii()
        assert mail.mails[0].text.rstrip() == "ü" * 5000

    async def test_a_long_subject_beyond_ascii_arrives_whole(self, mail: MailReceiver) -> None:
        title = f"FAILED: größte-Auswertung 🚨 (Llama-3.3-70B), שורה 3: JSON שגוי {'x' * 40}"
        await send(mailto(mail), replace(CONTENT, title=title))

        assert mail.mails[0].subject == title

    def test_a_signed_mail_gets_our_message_id_and_is_not_touched_otherwise(self) -> None:
        from apprise import AppriseAsset  # noqa: PLC0415 - as late as in the code

        from batchbell.receivers.smtp import Mail  # noqa: PLC0415

        plugin = Mail.open(
            "mailto://bell:fake@127.0.0.1/?from=b@example.org&to=o@example.org",
            asset=AppriseAsset(),
            content=Content(title="ours", text="ours"),
            key=KEY,
        )
        headers = "Content-Type: multipart/signed; boundary=x\nMessage-ID: <1@x>\nSubject: a\n"
        signed = f"{headers}\n--x\n\ntheirs\n--x--\n"

        finished = plugin._finish(signed, "theirs")
        assert finished.endswith("\n\n--x\n\ntheirs\n--x--\n")
        assert "@127.0.0.1>\n" in finished
        assert "ours" not in finished
        assert "<1@x>" not in finished


class TestSetUp:
    def test_what_the_user_set_in_the_url_stays(self) -> None:
        from batchbell.receivers.service import open_services  # noqa: PLC0415 - imports Apprise

        url = "json://127.0.0.1/?rto=3&cto=2&overflow=upstream"
        (service,) = open_services(url, content=CONTENT, key=KEY)

        assert service.plugin.socket_read_timeout == 3
        assert service.plugin.socket_connect_timeout == 2
        assert service.plugin.overflow_mode == "upstream"

    def test_without_that_receivers_get_time_to_answer(self) -> None:
        from batchbell.receivers.service import open_services  # noqa: PLC0415 - imports Apprise

        (service,) = open_services("json://127.0.0.1/", content=CONTENT, key=KEY)

        assert service.plugin.socket_read_timeout == 15
        assert service.plugin.overflow_mode == "split"
        assert service.plugin.redirects is False
        assert service.plugin.interpret_emojis is False


class TestChat:
    @pytest.fixture(autouse=True)
    def _here(self, http: HttpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
        """Point the plugins' fixed addresses at our receiver; the payloads stay theirs."""
        from apprise.plugins.discord import NotifyDiscord  # noqa: PLC0415 - as late as in the code
        from apprise.plugins.slack import NotifySlack  # noqa: PLC0415
        from apprise.plugins.telegram import NotifyTelegram  # noqa: PLC0415

        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{http.netloc}/services")
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://{http.netloc}/api/webhooks")
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{http.netloc}/bot")

    async def test_slack_shows_everything_as_text(self, http: HttpReceiver) -> None:
        assert (await send("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/")).delivered

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

    async def test_slack_keeps_a_footer_that_the_user_asked_for(self, http: HttpReceiver) -> None:
        await send("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/?footer=yes")

        assert http.requests[0].json["attachments"][0]["footer"] == "batchbell"

    async def test_slack_that_says_something_else_than_ok_has_not_accepted(
        self, http: HttpReceiver
    ) -> None:
        http.answer_next(Answer(body=b"no_service"))
        outcome = await send("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/")

        assert outcome.reason == "HTTP 200, but the answer is not an acceptance"

    async def test_discord_calls_nobody(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=204))
        assert (await send("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")).delivered

        shown = http.requests[0].json["content"]
        for live in ("@everyone", "@here", "<@U1", "](", "|click"):
            assert live not in shown

    @pytest.mark.parametrize(
        ("url", "limit"),
        [
            ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/", 40_000),
            ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", 2_000),
            ("tgram://123456789:abcdefg_hijklmnop/12315544/", 4_096),
            ("mmost://{netloc}/fake-token", 4_000),
            ("ntfy://{netloc}/topic", 7_800),
        ],
    )
    async def test_a_digest_of_20_arrives_whole_in_pieces_that_fit(
        self, http: HttpReceiver, url: str, limit: int
    ) -> None:
        outcome = await send(url.format(netloc=http.netloc), DIGEST, timeout_seconds=50)

        assert outcome.delivered
        texts = [_text_of(request.json) for request in http.requests]
        assert all(len(text) <= limit for text in texts)
        assert all(f"job-{n:02}" in "".join(texts) for n in range(20))
        assert sum(text.count("long") for text in texts) == 2000


def _text_of(payload: dict[str, str]) -> str:
    attachments = payload.get("attachments")
    if isinstance(attachments, list):
        return str(attachments[0]["text"])
    return payload.get("content") or payload.get("text") or payload["message"]


def test_a_text_beyond_all_pieces_is_cut_at_a_block_and_says_so() -> None:
    blocks = "\n\n".join(f"block {n}" for n in range(100))

    assert shorten(blocks, len(blocks)) == blocks
    short = shorten(blocks, 200)
    assert len(short) <= 200
    assert short.endswith("(Cut here: too long for this channel. All of it: batchbell events)")
    assert short.startswith("block 0\n\nblock 1")
    assert shorten("x" * 300, 200).startswith("x" * 100)
    family = "👩‍👩‍👧‍👦"
    assert shorten(family * 40, 200).partition("\n")[0] == family * 18


@pytest.mark.parametrize(
    ("room", "chosen"),
    [
        (100, 0),  # all of it in one message
        (99, 1),  # what is needed in one
        (49, 1),  # what is needed in two
        (4, 1),  # in thirteen
        (3, 2),  # in more than there may be: the jobs alone
    ],
)
def test_a_digest_says_less_before_it_takes_many_messages(room: int, chosen: int) -> None:
    texts = ["a" * 100, "b" * 50, "c" * 20]
    assert fitting_text(texts, room) == texts[chosen]


def test_what_fits_nowhere_is_cut_and_says_so() -> None:
    texts = ["a" * 1_000, "b" * 900, "job\n" * 200]
    assert fitting_text(texts, 40).endswith("All of it: batchbell events)")


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("@everyone", "@\u200beveryone"),
        ("x@everyone a.@here -@Channel", "x@\u200beveryone a.@\u200bhere -@\u200bChannel"),
        ("<@U1> <@&42> <@!7>", "<@\u200bU1> <@\u200b&42> <@\u200b!7>"),
        ("mail ops@example.org", "mail ops@example.org"),
        ("<!channel> <#C1>", "<\u200b!channel> <\u200b#C1>"),
        ("[a](b)", "[a]\u200b(b)"),
        ("<https://x.example|y> a|b", "<https://x.example\u00a6y> a|b"),
        ("line 3: a < b, c > d", "line 3: a < b, c > d"),
    ],
)
def test_only_what_could_be_live_is_broken_up(text: str, harmless: str) -> None:
    assert defuse(text) == harmless


class TestDeadline:
    async def test_a_send_without_an_answer_ends_at_its_deadline(self, http: HttpReceiver) -> None:
        http.answer_next(HANG)
        outcome = await send(f"json://{http.netloc}/", timeout_seconds=0.3)

        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert outcome.reason == "no answer within 0.3 s"

    async def test_a_channel_with_hanging_sends_is_left_alone_and_others_go_on(
        self, http: HttpReceiver
    ) -> None:
        notifier = Notifier()
        http.answer_next(*[HANG] * HANGING_LIMIT)
        url = f"json://{http.netloc}/"

        async def once(channel: str) -> Outcome:
            return await notifier.send(
                channel, AppriseReceiver(url), CONTENT, KEY, timeout_seconds=1
            )

        await asyncio.gather(*(once("stuck") for _ in range(HANGING_LIMIT)))
        refused = await once("stuck")

        assert refused.reason == "3 earlier sends still hang"
        assert not refused.permanent
        assert (await once("well")).delivered

    async def test_a_channel_is_tried_again_once_its_sends_have_ended(self) -> None:
        notifier = Notifier()
        with HttpReceiver(*[HANG] * HANGING_LIMIT) as stuck:
            url = f"json://{stuck.netloc}/"
            for _ in range(HANGING_LIMIT):
                await notifier.send("team", AppriseReceiver(url), CONTENT, KEY, timeout_seconds=0.3)
            abandoned = [t for t in threading.enumerate() if t.name == "send-team"]
        # The stop has ended the hangs.
        for thread in abandoned:
            await asyncio.to_thread(thread.join, 5)
        with HttpReceiver() as well:
            outcome = await notifier.send(
                "team", AppriseReceiver(f"json://{well.netloc}/"), CONTENT, KEY
            )

        assert outcome.delivered

    async def test_cancelling_a_send_does_not_wait_for_it(self, http: HttpReceiver) -> None:
        http.answer_next(HANG)
        sending = asyncio.create_task(send(f"json://{http.netloc}/"))
        await asyncio.to_thread(http.wait_for, bool)
        sending.cancel()

        with pytest.raises(asyncio.CancelledError):
            await sending

    async def test_sends_at_the_same_time_keep_their_reasons_apart(self) -> None:
        with HttpReceiver(default=Answer(status=404)) as gone, HttpReceiver() as well:
            notifier = Notifier()
            outcomes = await asyncio.gather(
                *(
                    notifier.send(
                        f"c{n}",
                        AppriseReceiver(f"json://{(gone, well)[n % 2].netloc}/"),
                        CONTENT,
                        KEY,
                    )
                    for n in range(8)
                )
            )

        assert [outcome.reason for outcome in outcomes] == ["HTTP 404 Not Found", "delivered"] * 4

    async def test_without_a_thread_to_spare_it_is_tried_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", refuse)
        outcome = await Notifier().send(
            "team", AppriseReceiver("json://127.0.0.1:9/"), CONTENT, KEY
        )

        assert outcome.reason == "no thread left to send with"

    def test_a_send_that_ends_after_its_loop_harms_nobody(self) -> None:
        with HttpReceiver(HANG) as http:
            asyncio.run(send(f"json://{http.netloc}/", timeout_seconds=0.3))
            left = [t for t in threading.enumerate() if t.name == "send-team"]
        for thread in left:
            thread.join(5)

        assert not [thread for thread in left if thread.is_alive()]

    def test_a_hanging_send_does_not_keep_the_process_alive(self, http: HttpReceiver) -> None:
        http.default = HANG
        program = (
            "import asyncio; from batchbell.receivers.notifier import Notifier; "
            "from batchbell.receivers.receiver import AppriseReceiver; "
            "from batchbell.receivers.content import Content; "
            "print(asyncio.run(Notifier().send('team', "
            f"AppriseReceiver('json://{http.netloc}/'), "
            "Content(title='t', text='x'), 'k', "
            "timeout_seconds=0.3)).reason)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=12,  # less than the 15 s Apprise would read on
            check=False,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "no answer within 0.3 s\n"


class TestChannelUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "json://127.0.0.1/hook",
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#batches",
            "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7",
            "mailtos://bell:fake@example.org?to=ops@example.org",
            "json://127.0.0.1/?optional=no&retry=0",
        ],
    )
    def test_a_usable_url_has_no_problem(self, url: str) -> None:
        assert check_channel_url(url) is None

    @pytest.mark.parametrize(
        ("url", "problem"),
        [
            (
                f"slak://{MARK}/b/c",
                "slak:// is not a service Apprise knows; did you mean slack://?",
            ),
            (
                f"xyzzy12345://{MARK}",
                "xyzzy12345:// is not a service Apprise knows; see Apprise's list of services",
            ),
            (MARK, "this is not a URL; write an Apprise URL such as slack://... or mailtos://..."),
            (
                f"slack://{MARK}",
                f"this is not a complete slack:// URL; its forms are at {SLACK_HELP}",
            ),
            (
                f"json://127.0.0.1/{MARK}?Optional=yes",
                "?optional= would report failed sends as delivered; leave it out",
            ),
            (
                f"json://127.0.0.1/{MARK}?retry=3",
                "?retry= is not needed: batchbell itself tries again; leave it out",
            ),
            (
                f"mailto://bell:{MARK}@example.org/?to=nobody",
                "mailto:// names no usable recipient; write ?to=name@example.org",
            ),
        ],
    )
    def test_a_problem_is_told_without_the_secret(self, url: str, problem: str) -> None:
        assert check_channel_url(url) == problem

    def test_a_missing_package_is_named(self) -> None:
        problem = check_channel_url(f"mqtt://user:{MARK}@127.0.0.1/topic")

        assert problem is not None
        assert problem.startswith("mqtt:// needs a package that is not installed: paho-mqtt")

    def test_scheme_and_options_are_read_in_any_case(self) -> None:
        assert scheme_of(" JSON://x") == "json"
        assert scheme_of("x") is None
        assert query_of("json://x/?A=b&c=") == {"a": "b", "c": ""}


class Everything(logging.Handler):
    """Keeps all that reaches the root logger, as our own log does.

    Not caplog: pytest listens to cut-off loggers too.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__}")


@pytest.fixture
def log() -> Iterator[Everything]:
    root, everything = logging.getLogger(), Everything()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(everything)
    yield everything
    root.removeHandler(everything)
    root.setLevel(before)


class TestSecrets:
    async def test_a_failing_send_leaks_nothing_at_debug(
        self,
        http: HttpReceiver,
        mail: MailReceiver,
        log: Everything,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        http.default = Answer(status=404, body=f"no {MARK}".encode())
        urls = [
            f"json://user:{MARK}@{http.netloc}/{MARK}?+X-Key={MARK}",
            f"mmost://{http.netloc}/{MARK}",
            f"json://127.0.0.1:{closed_port()}/{MARK}",
            mailto(mail, MARK),
            f"slack://{MARK}/x",
            f"unknown{MARK.lower()}://{MARK}",
            f"tgram://{MARK}",
        ]
        outcomes = [await send(url) for url in urls]
        problems = [check_channel_url(url) for url in urls[4:]]
        gc.collect()
        told = capfd.readouterr()

        assert not any(outcome.delivered for outcome in outcomes)
        assert [MARK in outcome.reason for outcome in outcomes] == [False] * len(urls)
        assert MARK not in str(problems)
        assert log.lines
        assert MARK not in "".join(log.lines)
        assert MARK not in told.out + told.err

    def test_a_log_line_of_a_library_reaches_none_of_our_handlers(
        self, log: Everything, capfd: pytest.CaptureFixture[str]
    ) -> None:
        check_channel_url("json://127.0.0.1/")
        for name in ("apprise", "urllib3.connectionpool"):
            logging.getLogger(name).error("POST /%s", MARK)

        assert MARK not in "".join(log.lines)
        assert MARK not in "".join(capfd.readouterr())


def test_nothing_of_apprise_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; from batchbell.receivers.channel_check import check_channel; "
        "from batchbell.receivers.notifier import Notifier; Notifier(); "
        "sys.exit('apprise' in sys.modules or 'requests' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
