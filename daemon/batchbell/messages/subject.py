"""What an event is about, by the names people know it by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.text import first_group
from batchbell.messages.event_words import name_text
from batchbell.messages.plain_text import ELLIPSIS, cut, cut_middle, one_line

if TYPE_CHECKING:
    from batchbell.core.event import Event

#: Between a name and the id, or the number, behind it.
BETWEEN = " · "
_SHORT_ID_LIMIT = 12
#: Longest names in a headline, characters: what happened must not be pushed out of the title.
_FILE_CHARS = 48
_MODEL_CHARS = 32
#: What is looked at of a name's beginning and of its end, characters.
_END_CHARS = 1_000
#: How providers tell variants of one model apart, at the end of its name.
_VARIANT = re.compile(r"(-(Instruct|Chat|it|Turbo|Lite|Reference|FP8|tput))+$", re.IGNORECASE)


def subject(event: Event) -> str:
    """Name what it is about: input file and model, or the account, or the channel.

    A job whose file's name is not known goes by its model and short id.
    """
    if event.kind.startswith("channel."):
        return name_text(event.facts.channel) or "a channel"
    if not event.job_id:
        return name_text(event.account) or "an account"
    name = job_name_of(event)
    if not event.input_file:
        return name
    model = (event.job and event.job.model_id) or ""
    return f"{name} ({_cut_model(model) or short_id(event.job_id)})"


def behind(about: str, detail: str) -> str:
    """Return what happened behind what it is about: `nightly, in 5h`, `answers-2 · 995 ok`.

    A comma between a name and a number would make one number of both: names end in digits.
    """
    if not detail:
        return about
    return f"{about}{BETWEEN if detail[0].isdigit() else ', '}{detail}"


def subject_within(event: Event, room: int) -> str:
    """Return the same in at most about `room` characters: without the model, then cut."""
    whole = subject(event)
    return whole if len(whole) <= room else name_within(event, room)


def name_within(event: Event, room: int) -> str:
    """Return a job's name alone in at most about `room` characters; all else as `subject` does."""
    if not event.job_id or event.kind.startswith("channel."):
        return subject(event)
    return cut_middle(job_name_of(event), max(room, _SHORT_ID_LIMIT))


def job_name_of(event: Event) -> str:
    """Return what people call the job of an event."""
    model = (event.job and event.job.model_id) or ""
    return job_name(event.input_file, model, event.job_id)


def job_name(input_file: str, model_id: str, job_id: str) -> str:
    """Return what people call a job: its input file, else `Qwen2.5-7B · 52512561`."""
    unnamed = filter(None, [_cut_model(model_id), short_id(job_id)])
    return file_stem(input_file) or BETWEEN.join(unnamed)


def file_stem(input_file: str) -> str:
    """Return a file's name as headlines have it; '' for none."""
    name = _both_ends(input_file)
    return cut_middle(name.removesuffix(".jsonl") or name, _FILE_CHARS)


def file_name(input_file: str, limit: int) -> str:
    """Return a file's name in at most so many characters, both of its ends kept; '' for none."""
    return cut_middle(_both_ends(input_file), limit)


def _both_ends(text: str) -> str:
    """Return a name as one line; of one that is longer than any real one its ends."""
    if len(text) > 2 * _END_CHARS:
        text = f"{text[:_END_CHARS]}{ELLIPSIS}{text[-_END_CHARS:]}"
    return one_line(text)


def _cut_model(model_id: str) -> str:
    return cut(short_model(model_id), _MODEL_CHARS)


def short_model(model_id: str) -> str:
    """Return `Llama-3.3-70B` for `meta-llama/Llama-3.3-70B-Instruct-Turbo`."""
    own = name_text(model_id).rpartition("/")[2]
    short = _VARIANT.sub("", own)
    return short or own


def short_id(job_id: str) -> str:
    """Return a prefix of an id that commands take too; a UUID's first group."""
    shown = name_text(job_id)
    short = shown if len(shown) <= 2 * _SHORT_ID_LIMIT else shown[:_SHORT_ID_LIMIT]
    return first_group(shown) or short
