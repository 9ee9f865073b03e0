"""`load`: from the places to checked settings, with everything wrong reported together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError
from pydantic_settings import PydanticBaseSettingsSource

from batchbell.config.errors import problem_of, problem_with
from batchbell.config.fallbacks import DEFAULT
from batchbell.config.layers import Layer
from batchbell.config.locations import SECRETS_DIR
from batchbell.config.merge import Merge
from batchbell.config.names import dotted
from batchbell.config.settings import Settings
from batchbell.config.sources import open_sources
from batchbell.config.table import NAMES
from batchbell.config.warnings import warnings_about
from batchbell.errors import ConfigError, ConfigProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from pydantic.fields import FieldInfo

    from batchbell.config.sources import Sources

    CheckChannel: TypeAlias = Callable[[Mapping[str, object]], Iterable[tuple[str, str]]]
    DoubtChannel: TypeAlias = Callable[[Mapping[str, object]], Iterable[str]]

_NO_ACCOUNT = ConfigProblem(
    "accounts",
    "there is no account: set TOGETHER_API_KEY, or write [accounts.default] with an api_key or "
    "api_key_file",
)


_NO_FOLDER = ConfigProblem(
    "results.folder",
    "is missing: files are to be kept, and there is neither $STATE_DIRECTORY nor $HOME to keep "
    "them in",
)
_NO_SHARED_FOLDER = ConfigProblem(
    "results.folder",
    "is missing: files are to be kept, and daemons that share a database on a server need a folder "
    "that they share too",
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
    doubt_channel: DoubtChannel = lambda _section: (),
    secrets_dir: Path = SECRETS_DIR,
) -> LoadedConfig:
    """Read, merge and check the configuration.

    `check_channel` is given a channel's section as it is written, and yields the keys that do not
    fit, each with what is wrong in words without any secret. `doubt_channel` yields what is allowed
    but not safe, a sentence each. Raises ConfigError with every problem found.
    """
    sources = open_sources(NAMES, config_file, environ, secrets_dir)
    merge, wrong_values = Merge(sources), list[ConfigProblem]()
    settings = _settings(sources, merge, wrong_values)
    problems = [*merge.problems, *_channel_problems(merge, check_channel)]
    if not merge.values.get("accounts"):
        problems.append(_NO_ACCOUNT)
    problems += wrong_values
    if settings is not None and _keeps(settings):
        problems += _folder_problems(settings, merge.origins)
    if settings is None or problems:
        raise ConfigError(*dict.fromkeys(problems))
    doubts = _channel_doubts(merge, doubt_channel)
    warnings = (*merge.warnings, *warnings_about(settings, sources), *doubts)
    return LoadedConfig(settings, sources.path, merge.origins, tuple(dict.fromkeys(warnings)))


class _Place(PydanticBaseSettingsSource):
    """One place, as pydantic-settings asks it: what it adds to the places before it.

    pydantic-settings combines what its sources return, in their order, and knows no more. Which
    place a value is from, that a file which can't be read keeps weaker places out (but a credential
    stands in for it), and that only the winner's file is read at all, is ours: see `merge`.
    """

    def __init__(self, layer: Layer, merge: Merge) -> None:
        super().__init__(Settings)
        self._layer, self._merge = layer, merge
        self._added: dict[str, object] = {}

    def __call__(self) -> dict[str, object]:
        """Return the keys of this place that no stronger one has set, nested as in the file."""
        self._added = self._merge.add(self._layer)
        fields = Settings.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:
        """Return what this place adds of a top-level field, its name, and that it is no JSON."""
        del field
        return self._added.get(field_name), field_name, False


def _settings(sources: Sources, merge: Merge, problems: list[ConfigProblem]) -> Settings | None:
    """Return the settings, or add what is wrong with the values to `problems`."""
    # The weakest place has every table in order: where a name was first met must not show.
    tables = Layer("all tables", sections=sources.sections)
    places = tuple(_Place(layer, merge) for layer in (*sources.layers, tables))
    try:
        return Settings(_build_sources=(places, {}))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            problem = problem_of(detail, names=NAMES, origins=merge.origins, unread=merge.unread)
            if problem is not None:
                problems.append(problem)
    return None


def _keeps(settings: Settings) -> bool:
    """Tell whether result files are to be kept."""
    return any(settings.collect_of(account) == "keep" for account in settings.accounts)


def _folder_problems(settings: Settings, origins: Mapping[str, str]) -> Iterator[ConfigProblem]:
    """Yield what is wrong with where result files are to be kept."""
    if settings.results.folder is None:
        yield _NO_FOLDER
    elif (
        settings.database_url.get_secret_value().startswith("postgres")
        and origins.get("results.folder") == DEFAULT
    ):
        yield _NO_SHARED_FOLDER


def _channel_problems(merge: Merge, check_channel: CheckChannel) -> Iterator[ConfigProblem]:
    """Have every channel checked, also when other values are wrong."""
    channels = cast("dict[str, dict[str, object]]", merge.values.get("channels", {}))
    for name, channel in channels.items():
        for key, what in check_channel(channel):
            where = dotted(("channels", name, key))
            yield problem_with(where, what, merge.origins.get(where))


def _channel_doubts(merge: Merge, doubt_channel: DoubtChannel) -> Iterator[str]:
    """Have every channel looked at for what is allowed, but not safe."""
    channels = cast("dict[str, dict[str, object]]", merge.values.get("channels", {}))
    for name, channel in channels.items():
        for doubt in doubt_channel(channel):
            yield f"{dotted(('channels', name, 'url'))}: {doubt}"
