"""A channel's URL as an Apprise plugin, set up the way batchbell sends, and what it is to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from batchbell.core.event import Severity
from batchbell.receivers.channel_url import CONNECT_SECONDS, READ_SECONDS, read_url
from batchbell.receivers.content import Family
from batchbell.receivers.plain import plain_texts
from batchbell.receivers.shorten import fitting_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apprise import NotifyBase

    from batchbell.receivers.content import Content

MESSAGE_TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.SUCCESS: NotifyType.SUCCESS,
    Severity.WARNING: NotifyType.WARNING,
    Severity.FAILURE: NotifyType.FAILURE,
}
#: Seconds between the pieces of one long message. Apprise's own default, 5.5, makes a digest on a
#: service of short messages outlast every deadline.
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A plugin and what goes through it."""

    plugin: NotifyBase
    title: str
    body: str
    body_format: NotifyFormat


def open_service(url: str, *, content: Content, key: str) -> Service | None:
    """Return what to send, None if the URL can't be used; raises what the plugin raises on it.

    Contacts nobody.
    """
    if content.family is Family.PROGRAM:
        plugin = _plugin(url, {"+Idempotency-Key": key})
    else:
        plugin = _plugin(url, {})
    if plugin is None:
        return None
    # A header can't hold a line break, and no chat shows one in a title.
    title, body, body_format = " ".join(content.title.split()), content.text, NotifyFormat.TEXT
    if content.family is Family.MAIL and content.html:
        body, body_format = content.html, NotifyFormat.HTML
    elif content.family is not Family.PROGRAM:
        title, texts = plain_texts(content)
        body = fitting_text(texts, plugin.body_maxlen)
    return Service(plugin=plugin, title=title, body=body, body_format=body_format)


def _plugin(url: str, extra: Mapping[str, str]) -> NotifyBase | None:
    plugin = _instantiate(url)
    if plugin is None:
        return None
    wanted = {
        # Apprise's own 4 seconds are short for a far receiver, and report messages as failed that
        # arrived.
        "cto": f"{CONNECT_SECONDS:g}",
        "rto": f"{READ_SECONDS:g}",
        # A text too long for one message arrives as several: the default leaves it to the
        # receiver, which may refuse it or cut it.
        "overflow": "split",
        **extra,
    }
    if "footer" in plugin.template_args:
        # It would sign every message "batchbell" and date it a second time.
        wanted["footer"] = "no"
    # Not every service's own address takes options.
    plugin = _instantiate(_with_options(url, wanted)) or plugin
    plugin.request_rate_per_sec = min(plugin.request_rate_per_sec, PAUSE_SECONDS)
    return plugin


def _instantiate(url: str) -> NotifyBase | None:
    return Apprise.instantiate(url, asset=_asset(), suppress_exceptions=False)


def _with_options(url: str, wanted: Mapping[str, str]) -> str:
    """Return the URL with these options, but for those that it sets itself."""
    parts = read_url(url)
    own = set() if parts is None else parts.options.keys()
    more = {name: text for name, text in wanted.items() if name.lower() not in own}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(more)}" if more else url


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="batchbell",
        app_desc="batchbell",
        app_url="",
        # No pictures from elsewhere in anybody's chat.
        image_url_mask="",
        image_url_logo="",
        interpret_emojis=False,
        http_redirects=False,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
        async_mode=False,
        # Deadlines are ours; Apprise's would run the send in a pool that blocks the exit.
        service_timeout=0,
    )
