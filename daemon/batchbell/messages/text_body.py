"""The body of a message as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.fact_rows import digest_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchbell.messages.entry import Entry
    from batchbell.messages.fact import Fact
    from batchbell.messages.message import Message


def as_text(message: Message, digest_facts: Callable[[Entry], Sequence[Fact]] | None = None) -> str:
    """Return the body as plain text; it starts with the lead.

    `digest_facts` picks the facts that a digest gives of an entry, those of `Entry` if it is None.
    """
    if not message.is_digest:
        parts = (_lines(message.entries[0].shown), _lines(message.closing))
        return "\n\n".join([message.lead, *("\n".join(part) for part in parts if part)]) + "\n"
    blocks = [message.lead]
    for entry in message.entries:
        told = entry.digest_facts if digest_facts is None else digest_facts(entry)
        rows = (" · ".join(_lines(row)) for row in digest_rows(told))
        above = "\n".join(filter(None, (entry.heading, entry.for_all)))
        blocks += filter(None, ("\n".join(_lines(entry.aside)), above))
        blocks.append("\n  ".join([entry.headline, *rows]))
    blocks += ["\n".join(_lines(message.besides)), "\n".join(_lines(message.onward))]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _lines(facts: Iterable[Fact]) -> list[str]:
    return [f"{fact.label}: {fact.text}" for fact in facts]
