from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from jinja2 import BytecodeCache, Environment

from batchbell.web import rendering
from tests.cli.filled import Bell
from tests.web.api.api_site import lived
from tests.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import CodeType

    from jinja2.bccache import Bucket

    from batchbell.store.database import Database


class KeptTemplates(BytecodeCache):
    """Keeps what templates were compiled to, by their text too."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Each test has a page of its own: compiling its templates took most of its time."""
    kept = partial(Environment, bytecode_cache=KeptTemplates())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "Environment", kept)
        yield


@pytest.fixture
def site(database: Database) -> Site:
    """A page that watches the account `default`, which was never polled."""
    return Site(database)


@pytest.fixture
def bell(tmp_path: Path, migrated: Path) -> Iterator[Bell]:
    """A database to fill, and the commands on it."""
    made = Bell(tmp_path, migrated)
    yield made
    made.database.close()


@pytest.fixture
def past(bell: Bell) -> Site:
    """The page of a database with a past."""
    return lived(bell)
