from __future__ import annotations

import json
import re

import pytest

from batchbell.core.delivery.outcome import Outcome
from batchbell.core.routing import Filter
from batchbell.store.tables import notifications
from tests.cli.filled import BUSY, REFUSED, SENT, Bell


@pytest.fixture
def told(bell: Bell) -> Bell:
    bell.configure(Filter(channel="team"), Filter(channel="busy"), Filter(channel="gone"))
    bell.poll(bell.job("one"), bell.job("two"), at=bell.ago(hours=2))
    bell.poll(bell.job("one", "FAILED"), bell.job("two", "FAILED"), at=bell.ago(hours=1))
    bell.filters = ()
    bell.deliver("team", SENT, at=bell.ago(minutes=50))
    bell.deliver("busy", BUSY, at=bell.ago(minutes=0))
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=40))
    return bell


def states(bell: Bell) -> dict[str, str]:
    ledger = json.loads(bell.run("deliveries", "--json").output)
    return {entry["channel"]: entry["state"] for entry in ledger}


def test_the_ledger_has_a_line_for_each_message(told: Bell) -> None:
    header, *lines = told.run("deliveries").output.splitlines()
    lines = [line for line in lines if re.match(r" *\d", line)]
    assert header.split() == ["ID", "CHANNEL", "STATE", "ATTEMPTS", "EVENTS", "WHEN", "REASON"]
    assert [line.split()[1:5] for line in lines] == [
        ["team", "sent", "1", "2"],
        ["busy", "retrying", "1", "2"],
        ["gone", "given", "up", "1"],
    ]
    assert "50m ago" in lines[0]
    assert "1h ago, next attempt " in lines[1]
    assert "40m ago" in lines[2]
    assert lines[2].endswith("receiver answered 404")


def test_below_each_stands_what_it_tells(told: Bell) -> None:
    output = told.run("deliveries").output
    assert output.count("      FAILED: input (Llama-3.3-70B), no reason given +1 more\n") == 3


def test_what_was_given_up_can_be_sent_again(told: Bell) -> None:
    lines = told.run("deliveries").output.splitlines()
    again = "Send again what was given up, once repaired: batchbell deliveries retry all"
    assert lines[-2:] == ["", f"{again}, or one by its id"]
    told.run("deliveries", "retry", "all")
    assert "retry all" not in told.run("deliveries").output


def test_of_what_was_given_up_old_news_is_left_out_of_what_is_offered(bell: Bell) -> None:
    bell.configure(Filter(channel="gone"))
    near = bell.job("near", job_deadline=bell.ago(minutes=-30))
    late = bell.job("late", job_deadline=bell.ago(minutes=30))
    bell.poll(near, late, at=bell.ago(minutes=50))
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=49))
    listed = bell.run("deliveries").output
    assert "retry all, or one by its id" in listed
    bell.poll(bell.job("near", "FAILED"), late, at=bell.ago(minutes=10))
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=9))
    *_, empty, old, news, one, everything, every = bell.run("deliveries").output.splitlines()
    assert empty == ""
    assert (
        old == "Of 2 given up 1 tells only of a deadline, a standstill or an outage that is past."
    )
    assert news == "Send again what is still news:"
    assert one == "    batchbell deliveries retry all"
    assert (everything, every) == (
        "Send again all, what is past too:",
        "    batchbell deliveries retry --old-news all",
    )
    assert bell.run("deliveries", "retry", "all").output == (
        "1 delivery to be sent again by the daemon\n"
        "1 tells only of a deadline, a standstill or an outage that is past; to send that too: "
        "batchbell deliveries retry --old-news all\n"
    )
    ledger = json.loads(bell.run("deliveries", "--json").output)
    (old,) = [str(each["notification_id"]) for each in ledger if each["state"] == "dead"]
    (new,) = [str(each["notification_id"]) for each in ledger if each["state"] == "pending"]
    assert bell.run("deliveries", "show", new).output.count("FAILED") == 1
    assert "FAILED" not in bell.run("deliveries", "show", old).output

    every = bell.run("deliveries", "retry", "--old-news", "all").output
    assert every == "1 delivery to be sent again by the daemon\n"
    ledger = json.loads(bell.run("deliveries", "--json").output)
    assert {each["state"] for each in ledger} == {"pending"}


def test_one_that_is_set_aside_says_so(told: Bell) -> None:
    with told.database.write() as connection:
        connection.execute(
            notifications.update().where(notifications.c.state == "pending").values(set_aside=True)
        )
    assert "1h ago, set aside, next attempt " in told.run("deliveries").output


def test_failed_leaves_what_was_given_up_or_fails(told: Bell) -> None:
    failed = json.loads(told.run("deliveries", "--failed", "--json").output)
    assert [entry["channel"] for entry in failed] == ["busy", "gone"]
    assert failed[0]["next_attempt_at"].endswith("Z")
    assert failed[1]["next_attempt_at"] is None
    assert failed[1]["events"] == 2


def test_a_channel_leaves_its_own(told: Bell) -> None:
    (entry,) = json.loads(told.run("deliveries", "--channel", "team", "--json").output)
    assert entry["channel"] == "team"
    text = told.run("deliveries", "--channel", "team").output
    assert "sent" in text
    assert "retrying" not in text
    assert (
        json.loads(told.run("deliveries", "--channel", "team", "--failed", "--json").output) == []
    )


def test_a_channel_that_never_was_is_told_with_the_nearest(told: Bell) -> None:
    result = told.run("deliveries", "--channel", "tem")
    assert result.exit_code == 2
    assert "there is no channel 'tem'; the nearest is team" in result.output


def test_where_no_channel_ever_was_none_is_near(bell: Bell) -> None:
    result = bell.run("deliveries", "--channel", "team")
    assert (result.exit_code, result.output.count("nearest")) == (2, 0)


def test_what_only_waited_too_long_is_sent_again_as_it_is(told: Bell) -> None:
    with told.database.write() as connection:
        old = "gave up after 72 h: HTTP 503 Service Unavailable"
        dead = notifications.update().where(notifications.c.state == "dead")
        connection.execute(dead.values(reason=old))
    *_, last = told.run("deliveries").output.splitlines()
    assert last.startswith("Send again what was given up: batchbell deliveries retry all")


def test_a_limit_keeps_the_youngest(told: Bell) -> None:
    (entry,) = json.loads(told.run("deliveries", "--limit", "1", "--json").output)
    assert entry["channel"] == "gone"


def test_an_empty_ledger_says_so(bell: Bell) -> None:
    assert bell.run("deliveries").output == "Nothing was to be delivered yet.\n"
    assert bell.run("deliveries", "--failed").output == "Nothing failed.\n"
    assert json.loads(bell.run("deliveries", "--json").output) == []


def test_retry_sends_again_what_was_given_up(told: Bell) -> None:
    dead = json.loads(told.run("deliveries", "--json").output)[2]["notification_id"]
    result = told.run("deliveries", "retry", str(dead))
    assert result.output == "1 delivery to be sent again by the daemon\n"
    assert states(told) == {"team": "sent", "busy": "pending", "gone": "pending"}


def test_several_are_sent_again_by_their_ids_and_the_others_named(told: Bell) -> None:
    numbers = {
        each["channel"]: str(each["notification_id"])
        for each in json.loads(told.run("deliveries", "--json").output)
    }
    result = told.run("deliveries", "retry", numbers["gone"], numbers["team"])
    assert result.exit_code == 2
    assert "1 delivery to be sent again by the daemon\n" in result.output
    assert f"delivery {numbers['team']} was not given up" in result.stderr
    assert states(told)["gone"] == "pending"
    assert told.run("deliveries", "retry", "all", numbers["gone"]).exit_code == 2


def test_retry_all_without_anything_given_up_is_fine(bell: Bell) -> None:
    result = bell.run("deliveries", "retry", "all")
    assert (result.exit_code, result.output) == (0, "0 deliveries to be sent again by the daemon\n")


@pytest.mark.parametrize("which", ["9" * 20, "9" * 10_000])
def test_a_number_that_no_delivery_can_have_is_refused_in_a_sentence(
    told: Bell, which: str
) -> None:
    result = told.run("deliveries", "retry", which)
    assert result.exit_code == 2
    assert f"there is no delivery {which[:19]}" in result.stderr
    assert told.run("deliveries", "show", which[:20]).exit_code == 2


@pytest.mark.parametrize("which", ["1", "99999", "team", "-1", ""])
def test_retrying_what_was_not_given_up_is_wrong_usage(told: Bell, which: str) -> None:
    assert told.run("deliveries", "retry", "--", which).exit_code == 2


def test_attempts_that_failed_stand_below_their_delivery(told: Bell) -> None:
    lines = told.run("deliveries").output.splitlines()
    at = next(at for at, line in enumerate(lines) if "busy" in line and "retrying" in line)
    busy, _, attempt = lines[at : at + 3]
    assert "receiver answered 503" in busy
    assert re.fullmatch(r" {6}✗ \S+ \S+ UTC, \d+\.\d s, failed: receiver answered 503", attempt)


def test_the_json_has_every_attempt(told: Bell) -> None:
    ledger = json.loads(told.run("deliveries", "--json").output)
    logs = {entry["channel"]: entry["attempt_log"] for entry in ledger}
    assert [attempt["delivered"] for attempt in logs["team"]] == [True]
    (refused,) = logs["gone"]
    assert refused["reason"] == "receiver answered 404"
    assert refused["started_at"].endswith("Z")
    assert refused["output"] == ""


class TestShow:
    def test_one_delivery_is_shown_with_its_attempts_and_what_it_told(self, bell: Bell) -> None:
        bell.configure(Filter(channel="script"))
        bell.poll(bell.job("one"), at=bell.ago(hours=2))
        bell.poll(bell.job("one", "FAILED"), at=bell.ago(hours=1))
        wrote = "line\n" * 12 + "\x1b[31mjq: not found"
        bell.deliver("script", Outcome(delivered=False, reason="exit status 1", output=wrote))
        bell.deliver("script", SENT, at=bell.ago(hours=-1))
        shown = bell.run("deliveries", "show", "1").output
        assert "failed: exit status 1" in shown
        assert "| jq: not found" in shown.replace("[31m", "")
        assert "\x1b" not in shown
        assert shown.count("| line") == 9
        assert "delivered" in shown
        assert "FAILED: input (Llama-3.3-70B)" in shown

        as_json = json.loads(bell.run("deliveries", "show", "1", "--json").output)
        assert as_json["attempt_log"][0]["output"] == wrote
        assert as_json["events"][0]["kind"] == "batch.failed"

    def test_an_unknown_one_is_told(self, bell: Bell) -> None:
        result = bell.run("deliveries", "show", "7")
        assert result.exit_code == 2
        assert "there is no delivery 7" in result.output

    def test_many_attempts_are_counted_in_the_list(self, told: Bell) -> None:
        for hours in range(1, 6):
            told.deliver("busy", BUSY, at=told.ago(hours=-hours))
        listed = told.run("deliveries").output
        assert "3 earlier attempts: batchbell deliveries show 2" in listed
