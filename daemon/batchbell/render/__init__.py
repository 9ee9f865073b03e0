"""Messages as each family of receivers reads them."""

from __future__ import annotations

from batchbell.render.compose import Composer
from batchbell.render.content import Content, Family
from batchbell.render.look import LOOKS
from batchbell.render.template import OwnWords

__all__ = ["LOOKS", "Composer", "Content", "Family", "OwnWords"]
