"""Chat services that answer on 127.0.0.1, and events to tell them of.

What goes over the wire comes from the real transports; only the host is another one.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts
from batchbell.core.job import BatchJob
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import family_of
from tests.loopback_receivers import Answer, HttpReceiver
from tests.notifiers import send_once
from tests.redirected import all_led_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.notifier import Notifier
    from tests.loopback_receivers import HttpRequest

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
EMOJI = "👩‍👩‍👧‍👦🏴‍☠️👍🏽🇩🇪"
RIGHT_TO_LEFT = "שגיאה בשורה שלוש: "
URLS = {
    Family.SLACK: "slack://T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake/#batches",
    Family.DISCORD: "discord://4174216298/fake-fake-fake-fake",
    Family.TEAMS: "workflows://{netloc}/643a27eb3daa/fake-signature/",
    Family.TELEGRAM: "tgram://123456789:abcdefg_hijklmnop/12315544/",
    Family.NTFY: "ntfy://{netloc}/batches",
}
FAMILIES = list(URLS)


@contextmanager
def every_service() -> Iterator[HttpReceiver]:
    """Provide a receiver that stands for all of them."""
    with HttpReceiver() as receiver, all_led_to(receiver.netloc):
        receiver.default = Answer(body=b'{"ok": true, "result": []}')
        yield receiver


def failed(number: int = 1, *, error: str = "line 3: invalid JSON", **job: Any) -> Event:
    job_id = f"3f2a9c1e-0000-4000-8000-{number:012}"
    known: dict[str, Any] = {
        "id": job_id,
        "status": "FAILED",
        "progress": 0.5,
        "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "input_file_id": f"file-{number:036}",
        "output_file_id": f"file-out-{number:032}",
        "error_file_id": f"file-err-{number:032}",
        "endpoint": "/v1/chat/completions",
        "created_at": AT - timedelta(hours=3),
        "job_deadline": AT + timedelta(hours=21),
        "error": error,
    }
    return Event(
        kind=EventKind.FAILED,
        account="default",
        job_id=job_id,
        qualifier="end:FAILED",
        happened_at=AT,
        seen_at=AT,
        job=BatchJob(**{**known, **job}),
        facts=Facts(input_file=f"nightly-{number:02}.jsonl"),
    )


def several(count: int = 20, **job: Any) -> list[Event]:
    return [failed(number, **job) for number in range(1, count + 1)]


async def send(
    family: Family,
    http: HttpReceiver,
    *events: Event,
    view: View | None = None,
    notifier: Notifier | None = None,
) -> Outcome:
    if family is Family.SLACK:
        http.default = Answer(body=b"ok")
    url = URLS[family].format(netloc=http.netloc)
    assert family_of(UrlReceiver(url)) is family
    return await send_to(url, *events, view=view, notifier=notifier)


async def send_to(
    url: str, *events: Event, view: View | None = None, notifier: Notifier | None = None
) -> Outcome:
    """Tell a URL of events, in the form that it reads."""
    receiver = UrlReceiver(url)
    content = Composer(family=family_of(receiver), view=view or View()).compose(events, AT)
    if notifier is not None:
        return await notifier.send("team", receiver, content, "key")
    return await send_once("team", receiver, content, "key")


def shown(request: HttpRequest) -> str:
    """Return every text of a request's body."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for inner in (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        ):
            yield from texts(inner)

    return "\n".join(texts(request.json))
