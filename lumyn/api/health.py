"""`GET /healthz` and `GET /readyz`: whether the process is alive, and whether it can decide."""

from typing import Final

from starlette.responses import JSONResponse, PlainTextResponse, Response

from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import read_parameters
from lumyn.api.problems import RETRY_SECONDS, ApiError
from lumyn.api.reading import off_loop
from lumyn.metrics import Metrics

__all__ = ["HEALTH", "PARTS", "READY"]

PARTS: Final = ("store", "queue", "policy", "memory")

# The last good policy decides on; a mistake in a file is not to take every worker away from callers at once.
_DECIDES_WITHOUT: Final = frozenset({"policy"})

# Whoever asks does so every few seconds, and wants to know rather than to wait.
_SECONDS: Final = 1.0


async def _health(call: Call) -> Response:
    """Nothing is looked at: a process that answers is not to be started again, whatever else is wrong."""
    read_parameters(call.request)
    return PlainTextResponse("ok\n")


async def _ready(call: Call) -> Response:
    """Which part does not do its work, and whether it decides all the same; not why, since everybody may ask."""
    read_parameters(call.request)
    try:
        parts = _parts(await off_loop(call.service.gateway.metrics, _SECONDS))
    except ApiError:
        parts = dict.fromkeys(PARTS, True) | {"store": False}
    is_ready = all(is_ok for name, is_ok in parts.items() if name not in _DECIDES_WITHOUT)
    content = {"is_ready": is_ready, "parts": {name: "ok" if is_ok else "failing" for name, is_ok in parts.items()}}
    return JSONResponse(content) if is_ready else JSONResponse(content, 503, {"Retry-After": RETRY_SECONDS})


def _parts(now: Metrics) -> dict[str, bool]:
    """Whether each part does its work."""
    return {
        # A log that can't be read has no size.
        "store": not now.store_fault and now.log_size is not None,
        "queue": now.queue_depth < now.queue_max,
        "policy": not now.policy_fault,
        # What memory does not know, nothing is decided on.
        "memory": not now.search_fault and now.has_followed,
    }


HEALTH: Final = route("/healthz", _health, method="GET", guard=Guard.NOTHING, body_bytes_max=0)
READY: Final = route("/readyz", _ready, method="GET", guard=Guard.NOTHING, body_bytes_max=0)
