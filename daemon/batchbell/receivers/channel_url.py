"""Whether a channel's URL is one that Apprise can send to, told without the secret in it."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from batchbell.receivers.quiet import silence_libraries

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEME = re.compile(r"^\s*([a-z][a-z0-9+.-]{0,30})://", re.IGNORECASE)
_OFF = frozenset({"", "no", "n", "false", "f", "off", "0", "none", "disable", "disabled", "never"})


def check_channel_url(url: str) -> str | None:
    """Return None if the URL can be sent to, else what is wrong with it and what to write instead.

    Contacts nobody. The text never holds more of the URL than its scheme.
    """
    scheme = scheme_of(url)
    if scheme is None:
        return "this is not a URL; write an Apprise URL such as slack://... or mailtos://..."
    return _refused_option(url) or _unusable(url, scheme)


def scheme_of(url: str) -> str | None:
    """Return the scheme in lower case, None if the text has none."""
    match = _SCHEME.match(url)
    return match.group(1).lower() if match else None


def query_of(url: str) -> dict[str, str]:
    """Return the options behind the URL's `?` by lower-case name."""
    pairs = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    return {name.lower(): value for name, value in pairs}


def _refused_option(url: str) -> str | None:
    """Name an option that would take delivery out of batchbell's hands."""
    query = query_of(url)
    if query.get("optional", "").strip().lower() not in _OFF:
        return "?optional= would report failed sends as delivered; leave it out"
    if query.get("retry", "").strip() not in {"", "0"}:
        return "?retry= is not needed: batchbell itself tries again; leave it out"
    return None


def _unusable(url: str, scheme: str) -> str | None:
    silence_libraries()
    # 150 ms and 200 plugins: only who needs it pays for it.
    from apprise import Apprise  # noqa: PLC0415

    try:
        service = Apprise.instantiate(url, suppress_exceptions=False)
    except Exception:  # noqa: BLE001 - plugins raise many kinds, and their texts quote the tokens
        service = None
    if service is None:
        return _what_is_wrong(scheme)
    # Apprise only logs that an address is wrong, and goes on with nobody to write to.
    if scheme in {"mailto", "mailtos"} and not vars(service)["targets"]:
        return f"{scheme}:// names no usable recipient; write ?to=name@example.org"
    return None


def _what_is_wrong(scheme: str) -> str:
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - as above

    plugins = NotificationManager()  # type: ignore[no-untyped-call] # Apprise has types in part
    if scheme not in plugins:
        known = sorted(plugins.schemas())  # type: ignore[no-untyped-call] # as above
        near = difflib.get_close_matches(scheme, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}://?" if near else "see Apprise's list of services"
        return f"{scheme}:// is not a service Apprise knows; {hint}"
    plugin = plugins[scheme]
    if not plugin.enabled:
        needed = _packages(plugin.requirements.get("packages_required"))
        return f"{scheme}:// needs a package that is not installed{needed}"
    return f"this is not a complete {scheme}:// URL; its forms are at {plugin.setup_url}"


def _packages(required: str | Iterable[str] | None) -> str:
    names = [required] if isinstance(required, str) else list(required or ())
    return f": {', '.join(names)}" if names else ""
