"""`GET /v0/decisions/{decision_id}/pack`: all that replaying a decision takes, in one file."""

from typing import Final

from starlette.responses import Response

from lumyn.api.decisions import record_of
from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import invalid, read_parameters, whole_number
from lumyn.api.problems import ApiError
from lumyn.api.reading import off_loop
from lumyn.errors import ReplayError

__all__ = ["PACK"]

_SIZE_MAX: Final = 2**53


async def _pack(call: Call) -> Response:
    given = read_parameters(call.request, ("at",))
    at = whole_number("at", given["at"], 1, _SIZE_MAX) if "at" in given else None
    decision_id = call.request.path_params["decision_id"]
    call.is_about(decision_id)
    archive = call.service.gateway.archive

    def write() -> bytes:
        record_of(archive, decision_id)
        try:
            return archive.pack(decision_id, at)
        except ReplayError as error:
            if at is not None:
                raise invalid("at", "is no size of the log since this decision was recorded") from error
            raise ApiError("DECISION_ERASED", "it was erased just now") from error

    content = await off_loop(write)
    # The id has been found, so there is nothing in it but letters, digits and a line.
    headers = {"Content-Disposition": f'attachment; filename="{decision_id}.zip"'}
    return Response(content, headers=headers, media_type="application/zip")


PACK: Final = route("/v0/decisions/{decision_id}/pack", _pack, method="GET", guard=Guard.READ)
