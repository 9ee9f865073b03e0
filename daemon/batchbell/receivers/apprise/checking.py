"""What is wrong with a URL that Apprise is to send to, told without the secret in it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from apprise import Apprise

from batchbell.receivers.apprise.quiet import silence_libraries

if TYPE_CHECKING:
    from collections.abc import Iterable


def problem_of(url: str, scheme: str, *, own_schemes: Iterable[str]) -> str | None:
    """Return None if Apprise can send to the URL, else what is wrong with it.

    Contacts nobody. The text never holds more of the URL than its scheme.
    """
    silence_libraries()
    try:
        service = Apprise.instantiate(url, suppress_exceptions=False)
    except Exception:  # noqa: BLE001 - plugins raise many kinds, and their texts quote the tokens
        service = None
    return None if service is not None else _what_is_wrong(scheme, own_schemes)


def _what_is_wrong(scheme: str, own_schemes: Iterable[str]) -> str:
    services = Apprise().details(show_requirements=True, show_disabled=True)["schemas"]
    by_scheme = {name: service for service in services for name in _schemes(service)}
    service = by_scheme.get(scheme)
    if service is None:
        known = sorted({*by_scheme, *own_schemes})
        near = difflib.get_close_matches(scheme, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}://?" if near else "see Apprise's list of services"
        return f"{scheme}:// is not a service Apprise knows; {hint}"
    if not service["enabled"]:
        names = ", ".join(service["requirements"].get("packages_required") or ())
        return f"{scheme}:// needs a package that is not installed{f': {names}' if names else ''}"
    return f"this is not a complete {scheme}:// URL; its forms are at {service['setup_url']}"


def _schemes(service: dict[str, Any]) -> list[str]:
    return [*(service.get("protocols") or ()), *(service.get("secure_protocols") or ())]
