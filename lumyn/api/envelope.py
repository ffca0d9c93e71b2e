"""What is around every answer: an id, headers that keep browsers careful, a log line; and for errors a problem document."""

import logging
import time
import traceback
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lumyn.api.connection import HEAD_BYTES_MAX
from lumyn.api.problems import ApiError, problem_response
from lumyn.api.service import Service
from lumyn.api.traffic import METHODS, NO_ROUTE
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
            problem = _of_head(scope)
            if problem is None:
                await self._app(scope, receive, send_enveloped)
            else:
                scope["state"]["reason_code"] = problem.reason_code
                await problem_response(problem, call_id)(scope, receive, send_enveloped)
        except Exception as error:
            # Not what the error says: it may hold what a caller sent.
            facts = {"event": "call failed", "call_id": call_id, **_of_failure(error)}
            _LOG.error("call failed", extra={"lumyn": facts})
            if status:
                raise
            failed = ApiError("INTERNAL_ERROR", f"look for {call_id} in the log lines of the service")
            await problem_response(failed, call_id)(scope, receive, send_enveloped)
        finally:
            _told(scope, status, time.perf_counter() - started)


def _of_head(scope: Scope) -> ApiError | None:
    """What is wrong with path and headers, whatever is asked for; None where nothing is."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    size = sum(len(name) + len(value) for name, value in scope["headers"]) + len(path) + len(scope["query_string"])
    if size > HEAD_BYTES_MAX:
        # Those that came in one piece; while more is to come, the connection counts.
        return ApiError("HEAD_TOO_LARGE", f"more than {HEAD_BYTES_MAX:,} bytes", headers={"Connection": "close"})
    if (b"%" in path or b"//" in path) and not scope["path"].startswith(_SHOWN_PREFIX):
        # No path needs it, and whoever stands in front may have let another path through than this one would be taken for.
        return ApiError("NOT_FOUND", "no path has an escape, or two slashes one behind the other")
    return None


def _told(scope: Scope, status: int, seconds: float) -> None:
    """Count a call, and write its log line: never a body, a header, a token, a query, or a path but by its template."""
    state = scope["state"]
    template = state.get("template", NO_ROUTE)
    service: Service | None = getattr(scope["app"].state, "service", None)
    if service is not None:
        service.traffic.answered(scope["method"], template, status, seconds)
    if _LOG.isEnabledFor(logging.INFO):
        facts = {
            "event": "call",
            "call_id": state["call_id"],
            "method": scope["method"] if scope["method"] in METHODS else "other",
            "route": template,
            "status": status,
            "milliseconds": round(seconds * 1e3, 3),
        }
        said = {name: state[name] for name in ("decision_id", "reason_code", "cause") if name in state}
        _LOG.info("call", extra={"lumyn": facts | said})


def _of_failure(error: BaseException) -> dict[str, object]:
    """Where a call failed, without what was said, which may be a caller's."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return {"error": type(error).__name__, "places": places[-_PLACES_MAX:]}


# Of the page, which shows whatever somebody asked for.
_SHOWN_PREFIX: Final = "/decisions/"
_PLACES_MAX: Final = 12


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a call that was refused."""
    assert isinstance(error, ApiError | HTTPException)
    problem = _of_router(request, error) if isinstance(error, HTTPException) else error
    request.state.reason_code = problem.reason_code
    if problem.__cause__ is not None:
        request.state.cause = type(problem.__cause__).__name__
    return problem_response(problem, request.state.call_id)


def _of_router(request: Request, error: HTTPException) -> ApiError:
    """What the router refuses."""
    if error.status_code == 405:
        methods = ", ".join(_methods(request))
        return ApiError("METHOD_NOT_ALLOWED", f"this path takes {methods}", headers={"Allow": methods})
    return ApiError("NOT_FOUND", "the paths are in /openapi.json")


def _methods(request: Request) -> list[str]:
    """Of all routes of a path; the router names those of the first one."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in getattr(route, "methods", None) or ()})
