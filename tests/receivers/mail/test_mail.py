from __future__ import annotations

import asyncio
import errno
import re
import smtplib
import socket
import ssl
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as default_policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import Severity
from batchbell.receivers.content import Content
from batchbell.receivers.mail.connections import Connections
from batchbell.receivers.mail.mailbox import Mailbox
from batchbell.receivers.mail.smtp import connect, hang_up, meaning
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.registry import address_of
from tests.loopback_receivers import MailReceiver
from tests.receivers.sample_messages import CONTENT, TITLE, closed_port, mailto, send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STRICT = default_policy.clone(raise_on_defect=True)
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


@pytest.fixture
async def notifier(mail: MailReceiver) -> AsyncIterator[Notifier]:
    """Provide one that hangs up before the server is gone."""
    del mail
    notifier = Notifier()
    yield notifier
    await notifier.close()


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
        certificate = Path(__file__).parents[2] / "data" / "self_signed.pem"
        with MailReceiver(password="fake-password", tls=certificate) as receiver:
            url = mailto(receiver).replace("mailto", "mailtos")
            refused = await send(url)
            outcome = await send(f"{url}&verify=no")

        assert refused.reason == "the receiver's certificate was not accepted"
        assert outcome.delivered
        (received,) = receiver.mails
        assert received.subject == TITLE

    async def test_a_login_goes_over_tls_from_the_first_byte_on(self) -> None:
        certificate = Path(__file__).parents[2] / "data" / "self_signed.pem"
        with MailReceiver(password="fake-password", tls=certificate, implicit_tls=True) as receiver:
            url = mailto(receiver, "fake-password", "mode=ssl")
            refused = await send(url)
            outcome = await send(f"{url}&verify=no")

        assert refused.reason == "the receiver's certificate was not accepted"
        assert outcome.delivered
        assert receiver.mails[0].subject == TITLE

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


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "server", "security", "user", "sender"),
        [
            ("mailto://b:x@example.org", "example.org:25", "insecure", "b", "b@example.org"),
            ("mailtos://b:x@example.org", "example.org:587", "starttls", "b", "b@example.org"),
            ("mailtos://b:x@example.org?mode=ssl", "example.org:465", "ssl", "b", "b@example.org"),
            (
                "mailtos://b:x@example.org:2525",
                "example.org:2525",
                "starttls",
                "b",
                "b@example.org",
            ),
            (
                "mailtos://b:x@example.org?smtp=mx.example.org",
                "mx.example.org:587",
                "starttls",
                "b",
                "b@example.org",
            ),
            (
                "mailtos://example.org?user=b&pass=x&from=c@example.org",
                "example.org:587",
                "starttls",
                "b",
                "c@example.org",
            ),
            (
                "mailtos://b%40example.org:x@mx.example.org",
                "mx.example.org:587",
                "starttls",
                "b@example.org",
                "b@mx.example.org",
            ),
            (
                "mailto://b:x@gmail.com",
                "smtp.gmail.com:587",
                "starttls",
                "b@gmail.com",
                "b@gmail.com",
            ),
            (
                "mailto://b%40own.example:x@gmail.com",
                "smtp.gmail.com:587",
                "starttls",
                "b@own.example",
                "b@own.example",
            ),
            ("mailto://b:x@yandex.ru", "smtp.yandex.ru:465", "ssl", "b", "b@yandex.ru"),
            (
                "mailto://b%40yandex.ru:x@yandex.ru",
                "smtp.yandex.ru:465",
                "ssl",
                "b",
                "b@yandex.ru",
            ),
            ("mailto://b:x@gmx.de", "mail.gmx.com:587", "starttls", "b@gmx.de", "b@gmx.de"),
            ("mailto://b:x@eml.cc", "smtp.fastmail.com:465", "ssl", "b@eml.cc", "b@eml.cc"),
            (
                "mailto://b:x@office365.com?from=b@own.example",
                "smtp.office365.com:587",
                "starttls",
                "b",
                "b@own.example",
            ),
            (
                "mailto://localhost?to=o@example.org",
                "localhost:25",
                "insecure",
                "",
                "root@localhost",
            ),
            (
                (
                    "mailtos://user:password@smtp.example.com:587?from=batchbell@example.com"
                    "&to=team@example.com"
                ),
                "smtp.example.com:587",
                "starttls",
                "user",
                "batchbell@example.com",
            ),
            (
                "mailtos://bell%40example.com:x@smtp.example.com?from=batchbell@example.com&mode=ssl",
                "smtp.example.com:465",
                "ssl",
                "bell@example.com",
                "batchbell@example.com",
            ),
        ],
    )
    def test_every_documented_form_leads_there(
        self, url: str, server: str, security: str, user: str, sender: str
    ) -> None:
        mailbox = mailbox_of(url)

        assert f"{mailbox.server.host}:{mailbox.server.port}" == server
        assert (mailbox.server.security, mailbox.server.user) == (security, user)
        assert mailbox.sender.address == sender

    @pytest.mark.parametrize(
        ("url", "people"),
        [
            ("mailto://b@example.org", [("", "b@example.org")]),
            ("mailto://b@example.org/o@x.org/p@x.org", [("", "o@x.org"), ("", "p@x.org")]),
            ("mailto://b@example.org?to=o@x.org,p@x.org", [("", "o@x.org"), ("", "p@x.org")]),
            ("mailto://b@example.org?to=o@x.org p@x.org", [("", "o@x.org"), ("", "p@x.org")]),
            ("mailto://b@example.org?to=Ops Team <o@x.org>", [("Ops Team", "o@x.org")]),
            ('mailto://b@example.org?to="Ops, all" <o@x.org>', [("Ops, all", "o@x.org")]),
            ("mailto://b@example.org?to=nobody,o+y@x.org", [("", "o+y@x.org")]),
            ("mailto://o%40x.org?from=b@example.org&smtp=x.org", [("", "o@x.org")]),
        ],
    )
    def test_everybody_who_is_named_is_written_to(
        self, url: str, people: list[tuple[str, str]]
    ) -> None:
        assert list(mailbox_of(url).to) == people

    @pytest.mark.parametrize(
        ("options", "sender"),
        [
            ("", ("batchbell", "b@example.org")),
            ("from=c@x.org", ("", "c@x.org")),
            ("from=Bell <c@x.org>", ("Bell", "c@x.org")),
            ("from=Only Words", ("Only Words", "b@example.org")),
            ("name=Bell", ("Bell", "b@example.org")),
            ("from=c@x.org&name=Bell", ("Bell", "c@x.org")),
        ],
    )
    def test_the_sender_has_the_name_that_it_says(
        self, options: str, sender: tuple[str, str]
    ) -> None:
        assert mailbox_of(f"mailto://b@example.org?{options}").sender == sender

    @pytest.mark.parametrize("option", ["pgp=sign", "pgppub=/x", "wkd=yes"])
    def test_signed_and_encrypted_mails_are_left_to_apprise(self, option: str) -> None:
        assert address_of(f"mailto://b:x@example.org?{option}") is None

    async def test_headers_of_the_user_s_own_go_along(self, mail: MailReceiver) -> None:
        await send(mailto(mail, "fake-password", "+X-Team=Nächte", "reply=r@example.org"))

        message = mail.mails[0].message
        assert (message["X-Team"], message["Reply-To"]) == ("Nächte", "r@example.org")
        assert message["X-Application"] == "batchbell"


class TestConnection:
    async def test_mails_that_follow_each_other_go_over_one(
        self, mail: MailReceiver, notifier: Notifier
    ) -> None:
        for _ in range(3):
            assert (await send(mailto(mail), notifier=notifier)).delivered

        assert (len(mail.mails), mail.connections) == (3, 1)

    async def test_one_that_died_meanwhile_is_replaced_and_no_failure(
        self, mail: MailReceiver, notifier: Notifier
    ) -> None:
        assert (await send(mailto(mail), notifier=notifier)).delivered
        mail.hang_up()

        assert (await send(mailto(mail), notifier=notifier)).delivered
        assert (len(mail.mails), mail.connections) == (2, 2)

    async def test_one_that_nobody_needs_is_closed(self, mail: MailReceiver) -> None:
        connections = Connections(connect, hang_up, idle_seconds=0.05)
        server = mailbox_of(mailto(mail)).server
        with connections.borrowed(server) as first:
            pass
        await asyncio.to_thread(mail.wait_until_left)
        with connections.borrowed(server) as second:
            pass
        connections.close()

        assert first is not second
        assert mail.connections == 2

    def test_two_at_once_have_one_each_and_one_is_kept(self, mail: MailReceiver) -> None:
        connections = Connections(connect, hang_up)
        server = mailbox_of(mailto(mail)).server
        with connections.borrowed(server) as first, connections.borrowed(server) as second:
            assert first is not second
        with connections.borrowed(server) as third:
            assert third is second
        connections.close()

        assert mail.connections == 2

    def test_one_that_broke_is_not_used_again(self, mail: MailReceiver) -> None:
        connections = Connections(connect, hang_up)
        server = mailbox_of(mailto(mail)).server
        with pytest.raises(OSError, match="broke"), connections.borrowed(server):
            raise OSError("broke")
        with connections.borrowed(server):
            pass
        connections.close()

        assert mail.connections == 2


class TestPartly:
    async def test_who_has_the_mail_gets_it_no_second_time(
        self, mail: MailReceiver, notifier: Notifier
    ) -> None:
        url = mailto(mail, "fake-password", "cc=boss@example.org").replace(
            "to=ops@example.org", "to=a@example.org,b@example.org"
        )
        mail.reply_next("250 OK", "450 later")
        outcomes = [await send(url, notifier=notifier) for _ in range(2)]

        assert [outcome.delivered for outcome in outcomes] == [False, True]
        assert outcomes[0].reason == "SMTP 450, mailbox unavailable for now"
        assert [received.rcpt_to for received in mail.mails] == [
            ("a@example.org",),
            ("b@example.org", "boss@example.org"),
            ("boss@example.org",),
        ]
        assert mail.mails[2].message["To"] == "a@example.org"


def mailbox_of(url: str) -> Mailbox:
    address = address_of(url)
    assert isinstance(address, Mailbox)
    return address


@pytest.mark.parametrize(
    ("error", "reason", "fault"),
    [
        (smtplib.SMTPServerDisconnected(), "connection closed without an answer", Fault.UNKNOWN),
        (smtplib.SMTPNotSupportedError("AUTH"), "the mail server offers no login", Fault.CHANNEL),
        (smtplib.SMTPException("odd"), "connection failed", Fault.CHANNEL),
        (ssl.SSLError("odd"), "no secure connection", Fault.CHANNEL),
        (socket.gaierror(), "host name not found", Fault.CHANNEL),
        (TimeoutError(), "timed out", Fault.UNKNOWN),
        (ConnectionResetError(), "connection reset", Fault.UNKNOWN),
        (OSError(errno.ENETUNREACH, "x"), "network unreachable", Fault.CHANNEL),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to the host", Fault.CHANNEL),
        (smtplib.SMTPConnectError(554, "x"), "SMTP 554, message refused", Fault.CHANNEL),
        (smtplib.SMTPSenderRefused(553, b"x", "a"), "SMTP 553, address refused", Fault.CHANNEL),
        (smtplib.SMTPDataError(554, "x"), "SMTP 554, message refused", Fault.MESSAGE),
        (smtplib.SMTPDataError(451, "x"), "SMTP 451, the mail server had an error", Fault.UNKNOWN),
    ],
)
def test_what_ends_a_session_is_told_in_our_words(
    error: Exception, reason: str, fault: Fault
) -> None:
    outcome = meaning(error)

    assert (outcome.reason, outcome.fault) == (reason, fault)
