"""`POST /v0/decide`: decide a request, record the decision, and answer with the record."""

from starlette.responses import Response

from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.problems import refusal
from lumyn.errors import RequestError

__all__ = ["DECIDE"]


async def _decide(call: Call) -> Response:
    with call.service.flights.one():
        try:
            record = await call.service.gateway.adecide(call.body)
        except RequestError as error:
            raise refusal(error) from error
    status = 200 if record.is_persisted else 503
    return Response(record.content, status, media_type="application/json")


DECIDE = route("/v0/decide", _decide, method="POST", guard=Guard.SIGNED)
