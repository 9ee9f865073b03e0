"""For whom a message is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the readers of one channel see times and where they find the page."""

    zone: tzinfo = UTC
    #: Address of the status page without a slash at its end; '' if they can't reach it.
    page_url: str = ""


#: UTC, and no page.
PLAIN_VIEW = View()
