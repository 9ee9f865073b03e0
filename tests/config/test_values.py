"""Which values each key takes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from batchbell.config import AccountSettings, ChannelSettings, Settings
from batchbell.config.show import rows
from batchbell.core.event import Severity
from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine


def text_with(path: str, value: str) -> str:
    """Write a file with what must be there, and one key set (instead)."""
    section, _, key = path.rpartition(".")
    needed = {"accounts.default": {"api_key": '"fake-key"'}}
    if section.startswith("prices."):
        needed[section] = {"input": "1"}
    if section.startswith("channels."):
        needed[section] = {"url": '"json://localhost"'}
    needed.setdefault(section, {})[key] = value
    lines = [f"{name} = {text}" for name, text in needed.pop("", {}).items()]
    for table, values in needed.items():
        lines += [f"[{table}]", *(f"{name} = {text}" for name, text in values.items())]
    return "\n".join(lines)


GOOD = [
    ("log_level", '"DEBUG"', "debug"),
    ("log_format", '"json"', "json"),
    ("accounts.default.api_key", '"!~"', SecretStr("!~")),
    ("accounts.default.progress_scale", '"fraction"', "fraction"),
    ("accounts.default.base_url", '"https://h"', "https://h"),
    ("accounts.default.base_url", '"http://127.0.0.1:1/v1/"', "http://127.0.0.1:1/v1/"),
    ("accounts.default.base_url", '"http://[::1]:80/v1"', "http://[::1]:80/v1"),
    ("accounts.default.poll_interval", '"1s"', timedelta(seconds=1)),
    ("accounts.default.poll_interval", '" 1d "', timedelta(days=1)),
    ("accounts.default.request_timeout", '"10m"', timedelta(minutes=10)),
    ("alerts.deadline_warnings", "[]", ()),
    (
        "alerts.deadline_warnings",
        '["15m", "6h", "900s"]',
        (timedelta(hours=6), timedelta(minutes=15)),
    ),
    ("alerts.unreachable_after", '"0s"', timedelta()),
    ("alerts.heartbeat_url", '"https://u:p@h/ping?x=1"', SecretStr("https://u:p@h/ping?x=1")),
    ("alerts.heartbeat_url", '""', SecretStr("")),
    ("channels.a.events", '["batch.failed", "account.*", "*"]', ("batch.failed", "account.*", "*")),
    ("channels.a.models", '["meta-llama/*"]', ("meta-llama/*",)),
    ("channels.a.min_severity", '"Failure"', Severity.FAILURE),
    ("channels.a.remind_every", '"1m"', timedelta(minutes=1)),
    ("channels.a.remind_every", '"30d"', timedelta(days=30)),
    ("channels.a.remind_every", '" Off "', None),
    ("web.enabled", "false", False),
    ("web.listen", '"127.8.8.8:0"', "127.8.8.8:0"),
    ("web.listen", '"[::1]:65535"', "[::1]:65535"),
    ("web.listen", '"bell.localhost:80"', "bell.localhost:80"),
    ("web.password", '"fake: pässword"', SecretStr("fake: pässword")),
    ("web.allowed_hosts", '["A.example", "[::1]"]', ("a.example", "[::1]")),
    ("history.keep", '"1h30m"', timedelta(minutes=90)),
    ("accounts.default.collect", '"Keep"', "keep"),
    ("results.collect", '"off"', "off"),
    ("results.folder", '"/var/lib/a b/ü"', "/var/lib/a b/ü"),
    ("results.wait", '"0s"', timedelta()),
    ("results.give_up_after", '"1s"', timedelta(seconds=1)),
    ("results.max_file_bytes", '"1kb"', 1_000),
    ("results.max_file_bytes", '" 250 MB "', 250_000_000),
    ("results.max_file_bytes", '"1000GB"', 1_000_000_000_000),
    ("results.keep_for", '"off"', None),
    ("results.keep_for", '"1h"', timedelta(hours=1)),
    ("prices.model.output", "0.88", Decimal("0.88")),
    ("prices.model.output", "0", Decimal(0)),
    ("prices.model.output", "1e-7", Decimal("0.0000001")),
    ("prices.model.output", '" 12.50 "', Decimal("12.50")),
    ("database_url", '"sqlite:///a.db"', SecretStr("sqlite:///a.db")),
    ("database_url", '"sqlite:////a b/ü.db"', SecretStr("sqlite:////a b/ü.db")),
]


@pytest.mark.parametrize(("path", "text", "value"), GOOD)
def test_a_good_value(machine: Machine, path: str, text: str, value: object) -> None:
    found: object = machine.load(text_with(path, text)).settings
    for name in path.split("."):
        found = found[name] if isinstance(found, dict) else getattr(found, name)
    assert found == value


BAD = [
    ("log_level", '"inof"', "must be one of debug, info, warning, error; the nearest is info"),
    ("log_level", "3", "must be one of"),
    ("log_format", '"xml"', "must be one of auto, text, json"),
    ("accounts.default.progress_scale", "[]", "must be one of auto, percent, fraction"),
    ("accounts.default.api_key", '""', "is empty"),
    ("accounts.default.collect", "false", "must be one of verdict, keep, off"),
    ("results.collect", '"keeps"', "must be one of verdict, keep, off; the nearest is keep"),
    ("results.folder", '"results"', "must be an absolute path"),
    ("results.folder", '"/a\\nb"', "must be an absolute path"),
    ("results.wait", '"61m"', "is too long: must be 0s to 1h"),
    ("results.give_up_after", '"0s"', "is too short: must be 1s to 30d"),
    ("results.max_file_bytes", "1000", "must be a size in quotes"),
    ("results.max_file_bytes", '"1GiB"', "not a size: write a whole number and a unit"),
    ("results.max_file_bytes", '"0KB"', "is too small: must be 1KB to 1000GB"),
    ("results.max_file_bytes", '"1001GB"', "is too large: must be 1KB to 1000GB"),
    ("results.keep_for", '"0s"', "is too short"),
    ("prices.model.output", "-1", "must be a number from 0"),
    ("prices.model.output", "nan", "must be a number from 0"),
    ("prices.model.output", "true", "must be a number from 0"),
    ("prices.model.output", "1e300", "must be a number from 0"),
    ("prices.model.output", '"0,88"', "must be a number from 0"),
    ("accounts.default.api_key", '"a b"', "printable ASCII"),
    ("accounts.default.api_key", '"a\\n"', "printable ASCII"),
    ("accounts.default.api_key", '"ä"', "printable ASCII"),
    ("accounts.default.api_key", "1", "must be text, in quotes"),
    ("accounts.default.base_url", '""', "is empty"),
    ("accounts.default.base_url", '"ftp://h"', 'must start with "https://" or "http://"'),
    ("accounts.default.base_url", '"api.together.ai/v1"', "must start with"),
    ("accounts.default.base_url", '"https://"', "has no host"),
    ("accounts.default.base_url", '"https://h:0"', "has no host"),
    ("accounts.default.base_url", '"https://h:x"', "not a valid address"),
    ("accounts.default.base_url", '"https://[::1"', "not a valid address"),
    ("accounts.default.base_url", '"https://a..b"', "has no valid host"),
    ("accounts.default.base_url", '"https://u:p@h"', "must not hold a user or a password"),
    ("accounts.default.base_url", '"https://@h"', "must not hold a user or a password"),
    ("accounts.default.base_url", '"https://h?a=1"', "must end with the path"),
    ("accounts.default.base_url", '"https://h#a"', "must end with the path"),
    ("accounts.default.base_url", '"https://h/ a"', "printable ASCII"),
    ("accounts.default.poll_interval", '"0s"', "is too short: must be 1s to 1d"),
    ("accounts.default.poll_interval", '"25h"', "is too long: must be 1s to 1d"),
    ("accounts.default.poll_interval", "60", 'in quotes, with its unit, such as "60s"'),
    ("accounts.default.poll_interval", '"60"', "not a duration"),
    ("accounts.default.request_timeout", '"11m"', "is too long: must be 1s to 10m"),
    ("alerts.deadline_warnings", '"6h"', "must be a list"),
    ("alerts.deadline_warnings", '["6h", "x"]', "entry 2: not a duration"),
    ("alerts.deadline_warnings", '["0s"]', "entry 1: is too short: must be 1s to 30d"),
    ("alerts.stalled_after", '"31d"', "is too long"),
    ("alerts.unreachable_after", '"8d"', "is too long: must be 0s to 7d"),
    ("alerts.heartbeat_url", '"h"', "must start with"),
    ("channels.a.url", '" "', "must be a text that is not empty"),
    ("channels.a.url", '"a\\u0000"', "only printable signs"),
    ("channels.a.events", '["batch.faild"]', "entry 1: matches no kind of event; the nearest is "),
    ("channels.a.events", '["acount.*"]', "the nearest is account.*"),
    ("channels.a.events", "[]", "leave the key out instead"),
    ("channels.a.events", "[1]", "entry 1: must be text, in quotes"),
    ("channels.a.models", "[]", "leave the key out instead"),
    ("channels.a.accounts", '[""]', "entry 1: must be a text that is not empty"),
    ("channels.a.min_severity", '"eror"', "must be one of info, success, warning, failure"),
    ("channels.a.min_severity", "2", "must be one of"),
    ("channels.a.remind_every", '"59s"', "is too short: must be 1m to 30d"),
    ("channels.a.remind_every", '"31d"', "is too long: must be 1m to 30d"),
    ("channels.a.remind_every", '"never"', "not a duration"),
    ("channels.a.remind_every", "false", "must be a duration in quotes"),
    ("web.enabled", '"perhaps"', "must be true or false"),
    ("web.enabled", "[]", "must be true or false"),
    ("web.listen", '"8710"', "must be host:port"),
    ("web.listen", '"::1:8710"', "must be host:port"),
    ("web.listen", '":8710"', "has no valid host"),
    ("web.listen", '"[1.2.3.4]:8710"', "IPv6"),
    ("web.listen", '"1.2.3:8710"', "IPv4"),
    ("web.listen", '"h:65536"', "0 to 65535"),
    ("web.password", '"fake-passwo"', "is too short: must be 12 characters or more"),
    ("web.token", '"fake-token\\nfake"', "only printable signs"),
    ("web.allow_unauthenticated", '"maybe"', "must be true or false"),
    ("web.allowed_hosts", '["https://h"]', "entry 1: has no valid host"),
    ("web.allowed_hosts", '["h:80"]', "without scheme, port or path"),
    ("web.allowed_hosts", '["*"]', "has no valid host"),
    ("history.keep", '"59m"', "is too short: must be 1h to 3650d"),
    ("database_url", '"postgresql+asyncpg://u:p@h/d"', "no other driver is supported"),
    ("database_url", '"postgresql+psycopg://u:p@h"', "names no database"),
    ("database_url", '"mysql://h/d"', 'must be "sqlite:////absolute/path/to/file"'),
    ("database_url", '"/a.db"', "must be"),
    ("database_url", '"sqlite://"', "must be"),
    ("database_url", '"sqlite:///"', "must be"),
    ("database_url", '"sqlite:////a/"', "must be"),
    ("database_url", '"sqlite:///:memory:"', "plain file"),
    ("database_url", '"sqlite:///file:a?uri=true"', "plain file"),
    ("database_url", '"sqlite:///a.db?mode=ro"', "plain file"),
    ("database_url", '"sqlite:///a\\u0000"', "plain file"),
]


@pytest.mark.parametrize(("path", "text", "what"), BAD)
def test_a_bad_value_is_told_with_its_path(
    machine: Machine, path: str, text: str, what: str
) -> None:
    problem = machine.problem(text_with(path, text))
    assert problem.where == path
    assert what in problem.what


def test_a_bad_value_from_elsewhere_says_from_where(machine: Machine) -> None:
    machine.secret("batchbell_database_url", "mysql://fake")
    problem = machine.problem(text_with("log_level", '"info"'))
    assert problem.what.endswith(f"(set by {machine.secrets}/batchbell_database_url)")


def test_no_account_says_what_to_do(machine: Machine) -> None:
    assert str(machine.problem("")) == (
        "accounts: there is no account: set TOGETHER_API_KEY, or write [accounts.default] with an "
        "api_key or api_key_file"
    )


def test_an_account_without_a_key_is_told(machine: Machine) -> None:
    problem = machine.problem("[accounts.prod]")
    assert str(problem) == (
        "accounts.prod.api_key: is missing: set it or api_key_file in the file, or "
        "BATCHBELL_ACCOUNTS__PROD__API_KEY"
    )
    other = "[accounts.default]\n[accounts.prod]\napi_key = 'fake'"
    assert "TOGETHER_API_KEY fills it only" in machine.problem(other).what


def test_a_channel_without_a_url_is_told(machine: Machine) -> None:
    problem = machine.problem(text_with("channels.team.models", '["*"]').replace("url", "#"))
    assert problem.where == "channels.team"
    assert problem.what == "has no receiver: set exactly one of url, webhook and exec"


def test_an_unusable_channel_url_is_told_in_the_words_of_the_check(machine: Machine) -> None:
    machine.check_channel_url = lambda url: f"no service ({len(url)} signs)"
    problem = machine.problem(text_with("channels.team.models", '["*"]'))
    assert str(problem) == "channels.team.url: no service (16 signs)"


def test_the_models_can_be_made_by_hand() -> None:
    settings = Settings(
        database_url=SecretStr("sqlite:///a.db"),
        accounts={
            "default": AccountSettings(
                api_key=SecretStr("fake-key"), poll_interval=timedelta(seconds=2)
            )
        },
        channels={
            "team": ChannelSettings(
                url=SecretStr("json://localhost"), min_severity=Severity.WARNING
            )
        },
    )
    assert settings.accounts["default"].poll_interval == timedelta(seconds=2)
    assert settings.channels["team"].min_severity is Severity.WARNING


def test_the_settings_read_no_variable_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert Settings(database_url=SecretStr("sqlite:///a.db")).log_level == "info"


def test_no_secret_is_printed_with_the_settings(machine: Machine) -> None:
    settings = machine.load(text_with("channels.team.models", '["*"]')).settings
    assert "fake-key" not in repr(settings)
    assert "json://" not in repr(settings)


class TestChannels:
    """The keys of a channel besides its URL."""

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            ('timezone = "Europe/Berlim"', "the nearest is Europe/Berlin"),
            ('timezone = "../etc/passwd"', "is no time zone"),
            ('quiet_hours = ["22-7"]', "entry 1: must be days, a span of time or both"),
            ('quiet_hours = "22:00-07:00"', "must be a list"),
            ('quiet_except = "bad"', "must be one of info, success, warning, failure"),
            ('digest_every = "10s"', "is too short: must be 1m to 7d"),
            ('rate_limit = "30"', 'must be "off" or messages per time'),
            ('rate_limit = "0/1h"', "must be at least 1 message"),
            ('rate_limit = "5/2d"', "must be at least 1 message in 1s to 1d"),
            ('subject = " "', "is empty: leave the key out"),
            ('body_format = "markdown"', "must be one of text, html"),
            ('exec_timeout = "5m"', "is too long: must be 1s to 1m"),
            ("exec = []", "must name a program"),
            ("users = []", "is an empty list"),
        ],
    )
    def test_a_bad_value_is_told(self, machine: Machine, line: str, what: str) -> None:
        url = "" if line.startswith("exec =") else 'url = "json://localhost"\n'
        problem = machine.problem(f"{ACCOUNT}[channels.team]\n{url}{line}\n")
        assert problem.where == f"channels.team.{line.partition(' ')[0]}"
        assert what in problem.what

    @pytest.mark.parametrize(
        ("lines", "what"),
        [
            ("", "has no receiver: set exactly one of url, webhook and exec"),
            ('url = "json://x"\nexec = ["sh"]', "has url and exec: set exactly one"),
            ('webhook = "https://x.example"', "webhook and webhook_secret go together"),
        ],
    )
    def test_one_receiver_with_all_it_needs(self, machine: Machine, lines: str, what: str) -> None:
        problem = machine.problem(f"{ACCOUNT}[channels.team]\n{lines}\n")
        assert problem.where == "channels.team"
        assert what in problem.what

    @pytest.mark.parametrize("secret", ["hush", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%"])
    def test_a_secret_that_can_t_sign_is_told_and_never_repeated(
        self, machine: Machine, secret: str
    ) -> None:
        text = f'webhook = "https://x.example"\nwebhook_secret = "{secret}"\n'
        problem = machine.problem(f"{ACCOUNT}[channels.team]\n{text}")
        assert problem.where == "channels.team.webhook_secret"
        assert "openssl rand -base64 32" in problem.what
        assert secret not in problem.what or secret == "whsec_"

    @pytest.mark.parametrize(
        ("url", "what"),
        [
            ("ftp://x.example", "must start with"),
            ("https://user:pass@x.example", "must not hold a user or a password"),
            ("https://x.example/#a", 'must not hold a "#"'),
        ],
    )
    def test_an_address_that_can_t_be_posted_to_is_told(
        self, machine: Machine, url: str, what: str
    ) -> None:
        secret = 'webhook_secret = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE="'
        text = f'webhook = "{url}"\n{secret}\n'
        assert what in machine.problem(f"{ACCOUNT}[channels.team]\n{text}").what

    @pytest.mark.parametrize(
        ("written", "shown"),
        [("30/1h", "30/1h"), ("30/h", "30/1h"), (" 1 / 10s ", "1/10s"), ("off", "off")],
    )
    def test_a_rate_is_shown_as_it_can_be_written(
        self, machine: Machine, written: str, shown: str
    ) -> None:
        text = f'{ACCOUNT}[channels.team]\nurl = "json://x"\nrate_limit = "{written}"\n'
        (row,) = (row for row in rows(machine.load(text)) if row.path.endswith("rate_limit"))
        assert row.value == shown

    def test_the_public_address_loses_its_slash(self, machine: Machine) -> None:
        text = f'{ACCOUNT}[web]\npublic_url = "https://bell.example.com/"\n'
        assert machine.load(text).settings.web.public_url == "https://bell.example.com"
