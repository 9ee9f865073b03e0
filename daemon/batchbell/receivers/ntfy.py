"""ntfy: where its URLs lead, and how it is sent messages.

Sources: docs.ntfy.sh, publishing (JSON, headers) and server/errors.go (codes); appriseit.com, ntfy
(the forms of URLs).
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from email.charset import BASE64, Charset
from email.header import Header
from typing import TYPE_CHECKING
from urllib.parse import quote

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError, words
from batchbell.receivers.content import Family
from batchbell.receivers.exchange import Exchange, Reply, post_json
from batchbell.receivers.kind import Kind
from batchbell.receivers.ntfy_form import MESSAGE_BYTES, TAGS, USUAL, as_ntfy, size
from batchbell.receivers.outcome import DELIVERED
from batchbell.receivers.parts import part_title
from batchbell.receivers.plain import in_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from batchbell.receivers.content import Content

CLOUD = "https://ntfy.sh"
#: By what they begin with, in this order: all the ways to write a priority.
_PRIORITIES = {
    "l": "low", "mo": "low", "n": "default", "h": "high", "e": "max", "mi": "min", "ma": "max",
    "d": "default", "1": "min", "2": "low", "3": "default", "4": "high", "5": "max",
}  # fmt: skip
_FORMS = "write ntfys://host/topic, or ntfy://topic for ntfy.sh"
#: Options that ask for another form than ours.
_OTHER_FORMS = frozenset({"format", "attach", "filename"})
_TOPIC = re.compile(r"[a-z0-9_-]{1,64}", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)
_TOKEN = re.compile(r"tk_\S+", re.IGNORECASE)
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = BASE64
#: Codes of a 400 for what the URL sets: delay, mail, priority, topic, actions.
_URL_CODES = frozenset({*range(40001, 40011), 40018})


@dataclass(frozen=True, slots=True, kw_only=True)
class NtfyAddress:
    """A server and its topics."""

    url: str = field(repr=False)
    #: Topics: who knows one can read it.
    targets: Sequence[str] = field(repr=False)
    #: What the URL sets: login, priority, tags, ...
    headers: Mapping[str, str] = field(repr=False)
    timeout_seconds: float
    verify: bool

    def pieces(self, content: Content) -> Sequence[tuple[str, str]]:
        """Return title and text of each message."""
        title = " ".join(content.title.split())
        texts = content.payload.get("pieces", ())
        if texts:
            count = len(texts)
            return [(part_title(title, n, count), text) for n, text in enumerate(texts, start=1)]
        return in_pieces(content, MESSAGE_BYTES, size)

    def tell(self, target: str, piece: tuple[str, str], content: Content) -> Exchange:
        """Publish one message to one topic."""
        title, text = piece
        message = {"topic": target, "title": title, "message": text}
        headers = {**_dress(content), **self.headers}
        usual = headers.get("X-Priority") == USUAL
        told = {name: value for name, value in headers.items() if name != "X-Priority" or not usual}
        reply = yield post_json(self.url, message, {"Content-Type": "application/json", **told})
        return DELIVERED if reply.is_success else _judged(reply)


def _dress(content: Content) -> dict[str, str]:
    """Return how a message of our own form rings and looks, where the URL does not say."""
    if not content.payload.get("pieces"):
        return {}
    priority = str(content.payload.get("priority") or USUAL)
    link = str(content.payload.get("click") or "")
    looks = {"X-Priority": priority, "X-Tags": TAGS[content.severity]}
    return {**looks, **({"X-Click": _link(link)} if link else {})}


def _link(address: str) -> str:
    return quote(address, safe=":/?@&=#%")


def _read(url: ChannelUrl) -> NtfyAddress:
    topics = [*url.path, *words(url.option("to"))]
    mode = url.option("mode").strip().lower()
    if mode not in {"", "cloud", "private"}:
        raise UnusableUrlError("?mode= is cloud or private; leave it out")
    is_cloud = url.is_web or (mode or ("private" if topics else "cloud")) == "cloud"
    if is_cloud and url.host and "ntfy.sh" not in url.host.lower():
        topics = [url.host, *topics]
    usable = list(dict.fromkeys(filter(_TOPIC.fullmatch, topics)))
    if not usable:
        raise UnusableUrlError(f"ntfy:// names no usable topic; {_FORMS}")
    if not is_cloud and not _HOST.fullmatch(url.host):
        raise UnusableUrlError(f"ntfy:// names no usable host; {_FORMS}")
    port = "" if url.port is None else f":{url.port}"
    scheme = "https" if url.scheme.endswith("s") else "http"
    login = {} if is_cloud else dict(_login(url))
    return NtfyAddress(
        url=f"{CLOUD}/" if is_cloud else f"{scheme}://{url.host}{port}/",
        targets=usable,
        headers={**login, **dict(_settings(url))},
        timeout_seconds=url.timeout_seconds,
        verify=url.flag("verify", default=True),
    )


def _login(url: ChannelUrl) -> Iterator[tuple[str, str]]:
    """Yield the header that logs in: by a token, or by name and password."""
    token, user, password = url.option("token"), url.user or "", url.password or ""
    way = url.option("auth").strip().lower() or ("token" if token else "")
    if way not in {"", "basic", "token"}:
        raise UnusableUrlError("?auth= is basic or token; leave it out")
    if not way:
        way = "token" if not password and _TOKEN.match(user) else "basic"
    if way == "token":
        token = token or password or user
        if not token:
            raise UnusableUrlError("?auth=token needs a token: write ntfys://tk_...@host/topic")
        yield "Authorization", f"Bearer {token}"
    elif user:
        yield "Authorization", f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _settings(url: ChannelUrl) -> Iterator[tuple[str, str]]:
    priority = url.option("priority").lower()
    if priority:
        known = (name for start, name in _PRIORITIES.items() if priority.startswith(start))
        yield "X-Priority", next(known, USUAL)
    if tags := words(url.option("xtags", "tags")):
        yield "X-Tags", _header(",".join(tags))
    if click := url.option("click"):
        yield "X-Click", _link(click)
    if (icon := url.option("avatar_url")) and url.flag("image", default=True):
        yield "X-Icon", _header(icon)
    for name in ("delay", "email", "actions"):
        if text := url.option(name):
            yield f"X-{name.capitalize()}", _header(text)


def _header(text: str) -> str:
    """Return a header's value; beyond ASCII ntfy reads RFC 2047."""
    return text if text.isascii() else Header(text, _UTF8, maxlinelen=10_000).encode()


def _judged(reply: Reply) -> Outcome:
    outcome = reply.judged()
    if outcome.fault is Fault.MESSAGE and reply.code in _URL_CODES:
        return replace(outcome, fault=Fault.CHANNEL)
    return outcome


KIND = Kind(
    family=Family.NTFY,
    schemes=frozenset({"ntfy", "ntfys"}),
    dress=as_ntfy,
    read=_read,
    is_left_to_apprise=lambda url: bool(_OTHER_FORMS & url.options.keys()),
    is_shown_address=lambda url: url.host.lower() == "ntfy.sh",
)
