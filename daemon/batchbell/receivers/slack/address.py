"""Where Slack messages go, and what Slack's answers mean.

Sources: docs.slack.dev, incoming webhooks and chat.postMessage (fields, errors); appriseit.com,
Slack (the forms of URLs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError
from batchbell.receivers.exchange import Exchange, Reply, Request, post_json
from batchbell.receivers.look import LOOKS
from batchbell.receivers.outcome import DELIVERED
from batchbell.receivers.plain import in_pieces
from batchbell.receivers.slack.blocks import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.receivers.content import Content

#: By the host that Slack shows a webhook's address with.
WEBHOOKS = {
    "hooks.slack.com": "https://hooks.slack.com/services",
    "hooks.slack-gov.com": "https://hooks.slack-gov.com/services",
}
API = "https://slack.com/api"
#: Where a bot's messages go if the URL does not say.
_GENERAL = "#general"
#: Of a text without blocks, characters a message.
PLAIN_CHARS = 35_000
_FORMS = (
    "write slack://T.../B.../token/#channel for an incoming webhook, or slack://xoxb-.../#channel "
    "for a bot"
)
#: Options that ask for another form than ours.
_OTHER_FORMS = frozenset({"blocks", "template", "mode", "webhook_mode"})
#: How many parts a webhook's address has behind its host.
_TOKENS = 3
_TOKEN = re.compile(r"[a-z0-9]+", re.IGNORECASE)
_BOT_TOKEN = re.compile(r"(?:xoxe\.)?xox[abp]-[a-z0-9-]+", re.IGNORECASE)
_TARGET = re.compile(r"([+#@]?[a-z0-9_-]{1,32})(?::([0-9.]+))?", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_BETWEEN = re.compile(r"[\s,#\\/]+")
#: Slack's words for a message that it does not take.
_INVALID = frozenset(
    {
        "invalid_payload", "invalid_blocks", "invalid_blocks_format", "invalid_attachments",
        "invalid_arguments", "invalid_json", "msg_too_long", "msg_blocks_too_long", "no_text",
        "too_many_attachments", "attachment_payload_limit_exceeded", "metadata_too_large",
    }
)  # fmt: skip
#: Slack's words for a channel, token or app that is of no use as it is.
_REFUSED = frozenset(
    {
        "access_denied", "account_inactive", "action_prohibited", "as_user_not_supported",
        "channel_is_archived", "channel_not_found", "ekm_access_denied", "enterprise_is_restricted",
        "invalid_auth", "invalid_token", "is_archived", "missing_scope", "no_active_hooks",
        "no_permission", "no_service", "no_service_id", "no_team", "not_allowed_token_type",
        "not_authed", "not_in_channel", "org_login_required",
        "posting_to_general_channel_denied", "restricted_action", "team_access_not_granted",
        "team_disabled", "token_expired", "token_revoked", "user_not_found", "users_not_found",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAddress:
    """A webhook or a bot, and the channels it writes to."""

    #: Whole, a webhook's is its secret.
    url: str = field(repr=False)
    #: A bot's.
    token: str = field(default="", repr=False)
    #: The name shown as the sender's; '' for the app's own.
    username: str = ""
    #: Channels, people and mail addresses; '' for the webhook's own channel.
    targets: Sequence[str]
    footer: bool = False
    timeout_seconds: float
    verify: bool

    def pieces(self, content: Content) -> Sequence[Mapping[str, Any]]:
        """Return the payloads, but for where they go."""
        if content.payload.get("pieces"):
            return list(content.payload["pieces"])
        texts = in_pieces(content, PLAIN_CHARS)
        return [self._plain(title, text, content) for title, text in texts]

    def _plain(self, title: str, text: str, content: Content) -> dict[str, Any]:
        attachment = {
            "title": escape(title),
            "text": escape(text),
            "color": LOOKS[content.severity].colour,
        }
        footer = {"footer": "batchbell"} if self.footer else {}
        return {"mrkdwn": False, "attachments": [{**attachment, **footer}]}

    def tell(self, target: str, piece: Mapping[str, Any], _content: Content) -> Exchange:
        """Post one payload; a person named by a mail address is looked up first."""
        place = _place(target)
        if _MAIL.fullmatch(target):
            reply = yield self._lookup(target)
            person = reply.document.get("user")
            if not (reply.document.get("ok") and isinstance(person, dict) and person.get("id")):
                return _judged(reply)
            place = {"channel": str(person["id"])}
        sender = {"username": self.username} if self.username else {}
        reply = yield post_json(self.url, {**sender, **place, **piece}, self._headers)
        return DELIVERED if self._is_taken(reply) else _judged(reply)

    def _lookup(self, address: str) -> Request:
        query = urlencode({"email": address})
        return Request(
            method="GET", url=f"{API}/users.lookupByEmail?{query}", headers=self._headers
        )

    @property
    def _headers(self) -> Mapping[str, str]:
        accept = {"Accept": "application/json"}
        return {**accept, "Authorization": f"Bearer {self.token}"} if self.token else accept

    def _is_taken(self, reply: Reply) -> bool:
        if not reply.is_success:
            return False
        return bool(reply.document.get("ok")) if self.token else reply.body.strip() == b"ok"


def read(url: ChannelUrl) -> SlackAddress:
    """Return where the URL leads. Raises `UnusableUrlError`."""
    tokens, targets, base = _parts(url)
    targets = list(dict.fromkeys([*targets, *filter(None, _BETWEEN.split(url.option("to")))]))
    is_bot = bool(tokens) and _is_bot(tokens[0])
    _check_targets(targets, mail_too=is_bot)
    if is_bot:
        if not _BOT_TOKEN.fullmatch(tokens[0]):
            raise UnusableUrlError(f"this bot's token is not whole; {_FORMS}")
        where, targets = f"{API}/chat.postMessage", targets or [_GENERAL]
    else:
        if len(tokens) < _TOKENS or not all(map(_TOKEN.fullmatch, tokens)):
            raise UnusableUrlError(
                f"slack:// needs the three parts of a webhook's address; {_FORMS}"
            )
        where, targets = "/".join([base, *tokens]), targets or [""]
    return SlackAddress(
        url=where,
        token=tokens[0] if is_bot else "",
        username=url.user or "",
        targets=targets,
        footer=url.flag("footer", default=False),
        timeout_seconds=url.timeout_seconds,
        verify=url.flag("verify", default=True),
    )


def is_left_to_apprise(url: ChannelUrl) -> bool:
    """Whether the URL asks for another form, or leads to a workflow, which takes no message."""
    return bool(_OTHER_FORMS & url.options.keys()) or (url.is_web and url.path[:1] != ("services",))


def is_shown_address(url: ChannelUrl) -> bool:
    """Whether it is an address of hooks.slack.com."""
    return url.host.lower() in WEBHOOKS and len(url.path) > 1


def _parts(url: ChannelUrl) -> tuple[list[str], list[str], str]:
    """Return the tokens, the targets in the path, and where webhooks are."""
    if url.is_web:
        return list(url.path[1:]), [], WEBHOOKS[url.host.lower()]
    base = WEBHOOKS["hooks.slack.com"]
    entries = [url.host, *url.path]
    count = 1 if _is_bot(entries[0]) else _TOKENS
    tokens = [each for each in _BETWEEN.split(url.option("token")) if each]
    if tokens:
        return tokens[: 1 if _is_bot(tokens[0]) else _TOKENS], entries[count:], base
    return entries[:count], entries[count:], base


def _is_bot(token: str) -> bool:
    return token.lower().startswith("xo")


def _check_targets(targets: Sequence[str], *, mail_too: bool) -> None:
    for target in targets:
        if not _TARGET.fullmatch(target) and not (mail_too and _MAIL.fullmatch(target)):
            raise UnusableUrlError(
                "one of its targets is no channel or person; write #channel, @name or +id"
            )


def _place(target: str) -> dict[str, str]:
    match = _TARGET.fullmatch(target)
    if match is None:
        return {}
    name, thread = match.groups()
    channel = name[1:] if name[0] == "+" else name if name[0] in "#@" else f"#{name}"
    return {"channel": channel, "thread_ts": thread} if thread else {"channel": channel}


def _judged(reply: Reply) -> Outcome:
    """Return what a refusal means: a webhook says one word, the API `{"ok": false, "error": ...}`.

    Only words that are known are quoted.
    """
    word = str(reply.document.get("error") or reply.body[:60].decode("ascii", "replace")).strip()
    if word in _INVALID or word in _REFUSED:
        fault = Fault.MESSAGE if word in _INVALID else Fault.CHANNEL
        told = reply.judged(word)
        if reply.is_success:
            return replace(told, reason=f"Slack refuses it: {word}", permanent=True, fault=fault)
        return replace(told, fault=fault) if told.permanent else told
    return reply.judged()
