"""What is around every answer: an id, headers that keep browsers careful, a log line; and for errors a problem document."""

import logging
import time
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lumyn.api.problems import ApiError, problem_response
from lumyn.identity import Moment, system_clock, system_ids

__all__ = ["Envelope", "refused"]

_LOG: Final = logging.getLogger("lumyn.api")

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Envelope:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, whatever happens in it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call_id = f"req_{Moment.now(system_clock, system_ids).ulid}"
        scope.setdefault("state", {})["call_id"] = call_id
        started = time.perf_counter()
        status = 0

        async def send_enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = call_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_enveloped)
        except Exception:
            _LOG.exception("call failed", extra={"call_id": call_id})
            if status:
                raise
            failed = ApiError("INTERNAL_ERROR", f"look for {call_id} in the log lines of the service")
            await problem_response(failed, call_id)(scope, receive, send_enveloped)
        _LOG.info(
            "call",
            extra={
                "call_id": call_id,
                "method": scope["method"],
                "status": status,
                "milliseconds": round((time.perf_counter() - started) * 1e3, 3),
            },
        )


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a call that was refused."""
    assert isinstance(error, ApiError | HTTPException)
    problem = _of_router(error) if isinstance(error, HTTPException) else error
    return problem_response(problem, request.state.call_id)


def _of_router(error: HTTPException) -> ApiError:
    """What the router refuses."""
    if error.status_code == 405:
        return ApiError("METHOD_NOT_ALLOWED", "see the Allow header", headers=dict(error.headers or {}))
    return ApiError("NOT_FOUND", "the paths are in /openapi.json")
