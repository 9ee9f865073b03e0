"""The database's address alone, for commands that only read: no validation library is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.locations import SECRETS_DIR
from batchbell.config.sources import open_sources, pick
from batchbell.config.urls import check_database_url
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEY = ("database_url",)


def database_url(
    config_file: Path | None, environ: Mapping[str, str], *, secrets_dir: Path = SECRETS_DIR
) -> str:
    """Return what `load` would return as `settings.database_url`.

    Other keys are not looked at, so what is wrong there does not stop a reading command.
    Raises ConfigError.
    """
    sources = open_sources(config_file, environ, secrets_dir)
    problems = [problem for problem in sources.problems if problem.where == "database_url"]
    picked = pick(sources, _KEY)
    if picked is None:
        what = "is missing and there is no home folder for a default: set it"
        raise ConfigError(*problems, ConfigProblem("database_url", what))
    problems += [picked.problem] if picked.problem else []
    if not problems:
        try:
            return check_database_url(str(picked.value))
        except ValueError as error:
            problems.append(ConfigProblem("database_url", str(error)))
    raise ConfigError(*problems)
