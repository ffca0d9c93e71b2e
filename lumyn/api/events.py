"""`/v0/decisions/{decision_id}/events`: what was said of a decision, and saying more."""

from typing import Final

from starlette.responses import JSONResponse, Response

from lumyn.api.decisions import record_of
from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import read_parameters
from lumyn.api.problems import RETRY_SECONDS, ApiError
from lumyn.api.reading import off_loop
from lumyn.store.errors import EntryIdReusedError, QueueFullError, StorageUnavailableError
from lumyn.strict_json import JsonValue

__all__ = ["ADD_EVENT", "EVENTS"]

JsonObject = dict[str, JsonValue]


async def _events(call: Call) -> Response:
    """In the order of the log, without those that were erased."""
    read_parameters(call.request)
    decision_id = call.request.path_params["decision_id"]
    call.is_about(decision_id)
    archive = call.service.gateway.archive

    def read() -> list[JsonObject]:
        record_of(archive, decision_id)
        return archive.events(decision_id)

    return JSONResponse({"decision_id": decision_id, "events": await off_loop(read)})


async def _add_event(call: Call) -> Response:
    """The event as it is stored; the same one again gets the one that was stored first."""
    read_parameters(call.request)
    decision_id = call.request.path_params["decision_id"]
    call.is_about(decision_id)
    gateway = call.service.gateway

    def add() -> JsonObject:
        record_of(gateway.archive, decision_id)
        try:
            return gateway.append_event(decision_id, call.body)
        except EntryIdReusedError as error:
            raise ApiError("EVENT_ID_REUSED", "another event has this event_id; choose another") from error
        except QueueFullError as error:
            raise _unavailable("GATEWAY_OVERLOADED", "too much waits to be stored already") from error
        except StorageUnavailableError as error:
            raise _unavailable("STORAGE_UNAVAILABLE", f"outcome {error.outcome}") from error

    with call.service.flights.one():
        return JSONResponse(await off_loop(add), 201)


def _unavailable(reason_code: str, detail: str) -> ApiError:
    again = "send the event again under an event_id of your own, and it is stored once"
    return ApiError(reason_code, f"{detail}; {again}", headers={"Retry-After": RETRY_SECONDS})


_PATH: Final = "/v0/decisions/{decision_id}/events"
EVENTS: Final = route(_PATH, _events, method="GET", guard=Guard.READ)
ADD_EVENT: Final = route(_PATH, _add_event, method="POST", guard=Guard.SIGNED, takes_json=True)
