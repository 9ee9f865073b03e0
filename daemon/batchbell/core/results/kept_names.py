"""What a job's files are called on the disk; no id leads out of its folder."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.results.job_results import FileKind

#: What a job's results are called, beside its files.
VERDICT_NAME = "verdict.json"
#: How the name of a file ends that is not whole yet.
PART = ".part"
#: File systems take 255 bytes, of which endings need some.
_LONGEST_NAME = 200
_NOT_PLAIN = re.compile(rb"[^A-Za-z0-9._-]")
_STEPS = {".": "%2E", "..": "%2E%2E"}


def plain_name(word: str) -> str:
    """Return an account or an id as a name: what is not of `A-Za-z0-9._-` percent-encoded.

    A very long one is cut, and goes on with its fingerprint.
    """
    written = word.encode(errors="surrogatepass")
    name = _STEPS.get(word) or _NOT_PLAIN.sub(_encoded, written).decode()
    if len(name) <= _LONGEST_NAME:
        return name
    mark = "-" + sha256(written).hexdigest()[:16]
    return name[: _LONGEST_NAME - len(mark)] + mark


def _encoded(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def kept_name(kind: FileKind) -> str:
    """Return what a kept file is called in the folder of its job."""
    return f"{kind}.jsonl"
