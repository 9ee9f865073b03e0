"""A channel's URL taken apart, the way Apprise documents it: what all kinds read theirs from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where a browser leads to: services show such addresses, to be copied.
WEB = frozenset({"http", "https"})

_URL = re.compile(
    r"\s*([a-z][a-z0-9+.-]{0,30}):[/\\]{1,8}([^?]*)(?:\?(.*))?", re.IGNORECASE | re.DOTALL
)
_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[^:]*):(\d{1,5})", re.IGNORECASE)
_BETWEEN_SEGMENTS = re.compile(r"[ \t\r\n,\\/]+")
_BETWEEN_WORDS = re.compile(r"[\[\];,\s]+")
_OFF = re.compile(r"de|di|ne|f|n|of|0", re.IGNORECASE)
_ON = re.compile(r"en|al|t|y|on|1", re.IGNORECASE)
_USER_AND_HOST = 2
#: Seconds to connect, and to wait for an answer, unless the URL says `cto=` and `rto=`.
CONNECT_SECONDS = 10.0
READ_SECONDS = 15.0


class UnusableUrlError(Exception):
    """A URL that its kind can't send to; the text says what is wrong, without any secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUrl:
    """The parts of a URL. Everything but the scheme may be a secret."""

    scheme: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    host: str = field(default="", repr=False)
    port: int | None = field(default=None, repr=False)
    #: The path's segments, none of them empty.
    path: tuple[str, ...] = field(default=(), repr=False)
    #: What stands behind the `?`, by lower-case name.
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Headers of the user's own, `?+Name=value`.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Whether user or password hold an `@` as it is: part of them stands in the host's place.
    has_stray_at: bool = False

    @property
    def is_web(self) -> bool:
        """Whether it is an address as a browser takes it."""
        return self.scheme in WEB

    def option(self, *names: str) -> str:
        """Return the first of these options that says something; '' if none does."""
        for name in names:
            if self.options.get(name):
                return unquote(self.options[name])
        return ""

    def flag(self, name: str, *, default: bool) -> bool:
        """Return whether an option says yes; what says neither yes nor no is the default."""
        text = self.options.get(name, "")
        if _OFF.match(text):
            return False
        return True if _ON.match(text) else default

    @property
    def timeout_seconds(self) -> float:
        """How long one request may take."""
        return self._seconds("cto", CONNECT_SECONDS) + self._seconds("rto", READ_SECONDS)

    def _seconds(self, name: str, default: float) -> float:
        try:
            seconds = float(self.options.get(name, ""))
        except ValueError:
            return default
        return seconds if seconds > 0 else default


@lru_cache(maxsize=64)
def read_url(text: str) -> ChannelUrl | None:
    """Return the URL's parts, None if it is none.

    Apprise's rules (apprise 2.2, `URLBase.parse_url`), by which URLs have been written so far:
    `/#name` is part of the path, every other `#` ends it; a `+` is a plus; options are decoded
    twice, once here and once where they are used. Each send and each turn asks for the same few.
    """
    match = _URL.fullmatch(text.strip())
    if match is None:
        return None
    scheme, place, query = match.groups()
    authority, _, path = place.replace("/#", "/%23").partition("#")[0].partition("/")
    options = dict(_options(query or ""))
    user, password, host, port = _authority(authority)
    return ChannelUrl(
        scheme=scheme.lower(),
        user=_decoded(options.get("user", user)),
        password=_decoded(options.get("password", options.get("pass", password))),
        host=unquote(host),
        port=int(options["port"]) if options.get("port", "").isdecimal() else port,
        path=tuple(unquote(segment) for segment in _BETWEEN_SEGMENTS.split(path) if segment),
        options=options,
        headers=dict(_headers(query or "")),
        has_stray_at=len(_parts_of(authority)) > _USER_AND_HOST,
    )


def words(text: str) -> list[str]:
    """Return the entries of a list in an option, in their order, each once."""
    return list(dict.fromkeys(filter(None, _BETWEEN_WORDS.split(text))))


def _authority(text: str) -> tuple[str | None, str | None, str, int | None]:
    """Return user, password, host and port as they are written."""
    parts = _parts_of(text)
    user, host = (parts[0], parts[1]) if len(parts) > 1 else (None, parts[0])
    password = None
    if user is not None and ":" in user:
        user, password = re.split(r":+", user)[:2]
    match = _PORT.fullmatch(host)
    return (
        (user, password, host, None) if match is None else (user, password, match[1], int(match[2]))
    )


def _parts_of(authority: str) -> list[str]:
    return re.split(r"@+", authority.strip())


def _decoded(text: str | None) -> str | None:
    return None if text is None else unquote(text)


def _pairs(query: str) -> list[tuple[str, str]]:
    pairs = (pair.partition("=") for pair in re.split("[&;]", query))
    return [(unquote(name), unquote(value).strip()) for name, _, value in pairs]


def _options(query: str) -> list[tuple[str, str]]:
    return [(name.lower().strip(), value) for name, value in _pairs(query)]


def _headers(query: str) -> list[tuple[str, str]]:
    return [(unquote(name[1:]), unquote(value)) for name, value in _pairs(query) if name[:1] == "+"]
