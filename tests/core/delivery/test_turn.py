from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.delivery.backoff import ATTEMPTS_BEFORE_GIVING_UP, FLAKY_TRIES, LONGEST_DELAY
from batchbell.core.delivery.follow_up import (
    REFUSED_IN_A_ROW,
    TOLD_AFTER,
    TOLD_AFTER_UNCLEAR,
    follow_up,
)
from batchbell.core.delivery.pacing import Pacing, Rate
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.delivery.turn import (
    CLAIM,
    STAND_INS,
    Lately,
    Send,
    Turn,
    Wait,
    first_from,
    next_turn,
)
from batchbell.core.event import EventKind, Severity
from tests.core.delivery.play import (
    AWAY,
    BROKEN,
    BUSY,
    INVALID,
    NOT_FOUND,
    TAKEN,
    Play,
    message,
    todays,
)
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.waiting import Waiting

SECOND = timedelta(seconds=1)
HOUR = 60 * MINUTE
DAY = 24 * 3600.0
#: Quiet all day.
NIGHT = Pacing(quiet=(parse_window("mon-sun"),))
BAD_PASSES = Pacing(quiet=NIGHT.quiet, quiet_except=Severity.FAILURE)


def play(answer: Outcome, *numbers: int) -> Play:
    """Return a channel whose receiver always answers so, with these messages waiting."""
    started = Play(lambda _number: answer)
    for number in numbers:
        started.put(number)
    return started


def refusing(bad: int | set[int], answer: Outcome, *numbers: int) -> Play:
    """Return a channel whose receiver never takes some messages, and takes all others."""
    never = {bad} if isinstance(bad, int) else bad
    started = Play(lambda number: answer if number in never else TAKEN)
    for number in numbers:
        started.put(number)
    return started


def flaky(seed: int, *numbers: int) -> Play:
    """Return a channel whose receiver answers 503 to a third of all requests at random."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    started = Play(lambda _number: BUSY if chance.random() < 1 / 3 else TAKEN, jitter=chance.random)
    for number in numbers:
        started.put(number)
    return started


def sends(turn: Turn) -> Waiting:
    """Return the message that is sent."""
    assert isinstance(turn.action, Send)
    return turn.action.message


class TestOneMessageAtFault:
    """A receiver that never takes one message, and everything else."""

    def test_one_called_invalid_is_dead_and_the_others_follow_at_once_in_order(self) -> None:
        channel = refusing(2, INVALID, *range(1, 30))
        channel.run(60)
        assert channel.sent == [(0.0, number) for number in range(1, 30) if number != 2]
        assert channel.given_up == {2: "HTTP 400"}
        assert channel.lost == [(0.0, 2)]

    def test_one_that_breaks_a_library_is_set_aside_and_tried_some_more(self) -> None:
        channel = refusing(2, BROKEN, *range(1, 30))
        channel.run(2 * DAY)
        assert channel.sent == [(0.0, number) for number in range(1, 30) if number != 2]
        tries = [at for at, number in channel.attempts if number == 2]
        assert tries == todays(tries[-1])
        assert len(tries) == ATTEMPTS_BEFORE_GIVING_UP
        assert channel.given_up == {2: "gave up after 10 attempts: the send broke off"}
        assert channel.lost[0] == (tries[TOLD_AFTER - 1], 2)

    @pytest.mark.parametrize("waits_alone_for", [0, 20, 60, 300, 1200, 5000])
    def test_one_answered_500_lets_the_others_pass_within_two_minutes_in_order(
        self, waits_alone_for: int
    ) -> None:
        channel = refusing(1, BUSY, 1)
        channel.run(waits_alone_for)
        arrived_at = channel.seconds
        for number in range(2, 30):
            channel.put(number)
        channel.run(120)
        assert channel.order() == list(range(2, 30))
        assert channel.sent[-1][0] <= max(arrived_at, 35)
        assert channel.waiting[1].set_aside

    def test_its_channel_does_not_count_as_failing(self) -> None:
        for answer in (INVALID, BROKEN, BUSY):
            channel = refusing(1, answer, 1, 2)
            channel.run(3600)
            assert channel.health.failing_since is None
            assert channel.told == []

    def test_one_answered_500_is_told_of_and_dead_after_72_hours_while_others_pass(self) -> None:
        channel = refusing(1, BUSY, 1, 2)
        channel.run(2 * 60)
        tries = [at for at, number in channel.attempts if number == 1]
        assert channel.lost[0] == (tries[TOLD_AFTER_UNCLEAR - 1], 1)
        news = [(3600.0 * hour, 10 + hour) for hour in range(1, 72)]
        channel.run(4 * DAY, news)
        assert [number for _, number in channel.sent[1:]] == [number for _, number in news]
        assert all(at == due for (at, _), (due, _) in zip(channel.sent[1:], news, strict=True))
        assert channel.given_up == {1: "gave up after 72 h: HTTP 503"}

    def test_two_of_them_at_the_head_hold_up_the_others_little_longer(self) -> None:
        channel = refusing({1, 2}, BUSY, *range(1, 10))
        channel.run(200)
        assert channel.order() == list(range(3, 10))

    def test_what_was_set_aside_is_sent_once_the_receiver_takes_it(self) -> None:
        channel = refusing(1, BUSY, 1, 2)
        channel.run(300)
        channel.answer = lambda _number: TAKEN
        channel.run(900)
        assert channel.order() == [2, 1]
        assert channel.waiting == {}

    def test_a_message_long_at_fault_is_told_of_when_another_shows_it(self) -> None:
        channel = refusing(1, BUSY, 1)
        channel.run(4 * 3600)
        channel.put(2)
        channel.run(0)
        assert channel.order() == [2]
        assert channel.lost[0] == (channel.seconds, 1)
        # That its channel seemed to fail was told, and now that it does not.
        assert [event.kind for event in channel.told] == [
            EventKind.CHANNEL_FAILING,
            EventKind.CHANNEL_RECOVERED,
        ]

    def test_a_channel_that_calls_everything_invalid_is_at_fault_itself(self) -> None:
        channel = play(INVALID, *range(1, 10))
        channel.run(1)
        assert [event.kind for event in channel.told] == [EventKind.CHANNEL_FAILING]
        # Up to then each is told of; what the outage says need not be said of each.
        assert len(channel.lost) == REFUSED_IN_A_ROW - 1
        channel.answer = lambda _number: TAKEN
        channel.put(20)
        channel.run(1)
        assert channel.health.refused == 0

    def test_tries_of_one_message_are_not_several_messages_refused(self) -> None:
        channel = play(BROKEN, 1)
        channel.run(DAY)
        assert channel.given_up
        assert channel.told == []


class TestChannelAtFault:
    def test_nothing_is_tried_but_the_oldest_while_nobody_answers(self) -> None:
        channel = play(AWAY, *range(1, 10))
        channel.run(DAY)
        assert {number for _, number in channel.attempts} == {1}
        assert [at for at, _ in channel.attempts] == todays(DAY)

    def test_answers_that_leave_it_open_touch_few_messages(self) -> None:
        channel = play(BUSY, *range(1, 40))
        channel.run(DAY)
        assert {number for _, number in channel.attempts} == set(range(1, 2 + STAND_INS))
        assert [number for _, number in channel.attempts[:8]] == [1, 1, 1, 2, 1, 3, 1, 4]
        assert [at for at, _ in channel.attempts] == todays(DAY)

    @given(
        st.lists(st.sampled_from([BUSY, AWAY]), min_size=1, max_size=40),
        st.lists(st.floats(0, DAY), max_size=30),
    )
    def test_it_is_asked_no_more_often_than_one_message_would(
        self, answers: list[Outcome], arrivals: list[float]
    ) -> None:
        given = iter(answers)
        channel = Play(lambda _number: next(given, BUSY))
        channel.put(1)
        channel.run(DAY, [(at, 2 + number) for number, at in enumerate(sorted(arrivals))])
        asked, todays_asked = [at for at, _ in channel.attempts], todays(DAY)
        # The n-th time is never before that of the backoff alone.
        assert len(asked) <= len(todays_asked)
        early = [one for one in zip(asked, todays_asked, strict=False) if one[0] < one[1]]
        assert early == []

    @given(st.integers(1, 12), st.integers(0, 5))
    def test_nor_are_messages_set_aside_tried_more_often_when_it_goes_down(
        self, aside: int, in_line: int
    ) -> None:
        channel = play(BUSY)
        for number in range(1, aside + 1):
            channel.put(number, set_aside=True, attempts=4)
        for number in range(20, 20 + in_line):
            channel.put(number)
        channel.run(DAY)
        assert len(channel.attempts) <= len(todays(DAY))

    def test_one_that_just_went_down_is_asked_as_often_too(self) -> None:
        channel = play(TAKEN, 1, 2)
        channel.run(10)
        channel.answer = lambda _number: BUSY
        began = channel.seconds
        for number in range(3, 9):
            channel.put(number)
        channel.run(DAY)
        asked = [at - began for at, number in channel.attempts if number > 2]
        assert asked == todays(DAY)

    @pytest.mark.unmeasured
    @pytest.mark.parametrize("lasting_seconds", [10, 30, 600])
    def test_a_flaky_one_is_asked_a_few_times_more_when_it_goes_down(
        self, lasting_seconds: float
    ) -> None:
        for seed in range(20):
            channel = flaky(seed, *range(1, 30))
            channel.run(lasting_seconds)
            tried = len(channel.attempts)
            channel.answer, channel.jitter = lambda _number: BUSY, lambda: 0.0
            for number in range(100, 110):
                channel.put(number)
            channel.run(20_000)
            assert len(channel.attempts) - tried <= len(todays(20_000)) + FLAKY_TRIES

    def test_all_that_waited_is_sent_in_order_once_it_is_back(self) -> None:
        for answer in (BUSY, AWAY):
            channel = play(answer, *range(1, 40))
            channel.run(3600)
            channel.answer = lambda _number: TAKEN
            channel.run(901)
            assert sorted(channel.order()) == list(range(1, 40))
            # Whoever was asked with may come first.
            behind = [number for number in channel.order() if number > 1 + STAND_INS]
            assert behind == list(range(2 + STAND_INS, 40))

    def test_what_is_as_old_as_a_dead_message_ends_with_it(self) -> None:
        channel = play(AWAY, 1, 2)
        channel.run(4 * DAY)
        assert channel.given_up[1] == "gave up after 72 h: connection refused"
        assert channel.lost == []

    def test_one_that_refuses_for_good_is_told_at_once(self) -> None:
        channel = play(NOT_FOUND, 1, 2)
        channel.run(1)
        assert channel.given_up == {1: "HTTP 404", 2: "HTTP 404"}
        assert [event.kind for event in channel.told] == [EventKind.CHANNEL_FAILING]

    def test_an_answer_that_is_the_channel_s_fault_ends_the_doubt_in_the_oldest(self) -> None:
        answers = iter([BUSY, BUSY, BUSY, AWAY, AWAY, AWAY])
        channel = Play(lambda _number: next(answers, BUSY))
        channel.put(1)
        channel.put(2)
        channel.run(1300)
        # Once it is reached again, another one has the next turn.
        assert [number for _, number in channel.attempts] == [1, 1, 1, 2, 1, 1, 1, 2, 1]

    def test_a_message_set_aside_that_can_t_be_sent_at_all_tells_of_the_channel(self) -> None:
        channel = play(AWAY)
        channel.put(1, set_aside=True, attempts=4)
        channel.run(1)
        assert channel.health.failing_since is not None
        assert channel.waiting[1].set_aside

    def test_who_stands_in_for_the_oldest_moves_no_turn_of_its(self) -> None:
        oldest = message(1, attempts=3, unclear=3, next_attempt_at=START + HOUR)
        followed = follow_up(
            message(2), [oldest], BUSY, health=play(BUSY).health, now=START, jitter=0.0
        )
        assert followed.changed[0].notification_id == 2
        assert followed.changed[0].next_attempt_at == START + HOUR


class TestFlakyChannel:
    @pytest.mark.unmeasured
    def test_106_messages_drain_within_two_minutes(self) -> None:
        drained = []
        for seed in range(60):
            channel = flaky(seed, *range(1, 107))
            channel.run(3600)
            assert sorted(channel.order()) == list(range(1, 107))
            assert channel.told == []
            drained.append(channel.sent[-1][0])
        # Five failures in a row before anything showed that they pass look like a channel that is
        # down: (1/3)**5 of the beginnings, more or less.
        assert sum(seconds <= 120 for seconds in drained) >= 0.93 * len(drained)
        assert sorted(drained)[len(drained) // 2] < 60


class TestOrder:
    @given(st.integers(0, 10**6))
    def test_only_what_has_failed_is_overtaken(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        channel = Play(lambda _number: chance.choice([TAKEN, TAKEN, TAKEN, BUSY, AWAY, BROKEN]))
        for number in range(1, 30):
            channel.put(number)
        channel.run(DAY)
        channel.answer = lambda _number: TAKEN
        channel.run(DAY)
        assert sorted([*channel.order(), *channel.given_up]) == list(range(1, 30))
        tries = [number for _, number in channel.attempts]
        at_first = [number for number in channel.order() if tries.count(number) == 1]
        assert at_first == sorted(at_first)


class TestTurn:
    def test_an_empty_queue_waits_for_nothing(self) -> None:
        assert next_turn([], now=START) == Turn(action=None)

    def test_the_oldest_takes_up_fresh_ones_up_to_a_full_message(self) -> None:
        few = [message(number, events=6) for number in range(1, 6)]
        action = next_turn(few, now=START).action
        assert isinstance(action, Send)
        assert action.message is few[0]
        assert action.takes_up == tuple(few[1:3])

    def test_nothing_merges_with_what_is_fixed_repeats_or_failed(self) -> None:
        for changes in ({"is_fixed": True}, {"is_reminder": True}, {"attempts": 1}):
            special, fresh = message(1, events=1, **changes), message(2, events=1)
            for one, other in ((special, fresh), (fresh, special)):
                first = message(1, events=1) if one is fresh else special
                second = other if one is special else message(2, events=1, **changes)
                action = next_turn([first, second], now=START).action
                assert isinstance(action, Send)
                assert action.takes_up == ()

    def test_in_quiet_hours_the_oldest_that_may_pass_is_sent(self) -> None:
        some, bad = message(1, severity=Severity.WARNING), message(2)
        assert first_from(BAD_PASSES, START) is Severity.FAILURE
        assert first_from(Pacing(), START) is None
        turn = next_turn([some, bad], pacing=BAD_PASSES, now=START)
        assert sends(turn) is bad
        assert turn.hold is not None
        held = next_turn([some], pacing=BAD_PASSES, now=START)
        assert held.hold is not None
        assert held.action == Wait(until=held.hold.until)
        assert next_turn([bad], pacing=NIGHT, now=START).hold == held.hold

    def test_a_digest_takes_what_was_there_when_its_round_began(self) -> None:
        pacing = Pacing(digest_every=HOUR)
        old, new = message(1), message(2, created_at=START + MINUTE)
        first = next_turn([old], pacing=pacing, now=START)
        assert isinstance(first.action, Send)
        assert first.action.begins_round
        begun = Lately(round_at=START)
        again = next_turn([old, new], pacing=pacing, lately=begun, now=START + MINUTE)
        assert isinstance(again.action, Send)
        assert (again.action.message, again.action.begins_round) == (old, False)
        later = next_turn([new], pacing=pacing, lately=begun, now=START + MINUTE)
        assert later.action == Wait(until=START + HOUR)

    def test_what_is_set_aside_is_tried_though_news_waits_for_its_digest(self) -> None:
        pacing = Pacing(digest_every=HOUR)
        aside = message(1, set_aside=True, attempts=3)
        new = message(2, created_at=START + MINUTE)
        turn = next_turn(
            [new, aside], pacing=pacing, lately=Lately(round_at=START), now=START + 2 * MINUTE
        )
        assert sends(turn) is aside

    def test_a_limit_of_the_rate_holds_everything(self) -> None:
        pacing = Pacing(rate=Rate(messages=1, per=HOUR))
        turn = next_turn(
            [message(1)], pacing=pacing, lately=Lately(counted_attempt_at=START), now=START + MINUTE
        )
        assert turn.action == Wait(until=START + HOUR)

    def test_a_claim_of_the_living_is_respected_and_one_too_far_ahead_is_not(self) -> None:
        claimed = message(1, locked_until=START + CLAIM)
        assert next_turn([claimed], now=START).action == Wait(until=START + CLAIM)
        assert sends(next_turn([claimed], now=START + CLAIM)) is claimed
        assert sends(next_turn([claimed], now=START - SECOND)) is claimed

    def test_a_retry_too_far_ahead_is_due(self) -> None:
        for aside in (False, True):
            waits = message(1, attempts=1, set_aside=aside, next_attempt_at=START + LONGEST_DELAY)
            assert next_turn([waits], now=START).action == Wait(until=waits.next_attempt_at)
            assert sends(next_turn([waits], now=START - SECOND)) is waits

    def test_one_that_is_not_due_yet_is_overtaken_and_taken_up_by_none(self) -> None:
        early, new = message(1, next_attempt_at=START + SECOND), message(2)
        action = next_turn([early, new], now=START).action
        assert isinstance(action, Send)
        assert (action.message, action.takes_up) == (new, ())
        assert next_turn([early], now=START).action == Wait(until=START + SECOND)
        assert sends(next_turn([early], now=START + SECOND)) is early
        aside = message(3, set_aside=True, attempts=3, next_attempt_at=START + MINUTE)
        assert next_turn([early, aside], now=START).action == Wait(until=START + SECOND)

    def test_a_clock_that_was_looked_at_before_the_message_was_queued_does_not_free_it(
        self,
    ) -> None:
        held = message(1, created_at=START + SECOND, next_attempt_at=START + MINUTE)
        assert next_turn([held], now=START).action == Wait(until=START + MINUTE)
        stepped_back = START - MINUTE
        assert sends(next_turn([held], now=stepped_back)) is held

    def test_a_message_that_somebody_revived_is_tried_at_once(self) -> None:
        failing = message(2, attempts=9, next_attempt_at=START + LONGEST_DELAY)
        assert sends(next_turn([message(1), failing], now=START)).notification_id == 1

    def test_what_passes_in_quiet_hours_leaves_alone_what_does_not(self) -> None:
        quiet_one = message(1, severity=Severity.INFO, attempts=4)
        followed = follow_up(
            message(2), [quiet_one], TAKEN, health=play(TAKEN).health, now=START, jitter=0.0
        )
        assert followed.changed == ()
