"""Real receivers on 127.0.0.1: an HTTP server and a mail server, each in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from email.message import EmailMessage
    from pathlib import Path

Received = TypeVar("Received")


class Kept(Generic[Received]):
    """What a receiver has got so far; threads may add and look at the same time."""

    def __init__(self) -> None:
        self._items: list[Received] = []
        self._changed = threading.Condition()

    def add(self, item: Received) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def all(self) -> list[Received]:
        with self._changed:
            return list(self._items)

    def clear(self) -> None:
        with self._changed:
            self._items.clear()

    def wait_for(
        self, predicate: Callable[[list[Received]], bool], timeout: float = TIMEOUT_SECONDS
    ) -> list[Received]:
        """Return everything once `predicate` holds of it; fail after `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: predicate(self._items), timeout):
                raise AssertionError(f"not within {timeout} s; got {self._items!r}")
            return list(self._items)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request as it came over the wire."""

    method: str
    path: str
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes
    #: When it had arrived, seconds of `time.monotonic`.
    at: float
    #: The status it was answered with; None for a hang or a reset.
    status: int | None

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a request is answered."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    #: `hang` answers nothing until the receiver stops, `reset` tears the connection.
    instead: Literal["hang", "reset"] | None = None
    #: Nothing is answered before this is set.
    once: threading.Event | None = None


HANG = Answer(instead="hang")
RESET = Answer(instead="reset")


class HttpReceiver:
    """Keeps every request and answers as told; usable as a context manager.

    `answers` are used up one a request; after that each request gets `default`.
    """

    def __init__(self, *answers: Answer, default: Answer | None = None, port: int = 0) -> None:
        self.default = default or Answer()
        #: What a request gets by its body; None leaves it to the answers and the default.
        self.judge: Callable[[bytes], Answer | None] = lambda _body: None
        self.received: Kept[HttpRequest] = Kept()
        self._answers = deque(answers)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _HttpServer(("127.0.0.1", port), _handler_of(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[HttpRequest]:
        return self.received.all()

    def answer_next(self, *answers: Answer) -> None:
        """Answer the next requests so, one each."""
        with self._lock:
            self._answers.extend(answers)

    def wait_for(
        self, predicate: Callable[[list[HttpRequest]], bool], timeout: float = TIMEOUT_SECONDS
    ) -> list[HttpRequest]:
        return self.received.wait_for(predicate, timeout)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and end all hangs; a new receiver may take the port then."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def take_answer(self, body: bytes) -> Answer:
        judged = self.judge(body)
        if judged is not None:
            return judged
        with self._lock:
            return self._answers.popleft() if self._answers else self.default

    def hang(self) -> None:
        self._stopping.wait()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is part of the tests."""


def _handler_of(receiver: HttpReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are sent one after the other: the second would wait 40 ms for the first.
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = receiver.take_answer(body)
            receiver.received.add(
                HttpRequest(
                    method=self.command,
                    path=self.path,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                    at=time.monotonic(),
                    status=None if answer.instead else answer.status,
                )
            )
            if answer.once is not None:
                answer.once.wait(TIMEOUT_SECONDS)
            self._answer(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815 - http.server's names

        def _answer(self, answer: Answer) -> None:
            if answer.instead is not None:
                self.close_connection = True
                if answer.instead == "hang":
                    receiver.hang()
                else:
                    # Linger of zero seconds: close() sends RST.
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            has_body = answer.status not in {204, 304}
            if has_body:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if has_body and self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    return Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it was accepted."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes
    at: float

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        """Return the decoded part, its lines ended by LF."""
        part = self.message.get_body(preferencelist=(kind,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class MailReceiver:
    """A mail server that keeps parsed mails; usable as a context manager.

    With `password`, clients must log in with it; with `tls`, the path of a certificate and its key,
    only after STARTTLS, or with `implicit_tls` over TLS from the first byte on.
    `replies` are SMTP replies to RCPT such as "550 no such user", used up one a mail; after that
    mail is accepted.
    """

    def __init__(
        self,
        *replies: str,
        password: str | None = None,
        port: int = 0,
        tls: Path | None = None,
        implicit_tls: bool = False,
    ) -> None:
        self.received: Kept[Mail] = Kept()
        #: The reply to a mail's DATA; what is not taken is not kept.
        self.judge: Callable[[Mail], str] = lambda _mail: "250 OK"
        self._clients: list[SMTP] = []
        self._left = threading.Event()
        self._password = password
        self._replies = deque(replies)
        self._lock = threading.Lock()
        self._controller = _MailController(
            self,
            hostname="127.0.0.1",
            port=port,
            auth_require_tls=tls is not None and not implicit_tls,
            require_starttls=tls is not None and not implicit_tls,
            tls_context=None if tls is None or implicit_tls else _server_context(tls),
            ssl_context=_server_context(tls) if tls is not None and implicit_tls else None,
            authenticator=self._authenticate,
            decode_data=False,
        )

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def mails(self) -> list[Mail]:
        return self.received.all()

    def reply_next(self, *replies: str) -> None:
        """Answer the next RCPT commands so, one each."""
        with self._lock:
            self._replies.extend(replies)

    @property
    def connections(self) -> int:
        """How many have greeted."""
        return len(self._clients)

    def hang_up(self) -> None:
        """Close every connection, as a server does that is started anew."""
        for client in self._clients:
            if client.transport is not None:
                self._controller.loop.call_soon_threadsafe(client.transport.close)

    def wait_until_left(self) -> None:
        """Wait until somebody takes leave."""
        assert self._left.wait(TIMEOUT_SECONDS)

    def wait_for(
        self, predicate: Callable[[list[Mail]], bool], timeout: float = TIMEOUT_SECONDS
    ) -> list[Mail]:
        return self.received.wait_for(predicate, timeout)

    def start(self) -> Self:
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, _envelope: Envelope, host: str, offers: list[str]
    ) -> list[str]:
        session.host_name = host
        self._clients.append(server)
        return offers

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self._left.set()
        return "221 Bye"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if self._password is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        with self._lock:
            reply = self._replies.popleft() if self._replies else "250 OK"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(rcpt_options)
        return reply

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        mail = Mail(
            mail_from=envelope.mail_from or "",
            rcpt_to=tuple(envelope.rcpt_tos),
            raw=raw,
            at=time.monotonic(),
        )
        reply = self.judge(mail)
        if reply.startswith("2"):
            self.received.add(mail)
        return reply

    def _authenticate(self, *login: object) -> AuthResult:
        """Check (server, session, envelope, mechanism, data)."""
        data = login[-1]
        fine = isinstance(data, LoginPassword) and data.password.decode() == self._password
        # Not "handled": the server itself is to answer 535.
        return AuthResult(success=fine, handled=False)


class _MailController(Controller):
    def _trigger_server(self) -> None:
        """Learn the real port first: with port 0 the base class would try to connect to 0."""
        if self.port == 0 and isinstance(self.server, asyncio.Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd has types in part only
