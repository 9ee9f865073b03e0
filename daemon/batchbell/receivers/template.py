"""A channel's own subject and body: Jinja2 in a sandbox, with bounded output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.plain_text import cut, one_line
from batchbell.receivers.template_room import (
    BODY_LIMIT,
    WIDENING_FILTERS,
    bounded_filter,
    check_call,
    check_operation,
)
from batchbell.receivers.template_words import FILTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

#: What stands where a body was cut.
CUT_HERE = "\n(cut here: the template made more than 100,000 characters)"


class TemplateFailedError(Exception):
    """A template can't be read or rendered; its text says where and why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """The templates of one channel; None for the built-in text."""

    subject: str | None = None
    body: str | None = None
    #: Whether `body` makes HTML; values are then escaped.
    is_html: bool = False

    def render_subject(self, variables: Mapping[str, Any]) -> str | None:
        """Return the subject as one line. Raises `TemplateFailedError`."""
        if self.subject is None:
            return None
        line = one_line(_render("subject", self.subject, variables, is_html=False))
        if not line:
            raise TemplateFailedError("subject: it made an empty line")
        return cut(line, TITLE_LIMIT)

    def render_body(self, variables: Mapping[str, Any]) -> str | None:
        """Return the body, text or HTML. Raises `TemplateFailedError`."""
        if self.body is None:
            return None
        return _render("body", self.body, variables, is_html=self.is_html)


#: No templates.
BUILT_IN = OwnWords()


def _render(key: str, source: str, variables: Mapping[str, Any], *, is_html: bool) -> str:
    try:
        return _limited(_compiled(source, is_html=is_html), variables)
    except TemplateFailedError:
        raise
    except Exception as error:  # noqa: BLE001 - a template may raise whatever its expressions do
        line = getattr(error, "lineno", None) or _line_of(error)
        where = f"{key}: line {line}: " if line else f"{key}: "
        what = one_line(str(error)) or type(error).__name__
        raise TemplateFailedError(f"{where}{cut(what, 200)}") from None


def _limited(template: Template, variables: Mapping[str, Any]) -> str:
    """Render, and stop as soon as it is too much."""
    made, length = [], 0
    for piece in template.generate(dict(variables)):
        made.append(piece)
        length += len(piece)
        if length > BODY_LIMIT:
            return "".join(made)[:BODY_LIMIT] + CUT_HERE
    return "".join(made)


@lru_cache(maxsize=128)
def _compiled(source: str, *, is_html: bool) -> Template:
    return _environment(is_html=is_html).from_string(source)


@lru_cache(maxsize=2)
def _environment(*, is_html: bool) -> SandboxedEnvironment:
    # jinja2 takes 40 ms to import: channels without templates do without.
    from jinja2 import StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    from batchbell.receivers.template_code import Bounding  # noqa: PLC0415

    class Bounded(Bounding, ImmutableSandboxedEnvironment):
        """Refuses to make texts and lists of what no memory holds."""

        intercepted_binops = frozenset({"*", "**", "+", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - a template's values
            """Compute it if that stays small."""
            check_operation(operator, left, right)
            return super().call_binop(context, operator, left, right)

        def call(self, context: Any, called: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a template's values
            """Call it unless that makes more room than a body has."""
            check_call(called, *args, *kwargs.values())
            return super().call(context, called, *args, **kwargs)

    environment = Bounded(
        autoescape=is_html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= FILTERS
    for name in WIDENING_FILTERS:
        environment.filters[name] = bounded_filter(environment.filters[name])
    return environment


def _line_of(error: Exception) -> int | None:
    """Return the line of the template in which an error was raised while it was rendered."""
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
