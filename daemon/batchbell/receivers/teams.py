"""Microsoft Teams: where the addresses of its Workflows lead, and how they are sent messages.

Sources: learn.microsoft.com, Logic Apps (the address of a trigger, error codes); appriseit.com,
Power Automate (the forms of URLs).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError
from batchbell.receivers.content import Family
from batchbell.receivers.exchange import Exchange, Reply, post_json
from batchbell.receivers.kind import Kind
from batchbell.receivers.outcome import DELIVERED
from batchbell.receivers.plain import in_pieces
from batchbell.receivers.teams_form import as_teams, plain_card

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.receivers.content import Content

#: Of a text without facts, characters a card: as JSON none takes more than twelve bytes.
PLAIN_CHARS = 1_000
_FORMS = "copy the address that the workflow shows, or write workflows://host/workflow/signature"
_PART = re.compile(r"[a-z0-9_-]+", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)
#: The path of the address that a workflow shows.
_SHOWN_PATH = re.compile(
    r"(?P<direct>powerautomate/automations/direct(?:/cu/(?P<route>[0-9]+))?/)?"
    r"workflows/(?P<workflow>[a-z0-9_-]+)/triggers/manual/paths/invoke",
    re.IGNORECASE,
)
#: Error codes of a 400 that is the address's or the workflow's doing.
_REFUSED = frozenset(
    {
        "DirectApiAuthorizationRequired",
        "InvalidApiVersionParameter",
        "MissingApiVersionParameter",
        "WorkflowTriggerIsNotEnabled",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsAddress:
    """A workflow that posts what its webhook gets."""

    #: Its signature is a secret.
    url: str = field(repr=False)
    targets: Sequence[str] = ("",)
    timeout_seconds: float
    verify: bool

    def pieces(self, content: Content) -> Sequence[Mapping[str, Any]]:
        """Return the cards."""
        if content.payload.get("pieces"):
            return list(content.payload["pieces"])
        return [plain_card(title, text) for title, text in in_pieces(content, PLAIN_CHARS)]

    def tell(self, _target: str, piece: Mapping[str, Any], _content: Content) -> Exchange:
        """Post one card."""
        reply = yield post_json(self.url, piece, {"Content-Type": "application/json"})
        return DELIVERED if reply.is_success else _judged(reply)


def _read(url: ChannelUrl) -> TeamsAddress:
    shown = _SHOWN_PATH.fullmatch("/".join(url.path)) if url.is_web else None
    direct = bool(shown and shown["direct"]) or url.flag(
        "powerautomate", default=url.flag("pa", default=False)
    )
    route = (shown and shown["route"]) or url.option("route", "routeid")
    path = list(url.path)
    workflow = shown["workflow"] if shown else url.option("workflow", "id") or _next(path)
    signature = url.option("signature", "sig") or ("" if shown else _next(path))
    if not (_PART.fullmatch(workflow) and _PART.fullmatch(signature) and _HOST.fullmatch(url.host)):
        raise UnusableUrlError(f"this is not a whole workflows:// URL; {_FORMS}")
    if route and not route.isdecimal():
        raise UnusableUrlError(f"?route= is a number; {_FORMS}")
    query = {
        "api-version": url.option("api-version", "ver")
        or ("2022-03-01-preview" if direct else "2016-06-01"),
        "sp": "/triggers/manual/run",
        "sv": "1.0",
        "sig": signature,
    }
    start = f"/powerautomate/automations/direct{f'/cu/{route}' if route else ''}" if direct else ""
    port = "" if url.port is None else f":{url.port}"
    invoke = f"{start}/workflows/{workflow}/triggers/manual/paths/invoke"
    return TeamsAddress(
        url=f"https://{url.host}{port}{invoke}?{urlencode(query)}",
        timeout_seconds=url.timeout_seconds,
        verify=url.flag("verify", default=True),
    )


def _next(path: list[str]) -> str:
    return path.pop(0) if path else ""


def _judged(reply: Reply) -> Outcome:
    outcome = reply.judged()
    match reply.document.get("error"):
        case {"code": str(code)} if code in _REFUSED:
            return replace(outcome, fault=Fault.CHANNEL) if outcome.permanent else outcome
    return outcome


KIND = Kind(
    family=Family.TEAMS,
    schemes=frozenset({"workflow", "workflows"}),
    dress=as_teams,
    read=_read,
    is_left_to_apprise=lambda url: "template" in url.options,
    is_shown_address=lambda url: _SHOWN_PATH.fullmatch("/".join(url.path)) is not None,
)
