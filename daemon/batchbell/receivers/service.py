"""A channel's URL as an Apprise plugin, set up the way batchbell sends, and what it is to send.

Imports Apprise: to be imported only in order to send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType
from apprise.common import OverflowMode

from batchbell.core.event import Severity
from batchbell.receivers.channel_url import query_of
from batchbell.receivers.chat import dressed, prepare, takes_our_form
from batchbell.receivers.content import Family
from batchbell.receivers.defuse import defuse
from batchbell.receivers.shorten import fitting_text
from batchbell.receivers.smtp import Mail

if TYPE_CHECKING:
    from apprise import NotifyBase

    from batchbell.receivers.content import Content

MESSAGE_TYPES = {
    Severity.INFO: NotifyType.INFO,
    Severity.SUCCESS: NotifyType.SUCCESS,
    Severity.WARNING: NotifyType.WARNING,
    Severity.FAILURE: NotifyType.FAILURE,
}
#: Seconds to connect. Apprise's own default, 4, is short for a far receiver.
CONNECT_SECONDS = 10.0
#: Seconds between two reads. Apprise's own default, 4, reports messages as failed that arrived.
READ_SECONDS = 15.0
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


def open_services(url: str, *, content: Content, key: str) -> list[Service]:
    """Return what to send one after the other: a message in one or more pieces.

    Empty if the URL can't be used; raises what the plugin raises on an incomplete URL. Contacts
    nobody.
    """
    # A header can't hold a line break, and no chat shows one in a title.
    title = " ".join(content.title.split())
    if content.family is Family.MAIL:
        mail = Mail.open(url, asset=_asset(), content=content, key=key)
        return [Service(plugin=mail, title=title, body=content.html, body_format=NotifyFormat.HTML)]
    plugin = _plugin(url)
    if plugin is None:
        return []
    if takes_our_form(plugin, content):
        return [_piece(url, content, piece) for piece in content.payload["pieces"]]
    return [_plain(plugin, title, content, key)]


def _plugin(url: str) -> NotifyBase | None:
    plugin = Apprise.instantiate(url, asset=_asset(), suppress_exceptions=False)
    if plugin is not None:
        _set_up(plugin, query_of(url))
    return plugin


def _piece(url: str, content: Content, piece: Any) -> Service:  # noqa: ANN401 - each family's own
    """Return one piece of the family's own form, with a plugin of its own: they throttle."""
    plugin = _plugin(dressed(url, content))
    if plugin is None:
        raise ValueError("a URL that was usable is so no more")
    title, body, body_format = prepare(plugin, content, piece)
    return Service(plugin=plugin, title=title, body=body, body_format=body_format)


def _plain(plugin: NotifyBase, title: str, content: Content, key: str) -> Service:
    body = content.text
    if content.family is Family.PROGRAM:
        _add_key(plugin, key)
    else:
        texts = map(defuse, (_without(content.title, body), *content.shorter))
        title, body = defuse(title), fitting_text(list(texts), plugin.body_maxlen)
    return Service(plugin=plugin, title=title, body=body, body_format=NotifyFormat.TEXT)


def _without(title: str, text: str) -> str:
    """Leave out a first line that the title says: a chat shows both, and once is enough."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") or text if title.endswith(first) else text


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


def _set_up(plugin: NotifyBase, query: dict[str, str]) -> None:
    if "cto" not in query:
        plugin.socket_connect_timeout = CONNECT_SECONDS
    if "rto" not in query:
        plugin.socket_read_timeout = READ_SECONDS
    plugin.request_rate_per_sec = min(plugin.request_rate_per_sec, PAUSE_SECONDS)
    if "overflow" not in query:
        # A text too long for one message arrives as several: the default leaves it to the
        # receiver, which may refuse it or cut it.
        plugin.overflow_mode = OverflowMode.SPLIT
    if "footer" not in query and hasattr(plugin, "include_footer"):
        # Slack's would sign every message "batchbell" and date it a second time.
        plugin.include_footer = False


def _add_key(plugin: NotifyBase, key: str) -> None:
    """Send the message's key as a header (draft-ietf-httpapi-idempotency-key-header)."""
    headers: dict[str, str] = vars(plugin)["headers"]
    if not any(name.lower() == "idempotency-key" for name in headers):
        headers["Idempotency-Key"] = key
