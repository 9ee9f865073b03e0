"""The loss of a job's results in words: which file could not be had, and whom to ask for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.results.job_results import FileKind
from batchbell.messages.event_words import name_text

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob

#: A reason as `core.results.judgement` gives it: which file, and what its API answered.
_REASON = re.compile(r"the (?P<kind>\w+) file can't be had: (?P<answer>.*)", re.DOTALL)
#: The number of an answer, as `wire.refusal` writes it: `(404)`, `(404: file not found)`.
_STATUS = re.compile(r"\((?P<status>[1-5]\d\d)(?:\)|: )")
_NOT_FOUND = "404"
#: What people call a job's files.
_CALLED = {
    FileKind.INPUT: "input file",
    FileKind.OUTPUT: "output file",
    FileKind.ERRORS: "error file",
}


def loss_in_short(reason: str) -> str:
    """Return `output file not found (404)`, `output file can't be had (503)`; as it is otherwise.

    The whole reason is too long for a title: cut, it says nothing.
    """
    found = _REASON.fullmatch(reason)
    if found is None or found["kind"] not in _CALLED:
        return name_text(reason)
    status = _STATUS.search(found["answer"])
    number = "" if status is None else status["status"]
    what = "not found" if number == _NOT_FOUND else "can't be had"
    return f"{_CALLED[FileKind(found['kind'])]} {what}" + (f" ({number})" if number else "")


def lost_file(job: BatchJob | None, reason: str) -> str:
    """Return `the output file file-1`, as its owner is asked for it; '' if its id is not known."""
    found = _REASON.fullmatch(reason)
    kind = FileKind.OUTPUT if found is None else found["kind"]
    if job is None or kind not in _CALLED:
        return ""
    ids = {FileKind.OUTPUT: job.output_file_id, FileKind.ERRORS: job.error_file_id}
    file_id = name_text(ids.get(FileKind(kind)) or "")
    return f"the {_CALLED[FileKind(kind)]} {file_id}" if file_id else ""
