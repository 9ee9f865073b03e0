"""Which form of message a receiver reads."""

from __future__ import annotations

from functools import lru_cache

from batchbell.receivers.channel_url import query_of, scheme_of
from batchbell.receivers.content import Family
from batchbell.receivers.quiet import silence_libraries
from batchbell.receivers.receiver import AppriseReceiver, Receiver

#: By the scheme that Apprise itself uses for the service, whatever the URL was written with.
_BY_SCHEME = {
    "mailto": Family.MAIL,
    "mailtos": Family.MAIL,
    "json": Family.PROGRAM,
    "jsons": Family.PROGRAM,
    "xml": Family.PROGRAM,
    "xmls": Family.PROGRAM,
    "form": Family.PROGRAM,
    "forms": Family.PROGRAM,
    "slack": Family.SLACK,
    "discord": Family.DISCORD,
    "workflow": Family.TEAMS,
    "workflows": Family.TEAMS,
    "tgram": Family.TELEGRAM,
    "ntfy": Family.NTFY,
    "ntfys": Family.NTFY,
}
#: Options of a URL that ask for a form of their own: Apprise then makes it of the plain text.
_OWN_FORM = {
    Family.SLACK: frozenset({"blocks", "template", "mode", "webhook_mode"}),
    Family.DISCORD: frozenset({"template", "ping", "tts", "format", "fields"}),
    Family.TEAMS: frozenset({"template"}),
    Family.TELEGRAM: frozenset({"template", "format", "mdv", "content"}),
    Family.NTFY: frozenset({"format", "attach"}),
}
_WEB = frozenset({"http", "https"})


def family_of(receiver: Receiver) -> Family:
    """Return the family; asks Apprise which service a plain web address belongs to."""
    if not isinstance(receiver, AppriseReceiver):
        return Family.HOOK
    scheme = scheme_of(receiver.url) or ""
    service = _service_scheme(receiver.url) if scheme in _WEB else scheme
    family = _BY_SCHEME.get(service, Family.PLAIN)
    asks_for_more = _OWN_FORM.get(family, frozenset()) & query_of(receiver.url).keys()
    return Family.PLAIN if asks_for_more else family


@lru_cache(maxsize=64)
def _service_scheme(url: str) -> str:
    """Return the scheme of the service that answers at a web address; '' if none is known."""
    silence_libraries()
    from apprise import Apprise  # noqa: PLC0415 - 150 ms and 200 plugins

    plugin = Apprise.instantiate(url, suppress_exceptions=True)
    schemes = vars(type(plugin)).get("secure_protocol", "")
    return str(schemes if isinstance(schemes, str) else schemes[0])
