"""Whether a channel's section of the configuration is one that can be sent to."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from batchbell.receivers.channel_url import check_channel_url
from batchbell.receivers.content import Family
from batchbell.receivers.family import family_of
from batchbell.receivers.receiver import AppriseReceiver
from batchbell.receivers.template import OwnWords
from batchbell.receivers.template_check import check_templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
        return family_of(AppriseReceiver(url))
    return Family.HOOK if "webhook" in values or "exec" in values else Family.PLAIN


def _check_program(written: str) -> str | None:
    program = os.path.expanduser(written)  # noqa: PTH111 - a bare name must stay one
    if "/" in program and not program.startswith("/"):
        return "entry 1: write the program's whole path: it is started in /"
    if shutil.which(program) is not None:
        return None
    what = "is not there, or may not be run" if "/" in program else "is not in PATH"
    return f"entry 1: the program {what}; write its whole path, and chmod +x it"
