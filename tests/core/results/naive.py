"""Made-up files of a job, and a plain count of them that holds everything."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

#: As the provider's lines are; None is a line that can't be read.
Row = dict[str, Any] | None


@dataclass
class Files:
    inputs: list[Row] = field(default_factory=list)
    outputs: list[Row] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)


def made(seed: int) -> Files:
    """Return the files of a job with everything that can be wrong with them."""
    chance = random.Random(seed)  # noqa: S311  (no secret comes of it)
    ids = [_id(chance, number) for number in range(chance.choice([0, 1, 2, 5, 30]))]
    files = Files([{"custom_id": each} for each in ids])
    if ids and chance.random() < 0.3:
        files.inputs.append({"custom_id": chance.choice(ids)})
    for each in (*ids, "foreign", "f" * 70) if chance.random() < 0.5 else ids:
        for _ in range(chance.choice([0, 1, 1, 1, 1, 2])):
            files.outputs.append(_answer(chance, each))
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            files.errors.append(_error(chance, each))
    for rows in (files.inputs, files.outputs, files.errors):
        chance.shuffle(rows)
        if chance.random() < 0.2:
            rows.insert(chance.randint(0, len(rows)), None)
    return files


def _id(chance: random.Random, number: int) -> str:
    return f"row-{number}" + chance.choice(["", "", "é漢", "x" * 70])


def _answer(chance: random.Random, custom_id: str) -> Row:
    status = chance.choice([200, 200, 200, 201, 429, 500])
    body: dict[str, Any] = {
        "choices": [
            {
                "message": {"content": chance.choice(["yes", "yes", "", None, " \n"])},
                "finish_reason": chance.choice(["stop", "length"]),
            }
        ]
    }
    if status >= 400:
        body = {"error": {"message": "Rate limit reached", "code": None}}
    if chance.random() < 0.7:
        body["usage"] = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    return {"custom_id": custom_id, "response": {"status_code": status, "body": body}}


def _error(chance: random.Random, custom_id: str) -> Row:
    code = chance.choice(["timeout", "overloaded", "invalid"])
    return {
        "custom_id": custom_id,
        "error": {"message": f"Request {chance.random()}", "code": code},
    }


def counted(files: Files) -> dict[str, Any]:
    """Count files the plain way."""
    ids = {row["custom_id"] for row in files.inputs if row}
    answers = {
        each: [good for row in _rows(files.outputs, each) if (good := _is_good(row))]
        for each in ids
    }
    succeeded = {each for each in ids if answers[each]}
    best = {each: max(answers[each]) for each in succeeded}
    bad = {each for each in ids - succeeded if _all_rows(files, each)}
    lines = [row for row in (*files.outputs, *files.errors) if row]
    usages = [row["response"]["body"].get("usage") for row in files.outputs if row]
    tokens = 5 * len([usage for usage in usages if usage])
    causes: dict[str, int] = {}
    for each in bad:
        cause = _cause(files, each)
        causes[cause] = causes.get(cause, 0) + 1
    return {
        "requests": len(ids),
        "succeeded": len(succeeded),
        "failed": len(bad),
        "missing": len(ids) - len(succeeded) - len(bad),
        "duplicated": len([each for each in ids if len(_all_rows(files, each)) > 1]),
        "foreign": len([row for row in lines if row["custom_id"] not in ids]),
        "unreadable": (*files.inputs, *files.outputs, *files.errors).count(None),
        "empty": len([each for each in succeeded if not best[each][0]]),
        "truncated": len([each for each in succeeded if not best[each][1]]),
        "tokens": tokens,
        "causes": causes,
    }


def _rows(rows: list[Row], custom_id: str) -> list[dict[str, Any]]:
    return [row for row in rows if row and row["custom_id"] == custom_id]


def _all_rows(files: Files, custom_id: str) -> list[dict[str, Any]]:
    return _rows(files.outputs, custom_id) + _rows(files.errors, custom_id)


def _is_good(row: dict[str, Any]) -> tuple[bool, bool] | None:
    """Whether an answer says something and is whole; None for no answer."""
    if row["response"]["status_code"] >= 300:
        return None
    choice = row["response"]["body"]["choices"][0]
    return bool((choice["message"]["content"] or "").strip()), choice["finish_reason"] != "length"


def _cause(files: Files, custom_id: str) -> str:
    if errors := _rows(files.errors, custom_id):
        return str(errors[0]["error"]["code"])
    return str(_rows(files.outputs, custom_id)[-1]["response"]["status_code"])


def best_line(jobs: list[Files], custom_id: str) -> tuple[Row, Row]:
    """Return the best answer to a request, the later of two, and the failure that is left."""
    best: Row = None
    failure: Row = None
    quality = (False, False)
    for job in jobs:
        for row in _rows(job.outputs, custom_id):
            good = _is_good(row)
            if good is None:
                failure = row
            elif best is None or good >= quality:
                best, quality = row, good
        if errors := _rows(job.errors, custom_id):
            failure = errors[0]
    return best, failure
