"""The page's API over a database with a past, and what its answers have to look like."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from batchbell.core.routing import Filter
from batchbell.core.times import rfc3339
from batchbell.web.api.openapi import description
from tests.cli.filled import BUSY, REFUSED, SENT
from tests.web.site import Site

if TYPE_CHECKING:
    import httpx

    from tests.cli.filled import Bell

#: An id that has to be quoted in an address, and text that is an attack elsewhere.
ODD_ID = "c/d é?#%2F"
ATTACK = '<script>alert("x")</script>\x00\x0b\ufffe,;\r\nEND:VEVENT ]]>'
DESCRIPTION = description()


def _is_time(value: object) -> bool:
    """Whether a text is the one form of time that is used."""
    if not isinstance(value, str):
        return True
    return rfc3339(datetime.fromisoformat(value)) == value


TIMES = FormatChecker(())
TIMES.checkers["date-time"] = (_is_time, ValueError)


def lived(bell: Bell) -> Site:
    """Return the page of an hour in which jobs ended, were forecast, told and not told."""
    bell.configure(Filter(channel="team"), Filter(channel="pager", events=("batch.failed",)))
    bell.poll(bell.job("moving"), bell.job("failing"), bell.job(ODD_ID), at=bell.ago(hours=1))
    for minutes in range(50, 0, -10):
        bell.poll(
            bell.job("moving", progress=0.9 - minutes / 100),
            bell.job("failing", "FAILED", error=ATTACK),
            bell.job(ODD_ID, "QUEUED", progress=None, model_id=None),
            bell.job("done", "COMPLETED", output_file_id="file-output"),
            at=bell.ago(minutes=minutes),
        )
    bell.deliver("team", BUSY, SENT, at=bell.ago(minutes=9))
    bell.deliver("team", SENT, at=bell.ago(minutes=5))
    bell.deliver("pager", REFUSED, at=bell.ago(minutes=4))
    bell.run("mute", "moving", "--for", "2h")
    bell.run("ack", "failing")
    return of(bell)


def of(bell: Bell) -> Site:
    """Return the page of a database, as of when its past ends."""
    site = Site(bell.database)
    site.clock.advance(bell.started - site.now + timedelta(seconds=1))
    return site


async def told(site: Site, address: str) -> dict[str, Any]:
    """Return an answer, which must be of the shape that is described."""
    answer = await site.get(f"/api/{address}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    document: dict[str, Any] = answer.json()
    check(document, _schema_of(address.partition("?")[0]))
    return document


def check(document: object, schema: str) -> None:
    """Fail unless a document is of a shape, and has nothing that the shape does not name."""
    components = json.loads(json.dumps(DESCRIPTION["components"]))
    for shape in components["schemas"].values():
        shape["additionalProperties"] = False
    root = {"$ref": f"#/components/schemas/{schema}", "components": components}
    Draft202012Validator(root, format_checker=TIMES).validate(document)


def error_of(answer: httpx.Response, status_code: int) -> str:
    """Return the sentence of an answer that is an error of just this status."""
    assert answer.status_code == status_code, answer.text
    assert answer.headers["content-type"] == "application/json"
    check(answer.json(), "Error")
    return str(answer.json()["error"])


def _schema_of(address: str) -> str:
    """Return the name of the shape that an address answers with."""
    place = re.sub(r"^jobs/.*", "jobs/{account}/{id}", address)
    answer = DESCRIPTION["paths"][f"/api/{place}"]["get"]["responses"]["200"]
    reference: str = answer["content"]["application/json"]["schema"]["$ref"]
    return reference.rpartition("/")[2]
