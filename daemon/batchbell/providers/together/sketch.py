"""What is remembered of a row instead of the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from batchbell.providers.together.row import is_usable_id, parse_progress
from batchbell.providers.together.scale import marks_of
from batchbell.providers.windows import Sketch
from batchbell.wire.json_rows import decode_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.providers.together.row import ParsedRow

#: Mark of a row that is left out, beside those of its scale.
UNUSABLE = 4


class _Outline(msgspec.Struct):
    """The fields of a row that its sketch is made of."""

    id: object = None
    status: object = None
    progress: object = None


_outline = msgspec.json.Decoder(_Outline).decode


def sketch(row: bytes, *, is_usable: Callable[[str], bool] = bool) -> Sketch:
    """Return the sketch of a row as it came; `is_usable` has the last word on its id."""
    try:
        outline = _outline(row)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # Not a UTF-8 text, a lone surrogate, no object, ...
        value = decode_value(row.decode(errors="replace"))
        if not isinstance(value, dict):
            return Sketch(b"", UNUSABLE)
        outline = _Outline(value.get("id"), value.get("status"), value.get("progress"))
    if not is_usable_id(outline.id) or not is_usable(outline.id):
        return Sketch(b"", UNUSABLE)
    marks = marks_of(parse_progress(outline.progress), outline.status)
    return Sketch(outline.id.encode(), marks)


def sketch_of(row: ParsedRow) -> Sketch:
    """Return the sketch of a row that was decoded."""
    return Sketch(row.job.id.encode(), marks_of(row.raw_progress, row.job.status))
