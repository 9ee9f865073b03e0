"""What a template becomes: code whose joined texts and caught blocks are bounded, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2.compiler import CodeGenerator

from batchbell.receivers.template_room import BODY_LIMIT, TOO_LONG, check_length

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.compiler import Frame


class BoundedCode(CodeGenerator):
    """Jinja2's code generator; its environment is `Bounding`."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - named after its node
        """Write `~`, by which thirty lines make a text of a gigabyte."""
        self.write("environment.joined(")
        super().visit_Concat(node, frame)
        self.write(")")

    def buffer(self, frame: Frame) -> None:
        """Write where a macro's text goes, or that of a `set`, `call` or `filter` block."""
        frame.buffer = self.temporary_identifier()
        self.writeline(f"{frame.buffer} = environment.caught()")


class Caught(list[str]):
    """The pieces of a block's text; raises ValueError at the one that makes it too long."""

    def __init__(self) -> None:
        super().__init__()
        self._length = 0

    def append(self, piece: str) -> None:
        """Take one more."""
        self._length += len(piece)
        if self._length > BODY_LIMIT:
            raise ValueError(TOO_LONG)
        super().append(piece)

    def extend(self, pieces: Any) -> None:  # noqa: ANN401 - Jinja2 gives tuples of texts
        """Take some more."""
        for piece in pieces:
            self.append(piece)


class Bounding:
    """What such code asks of its environment."""

    code_generator_class: type[CodeGenerator] = BoundedCode
    caught = Caught

    @staticmethod
    def joined(text: str) -> str:
        """Return a joined text unless it is too long."""
        check_length(text)
        return text
