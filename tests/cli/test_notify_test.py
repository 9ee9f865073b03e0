from __future__ import annotations

import json
from typing import TYPE_CHECKING

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.delivery.pacing import Hold
from batchbell.core.routing import Filter
from batchbell.store import channels, pacing
from tests.cli.config_file import batchbell, write_config
from tests.loopback_receivers import Answer, HttpReceiver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.filled import Bell


def test_each_channel_gets_one_marked_sample_and_its_own_line(tmp_path: Path) -> None:
    with HttpReceiver() as good, HttpReceiver(default=Answer(status=404)) as bad:
        config = write_config(
            tmp_path, channels={"team": f"json://{good.netloc}", "ops": f"json://{bad.netloc}"}
        )

        done = batchbell(config, "notify-test")

        assert done.exit_code == 1
        lines = done.output.splitlines()
        assert any(line.startswith("✓ team: ") for line in lines), lines
        assert any(line.startswith("✗ ops: ") and "404" in line for line in lines), lines
        (request,) = good.requests
    body = request.json
    assert body["title"].startswith("[test] ")
    assert "FAILED" in body["title"]
    assert "no job failed" in body["message"]
    assert "file-example-input" in body["message"]


def test_one_channel_can_be_named(tmp_path: Path) -> None:
    with HttpReceiver() as one, HttpReceiver() as other:
        config = write_config(
            tmp_path, channels={"team": f"json://{one.netloc}", "ops": f"json://{other.netloc}"}
        )

        done = batchbell(config, "notify-test", "team", "--json")

        assert done.exit_code == 0, done.output
        assert (len(one.requests), len(other.requests)) == (1, 0)
    (result,) = json.loads(done.output)["channels"]
    assert result["channel"] == "team"
    assert result["delivered"] is True
    assert 0 <= result["duration_seconds"] < 10


def test_a_channels_filters_do_not_matter(tmp_path: Path) -> None:
    with HttpReceiver() as receiver:
        config = write_config(tmp_path, channels={"team": f"json://{receiver.netloc}"})
        config.write_text(config.read_text() + 'events = ["batch.completed"]\n')

        assert batchbell(config, "notify-test").exit_code == 0
        assert len(receiver.requests) == 1


def test_an_unknown_channel_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    config = write_config(
        tmp_path, channels={"team": "json://127.0.0.1:9", "oncall": "json://127.0.0.1:9"}
    )

    done = batchbell(config, "notify-test", "on-call")

    assert done.exit_code == 2
    assert "no channel 'on-call'; the nearest is oncall" in done.output


def test_without_a_channel_it_says_what_to_write(tmp_path: Path) -> None:
    done = batchbell(write_config(tmp_path), "notify-test")

    assert done.exit_code == 1
    assert "[channels.NAME]" in done.output


def test_a_wrong_configuration_is_told_whole(tmp_path: Path) -> None:
    config = write_config(tmp_path, channels={"team": "nonsense://x"}, more='log_level = "loud"')

    done = batchbell(config, "notify-test")

    assert done.exit_code == 78
    assert "channels.team.url" in done.output
    assert "log_level" in done.output


def test_no_url_is_ever_printed(tmp_path: Path) -> None:
    url = "json://user:obviously-fake-password@127.0.0.1:9/secret-path"
    config = write_config(tmp_path, channels={"team": url})

    done = batchbell(config, "notify-test")

    assert done.exit_code == 1
    assert "obviously-fake-password" not in done.output
    assert "secret-path" not in done.output


def test_of_a_failure_it_says_at_which_host_and_what_to_look_at(tmp_path: Path) -> None:
    with HttpReceiver(default=Answer(status=500)) as bad:
        config = write_config(tmp_path, channels={"pager": f"json://u:p@{bad.netloc}/key"})

        first, second = batchbell(config, "notify-test").output.splitlines()

    assert first.startswith(f"✗ pager: {bad.netloc} answered HTTP 500 Internal Server Error (")
    assert second == (
        "  That is an error of the receiver's own, no wrong key or address: look at its log."
    )


def test_only_what_waits_for_the_receiver_alone_goes_out_by_itself(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(at=bell.ago(minutes=2))
    bell.poll(bell.job("job-1", "FAILED"))
    promise = "by itself once the receiver takes it"
    with HttpReceiver(default=Answer(status=500)) as bad:
        write_config(bell.config.parent, channels={"team": f"json://{bad.netloc}/"})
        assert promise in bell.run("notify-test").output

        hold = Hold(until=bell.ago(hours=-1), reason="quiet hours")
        with bell.database.write() as connection:
            pacing.note(connection, ChannelHealth(channel="team"), hold)
        assert promise not in bell.run("notify-test").output

        with bell.database.write() as connection:
            pacing.note(connection, channels.load(connection, "team"), None)
            channels.disable(connection, "team", bell.started)
        assert promise not in bell.run("notify-test").output
