"""The one table of keys: what each is called, what it may be, its default, and its sentence.

These models are the table. The names that places are searched for, the tables of the reference
and the checks of the example file are read off them (`table`, `docs/reference.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from batchbell.config import checks, fields
from batchbell.config.key import key
from batchbell.config.model_names import of_model
from batchbell.config.together import DEFAULT_BASE_URL
from batchbell.config.urls import DEFAULT_LISTEN, listens_to_all
from batchbell.core.delivery.quiet_hours import never_ends, parse_window
from batchbell.core.results.collecting import CollectionTerms
from batchbell.core.results.cost import Price

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

#: What a model may not do: change, take an unknown key, print what was wrong.
_STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_EVERYTHING = ("*",)


class AccountSettings(BaseModel):
    """One account at Together, `[accounts.NAME]`."""

    model_config = _STRICT

    api_key: fields.ApiKey = key(
        needed="required",
        example="your-key",
        says="The API key: printable ASCII without spaces.",
    )
    base_url: fields.BaseUrl = key(
        DEFAULT_BASE_URL,
        says="Where the API is, `http` or `https`, with or without `/v1`. No user, password or "
        "parameters. Plain `http` to another machine is warned about.",
    )
    poll_interval: fields.PollInterval = key(
        "60s",
        says="Time between two polls. Below `30s` the API may refuse polls, which is warned about.",
    )
    request_timeout: fields.RequestTimeout = key("30s", says="The longest a whole poll may take.")
    progress_scale: fields.ProgressScale = key(
        "auto",
        says="How the API writes progress: 0 to 100, or 0 to 1. `auto` finds out; what it found "
        "is stored until a value exceeds 1.",
    )
    collect: fields.Collect | None = key(
        None,
        unset="`results.collect`",
        example="keep",
        says="What is done with this account's result files, in place of `results.collect`.",
    )


class AlertSettings(BaseModel):
    """When to speak up, `[alerts]`."""

    model_config = _STRICT

    deadline_warnings: fields.DeadlineWarnings = key(
        ["6h", "1h", "15m"],
        says="How long before a job's deadline to warn. `[]` for no warning. The order is free; "
        "what stands twice counts once.",
    )
    stalled_after: fields.StalledAfter = key(
        "2h", says="A job without progress for this long is told as stalled."
    )
    unreachable_after: fields.UnreachableAfter = key(
        "5m",
        says="An API that can't be reached for this long is told. A refused key is told at once.",
    )
    heartbeat_url: fields.HeartbeatUrl = key(
        "",
        says="An `http` or `https` address pinged after each good poll, so that another service "
        "notices when batchbell itself falls silent. Empty for none.",
    )


class ChannelSettings(BaseModel):
    """One receiver (`url`, `webhook` or `exec`), what it is told and when, `[channels.NAME]`."""

    model_config = _STRICT

    url: fields.ChannelUrl | None = key(
        None,
        needed="one of these",
        example="slack://TokenA/TokenB/TokenC/#batches",
        says="A URL as [Apprise](https://appriseit.com/) has them: Slack, mail, Discord, Telegram "
        "and many more.",
    )
    webhook: fields.WebhookUrl | None = key(
        None,
        needed="one of these",
        example="https://hooks.example.com/batchbell",
        says="An `http` or `https` address that gets events as [signed JSON](hooks.md).",
    )
    webhook_secret: fields.WebhookSecret | None = key(
        None,
        needed="with `webhook`",
        example="whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE=",
        says="What signs: `whsec_` and 24 to 64 random bytes in base64. This makes one: "
        '`echo "whsec_$(openssl rand -base64 32)"`',
    )
    exec: fields.Exec | None = key(
        None,
        needed="one of these",
        example=["/bin/true", "--an-argument"],
        says="A program and its arguments, which gets events as [JSON on its standard "
        "input](hooks.md). No shell reads them.",
    )
    exec_timeout: fields.ExecTimeout = key("30s", says="The longest the program may take.")
    events: fields.EventGlobs | None = key(
        None,
        unset="the kinds told by default",
        example=["batch.failed", "account.*"],
        says="Kinds of events. A glob that matches no kind is an error.",
    )
    accounts: fields.Globs = key(
        _EVERYTHING, says="Names of accounts. A glob that matches no account is warned about."
    )
    models: fields.Globs = key(_EVERYTHING, says="Models. `*` also matches a job without a model.")
    endpoints: fields.Globs = key(
        _EVERYTHING,
        says="Endpoints, such as `/v1/chat/completions`. `*` also matches a job without one.",
    )
    users: fields.Globs = key(
        _EVERYTHING, says="Ids of users, as the API has them. `*` also matches a job without one."
    )
    input_files: fields.Globs = key(
        _EVERYTHING,
        says="Names of input files, such as `nightly-*.jsonl`. `*` also matches a job whose "
        "file's name is not known.",
    )
    min_severity: fields.MinSeverity = key(
        "info", says="Only events at least this bad; the four are in rising order."
    )
    remind_every: fields.RemindEvery = key(
        checks.OFF,
        says="How often the channel is reminded of a job's failure it was told, until [somebody "
        "acknowledges it](acknowledge.md) or the job ends well.",
    )
    timezone: fields.TimeZone = key(
        "UTC",
        says="The time zone of times in messages and of `quiet_hours`, such as `Europe/Berlin`.",
    )
    quiet_hours: fields.QuietHours = key(
        [], says="When messages are [held](messages.md#quiet-hours): days, a span of time or both."
    )
    quiet_except: fields.QuietExcept = key(
        checks.OFF, says="Events at least this bad are told in quiet hours all the same."
    )
    digest_every: fields.DigestEvery = key(
        checks.OFF,
        says="Collect events for this long and tell them [together](messages.md#digests-and-rate).",
    )
    rate_limit: fields.RateLimit = key(
        checks.OFF,
        says="At most so many messages in that time, `1s` to `1d`; the others wait, none is "
        "dropped.",
    )
    subject: fields.Template | None = key(
        None,
        unset="built-in",
        example="{{ message.title }}",
        says="A [template](templates.md) for the subject.",
    )
    body: fields.Template | None = key(
        None,
        unset="built-in",
        example="{{ message.text }}",
        says="A [template](templates.md) for the body.",
    )
    body_format: fields.BodyFormat = key("text", says="What `body` makes; `html` is for mail only.")

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

    enabled: bool = key(True, restart=True, says="Whether there is a status page.")  # noqa: FBT003 - a value, not a switch of the call
    listen: fields.Listen = key(
        DEFAULT_LISTEN,
        restart=True,
        says="Where it listens. An IPv6 address in brackets, `[::1]:8710`; port 0 for any free "
        "one. An address other machines reach needs a password, a token or "
        "`web.allow_unauthenticated`. A taken port is logged and tried again.",
    )
    allowed_hosts: fields.Hosts = key(
        [],
        says="The names under which the page answers, besides this machine's own (`localhost`, "
        "`127.0.0.1`, `[::1]`); without a port. `/healthz` and `/readyz` answer under any "
        "name, to others with yes or no alone.",
    )
    public_url: fields.PublicUrl = key(
        "",
        says="Where people reach the page, `http` or `https`, for links in messages. Empty for no "
        "links.",
    )
    password: fields.PageCredential | None = key(
        None,
        example="example-password-of-the-page",
        says="What a browser asks for, 12 characters or more; any user name goes with it. "
        "`/healthz` and `/readyz` answer yes or no without it.",
    )
    token: fields.PageCredential | None = key(
        None,
        example="example-token-of-programs",
        says="What programs send, 12 characters or more: `Authorization: Bearer TOKEN`. It is as "
        "good as the password, for programs that know only passwords.",
    )
    allow_unauthenticated: bool = key(
        False,  # noqa: FBT003 - a value, not a switch of the call
        says="Whether everybody who reaches the address may read the page. Without it, and with "
        "neither password nor token, only an address of this machine may be listened at.",
    )

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

    keep: fields.Keep = key(
        "90d", says="How long a job that is no longer listed, and its events, are kept."
    )


class ResultsSettings(BaseModel):
    """What is done with the files of jobs that ended, `[results]`."""

    model_config = _STRICT

    collect: fields.Collect = key(
        "verdict",
        says="`verdict`: input, output and error file are read through and "
        "[counted](results.md). `keep`: they are also kept in `results.folder`. `off`: they are "
        "not read.",
    )
    folder: fields.ResultsFolder | None = key(
        None,
        unset="`results` in the state folder",
        example="/var/lib/batchbell/results",
        says="Where `keep` keeps them, an absolute path. Empty for the default; the state folder "
        "is that of `database_url`. With PostgreSQL it has to be set: all daemons share it.",
    )
    wait: fields.ResultsWait = key(
        "60s",
        says="How long the message about an end waits for what the files say. `0s` for not at all.",
    )
    give_up_after: fields.GiveUpAfter = key(
        "24h", says="Result files that can't be had for this long are lost, which is told."
    )
    max_file_bytes: fields.MaxFileBytes = key(
        "1GB",
        says="Larger files are not read, unpacked bytes count; what is in them is then unknown.",
    )
    keep_for: fields.KeepFor = key(
        "30d", says="How long kept files stay. `off` for as long as nobody removes them."
    )


class PriceSettings(BaseModel):
    """What a model's tokens cost, `[prices."model/name"]`."""

    model_config = _STRICT

    input: fields.PricePerMillion = key(
        needed="required", example=0.88, says="For a million tokens of requests, in any currency."
    )
    output: fields.PricePerMillion = key(
        needed="required", example=0.88, says="For a million tokens of answers, in the same one."
    )


class Settings(BaseSettings):
    """The whole configuration; `loading` says where its values come from."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: fields.DatabaseUrl = key(
        unset="`batchbell.db` in the state folder",
        example="sqlite:////var/lib/batchbell/batchbell.db",
        restart=True,
        says="Where jobs, events and notifications are kept: `sqlite:////absolute/path` (four "
        "slashes) or `sqlite:///relative/path`. The state folder is the first of "
        "`$STATE_DIRECTORY` (set by systemd and in the container image), else "
        "`$XDG_STATE_HOME/batchbell`, by default `~/.local/state/batchbell`. Or "
        "`postgresql+psycopg://user:password@host/database`: [PostgreSQL](postgres.md).",
    )
    log_level: fields.LogLevel = key(
        "info",
        says="What is logged: this and everything worse; `run` and `poll` also take "
        "`--log-level`. [What lines there are](logs.md).",
    )
    log_format: fields.LogFormat = key("auto", says="`auto`: text on a terminal, JSON otherwise.")
    accounts: dict[str, AccountSettings] = Field(default_factory=dict)
    alerts: AlertSettings = AlertSettings()
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    web: WebSettings = WebSettings()
    history: HistorySettings = HistorySettings()
    results: ResultsSettings = ResultsSettings()
    prices: Annotated[dict[str, PriceSettings], fields.OneSpelling] = Field(default_factory=dict)

    def collect_of(self, account: str) -> fields.CollectMode:
        """Return what is done with an account's result files."""
        section = self.accounts.get(account)
        return (section and section.collect) or self.results.collect

    def collection_terms(self, account: str) -> CollectionTerms | None:
        """Return how long the files of an account's jobs are waited for; None to read none."""
        if self.collect_of(account) == checks.OFF:
            return None
        return CollectionTerms(wait=self.results.wait, give_up_after=self.results.give_up_after)

    def price_of(self, model: str | None) -> Price | None:
        """Return what a model's tokens cost, None if there is no price."""
        found = of_model(self.prices, model) if model else None
        return Price(input=found.input, output=found.output) if found else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read no place unasked: `Settings(...)` has what it is given and nothing else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)
