"""Small things all endpoints share: head office as a dependency, bodies and answers by msgspec."""

import logging
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response
from sqlalchemy.exc import DataError

from hq_server.bootstrap import Hq
from hq_server.errors import HqError

log = logging.getLogger(__name__)

BODY_MAX_BYTES = 8 * 1024 * 1024

T = TypeVar("T")


def the_hq(request: Request) -> Hq:
    """Head office, as a FastAPI dependency."""
    return request.app.state.hq


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


async def body_bytes(request: Request, limit: int = BODY_MAX_BYTES) -> bytes:
    """The body, at most `limit` bytes. Raises HqError('oversized')."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise HqError("oversized", "more than %d bytes" % limit, 413)
        parts.append(part)
    return b"".join(parts)


async def the_body(request: Request) -> bytes:
    """The body as a dependency, so that the endpoint itself can run in a worker thread."""
    return await body_bytes(request)


def decoded(raw: bytes, shape: type[T]) -> T:
    """The body as that shape. Raises HqError('malformed') with the place and the reason."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise HqError("malformed", str(wrong)) from None


# What a database says of a number or a text that it cannot keep: 2**70 in SQLite, a NUL in PostgreSQL.
UNKEPT = (OverflowError, DataError)


async def refuse_unkept(request: Request, wrong: Exception) -> Response:
    """A value that fits no column is the asker's fault; were it ours, the log would have it."""
    log.warning("%s %s: %r", request.method, request.url.path, wrong)
    return answer({"reason": "malformed", "detail": "a number or text that cannot be kept"}, 400)


async def refuse(_request: Request, wrong: Exception) -> Response:
    """The one handler of HqError: its status, reason and detail as JSON."""
    assert isinstance(wrong, HqError)
    return answer({"reason": wrong.reason, "detail": wrong.detail}, wrong.status)
