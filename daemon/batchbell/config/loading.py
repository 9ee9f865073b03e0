"""`load`: from the places to checked settings, with everything wrong told together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from batchbell.config import keys
from batchbell.config.advice import warnings_about
from batchbell.config.gathered import gather
from batchbell.config.locations import SECRETS_DIR
from batchbell.config.settings import Settings
from batchbell.config.sources import open_sources
from batchbell.config.verdicts import problem_of, problem_with
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from batchbell.config.gathered import Gathered

    CheckChannel: TypeAlias = Callable[[Mapping[str, object]], Iterable[tuple[str, str]]]

_NO_ACCOUNT = ConfigProblem(
    "accounts",
    "there is no account: set TOGETHER_API_KEY, or write [accounts.default] with an api_key or "
    "api_key_file",
)


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration that can be used, and how it came to be."""

    settings: Settings
    #: The file that was read, None without one.
    path: Path | None
    #: Dotted path of each value that is set, and where it comes from, in words.
    origins: Mapping[str, str]
    #: What is allowed but probably not meant, one sentence each.
    warnings: tuple[str, ...]


def load(
    config_file: Path | None,
    environ: Mapping[str, str],
    *,
    check_channel: CheckChannel,
    secrets_dir: Path = SECRETS_DIR,
) -> LoadedConfig:
    """Read, merge and check the configuration.

    `check_channel` is given a channel's section as it is written, and yields the keys that do not
    fit, each with what is wrong in words without any secret. Raises ConfigError with every problem
    found.
    """
    sources = open_sources(config_file, environ, secrets_dir)
    gathered = gather(sources)
    problems = [*gathered.problems, *_channel_problems(gathered, check_channel)]
    if not gathered.values.get("accounts"):
        problems.append(_NO_ACCOUNT)
    settings = _validate(gathered, problems)
    if settings is None or problems:
        raise ConfigError(*dict.fromkeys(problems))
    warnings = (*gathered.warnings, *warnings_about(settings, sources))
    return LoadedConfig(settings, sources.path, gathered.origins, tuple(dict.fromkeys(warnings)))


def _validate(gathered: Gathered, problems: list[ConfigProblem]) -> Settings | None:
    """Return the settings, or add what is wrong with the values to `problems`."""
    try:
        return Settings.model_validate(gathered.values)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            problem = problem_of(detail, gathered)
            if problem is not None:
                problems.append(problem)
    return None


def _channel_problems(gathered: Gathered, check_channel: CheckChannel) -> Iterator[ConfigProblem]:
    """Have every channel checked, also when other values are wrong."""
    channels = cast("dict[str, dict[str, object]]", gathered.values.get("channels", {}))
    for name, channel in channels.items():
        for key, what in check_channel(channel):
            where = keys.dotted(("channels", name, key))
            yield problem_with(where, what, gathered.origins.get(where))
