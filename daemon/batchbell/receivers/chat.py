"""Chat services that are sent a form of our own: Apprise finds the way, the payload is ours.

Imports Apprise: to be imported only in order to send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from apprise import NotifyFormat
from apprise.plugins.slack import SlackMode

from batchbell.core.event import Severity
from batchbell.receivers.channel_url import query_of
from batchbell.receivers.content import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apprise import NotifyBase

    from batchbell.receivers.content import Content

#: What of Apprise's own payload stays: where it goes and who it is from.
_SLACK_KEPT = ("channel", "username", "thread_ts", "icon_url")
_DISCORD_KEPT = ("wait", "flags", "username", "avatar_url")
#: The modes whose payload is a message; the others fill in a workflow's own variables.
_SLACK_MODES = (SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT)
#: How ntfy rings, and the emoji it shows. Source: docs.ntfy.sh, publishing, priority and tags.
_NTFY_LOOKS = {
    Severity.INFO: ("low", "information_source"),
    Severity.SUCCESS: ("default", "white_check_mark"),
    Severity.WARNING: ("default", "warning"),
    Severity.FAILURE: ("high", "rotating_light"),
}


def takes_our_form(plugin: NotifyBase, content: Content) -> bool:
    """Whether the content has a form of its own that this plugin, as its URL sets it up, sends."""
    if not content.payload.get("pieces"):
        return False
    return content.family is not Family.SLACK or vars(plugin)["mode"] in _SLACK_MODES


def prepare(plugin: NotifyBase, content: Content, piece: Any) -> tuple[str, str, NotifyFormat]:  # noqa: ANN401 - each family's own
    """Have the plugin send one piece; return the title, body and format to call it with."""
    if content.family is Family.TELEGRAM:
        return "", str(piece), NotifyFormat.HTML
    if content.family is Family.NTFY:
        return content.title, str(piece), NotifyFormat.TEXT
    _OURS[content.family](plugin, piece)
    # Short enough to be sent in one go; the payload takes its place.
    return "", content.title, NotifyFormat.TEXT


def _slack(plugin: NotifyBase, piece: Mapping[str, Any]) -> None:
    def send(send: Callable[..., Any], url: str, payload: Mapping[str, Any]) -> object:
        return send(url, {**_kept(payload, _SLACK_KEPT), **piece})

    _replace(plugin, "_send", send)


def _discord(plugin: NotifyBase, piece: Mapping[str, Any]) -> None:
    def send(send: Callable[..., Any], payload: Mapping[str, Any], **options: object) -> object:
        return send({**_kept(payload, _DISCORD_KEPT), **piece}, **options)

    _replace(plugin, "_send", send)


def _teams(plugin: NotifyBase, piece: Mapping[str, Any]) -> None:
    _replace(plugin, "gen_payload", lambda _gen_payload, **_options: piece)


_OURS = {Family.SLACK: _slack, Family.DISCORD: _discord, Family.TEAMS: _teams}


def dressed(url: str, content: Content) -> str:
    """Return ntfy's URL with priority, tags and link for this content, unless it has its own."""
    if content.family is not Family.NTFY:
        return url
    priority, tag = _NTFY_LOOKS[content.severity]
    wanted = {"priority": priority, "tags": tag, "click": content.payload.get("click", "")}
    more = {name: text for name, text in wanted.items() if text and name not in query_of(url)}
    if not more:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(more)}"


def _replace(plugin: NotifyBase, name: str, instead: Callable[..., Any]) -> None:
    """Put a function in the place of one of this plugin's methods; it is handed that first."""
    method = getattr(plugin, name)
    vars(plugin)[name] = lambda *args, **kwargs: instead(method, *args, **kwargs)


def _kept(payload: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: payload[name] for name in names if name in payload}
