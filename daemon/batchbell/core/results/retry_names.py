"""What a file of requests to send again is called where nobody says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.results.kept_names import plain_name
from batchbell.core.results.selection import USUALLY, Include

if TYPE_CHECKING:
    from collections.abc import Collection

#: A name that leads nowhere else, hides nothing, and is no option of a program. It comes from
#: whoever uploaded the input.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def retry_name(
    input_file: str,
    job_id: str,
    include: Collection[Include] | None,
    *,
    skips_repair: bool = False,
) -> str:
    """Return `nightly-eval.retry.jsonl`, after the input's name where that is safe, else the id.

    The job made of it is called so, too. What else than usual is in it stands in its name, so that
    one choice is not written over another; `include` is None for the whole input.
    """
    stem = input_file.removesuffix(".jsonl")
    called = stem if _SAFE.fullmatch(stem) else plain_name(job_id)
    which = ["retry"]
    if include is None:
        which.append("all")
    elif set(include) != USUALLY:
        which += [each for each in Include if each in include]
    if skips_repair:
        which.append("skip-repair")
    return f"{called}.{'-'.join(which)}.jsonl"
