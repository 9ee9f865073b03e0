"""The types of the keys: what each kind of value may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr

from batchbell.config import checks, urls
from batchbell.config.hooks import check_program, check_webhook_secret
from batchbell.config.schedule import check_quiet_hours, check_time_zone, parse_rate
from batchbell.core.delivery.pacing import Rate
from batchbell.core.event import Severity


@dataclass(frozen=True, slots=True)
class TypeWords:
    """How the reference calls a type."""

    words: str


_Text = Annotated[str, AfterValidator(checks.text)]
_SHORTEST_STEP, _LONGEST_STEP = "1s", "30d"
_Step = Annotated[timedelta, checks.duration(least=_SHORTEST_STEP, most=_LONGEST_STEP)]

LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"],
    checks.word_of("debug", "info", "warning", "error"),
]
LogFormat = Annotated[Literal["auto", "text", "json"], checks.word_of("auto", "text", "json")]
ProgressScale = Annotated[
    Literal["auto", "percent", "fraction"], checks.word_of("auto", "percent", "fraction")
]
MinSeverity = Annotated[
    Severity, checks.Check(checks.severity, words=checks.choice(checks.SEVERITIES))
]

DatabaseUrl = Annotated[SecretStr, checks.secret(urls.check_database_url)]
ApiKey = Annotated[SecretStr, checks.secret(urls.check_printable)]
BaseUrl = Annotated[str, AfterValidator(urls.check_base_url)]
HeartbeatUrl = Annotated[SecretStr, checks.secret(urls.check_heartbeat_url)]
#: What is behind it is checked by the notifier, see `loading.load`.
ChannelUrl = Annotated[SecretStr, checks.secret(checks.text)]
Listen = Annotated[str, AfterValidator(urls.check_listen), TypeWords("text, `host:port`")]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(urls.check_host_name)], ...],
    BeforeValidator(checks.a_list),
    TypeWords("list of host names"),
]

PollInterval = Annotated[timedelta, checks.duration(least="1s", most="1d")]
RequestTimeout = Annotated[timedelta, checks.duration(least="1s", most="10m")]
StalledAfter = Annotated[timedelta, checks.duration(least="1s", most="30d")]
UnreachableAfter = Annotated[timedelta, checks.duration(least="0s", most="7d")]
RemindEvery = Annotated[timedelta | None, checks.duration_or_off("1m", "30d")]
Keep = Annotated[timedelta, checks.duration(least="1h", most="3650d")]
DeadlineWarnings = Annotated[
    tuple[_Step, ...],
    BeforeValidator(checks.a_list),
    AfterValidator(checks.largest_first),
    TypeWords(f"list of durations, each `{_SHORTEST_STEP}` to `{_LONGEST_STEP}`"),
]

WebhookUrl = Annotated[SecretStr, checks.secret(urls.check_webhook_url)]
WebhookSecret = Annotated[SecretStr, checks.secret(check_webhook_secret)]
Exec = Annotated[tuple[str, ...], BeforeValidator(checks.a_list), AfterValidator(check_program)]
#: A delivery's round has to end within a minute: the watchdog waits for it.
ExecTimeout = Annotated[timedelta, checks.duration(least="1s", most="1m")]
TimeZone = Annotated[str, AfterValidator(check_time_zone), TypeWords("name of a time zone")]
QuietHours = Annotated[
    tuple[Annotated[str, AfterValidator(check_quiet_hours)], ...],
    BeforeValidator(checks.a_list),
]
QuietExcept = Annotated[
    Severity | None, checks.or_off(checks.severity, checks.choice([checks.OFF, *checks.SEVERITIES]))
]
DigestEvery = Annotated[timedelta | None, checks.duration_or_off("1m", "7d")]
RateLimit = Annotated[
    Rate | None,
    checks.or_off(parse_rate, f"`{checks.OFF}` or text, such as `30/1h`"),
]
Template = Annotated[str, AfterValidator(checks.not_blank)]
BodyFormat = Annotated[Literal["text", "html"], checks.word_of("text", "html")]
PageCredential = Annotated[SecretStr, checks.secret(checks.credential)]
PublicUrl = Annotated[str, AfterValidator(urls.check_public_url)]

CollectMode = Literal["verdict", "keep", "off"]
Collect = Annotated[CollectMode, checks.word_of("verdict", "keep", checks.OFF)]
ResultsFolder = Annotated[str, AfterValidator(checks.folder)]
ResultsWait = Annotated[timedelta, checks.duration(least="0s", most="1h")]
GiveUpAfter = Annotated[timedelta, checks.duration(least="1s", most="30d")]
MaxFileBytes = Annotated[int, checks.size("1KB", "1000GB")]
KeepFor = Annotated[timedelta | None, checks.duration_or_off("1h", "3650d")]
PricePerMillion = Annotated[Decimal, checks.Check(checks.price, words="number, such as `0.88`")]
OneSpelling = AfterValidator(checks.one_spelling)

Globs = Annotated[
    tuple[_Text, ...],
    BeforeValidator(checks.a_list),
    AfterValidator(checks.not_empty),
    TypeWords("list of globs"),
]
EventGlobs = Annotated[
    tuple[Annotated[str, AfterValidator(checks.event_glob)], ...],
    BeforeValidator(checks.a_list),
    AfterValidator(checks.not_empty),
    TypeWords("list of globs"),
]
