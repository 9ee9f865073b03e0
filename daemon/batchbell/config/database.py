"""The database's address alone, for commands that only read: no validation library is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.errors import problem_with
from batchbell.config.locations import SECRETS_DIR
from batchbell.config.merge import find
from batchbell.config.names import Names
from batchbell.config.sources import open_sources
from batchbell.config.urls import check_database_url
from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEY = ("database_url",)
NAMES = Names(keys=frozenset({_KEY}), secrets=frozenset({_KEY}))


def database_url(
    config_file: Path | None, environ: Mapping[str, str], *, secrets_dir: Path = SECRETS_DIR
) -> str:
    """Return what `load` would return as `settings.database_url`.

    Other keys are not looked at, so what is wrong there does not stop a reading command.
    Raises ConfigError.
    """
    sources = open_sources(NAMES, config_file, environ, secrets_dir)
    problems = [problem for problem in sources.problems if _KEY[0] in problem.where.lower()]
    found = find(sources, _KEY)
    problems += [found.problem] if found.problem else []
    if not problems:
        try:
            return check_database_url(str(found.value))
        except ValueError as error:
            problems.append(problem_with(_KEY[0], str(error), found.origin))
    raise ConfigError(*problems)
