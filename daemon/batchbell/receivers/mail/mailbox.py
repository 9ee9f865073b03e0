"""Where mails go, from whom and through which server, read from a `mailto://` URL.

Source: appriseit.com, E-Mail (the forms of URLs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from batchbell.config.urls import is_loopback
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError
from batchbell.receivers.mail.known_hosts import PORTS, KnownHost, Login, Security, known_host

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Seconds that a mail server may take for any answer, unless the URL says `cto=`.
TIMEOUT_SECONDS = 15.0
#: Signed and encrypted mails.
_LEFT_TO_APPRISE = frozenset({"pgp", "pgppub", "pgpprv", "wkd", "inline"})
_NAME = "batchbell"
_LOCAL = re.compile(r"localhost(\.localdomain)?", re.IGNORECASE)
_HOSTNAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_ADDRESS = (
    r"(?P<address>[a-z0-9_!#$%&'*+/=?`{|}~^.-]+@"
    r"(?:(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9][a-z0-9_-]*[a-z0-9]|[a-z0-9][a-z0-9_-]{5,}))"
)
#: `a@b.c`, `Name <a@b.c>`, `"Name" <a@b.c>`, `Name:a@b.c`.
_MENTIONED = re.compile(
    r"(?:\"(?P<quoted>[^\"]{0,128})\"|(?P<name>[^<>\"@,;:]{0,128}?))?[\s<:]*" + _ADDRESS + r"\s*>?",
    re.IGNORECASE,
)
#: RFC 5322, 2.2: printable ASCII without a colon.
_HEADER_NAME = re.compile(r"[!-9;-~]+")


class Person(NamedTuple):
    """Somebody who writes or gets mail."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mail server, and who logs in there."""

    host: str
    port: int
    security: Security
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    #: Whether its certificate must be one that this machine trusts.
    verify: bool
    timeout_seconds: float

    @property
    def gives_password_away(self) -> bool:
        """Whether the password goes over a network as it is."""
        in_the_clear = self.security is Security.INSECURE and not is_loopback(self.host.lower())
        return in_the_clear and bool(self.user and self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Who writes to whom, through which server."""

    server: Server
    sender: Person
    #: Each gets a mail of its own.
    to: Sequence[Person]
    #: Of every such mail they get a copy.
    cc: Sequence[Person] = ()
    bcc: Sequence[Person] = ()
    reply_to: Sequence[Person] = ()
    #: The user's own, by name.
    headers: Sequence[tuple[str, str]] = ()
    #: `?format=text`: without the HTML part.
    is_text: bool = False


def read(url: ChannelUrl) -> Mailbox:
    """Return where the URL leads. Raises `UnusableUrlError`."""
    host, targets = url.host, list(url.path)
    if not _HOSTNAME.fullmatch(host):
        targets, host = [host, *targets], ""
    user, server, host = _server(url, host)
    sender = _sender(url, url.user and user, host)
    to = people(",".join([*targets, url.options.get("to", "")]))
    if not to and (targets or url.options.get("to")):
        raise UnusableUrlError(
            f"{url.scheme}:// names no usable recipient; write ?to=name@example.org"
        )
    if not all(_HEADER_NAME.fullmatch(name) for name in url.headers):
        raise UnusableUrlError("a header's name is no name: write ?+X-Team=ops")
    return Mailbox(
        server=server,
        sender=sender,
        to=to or [Person("", sender.address)],
        cc=people(url.options.get("cc", "")),
        bcc=people(url.options.get("bcc", "")),
        reply_to=people(url.options.get("reply", "")),
        headers=list(url.headers.items()),
        is_text=url.option("format").lower() == "text",
    )


def is_left_to_apprise(url: ChannelUrl) -> bool:
    """Whether the URL asks for signed or encrypted mail."""
    return bool(_LEFT_TO_APPRISE & url.options.keys())


def people(text: str) -> list[Person]:
    """Return everybody whom a list of addresses names, each once."""
    found = (
        Person((match["quoted"] or match["name"] or "").strip(" '"), match["address"])
        for match in _MENTIONED.finditer(text)
    )
    return list({person.address: person for person in found}.values())


def _server(url: ChannelUrl, host: str) -> tuple[str, Server, str]:
    """Return the user as they log in, the server, and the domain of the user's address."""
    user, written = url.user or "", url.option("smtp")
    known = known_host(host) if user and not written else None
    security = _security(url, known)
    if known is not None:
        user, host = _login(user, host, known.login)
    elif "@" in user and not host:
        host = user.rpartition("@")[2]
    return (
        user,
        Server(
            host=written or (host if known is None else known.server),
            port=url.port or PORTS[security],
            security=security,
            user=user,
            password=url.password or "",
            verify=url.flag("verify", default=True),
            timeout_seconds=_timeout(url),
        ),
        host,
    )


def _security(url: ChannelUrl, known: KnownHost | None) -> Security:
    mode = url.options.get("mode", "").lower()
    if mode:
        try:
            return Security(mode)
        except ValueError:
            raise UnusableUrlError("?mode= is starttls, ssl or insecure") from None
    if known is not None:
        return known.security
    return Security.STARTTLS if url.scheme == "mailtos" else Security.INSECURE


def _login(user: str, host: str, login: Login) -> tuple[str, str]:
    """Return the name to log in with, and the domain of the address."""
    name, at, domain = user.partition("@")
    if login is Login.NAME:
        return (name.rpartition("+")[2] if at else user), host
    if login is Login.ADDRESS:
        return (user, domain) if at else (f"{user}@{host}", host)
    return user, host


def _sender(url: ChannelUrl, user: str | None, host: str) -> Person:
    if user:
        sender = Person(_NAME, f"{user.partition('@')[0].split()[0]}@{host}")
    else:
        sender = Person("", f"root@{host}" if _LOCAL.fullmatch(host) else "")
    written, name = url.option("from"), url.option("name")
    named = people(written)
    if named:
        sender = Person(name or named[0].name, named[0].address)
    elif written or name:
        sender = Person(name or written, sender.address)
    if not people(sender.address):
        raise UnusableUrlError(
            f"{url.scheme}:// names no usable sender; write ?from=name@example.org"
        )
    return sender


def _timeout(url: ChannelUrl) -> float:
    try:
        seconds = float(url.options.get("cto", ""))
    except ValueError:
        return TIMEOUT_SECONDS
    return seconds if seconds > 0 else TIMEOUT_SECONDS
