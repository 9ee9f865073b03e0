"""All of the program's modules, those too that it imports only when it needs them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import batchbell


def import_all() -> None:
    """Import each module that is not yet."""
    for module in walk_packages(batchbell.__path__, "batchbell."):
        import_module(module.name)
