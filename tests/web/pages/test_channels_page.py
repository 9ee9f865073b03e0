"""The page of the channels, and the one about batchbell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from batchbell import __version__
from batchbell.config import load
from batchbell.core.channel_health import ChannelHealth
from batchbell.store.schema import HEAD
from batchbell.usecases.membership import Identity, Membership
from tests.web.site import HOUR, MINUTE, Site

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.config import LoadedConfig

SECRETS = {
    "key": "fake-key-0123456789",
    "slack": "FAKETOKEN0/FAKETOKEN1/FAKETOKEN2",
    "signing": "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE=",
    "hook": "https://hooks.example.com/fake-secret-path-77",
    "password": "fake-password-of-the-page",
    "argument": "fake-argument-4471",
    "heartbeat": "https://ping.example.com/fake-uuid-8812",
}


@pytest.fixture
def configured(site: Site, tmp_path: Path) -> LoadedConfig:
    """A configuration with every kind of receiver and secret."""
    path = tmp_path / "batchbell.toml"
    path.write_text(
        f"""
        database_url = "sqlite:////tmp/fake.db"
        [accounts.default]
        api_key = "{SECRETS["key"]}"
        [alerts]
        heartbeat_url = "{SECRETS["heartbeat"]}"
        [web]
        password = "{SECRETS["password"]}"
        [channels.team]
        url = "slack://{SECRETS["slack"]}/#batches"
        events = ["batch.failed", "account.*"]
        quiet_hours = ["22:00-07:00"]
        timezone = "Europe/Berlin"
        min_severity = "warning"
        [channels.hook]
        webhook = "{SECRETS["hook"]}"
        webhook_secret = "{SECRETS["signing"]}"
        [channels.pager]
        url = "json://user:{SECRETS["password"]}@pager.example.com:8080/{SECRETS["argument"]}"
        [channels.phone]
        url = "ntfys://{SECRETS["argument"]}@ntfy.example.com/topic"
        events = ["*"]
        [channels.other]
        url = "pover://{SECRETS["argument"]}@token"
        [channels.script]
        exec = ["/bin/true", "--token={SECRETS["argument"]}", "x"]
        """
    )
    loaded = load(path, {}, check_channel=lambda _: ())
    site.configuration = loaded
    return loaded


async def test_no_channel_is_said_with_the_way_out(site: Site) -> None:
    assert "events go to the log only" in (await site.seen("/channels")).text


async def test_a_channel_has_its_receiver_its_successes_and_what_it_is_told(
    past: Site, configured: LoadedConfig
) -> None:
    past.configuration = configured
    seen = await past.seen("/channels")
    assert "team Slack" in seen.text
    # How long ago that was is said once.
    assert "delivered 5m 1s ago 20" in seen.text
    assert seen.text.count("Last success") == 1
    assert "In 24 h 1 sent, 1 attempt failed" in seen.text
    assert "Told batch.failed, account.*, at least warning" in seen.text
    assert "Leads to #batches" in seen.text
    assert "Told ends of jobs, warnings and outages" in seen.text
    assert "Quiet hours 22:00-07:00" in seen.text
    assert "Times in Europe/Berlin" in seen.text
    assert "Models" not in seen.text
    assert "Reminds" not in seen.text
    assert "batchbell notify-test team" in seen.text


async def test_what_several_channels_have_alike_is_said_once(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "batchbell.toml"
    channels = "".join(
        f'[channels.{name}]\nexec = ["/bin/true"]\ntimezone = "Europe/Berlin"\n'
        for name in ("one", "two")
    )
    account = f'[accounts.default]\napi_key = "{SECRETS["key"]}"\n'
    path.write_text(f'database_url = "sqlite:////tmp/fake.db"\n{account}{channels}')
    site.configuration = load(path, {}, check_channel=lambda _: ())
    site.has_channels(ChannelHealth(channel="one"), ChannelHealth(channel="two"))
    text = (await site.seen("/channels")).text
    assert text.count("Europe/Berlin") == 1
    assert "Their messages have times in Europe/Berlin." in text
    assert "each channel is told: when a job ends, warnings and outages, unless its card" in text
    assert "Told" not in text


async def test_what_fails_stands_first_with_its_last_failure(past: Site) -> None:
    seen = await past.seen("/channels")
    assert seen.html.index('data-key="pager"') < seen.html.index('data-key="team"')
    assert "Last failure 4m 1s ago" in seen.text
    # Why is said once.
    assert seen.text.count("receiver answered 404") == 1
    assert "What to do: Repair the receiver or its URL" in seen.text
    again = "Send it again once repaired: batchbell deliveries retry "
    assert f"Test it: batchbell notify-test pager {again}" in seen.text
    assert "deliveries?channel=pager&state=dead" in seen.links


async def test_a_channel_that_gave_up_on_a_message_says_what_to_do(past: Site) -> None:
    past.has_channels(ChannelHealth(channel="pager", last_success_at=past.now))
    seen = await past.seen("/channels")
    about = "about .* ago What to do: "
    refused = f"1 message refused .* ago receiver answered 404 {about}"
    assert re.search(refused, seen.text)
    assert "Send it again once repaired: batchbell deliveries retry " in seen.text
    # What its receiver said is said once.
    assert seen.text.count("receiver answered 404") == 1
    assert "Refused 1 message" in seen.text
    assert "try it" not in seen.text.partition("pager")[2].partition("team")[0]


async def test_a_channel_that_is_well_has_no_rows_of_zeros(site: Site) -> None:
    site.has_channels(ChannelHealth(channel="team", last_success_at=site.ago(MINUTE)))
    text = (await site.seen("/channels")).text
    for label in ("Waiting", "Given up", "In 24 h", "failed", "What to do"):
        assert label not in text


async def test_attempts_of_yesterday_are_not_counted(past: Site) -> None:
    past.clock.advance(24 * HOUR)
    seen = await past.seen("/channels")
    assert "In 24 h" not in seen.text
    assert "Last failure" not in seen.text


@pytest.mark.parametrize(
    ("channel", "leads_to"),
    [
        ("team", "team Slack"),
        ("hook", "hook webhook nothing sent yet Leads to hooks.example.com"),
        ("script", "script program"),
        ("pager", "pager json over HTTP nothing sent yet Leads to pager.example.com:8080"),
        ("phone", "phone ntfy nothing sent yet Leads to ntfy.example.com Told all events"),
        ("other", "other pover nothing sent yet Told ends of jobs, warnings and outages"),
    ],
)
async def test_a_channel_says_where_it_leads_and_no_secret(
    site: Site, configured: LoadedConfig, channel: str, leads_to: str
) -> None:
    assert channel in configured.settings.channels
    site.has_channels(ChannelHealth(channel=channel))
    text = (await site.seen("/channels")).text
    assert leads_to in text
    assert not any(secret in text for secret in SECRETS.values())


async def test_the_page_about_it_has_version_files_and_every_key_in_force(
    site: Site, configured: LoadedConfig
) -> None:
    seen = await site.seen("/about")
    assert f"batchbell {__version__}" in seen.text
    assert f"Schema {HEAD}" in seen.text
    assert str(configured.path) in seen.text
    assert '[channels.team] url "<secret>"' in seen.text
    assert 'min_severity "warning"' in seen.text
    assert 'poll_interval "1m"' in seen.text


async def test_the_page_about_it_shows_daemons_that_share_the_database(site: Site) -> None:
    assert "Replicas" not in (await site.seen("/about")).text
    for name, config in (("one", "x"), ("two", "y"), ("three", "y")):
        identity = Identity(id=name, name=f"{name}:1", version="1.2.3")
        member = Membership(site.database, identity, seconds=lambda: 0.0)
        member.want(["account default"], config)
        member.beat()
    with site.database.write() as connection:
        connection.exec_driver_sql("UPDATE replicas SET until = 0 WHERE id = 'three'")
    text = (await site.seen("/about")).text
    assert "polls default; delivers to no channel another configuration than the others" in text
    assert "polls no account" in text
    assert "no sign of life since 20" in text
    assert text.count("batchbell 1.2.3 since 20") == 3


@pytest.mark.parametrize("path", ["/", "/about", "/channels", "/deliveries", "/events"])
async def test_no_page_has_a_secret(site: Site, configured: LoadedConfig, path: str) -> None:
    site.has_channels(*(ChannelHealth(channel=name) for name in configured.settings.channels))
    html = (await site.seen(path)).html
    for secret in SECRETS.values():
        assert secret not in html
        assert secret.rpartition("/")[2] not in html


async def test_warnings_of_the_configuration_are_said(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "batchbell.toml"
    path.write_text('database_url = "sqlite:///a.db"\n[accounts.default]\napi_key = "fake-key"\n')
    site.configuration = load(path, {}, check_channel=lambda _: ())
    assert "there is no channel: events go to the log only" in (await site.seen("/about")).text


async def test_without_a_file_it_says_environment_only(site: Site) -> None:
    assert "no file: the environment only" in (await site.seen("/about")).text


@pytest.mark.parametrize(("path", "label"), [("/about", "exec"), ("/channels", "Program")])
async def test_a_programs_arguments_are_counted_not_shown(
    site: Site, configured: LoadedConfig, path: str, label: str
) -> None:
    assert configured.settings.channels["script"].exec is not None
    site.has_channels(ChannelHealth(channel="script"))
    assert f"{label} /bin/true and 2 arguments" in (await site.seen(path)).text
