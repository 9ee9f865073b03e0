"""Nothing that the API sends is live anywhere: caught on the wire of every family."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.facts import CauseFacts, Facts, ResultsFacts
from batchbell.core.results.counts import Verdict
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.defuse import ZERO_WIDTH_SPACE
from batchbell.receivers.receiver import UrlReceiver, WebhookReceiver
from batchbell.receivers.registry import family_of
from tests.loopback_receivers import Answer, HttpReceiver, MailReceiver
from tests.notifiers import send_once
from tests.services import AT, FAMILIES, URLS, every_service, failed, send, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event
    from tests.loopback_receivers import HttpRequest

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

#: Mentions, links in disguise, markup, templates, timestamps and emoji of every service.
LIVE = (
    "<!channel> <@U1> <#C1> <https://evil.example|click> [a](https://evil.example) @everyone "
    "x@everyone @bob <script>alert(1)</script> {{7*7}} ${x} {{DATE(2026-11-23T02:14:00Z)}} `code` "
    "*b* **b** _i_ ~s~ ||p|| :tada: <t:1> &amp; /start #tag"
)
#: Terminal escapes, NUL, line ends in titles, text that reads backwards, a lone surrogate.
HIDDEN = "\x1b[31m\x07\x00a\r\nBcc: x@example.org\u2028\u202eb\u2066c\u200e\ud800\x9b"
SECRET = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS0wMQ=="
OWN_FORMS = {
    "slack blocks": URLS[Family.SLACK] + "?blocks=yes",
    "discord markdown": URLS[Family.DISCORD] + "?format=markdown",
    "discord speech": URLS[Family.DISCORD] + "?tts=yes",
    "telegram markdown": URLS[Family.TELEGRAM] + "?format=markdown",
    "telegram markdown 2": URLS[Family.TELEGRAM] + "?format=markdown&mdv=2",
    "ntfy markdown": URLS[Family.NTFY] + "?format=markdown",
    "mattermost": "mmost://{netloc}/fake-token",
}
#: A digest and a single message.
COUNTS = [1, 3]


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


def hostile(count: int, text: str) -> list[Event]:
    """Return events whose every text from the API is `text`."""
    return [
        replace(
            failed(
                number,
                error=text,
                status=text,
                model_id=f"m/{text}",
                endpoint=text,
                input_file_id=text,
                output_file_id=text,
                error_file_id=text,
            ),
            # No row with a surrogate in its id is taken.
            job_id=f"{number} {text}".replace("\ud800", ""),
            facts=Facts(input_file=f"{text}.jsonl", results=hostile_results(text)),
        )
        for number in range(count)
    ]


def hostile_results(text: str) -> ResultsFacts:
    """Return what came back of a job, with `text` wherever there may be one."""
    causes = (CauseFacts(count=1, code=text, message=text),)
    return ResultsFacts(verdict=Verdict.UNKNOWN, succeeded=1, failed=1, causes=causes, reason=text)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value, names included."""
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from texts_of(inner)
        case list():
            for inner in value:
                yield from texts_of(inner)


def assert_all_is_visible(texts: Sequence[str]) -> None:
    for text in texts:
        for char in text.replace("\r\n", "\n").replace(ZERO_WIDTH_SPACE, ""):
            hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
            assert not hidden or char == "\n", (hex(ord(char)), text)


@pytest.mark.parametrize("count", COUNTS)
class TestHidden:
    @pytest.mark.parametrize("family", FAMILIES)
    async def test_no_control_or_direction_character_gets_through(
        self, family: Family, count: int, http: HttpReceiver
    ) -> None:
        assert (await send(family, http, *hostile(count, HIDDEN))).delivered

        for request in http.requests:
            assert_all_is_visible([*texts_of(request.json), *request.headers.values()])

    @pytest.mark.parametrize("url", [*OWN_FORMS.values(), "json://{netloc}/"], ids=str)
    async def test_nor_through_apprise_s_own_forms(
        self, url: str, count: int, http: HttpReceiver
    ) -> None:
        for request in await sent(url, hostile(count, HIDDEN), http):
            assert_all_is_visible([*texts_of(request.json), *request.headers.values()])

    async def test_nor_into_a_mail(self, count: int) -> None:
        with MailReceiver() as mail:
            url = f"mailto://127.0.0.1:{mail.port}/?from=bell@example.org&to=ops@example.org"
            content = Composer(family=Family.MAIL).compose(hostile(count, HIDDEN), AT)
            outcome = await send_once("team", UrlReceiver(url), content, "key")
            (received,) = mail.mails

        assert outcome.delivered
        assert "Bcc" not in received.message
        assert received.rcpt_to == ("ops@example.org",)
        assert_all_is_visible([received.subject, received.text, received.html])

    async def test_nor_into_the_words_of_a_hook(self, count: int, http: HttpReceiver) -> None:
        receiver = WebhookReceiver(f"http://{http.netloc}/", SECRET)
        content = Composer(family=Family.HOOK).compose(hostile(count, "\x1b[31m\r\n\u202e"), AT)
        await send_once("team", receiver, content, "key")

        data = http.requests[0].json["data"]
        assert_all_is_visible(
            [data["title"], data["text"], *(event["headline"] for event in data["events"])]
        )


async def sent(url: str, events: Sequence[Event], http: HttpReceiver) -> list[HttpRequest]:
    """Send through a service that gets its text by Apprise."""
    if url.startswith("slack:"):
        http.default = Answer(body=b"ok")
    receiver = UrlReceiver(url.format(netloc=http.netloc))
    content = Composer(family=family_of(receiver)).compose(events, AT)
    assert (await send_once("team", receiver, content, "key")).delivered
    return http.requests


@pytest.mark.parametrize("count", COUNTS)
class TestLive:
    async def test_slack(self, count: int, http: HttpReceiver) -> None:
        await send(Family.SLACK, http, *hostile(count, LIVE))
        payload = http.requests[0].json
        assert (payload["parse"], payload["link_names"]) == ("none", False)
        for text in texts_of(payload):
            assert not set("<>") & set(text)
            words = re.sub(r"`[^`]*`", "", text)
            assert not set("~`") & set(words)
            assert not re.search(r"(?<!\w)_\w|\w_(?!\w)", words)
            # Bold is what we make so: labels and first lines.
            bold = re.compile(r"[^*]*|(?:. )?\*[^*]+\*[^*]*")
            assert all(bold.fullmatch(line) for line in words.split("\n"))
            assert ":tada:" not in words
        mrkdwn = [part for part in parts_of(payload) if part.get("type") == "mrkdwn"]
        assert mrkdwn
        assert all(part["verbatim"] for part in mrkdwn)

    async def test_discord(self, count: int, http: HttpReceiver) -> None:
        await send(Family.DISCORD, http, *hostile(count, LIVE))
        for request in http.requests:
            assert request.json["allowed_mentions"] == {"parse": []}
            text = shown(request)
            # Without labels, first lines, code and what is escaped nothing is left that is live.
            ours = r"^\*\*[\w. ()]+:\*\*|^\*\*|\*\*$|`[^`\n]*`|\\."
            words = re.sub(ours, "", text, flags=re.MULTILINE)
            assert not set("<>*_~`|[]") & set(words)
            assert not re.search(r"@\w", words)
            assert ":tada:" not in words

    async def test_teams(self, count: int, http: HttpReceiver) -> None:
        await send(Family.TEAMS, http, *hostile(count, LIVE))
        for request in http.requests:
            (card,) = (attachment["content"] for attachment in request.json["attachments"])
            # The one element that reads no Markdown.
            assert {part["type"] for part in parts_of(card["body"])} == {"RichTextBlock", "TextRun"}
            assert "entities" not in card["msteams"]
            assert "{{" not in json.dumps(card)

    async def test_telegram(self, count: int, http: HttpReceiver) -> None:
        await send(Family.TELEGRAM, http, *hostile(count, LIVE))
        for request in http.requests:
            assert request.json["disable_web_page_preview"] is True
            text = request.json["text"]
            folded = {"<blockquote expandable>", "</blockquote>"}
            ours = {"<b>", "</b>", "<code>", "</code>", *folded}
            assert set(re.findall(r"<[^>]*>", text)) <= ours
            words = html.unescape(re.sub(r"<code>.*?</code>", "", text))
            assert not re.search(r"(?<!\w)@\w|(?<!\w)/start|(?<!\w)#tag", words)

    async def test_ntfy_is_told_that_it_is_plain(self, count: int, http: HttpReceiver) -> None:
        await send(Family.NTFY, http, *hostile(count, LIVE))
        for request in http.requests:
            assert "x-markdown" not in request.headers
            assert "x-actions" not in request.headers

    @pytest.mark.parametrize("url", OWN_FORMS.values(), ids=OWN_FORMS)
    async def test_apprise_s_own_forms(self, url: str, count: int, http: HttpReceiver) -> None:
        for request in await sent(url, hostile(count, LIVE), http):
            # Once it is too long, ntfy's is a file.
            text = shown(request) if request.text.startswith("{") else request.text
            for live in ("<!channel", "<@U1", "<#C1", "|click", "](https", "@everyone", "@bob"):
                assert live not in text, live


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON value that has a type."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and "type" in value:
        yield value
    for each in inner:
        yield from parts_of(each)


@pytest.mark.parametrize("family", [Family.TEAMS, Family.TELEGRAM])
async def test_what_is_made_harmless_still_reads_the_same(
    family: Family, http: HttpReceiver
) -> None:
    await send(family, http, failed(error=LIVE[:180]))
    text = shown(http.requests[0])
    if family is Family.TELEGRAM:
        text = html.unescape(re.sub(r"</?(?:b|code)>", "", text))
    assert LIVE[:180] in text.replace(ZERO_WIDTH_SPACE, "").replace("\u00a6", "|")


@pytest.mark.parametrize("family", [Family.SLACK, Family.DISCORD, Family.TELEGRAM])
async def test_a_command_is_copied_as_it_is(family: Family, http: HttpReceiver) -> None:
    view = View(provider=WORDS)
    await send(family, http, failed(output_file_id="file_a-1"), view=view)
    command = (
        'curl -fsS -H "Authorization: Bearer $TOGETHER_API_KEY" -o file_a-1.jsonl '
        '"https://api.together.ai/v1/files/file_a-1/content"'
    )
    # Slack has it in three, on a line of its own.
    code = {Family.DISCORD: ("`", "`"), Family.TELEGRAM: ("<code>", "</code>")}.get(
        family, ("", "")
    )
    assert command.join(code) in shown(http.requests[0])
