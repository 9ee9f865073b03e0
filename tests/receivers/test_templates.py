"""A channel's own templates: what they can say, what they can't do, and that they lose nothing."""

from __future__ import annotations

import logging
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_counted, sample_digest
from batchbell.core.facts import Facts
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.view import View
from batchbell.receivers.channel_check import check_channel
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.template import CUT_HERE, OwnWords
from batchbell.receivers.template_room import BODY_LIMIT

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.receivers.content import Content

NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
FAILED = sample(EventKind.FAILED, NOW)
MAIL = "mailto://bell:fake@127.0.0.1:2525/?from=bell@example.org&to=ops@example.org"
SLACK = "slack://T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake/#batches"


#: A text that each of thirty lines makes twice as long.
DOUBLED = "{{% set a = 'x' * 9999 %}}" + "{{% set a = {0} %}}" * 30 + "{{{{ a | length }}}}"


def compose(
    *events: Event, family: Family = Family.PLAIN, zone: str = "UTC", **words: Any
) -> Content:
    composer = Composer(family=family, words=OwnWords(**words), view=View(zone=ZoneInfo(zone)))
    return composer.compose(events or [FAILED], NOW)


class TestWords:
    def test_subject_and_body_take_the_place_of_the_built_in_ones(self) -> None:
        content = compose(
            subject="[{{ event.account }}] {{ event.job.id }} {{ message.severity }}",
            body="{% for event in events %}{{ event.input_file }}: {{ event.error }}\n{% endfor %}",
        )
        assert content.title == f"[default] {FAILED.job_id} failure"
        assert content.text == "nightly-eval.jsonl: line 3: invalid JSON\n"

    def test_times_are_by_the_channel_s_clock(self) -> None:
        body = (
            "{{ event.job.created_at | local_time }} {{ event.job.job_deadline | relative(now) }} "
            "{{ (event.seen_at - event.job.created_at) | duration }} {{ 0.5 | percent }} "
            "{{ now.hour }}"
        )
        content = compose(zone="Europe/Berlin", body=body)
        assert content.text == "2026-11-22 22:14 CET in 19h 5h 50.0% 3"

    def test_a_digest_counts_its_kinds(self) -> None:
        body = "{% for kind, count in message.counts.items() %}{{ count }} {{ kind }};{% endfor %}"
        content = compose(*sample_digest(7, NOW), body=body)
        assert "2 batch.failed;" in content.text

    def test_what_came_back_is_there_once_it_is_counted(self) -> None:
        body = (
            "{% if event.results %}{{ event.results.words }}; {{ event.results.cost }}; "
            "{% for cause in event.results.causes %}{{ cause.count }} {{ cause.code }} {% endfor %}"
            "{% else %}not counted{% endif %}"
        )
        assert compose(body=body).text == "not counted"
        counted = sample_counted(EventKind.COMPLETED_WITH_ERRORS, NOW)
        assert compose(counted, body=body).text == (
            "945 of 1,000 whole, 40 failed, 10 missing, 5 cut; 0.53; "
            "8 context_length_exceeded 32 rate_limit_exceeded "
        )

    def test_a_form_of_the_family_s_own_gives_way(self) -> None:
        assert compose(family=Family.SLACK).payload
        for words in ({"subject": "mine"}, {"body": "mine"}):
            assert compose(family=Family.SLACK, **words).payload == {}

    def test_a_text_in_mail_is_escaped_in_its_page(self) -> None:
        content = compose(family=Family.MAIL, body="a <b> & {{ event.headline }}")
        assert content.text.startswith("a <b> &")
        assert "a &lt;b&gt; &amp; FAILED" in content.html

    def test_html_in_mail_escapes_what_the_api_says(self) -> None:
        job = replace(FAILED.job, error="<script>alert(1)</script>") if FAILED.job else None
        evil = replace(FAILED, job=job)
        content = compose(evil, family=Family.MAIL, body="<h1>{{ event.error }}</h1>", is_html=True)
        assert content.html == "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>"
        assert content.text.startswith("FAILED: nightly-eval")

    def test_a_subject_is_one_line_of_bounded_length(self) -> None:
        content = compose(subject="a\nBcc: x@example.org\n{{ 'x' * 500 }}")
        assert "\n" not in content.title
        assert len(content.title) <= TITLE_LIMIT

    def test_api_text_is_no_template(self) -> None:
        evil = replace(FAILED, facts=Facts(input_file="{{ 7*7 }}"))
        assert compose(evil, body="{{ event.input_file }}").text == "{{ 7*7 }}"

    def test_too_long_a_body_is_cut_and_says_so(self) -> None:
        content = compose(body="{% for n in range(99999) %}0123456789{% endfor %}")
        assert content.text.endswith(CUT_HERE)
        assert len(content.text) == BODY_LIMIT + len(CUT_HERE)


class TestFailure:
    @pytest.mark.parametrize(
        "body",
        [
            "{{ event.nothing }}",
            "{{ 1 / 0 }}",
            "{{ 'x' * 100000000 }}",
            "{{ [0] * 100000000 }}",
            "{{ 9 ** 99999999 }}",
            "{{ 'x' * 10000 * 10000 }}",
            "{% set x = 'x' * 9999 %}{{ [x + x + x + x + x + x + x + x + x + x + x] }}",
            "{{ '%100000000d' % 1 }}",
            "{{ '%*d' % (100000000, 1) }}",
            "{{ '%100000000d' | format(1) }}",
            "{{ '{:>100000000}'.format('x') }}",
            "{{ 'x'.center(100000000) }}",
            "{{ 'x' | center(100000000) }}",
            "{{ 'x\\ny' | indent(width=100000000) }}",
            "{{ ('x' * 9999).replace('x', 'y' * 9999) }}",
            "{{ ('x' * 9999) | replace('x', 'y' * 9999) }}",
            "{{ ('x' * 9999).join('y' * 9999) }}",
            "{{ ('y' * 9999) | join('x' * 9999) }}",
            DOUBLED.format("a ~ a"),
            "{% set a = 'x' * 9999 %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 30 + "{{ a }}",
            "{% macro twice(a) %}{{ a }}{{ a }}{% endmacro %}"
            + ("{{ " + "twice(" * 30 + "'x' * 9999" + ")" * 30 + " }}"),
            "{% set a %}{% for n in range(99999) %}0123456789{% endfor %}{% endset %}{{ a }}",
            "{{ event.__class__.__mro__ }}",
            "{{ events.clear() }}",
            "{% include 'mail.html' %}",
            "{% for n in range(10000000) %}{% endfor %}",
            "{{ now | local_time | local_time }}",
        ],
    )
    def test_the_built_in_message_is_sent_with_a_note(
        self, body: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            content = compose(body=body)
        assert content.title.startswith("FAILED: nightly-eval")
        assert FAILED.job_id in content.text
        assert "Note: this channel's own template failed (body: " in content.text
        assert "a channel's own template failed" in caplog.text

    @pytest.mark.parametrize("family", [Family.MAIL, Family.SLACK, Family.TELEGRAM, Family.TEAMS])
    def test_the_note_is_seen_in_every_family(self, family: Family) -> None:
        content = compose(family=family, subject="{{ event.nothing }}")
        assert "own template failed" in f"{content.text}{content.html}{content.payload}"

    def test_what_the_message_says_of_the_next_one_stays(self) -> None:
        composer = Composer(
            words=OwnWords(body="{{ 1 / 0 }}"), view=View(left=(sample(EventKind.EXPIRED, NOW),))
        )
        content = composer.compose(sample_digest(2, NOW), NOW)
        assert "In the next message: EXPIRED: nightly-eval." in content.text
        assert "Note: this channel's own template failed" in content.text

    def test_a_time_out_of_the_calendar_loses_nothing(self) -> None:
        assert FAILED.job is not None
        job = replace(FAILED.job, job_deadline=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
        content = compose(
            replace(FAILED, job=job), zone="Asia/Tokyo", body="{{ event.job.job_deadline.year }}"
        )
        assert content.text == "9999"

    def test_an_empty_subject_is_no_subject(self) -> None:
        content = compose(subject="{% if false %}x{% endif %}")
        assert content.title.startswith("FAILED: nightly-eval")
        assert "subject: it made an empty line" in content.text

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("{{ 20000 * 3 }}", "60000"),
            ("{{ 20000 + 3 }}", "20003"),
            ("{{ 'a' + 'b' * 2 }}", "abb"),
            ("{{ '%5.1f|' % 2.25 }}{{ '%s of %d' | format('a', 3) }}", "  2.2|a of 3"),
            ("{{ '{:>4}'.format('x') }}{{ 'x' | center(3) }}|", "   x x |"),
            ("{% set a = 'x' ~ 1 %}{% set b %}{{ a }}{{ a }}{% endset %}{{ b ~ '|' }}", "x1x1|"),
            ("{{ ['a', 'b'] | join(', ') }}{{ 'a-b'.replace('-', '+') }}", "a, ba+b"),
        ],
    )
    def test_what_stays_small_is_fine(self, body: str, text: str) -> None:
        assert compose(body=body).text == text

    def test_what_it_may_make_takes_little_memory(self) -> None:
        tracemalloc.start()
        try:
            compose(body="{{ 'x' * 10000 * 10000 }}")
            compose(body="{{ ('x' * 9999).replace('x', 'y' * 9999) }}")
            compose(body=DOUBLED.format("a ~ a"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 20 * 2**20


class TestCheck:
    def problems(self, **values: object) -> list[tuple[str, str]]:
        return list(check_channel({"url": MAIL, **values}))

    def test_good_templates_are_fine(self) -> None:
        assert self.problems(subject="{{ message.title }}", body="{{ message.text }}") == []
        assert self.problems(body="<p>{{ message.title }}</p>", body_format="html") == []

    @pytest.mark.parametrize(
        ("subject", "what"),
        [
            ("{{ message.titel }}", "line 1: 'dict object' has no attribute 'titel'"),
            ("{{ messag.title }}", "line 1: 'messag' is undefined"),
            ("\n\n{% if %}", "line 3: Expected an expression"),
            ("{{ message.title | uper }}", "line 1: No filter named 'uper'"),
            (
                "x{% if event.results %}{{ event.results.wins }}{% endif %}",
                "line 1: 'dict object' has",
            ),
            ("{{ event.job.id }}", "line 1: 'None' has no attribute 'id' (rendering a account.un"),
        ],
    )
    def test_a_broken_one_is_told_with_its_line(self, subject: str, what: str) -> None:
        ((key, told),) = self.problems(subject=subject)
        assert key == "subject"
        assert told.startswith(what)

    def test_both_are_told(self) -> None:
        keys = [key for key, _ in self.problems(subject="{{ a }}", body="{{ b }}")]
        assert keys == ["subject", "body"]

    def test_html_is_for_mail(self) -> None:
        ((key, told),) = check_channel({"url": SLACK, "body": "<b>x</b>", "body_format": "html"})
        assert (key, told) == ("body_format", 'html is for mail: leave it out, or write "text"')

    @pytest.mark.parametrize("receiver", [{"webhook": "https://x.example"}, {"exec": ["sh"]}])
    def test_programs_get_the_document(self, receiver: dict[str, object]) -> None:
        ((key, told),) = check_channel({**receiver, "body": "x"})
        assert key == "body"
        assert "get the event document" in told
