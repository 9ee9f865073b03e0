"""The models of the configuration: what each key is and what it is by default."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from batchbell.config import fields  # noqa: TC001 - pydantic evaluates the annotations
from batchbell.config.together import DEFAULT_BASE_URL
from batchbell.config.urls import DEFAULT_LISTEN, listens_to_all
from batchbell.core.delivery.quiet_hours import never_ends, parse_window
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

#: What a model may not do: change, take an unknown key, print what was wrong.
_STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_EVERYTHING = ("*",)


class AccountSettings(BaseModel):
    """One account at Together, `[accounts.NAME]`."""

    model_config = _STRICT

    api_key: fields.ApiKey
    #: With or without `/v1`.
    base_url: fields.BaseUrl = DEFAULT_BASE_URL
    poll_interval: fields.PollInterval = timedelta(seconds=60)
    #: Bounds a whole poll.
    request_timeout: fields.RequestTimeout = timedelta(seconds=30)
    #: How the API writes progress.
    progress_scale: fields.ProgressScale = "auto"


class AlertSettings(BaseModel):
    """When to speak up, `[alerts]`."""

    model_config = _STRICT

    #: How long before a job's deadline to warn; the earliest first, none twice.
    deadline_warnings: fields.DeadlineWarnings = (
        timedelta(hours=6),
        timedelta(hours=1),
        timedelta(minutes=15),
    )
    stalled_after: fields.StalledAfter = timedelta(hours=2)
    unreachable_after: fields.UnreachableAfter = timedelta(minutes=5)
    #: Pinged after each good poll; empty for none.
    heartbeat_url: fields.HeartbeatUrl = SecretStr("")


class ChannelSettings(BaseModel):
    """One receiver (`url`, `webhook` or `exec`), what it is told and when, `[channels.NAME]`."""

    model_config = _STRICT

    #: An Apprise URL.
    url: fields.ChannelUrl | None = None
    #: An address that events are posted to as JSON, and the key they are signed with.
    webhook: fields.WebhookUrl | None = None
    webhook_secret: fields.WebhookSecret | None = None
    #: A program and its arguments; events are on its standard input as JSON.
    exec: fields.Exec | None = None
    exec_timeout: fields.ExecTimeout = timedelta(seconds=30)
    #: Globs of event kinds; None for the kinds told by default.
    events: fields.EventGlobs | None = None
    accounts: fields.Globs = _EVERYTHING
    models: fields.Globs = _EVERYTHING
    endpoints: fields.Globs = _EVERYTHING
    users: fields.Globs = _EVERYTHING
    #: Globs of the names of input files.
    input_files: fields.Globs = _EVERYTHING
    min_severity: fields.MinSeverity = Severity.INFO
    #: How often a job's failure is repeated until it is acknowledged; None for never.
    remind_every: fields.RemindEvery = None
    #: Name of the time zone of times in messages and of `quiet_hours`.
    timezone: fields.TimeZone = "UTC"
    #: When messages are held, "22:00-07:00" or "sat-sun 00:00-24:00".
    quiet_hours: fields.QuietHours = ()
    #: What passes all the same: events at least this bad; None for nothing.
    quiet_except: fields.QuietExcept = None
    #: Time between two digests; None to tell at once.
    digest_every: fields.DigestEvery = None
    #: Messages in a span of time; more wait. None for no limit.
    rate_limit: fields.RateLimit = None
    #: Jinja2 templates that take the place of the built-in subject and body.
    subject: fields.Template | None = None
    body: fields.Template | None = None
    #: What `body` makes: text, or HTML for mail.
    body_format: fields.BodyFormat = "text"

    @model_validator(mode="after")
    def _one_receiver(self) -> Self:
        given = [name for name in ("url", "webhook", "exec") if getattr(self, name) is not None]
        if len(given) != 1:
            several = f"has {' and '.join(given)}" if given else "has no receiver"
            raise ValueError(f"{several}: set exactly one of url, webhook and exec")
        if (self.webhook is None) != (self.webhook_secret is None):
            raise ValueError(
                "webhook and webhook_secret go together; this makes a secret: "
                'echo "whsec_$(openssl rand -base64 32)"'
            )
        if never_ends([parse_window(text) for text in self.quiet_hours]):
            raise ValueError("quiet_hours leave no moment of the week: nothing would be told")
        return self


class WebSettings(BaseModel):
    """The status page, `[web]`."""

    model_config = _STRICT

    enabled: bool = True
    #: `host:port`.
    listen: fields.Listen = DEFAULT_LISTEN
    #: Host names the page answers to, beyond the loopback ones.
    allowed_hosts: fields.Hosts = ()
    #: Where people reach the page, for links in messages; empty for none.
    public_url: fields.PublicUrl = ""
    #: What a browser asks for; any user name goes with it.
    password: fields.PageCredential | None = None
    #: What programs send, as a bearer token.
    token: fields.PageCredential | None = None
    #: Whether other machines may read the page without either.
    allow_unauthenticated: bool = False

    @model_validator(mode="after")
    def _not_open_by_mistake(self) -> Self:
        is_safe = self.password or self.token or self.allow_unauthenticated
        if self.enabled and listens_to_all(self.listen) and not is_safe:
            raise ValueError(
                "listen lets other machines read the page: set password_file (for people) or "
                "token_file (for programs), or allow_unauthenticated = true if something else "
                "keeps strangers out"
            )
        return self


class HistorySettings(BaseModel):
    """What is kept, `[history]`."""

    model_config = _STRICT

    #: How long jobs that are no longer listed, and their events, stay.
    keep: fields.Keep = timedelta(days=90)


class Settings(BaseSettings):
    """The whole configuration.

    The values come merged from `sources`, which keeps the order of the places and the origin of
    each value; pydantic-settings itself reads neither the environment nor any file.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: fields.DatabaseUrl
    log_level: fields.LogLevel = "info"
    log_format: fields.LogFormat = "auto"
    accounts: dict[str, AccountSettings] = Field(default_factory=dict)
    alerts: AlertSettings = AlertSettings()
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    web: WebSettings = WebSettings()
    history: HistorySettings = HistorySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is passed in."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
