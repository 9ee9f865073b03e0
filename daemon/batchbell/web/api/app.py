"""The API as an app of its own below `/api`: answers and errors are JSON, every one."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from batchbell.errors import DatabaseError
from batchbell.json_views.writing import document
from batchbell.web.api.addresses import ADDRESSES
from batchbell.web.api.openapi import description
from batchbell.web.api.parameters import BadQuestionError, read_query
from batchbell.web.api.question import Question
from batchbell.web.asked import NoSuchPageError
from batchbell.web.work import RETRY_AFTER_SECONDS, BusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from starlette.requests import Request

    from batchbell.store.database import Database
    from batchbell.web.api.addresses import Address
    from batchbell.web.work import Work

_SENTENCES = {
    404: "there is no such address: api/openapi.json has all there are",
    405: "this can only be read: use GET",
    500: "batchbell could not answer; its log says why",
}


def create_api(database: Database, now: Callable[[], datetime], work: Work) -> Starlette:
    """Return the app; `database` is only read, and `work` makes the answers."""
    answers = _Answers(database, now, work)
    app = Starlette(
        routes=[
            Route("/", answers.own_description),
            Route("/openapi.json", answers.own_description),
            *(Route(_pattern(address), answers.of(address)) for address in ADDRESSES),
        ],
        exception_handlers={
            HTTPException: _problem,
            BadQuestionError: _bad_question,
            NoSuchPageError: _missing,
            DatabaseError: _unreadable,
            BusyError: _busy,
            Exception: _failure,
        },
    )
    # A redirect would lead out of a proxy's prefix.
    app.router.redirect_slashes = False
    return app


def _pattern(address: Address) -> str:
    """Return Starlette's form of a path; a slash in a job's id does not end it."""
    return address.path.replace("{id}", "{id:path}")


@cache
def _description() -> str:
    return document(description())


class _Answers:
    def __init__(self, database: Database, now: Callable[[], datetime], work: Work) -> None:
        self._database = database
        self._now = now
        self._work = work

    def of(self, address: Address) -> Callable[[Request], Awaitable[Response]]:
        """Return the handler of an address."""

        def found(question: Question) -> str:
            with self._database.read() as connection:
                return document(address.read(connection, question))

        async def answer(request: Request) -> Response:
            chosen = read_query(address.parameters, request.query_params.multi_items())
            question = Question(chosen=chosen, path=request.path_params, now=self._now())
            return _json(await self._work.do(lambda: found(question)))

        return answer

    async def own_description(self, request: Request) -> Response:
        read_query((), request.query_params.multi_items())
        return _json(_description())


async def _problem(_: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    sentence = _SENTENCES.get(known.status_code, HTTPStatus(known.status_code).phrase)
    return _error(known.status_code, sentence, known.headers)


async def _bad_question(_: Request, error: Exception) -> Response:
    return _error(400, str(error))


async def _missing(_: Request, error: Exception) -> Response:
    return _error(404, str(error))


async def _unreadable(_: Request, error: Exception) -> Response:
    return _error(503, str(error))


async def _busy(_: Request, error: Exception) -> Response:
    return _error(503, str(error), {"Retry-After": str(RETRY_AFTER_SECONDS)})


async def _failure(_: Request, _error_itself: Exception) -> Response:
    # Starlette raises the error again after this, which the server logs.
    return _error(500, _SENTENCES[500])


def _error(status_code: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    return _json(document({"error": sentence}), status_code, headers)


def _json(text: str, status_code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        f"{text}\n",
        status_code,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )
