from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.filled import Bell
from tests.web.api.api_site import lived
from tests.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.store.database import Database


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
