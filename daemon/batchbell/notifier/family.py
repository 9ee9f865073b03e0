"""Which form of message a receiver reads."""

from __future__ import annotations

from functools import lru_cache

from batchbell.notifier.channel_url import scheme_of
from batchbell.notifier.quiet import silence_libraries
from batchbell.notifier.receiver import AppriseReceiver, Receiver
from batchbell.render import Family

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
}
_WEB = frozenset({"http", "https"})


def family_of(receiver: Receiver) -> Family:
    """Return the family; asks Apprise which service a plain web address belongs to."""
    if not isinstance(receiver, AppriseReceiver):
        return Family.HOOK
    scheme = scheme_of(receiver.url) or ""
    return _BY_SCHEME.get(_service_scheme(receiver.url) if scheme in _WEB else scheme, Family.PLAIN)


@lru_cache(maxsize=64)
def _service_scheme(url: str) -> str:
    """Return the scheme of the service that answers at a web address; '' if none is known."""
    silence_libraries()
    from apprise import Apprise  # noqa: PLC0415 - 150 ms and 200 plugins

    plugin = Apprise.instantiate(url, suppress_exceptions=True)
    schemes = vars(type(plugin)).get("secure_protocol", "")
    return str(schemes if isinstance(schemes, str) else schemes[0])
