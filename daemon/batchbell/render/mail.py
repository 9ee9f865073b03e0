"""Mail: HTML that common mail clients show, with inline styles and nothing remote."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from batchbell.render.look import LOOKS

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Template

    from batchbell.core.wording.message import Message
    from batchbell.render.content import Content


def as_mail(plain: Content, message: Message, now: datetime) -> Content:
    """Add the HTML part: a whole document."""
    del now
    return replace(plain, html=_template().render(message=message, looks=LOOKS))


@cache
def _template() -> Template:
    # jinja2 takes 40 ms to import: the commands that send nothing do without.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("batchbell.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
