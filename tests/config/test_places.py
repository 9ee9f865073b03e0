"""Which place wins, `x_file`, and where each value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine

VARIABLE = "BATCHBELL_ACCOUNTS__DEFAULT__API_KEY"
NAME = "batchbell_accounts__default__api_key"
PATH = "accounts.default.api_key"


def key_and_origin(machine: Machine, text: str | None = None, **environ: str) -> tuple[str, str]:
    loaded = machine.load(text, **environ)
    key = loaded.settings.accounts["default"].api_key.get_secret_value()
    return key, loaded.origins[PATH]


def test_the_order_is_environment_credential_secret_file(machine: Machine) -> None:
    file = machine.folder / "given.toml"
    assert key_and_origin(machine, ACCOUNT) == ("fake-key", f"file {file}")
    machine.secret(NAME, "secret")
    assert key_and_origin(machine, ACCOUNT) == ("secret", f"{machine.secrets}/{NAME}")
    machine.credential(NAME, "credential")
    assert key_and_origin(machine, ACCOUNT) == ("credential", f"credential {NAME}")
    environ = {VARIABLE: "variable"}
    assert key_and_origin(machine, ACCOUNT, **environ) == ("variable", f"environment {VARIABLE}")


def test_keys_of_one_section_may_come_from_different_places(machine: Machine) -> None:
    text = ACCOUNT + 'poll_interval = "90s"\n'
    loaded = machine.load(text, BATCHBELL_ACCOUNTS__DEFAULT__REQUEST_TIMEOUT="5s")
    account = loaded.settings.accounts["default"]
    assert (account.poll_interval.seconds, account.request_timeout.seconds) == (90, 5)


def test_variables_alone_can_make_accounts_and_channels(machine: Machine) -> None:
    settings = machine.load(
        BATCHBELL_ACCOUNTS__TEAM_A__API_KEY="fake-key",
        BATCHBELL_CHANNELS__OPS__URL="json://localhost",
        BATCHBELL_WEB__ENABLED="false",
    ).settings
    assert list(settings.accounts) == ["team_a"]
    assert list(settings.channels) == ["ops"]
    assert not settings.web.enabled


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a.example, b.example,", ("a.example", "b.example")),
        ('["a.example", "b.example"]', ("a.example", "b.example")),
        (" ", ()),
        ("[]", ()),
    ],
)
def test_a_list_in_a_variable_is_json_or_separated_by_commas(
    machine: Machine, text: str, hosts: tuple[str, ...]
) -> None:
    loaded = machine.load(ACCOUNT, BATCHBELL_WEB__ALLOWED_HOSTS=text)
    assert loaded.settings.web.allowed_hosts == hosts


@pytest.mark.parametrize("text", ["[a]", "[1]", '["a"', "[" * 100_000, f"[{'9' * 5000}]"])
def test_a_list_that_is_no_json_is_told(machine: Machine, text: str) -> None:
    problem = machine.problem(ACCOUNT, BATCHBELL_WEB__ALLOWED_HOSTS=text)
    assert problem.where == "web.allowed_hosts"
    assert "must be a JSON list" in problem.what
    assert "(set by environment BATCHBELL_WEB__ALLOWED_HOSTS)" in problem.what


def test_a_list_may_be_a_secret_file_too(machine: Machine) -> None:
    machine.secret("batchbell_web__allowed_hosts", "a.example,b.example\n")
    assert machine.load(ACCOUNT).settings.web.allowed_hosts == ("a.example", "b.example")


def test_text_for_a_list_in_the_file_is_refused(machine: Machine) -> None:
    problem = machine.problem(ACCOUNT + '[web]\nallowed_hosts = "a.example"')
    assert str(problem) == 'web.allowed_hosts: must be a list, such as ["..."]'


# --- x_file ---


def test_a_relative_path_in_the_file_starts_at_its_folder(machine: Machine) -> None:
    machine.write("keys/one", "from-file\n")
    key, origin = key_and_origin(machine, '[accounts.default]\napi_key_file = "keys/one"')
    assert key == "from-file"
    assert origin == f"file {machine.folder}/given.toml ({machine.folder}/keys/one)"


def test_a_relative_path_in_a_variable_starts_at_the_current_folder(machine: Machine) -> None:
    machine.write("work/one", "from-file")
    key, origin = key_and_origin(machine, **{f"{VARIABLE}_FILE": "one"})
    assert key == "from-file"
    assert origin == f"environment {VARIABLE}_FILE (one)"


def test_a_tilde_in_x_file_is_the_home_folder(machine: Machine) -> None:
    machine.write("home/one", "from-home")
    assert key_and_origin(machine, **{f"{VARIABLE}_FILE": "~/one"})[0] == "from-home"


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("", "database_url", "sqlite:////tmp/a.db"),
        ("[accounts.default]", "api_key", "fake-key"),
        ("[alerts]", "heartbeat_url", "https://localhost/ping"),
        ("[channels.team]", "url", "json://localhost"),
    ],
)
def test_every_secret_may_be_in_a_file(
    machine: Machine, section: str, key: str, value: str
) -> None:
    machine.write("secret", f"{value}\n")
    other = "" if key == "api_key" else ACCOUNT
    text = f'{section}\n{key}_file = "secret"\n'
    loaded = machine.load(text + other if section else text + ACCOUNT)
    table: object = loaded.settings
    for name in section.strip("[]").split(".") if section else []:
        table = table[name] if isinstance(table, dict) else getattr(table, name)
    assert getattr(table, key).get_secret_value() == value


def test_a_key_and_its_file_at_one_place_are_refused(machine: Machine) -> None:
    machine.write("secret", "fake-key")
    in_file = machine.problem(ACCOUNT + 'api_key_file = "secret"')
    assert in_file.where == PATH
    assert "set twice in" in in_file.what
    in_variables = machine.problem(None, **{VARIABLE: "a", f"{VARIABLE}_FILE": "b"})
    assert (
        "set twice in the environment (api_key and api_key_file, or two spellings)"
        in in_variables.what
    )


def test_a_key_and_its_file_at_different_places_are_fine(machine: Machine) -> None:
    text = '[accounts.default]\napi_key_file = "missing"'
    assert key_and_origin(machine, text, **{VARIABLE: "variable"})[0] == "variable"


def test_the_same_variable_in_two_spellings_is_refused(machine: Machine) -> None:
    assert (
        "set twice"
        in machine.problem(ACCOUNT, BATCHBELL_LOG_LEVEL="info", batchbell_log_level="info").what
    )


@pytest.mark.parametrize("content", ["fake-key", "fake-key\n", "fake-key\r\n", "fake-key \n\n"])
def test_white_space_after_a_secret_is_dropped(machine: Machine, content: str) -> None:
    machine.secret(NAME, content)
    assert key_and_origin(machine)[0] == "fake-key"


def test_an_empty_secret_file_is_told_by_its_name(machine: Machine) -> None:
    path = machine.secret(NAME, " \n")
    assert str(machine.problem()) == f"{PATH}: {path} is empty"


def test_an_unreadable_file_is_told_by_its_name(machine: Machine) -> None:
    missing = machine.folder / "missing"
    problem = machine.problem(f'[accounts.default]\napi_key_file = "{missing}"')
    assert str(problem) == f"{PATH}_file: {missing} does not exist"
    problem = machine.problem(None, **{f"{VARIABLE}_FILE": "/"})
    assert str(problem) == f"{VARIABLE}_FILE: / is a directory, not a file"


@pytest.mark.parametrize("secret", ["tgp_v1_fake0123456789abcdef", "slack://fake/fake/fake"])
def test_a_secret_written_where_its_file_belongs_is_not_repeated(
    machine: Machine, secret: str
) -> None:
    problem = machine.problem(f'[accounts.default]\napi_key_file = "{secret}"')
    assert "it looks like the secret itself" in problem.what
    assert "fake" not in str(problem)


def test_a_credential_wins_over_an_unreadable_file_named_in_the_file(machine: Machine) -> None:
    machine.credential(NAME, "credential")
    text = '[accounts.default]\napi_key_file = "missing"'
    assert key_and_origin(machine, text)[0] == "credential"


def test_a_credential_wins_over_an_unreadable_file_named_in_a_variable(machine: Machine) -> None:
    machine.credential(NAME, "credential")
    loaded = machine.load(None, **{f"{VARIABLE}_FILE": "missing"})
    assert loaded.settings.accounts["default"].api_key.get_secret_value() == "credential"
    expected = f"{VARIABLE}_FILE: missing does not exist; the credential is used instead"
    assert expected in loaded.warnings


def test_a_readable_file_named_in_a_variable_wins_over_a_credential(machine: Machine) -> None:
    machine.credential(NAME, "credential")
    machine.write("work/one", "from-file")
    assert key_and_origin(machine, **{f"{VARIABLE}_FILE": "one"})[0] == "from-file"


@pytest.mark.parametrize("value", ["3", "''", "['a']"])
def test_x_file_must_be_a_path(machine: Machine, value: str) -> None:
    assert f"{PATH}_file: must be the path of a file, in quotes" in machine.problems(
        f"[accounts.default]\napi_key_file = {value}"
    )


def test_x_file_in_a_variable_must_not_be_empty(machine: Machine) -> None:
    problem = machine.problem(ACCOUNT, **{f"{VARIABLE}_FILE": ""})
    assert str(problem) == f"{VARIABLE}_FILE: is empty: name a file"


def test_a_folder_of_secrets_that_is_not_there_holds_nothing(machine: Machine) -> None:
    machine.environ["CREDENTIALS_DIRECTORY"] = "/nonexistent"
    machine.secrets = machine.write("file", "")
    assert machine.load(ACCOUNT).settings.accounts


def test_other_files_among_the_secrets_are_left_alone(machine: Machine) -> None:
    machine.secret("kubernetes.io", "")
    machine.secret("..data", "")
    machine.secret("batchbell", "")
    assert machine.load(ACCOUNT).settings.accounts
