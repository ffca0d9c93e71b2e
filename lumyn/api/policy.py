"""`GET /v0/policy` and `POST /v0/policy/refresh`: which policy decides, and loading it again."""

from pathlib import Path
from typing import Final

from starlette.responses import JSONResponse, Response

from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import read_parameters
from lumyn.api.problems import ApiError
from lumyn.api.reading import off_loop
from lumyn.api.refreshing import ask_others
from lumyn.api.service import Service
from lumyn.files import words_of
from lumyn.loaded_policy import is_lockdown

__all__ = ["POLICY", "REFRESH"]


async def _policy(call: Call) -> Response:
    read_parameters(call.request)
    return JSONResponse(_named(call.service))


async def _refresh(call: Call) -> Response:
    """This worker's gateway has the policy when it answers; the others of the log take it over within a second."""
    read_parameters(call.request)
    service = call.service

    def swap() -> dict[str, object]:
        former = _named(service)
        try:
            error = service.gateway.refresh()
        except (MemoryError, RecursionError) as problem:  # of a source without end
            raise ApiError("INVALID_POLICY", f"loading it ends in {type(problem).__name__}") from problem
        if error is not None:
            said = words_of(error) if isinstance(error, OSError) else str(error)
            raise ApiError("INVALID_POLICY", _without_folders(said, service.workspace.policy_path)) from error
        ask_others(service.workspace)
        now = _named(service)
        return {"policy": now, "former_policy": former, "is_changed": now["policy_hash"] != former["policy_hash"]}

    return JSONResponse(await off_loop(swap))


def _named(service: Service) -> dict[str, object]:
    policy = service.gateway.policy
    return {
        "policy_id": policy.policy_id,
        "policy_version": policy.policy_version,
        "policy_hash": policy.policy_hash,
        "mode": service.workspace.config.mode or policy.mode,
        "is_locked_down": is_lockdown(policy),
    }


def _without_folders(text: str, path: Path) -> str:
    """What is said of a policy, which names files as the machine has them, with their names alone."""
    for folder in sorted({str(path.parent), str(path.resolve().parent)}, key=len, reverse=True):
        text = text.replace(f"{folder}/", "")
    return text


POLICY: Final = route("/v0/policy", _policy, method="GET", guard=Guard.READ)
REFRESH: Final = route("/v0/policy/refresh", _refresh, method="POST", guard=Guard.TIMESTAMPED, body_bytes_max=0)
