"""Who may read the page: under which names it answers, and what has to be sent to it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchbell.config.urls import is_loopback

if TYPE_CHECKING:
    from batchbell.config.settings import WebSettings

# RFC 9110, section 7.2: a host, an IPv6 address in brackets, then perhaps a port.
_HOST_HEADER = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::[0-9]*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the configuration in force asks of a reader."""

    #: Host names beyond the loopback ones, in lower case, without ports and brackets.
    hosts: frozenset[str] = frozenset()
    #: Kept as digests: they all have one length, so that comparing them takes one time.
    password: bytes | None = field(default=None, repr=False)
    token: bytes | None = field(default=None, repr=False)
    #: How long a wrong one waits for its answer.
    slow_no_seconds: float = 1.0

    @property
    def is_free(self) -> bool:
        """Whether nothing has to be sent."""
        return self.password is None and self.token is None

    def answers_to(self, host: str) -> bool:
        """Whether a `Host` header names this page: by one of its names, or as this machine."""
        match = _HOST_HEADER.fullmatch(host)
        if match is None:
            return False
        name = match[1].lower().strip("[]").removesuffix(".")
        return name in self.hosts or is_loopback(name)

    def admits(self, authorization: str) -> bool:
        """Whether an `Authorization` header carries the password or the token.

        As a password, under any user name, the token is as good: many programs know only
        passwords. Source: RFC 7617, section 2 (Basic); RFC 6750, section 2.1 (Bearer).
        """
        # Bytes stand in it as Latin-1 has them, whatever they mean.
        scheme, _, rest = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return _is(self.token, rest.strip().encode("latin-1"))
        if scheme.lower() == "basic":
            password = _password_in(rest.strip())
            # Both are compared, whichever it is.
            return _is(self.password, password) | _is(self.token, password)
        return False


def access(web: WebSettings) -> Access:
    """Return what a configuration asks for."""
    password, token = web.password, web.token
    return Access(
        hosts=frozenset(name.lower().strip("[]") for name in web.allowed_hosts),
        password=None if password is None else _digest(password.get_secret_value().encode()),
        token=None if token is None else _digest(token.get_secret_value().encode()),
    )


def _password_in(encoded: str) -> bytes:
    """Return the password of Basic credentials; b'' if there is none in them."""
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded.partition(b":")[2]


def _is(expected: bytes | None, given: bytes) -> bool:
    return expected is not None and hmac.compare_digest(expected, _digest(given))


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
