"""What a file of requests to send again is called where nobody says."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from batchbell.core.results.selection import USUALLY, Include
from batchbell.core.text import first_group

if TYPE_CHECKING:
    from collections.abc import Collection

#: A name that leads nowhere else, hides nothing, and is no option of a program. It comes from
#: whoever uploaded the input.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
#: An id that is as safe. It has no dot, so that it is told from the input's name before it.
_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")

#: What such a name has behind the input's own: job and choice. Of a job that is a retry itself
#: it is left out, as the name would grow with each one. Without an input's name the id is whole.
_CHOICE = rf"\.retry(?:-(?:{'|'.join(['all', 'skip-repair', *Include])}))*"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OLDER = re.compile(
    rf"(?:^(?:{_UUID}|job-[0-9a-f]{{16}}){_CHOICE})?(?:\.{_SAFE_ID.pattern}{_CHOICE})*$"
)


def retry_name(
    input_file: str,
    job_id: str,
    include: Collection[Include] | None,
    *,
    skips_repair: bool = False,
) -> str:
    """Return `nightly-eval.7823e0cf.retry.jsonl`, after the input's name, if safe, and the job.

    The job made of it is called so, too. Several jobs may have one input's name, as each night's
    have, and none is to be taken for another. What else than usual is in it stands in its name, so
    that one choice is not written over another; `include` is None for the whole input.
    A retry of a retry is called after the first input.
    """
    stem = _OLDER.sub("", input_file.removesuffix(".jsonl"))
    whole_id = _id_name(job_id)
    called = f"{stem}.{first_group(whole_id) or whole_id}" if _SAFE.fullmatch(stem) else whole_id
    which = ["retry"]
    if include is None:
        which.append("all")
    elif set(include) != USUALLY:
        which += [each for each in Include if each in include]
    if skips_repair:
        which.append("skip-repair")
    return f"{called}.{'-'.join(which)}.jsonl"


def _id_name(job_id: str) -> str:
    """Return an id that is safe as it is, of any other its fingerprint."""
    if _SAFE_ID.fullmatch(job_id):
        return job_id
    return f"job-{sha256(job_id.encode(errors='surrogatepass')).hexdigest()[:16]}"
