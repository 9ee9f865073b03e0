"""Whether a channel's section of the configuration is one that can be sent to."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from batchbell.notifier.channel_url import check_channel_url

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


def _check_program(written: str) -> str | None:
    program = os.path.expanduser(written)  # noqa: PTH111 - a bare name must stay one
    if "/" in program and not program.startswith("/"):
        return "entry 1: write the program's whole path: it is started in /"
    if shutil.which(program) is not None:
        return None
    what = "is not there, or may not be run" if "/" in program else "is not in PATH"
    return f"entry 1: the program {what}; write its whole path, and chmod +x it"
