"""`POST /v0/decide`: decide a request, record the decision, and answer with the record."""

from starlette.responses import Response

from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.problems import RETRY_SECONDS, refusal
from lumyn.errors import RequestError

__all__ = ["DECIDE"]


async def _decide(call: Call) -> Response:
    with call.service.flights.one():
        try:
            record = await call.service.gateway.adecide(call.body, is_once=bool(call.service.access.secrets))
        except RequestError as error:
            raise refusal(error) from error
    call.is_about(record.decision_id)
    if record.is_persisted:
        return Response(record.content, media_type="application/json")
    # The record says ABSTAIN, and why.
    return Response(record.content, 503, {"Retry-After": RETRY_SECONDS}, "application/json")


DECIDE = route("/v0/decide", _decide, method="POST", guard=Guard.SIGNED, takes_json=True)
