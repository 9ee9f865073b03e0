"""One spelling of a model's name in all places, so that the stronger place wins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.config.model_names import SECTION, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from batchbell.config.layers import Layer
    from batchbell.config.names import KeyPath


def spelled_as_in_the_file(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Yield the places with each model's name as the file has it, where the file names it.

    So that a variable wins over the file's value, instead of standing beside it.
    """
    layers = list(layers)
    spelling: dict[str, str] = {}
    for layer in layers:
        if layer.is_file:
            names = (path[1] for path in layer.sections if _is_of_model(path))
            spelling |= {plain(name): name for name in names}
    for layer in layers:
        yield layer if layer.is_file else _respelled(layer, spelling)


def _respelled(layer: Layer, spelling: Mapping[str, str]) -> Layer:
    given = {_as_spelled(path, spelling): value for path, value in layer.given.items()}
    sections = {_as_spelled(path, spelling) for path in layer.sections}
    return replace(layer, given=given, sections=sections)


def _as_spelled(path: KeyPath, spelling: Mapping[str, str]) -> KeyPath:
    if not _is_of_model(path):
        return path
    return (SECTION, spelling.get(plain(path[1]), path[1]), *path[2:])


def _is_of_model(path: KeyPath) -> bool:
    return len(path) > 1 and path[0] == SECTION
