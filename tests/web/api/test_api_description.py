from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from jsonschema import Draft202012Validator

from batchbell.web.api.addresses import ADDRESSES
from batchbell.web.api.schemas import schemas_of
from tests.fakes import eventually
from tests.web.api.api_site import DESCRIPTION
from tests.web.api.described import EveryWayJson
from tests.web.test_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.web.api.addresses import Address
    from tests.web.site import Site

#: Generated questions of each kind to each address.
EXAMPLES = 12
#: No schema says which globs fit a kind: of texts made up for `kind` most are refused.
SETTINGS = """
[[operations]]
include-operation-id = "events"
checks.positive_data_acceptance.expected-statuses = [200, 400]
"""


async def examined(site: Site, folder: Path) -> Counter[tuple[str, int]]:
    """Ask a served page all sorts of questions; return how often a place gave which answer.

    Fails if an answer is not as described.
    """
    log = folder / "asked.har"
    (folder / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    async with serving(site) as server:
        await eventually(lambda: server.url is not None)
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("schemathesis"),
            *("run", f"{server.url}api/openapi.json", "--checks", "all"),
            *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-color"),
            *("--report", "har", "--report-har-path", str(log)),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    entries = json.loads(log.read_text(encoding="utf-8"))["log"]["entries"]
    return Counter(
        (urlsplit(entry["request"]["url"]).path, entry["response"]["status"]) for entry in entries
    )


@pytest.mark.long
@pytest.mark.unmeasured
# Hundreds of requests, whose number no machine changes.
@pytest.mark.timeout(300)
async def test_every_answer_is_as_described_with_and_without_data(
    site: Site, past: Site, tmp_path: Path
) -> None:
    for name, page in (("empty", site), ("past", past)):
        folder = tmp_path / name
        folder.mkdir()
        answers = await examined(page, folder)
        for place in DESCRIPTION["paths"]:
            if "{" not in place:
                assert answers[place, 200], place
        assert answers["/api/jobs", 400]
        assert (answers["/api/jobs/default/moving", 200] > 0) is (page is past)


def test_the_description_keeps_to_the_rules_of_its_own_format() -> None:
    operations = [path["get"] for path in DESCRIPTION["paths"].values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"].endswith(".")
        assert {"200", "400", "401", "405"} <= set(operation["responses"])
        for parameter in operation.get("parameters", ()):
            Draft202012Validator.check_schema(parameter["schema"])
            assert parameter["description"].endswith(".")
    for schema in DESCRIPTION["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_all_that_is_referred_to_is_there_and_all_that_is_there_is_referred_to() -> None:
    referred = {reference.removeprefix("#/components/") for reference in references(DESCRIPTION)}
    # Security schemes go by their names alone. Source: OpenAPI Specification 3.1.1, section 4.8.30.
    referred |= {f"securitySchemes/{name}" for choice in DESCRIPTION["security"] for name in choice}
    components = DESCRIPTION["components"]

    assert referred == {f"{kind}/{name}" for kind in components for name in components[kind]}


def references(value: object) -> Iterator[str]:
    """Yield every `$ref` in a value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_an_address_is_described_by_the_type_of_what_it_answers(address: Address) -> None:
    assert address.read.__annotations__["return"] == address.answer.__name__


def test_a_schema_says_what_the_types_say() -> None:
    assert schemas_of(EveryWayJson) == {
        "EveryWay": {
            "type": "object",
            "description": "All that a field can be.",
            "required": ["text", "number", "share", "parts", "part", "by_name"],
            "properties": {
                "text": {"type": "string", "description": "A sentence."},
                "number": {"type": ["integer", "null"]},
                "share": {
                    "type": ["number", "null"],
                    "minimum": 0,
                    "maximum": 1,
                    "description": "Of the whole.",
                },
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                "part": {
                    "oneOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}],
                    "description": "The first.",
                },
                "by_name": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "boolean"]},
                },
            },
        },
        "Part": {
            "type": "object",
            "description": "A part.",
            "required": ["at"],
            "properties": {"at": {"type": "string", "format": "date-time"}},
        },
    }


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_a_parameter_has_a_default_only_if_it_may_be_left_out_with_that(address: Address) -> None:
    for parameter in address.parameters:
        default = parameter.schema.get("default")
        if default is not None:
            assert parameter.read(str(default)) == default


async def test_behind_a_prefix_the_addresses_are_below_it(site: Site) -> None:
    description = (await site.get("/api/openapi.json")).json()
    assert description == json.loads(json.dumps(DESCRIPTION))
    (server,) = description["servers"]

    base = urljoin("https://bell.example/prefix/api/openapi.json", server["url"])

    assert base == "https://bell.example/prefix/"
