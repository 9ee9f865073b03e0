from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from batchbell import __version__
from batchbell.cli.lazy_group import KnownCommand, LazyGroup
from batchbell.cli.root import COMMANDS, root
from batchbell.errors import AlreadyRunningError, ConfigError, ConfigProblem, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.filled import Bell

#: What only some commands need, and `--help` must not wait for.
SLOW = {"sqlalchemy", "alembic", "apprise", "pydantic", "httpx", "rich", "starlette", "uvicorn"}


def loaded_by(*arguments: str) -> set[str]:
    """Return which of the slow libraries a whole process has imported when it ends."""
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', *({SLOW!r} & set(sys.modules))))\n"
        f"sys.argv = ['batchbell', *{arguments!r}]\n"
        "from batchbell.__main__ import main\n"
        "main()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(result.stdout.rpartition("LOADED")[2].split())


def failing(error: BaseException) -> LazyGroup:
    """Return a group whose only command ends with this error."""
    group = LazyGroup(name="batchbell", known={"fail": KnownCommand("", "Fail.")})

    @click.command()
    def fail() -> None:
        raise error

    group.get_command = lambda ctx, cmd_name: fail  # type: ignore[method-assign]  # noqa: ARG005
    return group


def test_help_lists_every_command_in_order() -> None:
    result = CliRunner().invoke(root, ["--help"])
    places = [result.output.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)


def test_help_and_version_load_no_slow_library() -> None:
    assert loaded_by("--help") == set()
    assert loaded_by("--version") == set()


def test_status_loads_the_database_library_alone(bell: Bell) -> None:
    assert loaded_by("--config", str(bell.config), "status") == {"sqlalchemy"}


def test_every_command_can_be_imported_and_has_the_help_it_promises() -> None:
    for name, known in COMMANDS.items():
        module, _, _ = known.place.partition(":")
        assert find_spec(module) is not None, name
        result = CliRunner().invoke(root, [name, "--help"])
        assert result.exit_code == 0, name
        assert f"Usage: root {name}" in result.output


def test_version() -> None:
    assert CliRunner().invoke(root, ["--version"]).output == f"batchbell {__version__}\n"


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(root, ["staus"])
    assert result.exit_code == 2
    assert "Did you mean 'status'?" in result.stderr


@pytest.mark.parametrize(
    ("words", "completed"), [("batchbell sta", "plain,status"), ("batchbell nope x", "")]
)
def test_a_shell_can_complete_commands(words: str, completed: str) -> None:
    asked = {"_BATCHBELL_COMPLETE": "bash_complete", "COMP_WORDS": words}
    asked["COMP_CWORD"] = str(len(words.split()) - 1)
    result = CliRunner().invoke(root, env=asked, prog_name="batchbell")
    assert (result.exit_code, result.output.strip()) == (0, completed)


def test_an_error_of_ours_is_one_sentence_with_its_exit_status() -> None:
    for error, status in ((UsageError("look there"), 2), (AlreadyRunningError("stop it"), 75)):
        result = CliRunner().invoke(failing(error), ["fail"])
        assert (result.exit_code, result.stderr) == (status, f"batchbell: {error}\n")


def test_all_problems_of_the_configuration_are_listed() -> None:
    problems = (ConfigProblem("web.listen", "no port"), ConfigProblem("log_level", "no level"))
    result = CliRunner().invoke(failing(ConfigError(*problems)), ["fail"])
    assert result.exit_code == 78
    assert result.stderr.splitlines() == [
        "batchbell: the configuration can't be used:",
        "  web.listen: no port",
        "  log_level: no level",
    ]


def test_control_c_ends_a_command_without_a_word() -> None:
    result = CliRunner().invoke(failing(KeyboardInterrupt()), ["fail"])
    assert (result.exit_code, result.output) == (130, "")


def test_control_c_while_loading_ends_the_process_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    result = subprocess.run(
        [sys.executable, "-m", "batchbell", "--version"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")


def test_a_reader_that_goes_away_is_no_error_to_talk_about() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "batchbell", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() in {0, 1, -signal.SIGPIPE}


def test_a_terminal_that_lacks_a_character_gets_it_escaped(bell: Bell) -> None:
    bell.poll(bell.job("job-1", model_id="模型"))
    result = subprocess.run(
        [sys.executable, "-m", "batchbell", "--config", str(bell.config), "status"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\\u6a21\\u578b" in result.stdout


@pytest.mark.parametrize("command", ["status", "show x", "events", "explain x", "deliveries"])
def test_without_a_database_reading_says_how_to_get_one(tmp_path: Path, command: str) -> None:
    config = tmp_path / "batchbell.toml"
    config.write_text(f'database_url = "sqlite:///{tmp_path}/none.db"\n')
    result = CliRunner().invoke(root, ["--config", str(config), *command.split()])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"batchbell: no database at {tmp_path}/none.db yet")
    assert list(tmp_path.iterdir()) == [config]
