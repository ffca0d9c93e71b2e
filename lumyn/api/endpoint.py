"""One call: its body is read within limits, it is seen whether it may be made, and only then is anything parsed."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final

import attrs
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from lumyn.api.authority import check_host, check_read, check_signed, check_timestamped
from lumyn.api.problems import ApiError
from lumyn.api.service import Service

__all__ = ["Call", "Endpoint", "Guard", "Handler", "route"]

# A body that takes longer was cut off, or is meant to keep the service busy.
_BODY_SECONDS: Final = 10.0


_DECISION_ID: Final = re.compile(r"dec_[0-9A-HJKMNP-TV-Z]{26}")
_JSON: Final = re.compile(r"application/json\s*(?:;\s*charset\s*=\s*(?:utf-8|\"utf-8\")\s*)?", re.IGNORECASE | re.ASCII)


class Guard(Enum):
    """What a call has to show where secrets are configured."""

    NOTHING = "nothing"
    # The read token, the page's session, or the timestamped signature.
    READ = "read"
    # The signature of the body, or the timestamped one.
    SIGNED = "signed"
    TIMESTAMPED = "timestamped"


@attrs.frozen
class Call:
    """A call that may be made.

    body: all of it, raw
    id:   of the call, as in its answer and the log lines
    """

    service: Service
    request: Request
    body: bytes
    id: str

    def is_about(self, decision_id: str) -> None:
        """Have the log line name a decision. What a caller put in its place is not named."""
        if _DECISION_ID.fullmatch(decision_id):
            self.request.state.decision_id = decision_id


Handler = Callable[[Call], Awaitable[Response]]
Answer = Callable[[Request], Awaitable[Response]]


class Endpoint(Route):
    """A route that says what a call has to show and to bring."""

    def __init__(self, path: str, answer: Answer, method: str, guard: Guard, *, takes_json: bool) -> None:
        super().__init__(path, answer, methods=[method])
        self.method = method
        self.guard = guard
        self.takes_json = takes_json


def route(
    path: str,
    handler: Handler,
    *,
    method: str,
    guard: Guard,
    body_bytes_max: int | None = None,
    takes_json: bool = False,
) -> Endpoint:
    """A path and a method with what answers them.

    body_bytes_max: None takes what a request may have
    takes_json:     whether the body has to be called JSON in UTF-8
    """

    async def answer(request: Request) -> Response:
        request.state.template = path
        service: Service = request.app.state.service
        check_host(service.access, request)
        limit = service.workspace.config.request_bytes_max if body_bytes_max is None else body_bytes_max
        body = await _body(request, limit)
        match guard:
            case Guard.READ:
                check_read(service.access, request, body)
            case Guard.SIGNED:
                check_signed(service.access, request, body)
            case Guard.TIMESTAMPED:
                check_timestamped(service.access, request, body)
            case Guard.NOTHING:
                pass
        if takes_json:
            _check_json(request)
        return await handler(Call(service, request, body, request.state.call_id))

    return Endpoint(path, answer, method, guard, takes_json=takes_json)


async def _body(request: Request, limit: int) -> bytes:
    """The body, read no further than the limit. Raises ApiError."""
    stated = request.headers.get("content-length", "")
    if (stated.isdecimal() and len(stated) <= len(str(limit)) + 1 and int(stated) > limit) or len(stated) > 20:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                pieces.append(piece)
    except TimeoutError:
        detail = f"the body was not there within {_BODY_SECONDS:.0f} seconds"
        raise ApiError("BODY_TIMEOUT", detail, headers=_CLOSE) from None
    except ClientDisconnect:
        raise ApiError("BODY_TIMEOUT", "the caller went away before the body was there") from None
    return b"".join(pieces)


def _check_json(request: Request) -> None:
    """Whether the body is said to be JSON, and as it is. Raises ApiError."""
    types, encodings = (request.headers.getlist(name) for name in ("content-type", "content-encoding"))
    if len(types) != 1 or not _JSON.fullmatch(types[0].strip()):
        detail = "send one Content-Type: application/json, with no parameter but charset=utf-8"
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", detail, headers={"Accept": "application/json"})
    if any(encoding.strip().lower() != "identity" for encoding in encodings):
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", "send the body as it is, without a Content-Encoding")


def _too_large(limit: int) -> ApiError:
    return ApiError("BODY_TOO_LARGE", f"more than {limit:,} bytes", headers=_CLOSE)


# Where the rest of a body is not read, its connection can't be used again.
_CLOSE: Final = {"Connection": "close"}
