"""Whether a channel's section of the configuration is one that can be sent to."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from batchbell.config.urls import is_loopback
from batchbell.receivers.channel_url import UnusableUrlError, read_url
from batchbell.receivers.content import Family
from batchbell.receivers.mail.mailbox import Mailbox
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import address_of, family_of, schemes
from batchbell.receivers.template import OwnWords
from batchbell.receivers.template_check import check_templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Webhooks over plain HTTP; each has another scheme, with an s behind, over TLS.
_PLAIN_HTTP = frozenset({"form", "json", "xml"})
_OFF = frozenset({"", "no", "n", "false", "f", "off", "0", "none", "disable", "disabled", "never"})


def check_channel(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each key that does not fit and what is wrong with it, without any secret.

    `values` is the section as it is written. Contacts nobody; what is not text is left to the
    models.
    """
    url = values.get("url")
    if isinstance(url, str) and url.strip() and url.isprintable():
        what = check_channel_url(url)
        if what is not None:
            yield "url", what
    command = values.get("exec")
    if isinstance(command, list) and command and isinstance(command[0], str) and command[0].strip():
        what = _check_program(command[0])
        if what is not None:
            yield "exec", what
    yield from check_templates(_words(values), _family(values))


def check_channel_url(text: str) -> str | None:
    """Return None if the URL can be sent to, else what is wrong with it and what to write instead.

    Contacts nobody. The text never holds more of the URL than its scheme.
    """
    url = read_url(text)
    refused = None if url is None else _refused_option(url.options)
    if refused is not None:
        return refused
    try:
        address = address_of(text)
    except UnusableUrlError as error:
        return str(error)
    if address is not None or url is None:
        return None
    # 150 ms and 200 plugins: only who needs it pays for it.
    from batchbell.receivers.apprise.checking import problem_of  # noqa: PLC0415

    return problem_of(text, url.scheme, own_schemes=schemes())


def doubts_about(values: Mapping[str, object]) -> Iterator[str]:
    """Yield what is not safe about a channel that can be sent to, without any secret."""
    text = values.get("url")
    url = read_url(text) if isinstance(text, str) else None
    if url is None:
        return
    if not url.flag("verify", default=True):
        yield "?verify=no takes any certificate, so others can read and change what is sent"
    address = address_of(str(text))
    if isinstance(address, Mailbox) and address.server.gives_password_away:
        yield f"{url.scheme}:// sends the password unencrypted: use mailtos://"
    if url.scheme in _PLAIN_HTTP and url.password and not is_loopback(url.host.lower()):
        yield f"{url.scheme}:// sends the password unencrypted: use {url.scheme}s://"


def _refused_option(options: Mapping[str, str]) -> str | None:
    """Name an option that would take delivery out of batchbell's hands."""
    if options.get("optional", "").strip().lower() not in _OFF:
        return "?optional= would report failed sends as delivered; leave it out"
    if options.get("retry", "").strip() not in {"", "0"}:
        return "?retry= is not needed: batchbell itself tries again; leave it out"
    return None


def _words(values: Mapping[str, object]) -> OwnWords:
    subject, body = values.get("subject"), values.get("body")
    return OwnWords(
        subject=subject if isinstance(subject, str) and subject.strip() else None,
        body=body if isinstance(body, str) and body.strip() else None,
        is_html=values.get("body_format") == "html",
    )


def _family(values: Mapping[str, object]) -> Family:
    url = values.get("url")
    if isinstance(url, str):
        return family_of(UrlReceiver(url))
    return Family.HOOK if "webhook" in values or "exec" in values else Family.PLAIN


def _check_program(written: str) -> str | None:
    program = os.path.expanduser(written)  # noqa: PTH111 - a bare name must stay one
    if "/" in program and not program.startswith("/"):
        return "entry 1: write the program's whole path: it is started in /"
    if shutil.which(program) is not None:
        return None
    what = "is not there, or may not be run" if "/" in program else "is not in PATH"
    return f"entry 1: the program {what}; write its whole path, and chmod +x it"
