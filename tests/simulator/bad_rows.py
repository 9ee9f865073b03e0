"""Rows no API should send, by name, as raw JSON text.

Each has the id `bad-NAME`, but `no_id`, `null_id` and `not_an_object`. A client must set aside
the row or the field, and use every other row of the listing.
"""

from __future__ import annotations

_TIMES = '"created_at":"2025-06-11T06:11:22.752350Z","job_deadline":"2025-06-12T06:11:22.752345Z"'

DEEPEST = 100_000
DIGITS = 5_000
LONG_TEXT = 1 << 20


def _row(name: str, fields: str) -> bytes:
    return f'{{"id":"bad-{name}",{_TIMES},{fields}}}'.encode()


BAD_ROWS: dict[str, bytes] = {
    "no_id": f'{{"status":"IN_PROGRESS","progress":10,{_TIMES}}}'.encode(),
    "null_id": b'{"id":null,"status":"IN_PROGRESS"},{"id":"","status":"IN_PROGRESS"}',
    "not_an_object": b'null,17,"text",[],true',
    "wrong_types": (
        b'{"id":"bad-wrong_types","user_id":5,"input_file_id":[],"file_size_bytes":"99",'
        b'"status":{"a":1},"job_deadline":12,"created_at":false,"endpoint":7,"progress":"71.75",'
        b'"model_id":{},"output_file_id":3.5,"error_file_id":[null],"error":{"message":"x"},'
        b'"completed_at":"soon"}'
    ),
    "nan": _row("nan", '"status":"IN_PROGRESS","progress":NaN,"file_size_bytes":-Infinity'),
    "two_to_63": _row("two_to_63", f'"status":"IN_PROGRESS","file_size_bytes":{2**63}'),
    "year_million": (
        b'{"id":"bad-year_million","status":"IN_PROGRESS",'
        b'"created_at":"1000000-01-01T00:00:00.000000Z","job_deadline":"0000-00-00T00:00:00Z"}'
    ),
    "lone_surrogates": _row(
        "lone_surrogates", r'"status":"FAILED","model_id":"\ud800","error":"\udfff half \ud83d"'
    ),
    "nul": _row("nul", r'"status":"FAILED","model_id":"a\u0000b","error":"\u0000"'),
    "huge_number": _row(
        "huge_number", f'"status":"IN_PROGRESS","progress":1e999,"file_size_bytes":{"9" * DIGITS}'
    ),
    "deep_nesting": _row(
        "deep_nesting", '"status":"IN_PROGRESS","extra":' + "[" * DEEPEST + "]" * DEEPEST
    ),
    "long_error": _row("long_error", f'"status":"FAILED","error":"{"x" * LONG_TEXT}"'),
    "duplicate_ids": (
        _row("duplicate_ids", '"status":"VALIDATING","progress":0')
        + b","
        + _row("duplicate_ids", '"status":"IN_PROGRESS","progress":30')
    ),
    "duplicate_keys": _row(
        "duplicate_keys", '"status":"VALIDATING","status":"IN_PROGRESS","progress":1,"progress":2'
    ),
}
