"""Types of every form that an answer's field can have."""

from typing import Annotated, TypedDict

from batchbell.json_views.shapes import Fraction, Time


class PartJson(TypedDict):
    """A part."""

    at: Time


class EveryWayJson(TypedDict):
    """All that a field can be."""

    text: Annotated[str, "A sentence."]
    number: int | None
    share: Annotated[Fraction | None, "Of the whole."]
    parts: list[PartJson]
    part: Annotated[PartJson | None, "The first."]
    by_name: dict[str, str | bool]
