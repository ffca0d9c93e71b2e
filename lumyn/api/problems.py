"""What is answered where a call is refused: a problem document (RFC 9457) with a stable reason code."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import JSONResponse

from lumyn.errors import Problem, RequestError

__all__ = [
    "PROBLEMS",
    "PROBLEM_TYPE",
    "RETRY_SECONDS",
    "ApiError",
    "abstaining",
    "problem_document",
    "problem_response",
    "refusal",
]

PROBLEM_TYPE: Final = "application/problem+json"

# After which a caller may ask again that was refused because the service has its hands full, or its log does not answer.
RETRY_SECONDS: Final = "1"

# Reason code → status and title. A code of a RequestError that is not here is a 422.
PROBLEMS: Final[Mapping[str, tuple[int, str]]] = {
    "MALFORMED_HTTP": (400, "It is no HTTP/1.1"),
    "INVALID_JSON": (400, "The body is no JSON that a decision can stand on"),
    "INVALID_PARAMETER": (400, "A parameter of the query is not usable"),
    "HOST_NOT_ALLOWED": (400, "This service does not answer to that host name"),
    "AUTH_REQUIRED": (401, "The call is not signed, or has no token"),
    "AUTH_INVALID_SIGNATURE": (401, "The signature or the token is not right"),
    "ORIGIN_NOT_ALLOWED": (403, "The form was not sent from this service's own page"),
    "NOT_FOUND": (404, "There is nothing at this path"),
    "DECISION_NOT_FOUND": (404, "No decision has this id"),
    "METHOD_NOT_ALLOWED": (405, "This path does not take that method"),
    "HEAD_TIMEOUT": (408, "The head of the call did not arrive in time"),
    "BODY_TIMEOUT": (408, "The body did not arrive in time"),
    "REQUEST_ID_REUSED": (409, "The request_id belongs to another request"),
    "EVENT_ID_REUSED": (409, "The event_id belongs to another event"),
    "POLICY_MISMATCH": (409, "Another policy is loaded than the one that is asked for"),
    "DECISION_ERASED": (410, "The decision was erased"),
    "BODY_TOO_LARGE": (413, "The body is larger than is taken"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The body has to be application/json in UTF-8"),
    "INVALID_REQUEST_SCHEMA": (422, "It is no request"),
    "INVALID_EVENT_SCHEMA": (422, "It is no event"),
    "INVALID_POLICY": (422, "The policy can't be loaded; the last good one stays"),
    "TOO_MANY_LOGINS": (429, "Too many wrong tokens; wait a little"),
    "HEAD_TOO_LARGE": (431, "The head of the call is larger than is taken"),
    "INTERNAL_ERROR": (500, "A mistake of this service's; nothing was let through by it"),
    "GATEWAY_OVERLOADED": (503, "More calls are under way than are taken on"),
    "STORAGE_UNAVAILABLE": (503, "The log can't be written or read"),
}


class ApiError(Exception):
    """A call that is refused.

    problems: what is wrong where; JSON pointers
    headers:  that the answer needs besides
    members:  that its document has besides
    """

    def __init__(
        self,
        reason_code: str,
        detail: str,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(reason_code, detail)
        self.reason_code = reason_code
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})
        self.members = dict(members or {})

    @property
    def status(self) -> int:
        """Of the answer."""
        return PROBLEMS[self.reason_code][0]


def refusal(error: RequestError) -> ApiError:
    """What is answered to what the gateway refuses."""
    reason_code = error.reason_code if error.is_json else "INVALID_JSON"
    return ApiError(reason_code, "; ".join(map(str, error.problems)), error.problems)


def abstaining(reason_code: str, detail: str) -> ApiError:
    """A decision that was not taken on, and left no record.

    A caller that looks no further than the verdict and the reasons finds them where a record has them.
    """
    members = {"verdict": "ABSTAIN", "reason_codes": [reason_code], "is_persisted": False}
    return ApiError(reason_code, detail, headers={"Retry-After": RETRY_SECONDS}, members=members)


def problem_response(error: ApiError, request_id: str) -> JSONResponse:
    """The answer; never a stack trace."""
    return JSONResponse(problem_document(error, request_id), error.status, error.headers, PROBLEM_TYPE)


def problem_document(error: ApiError, request_id: str) -> dict[str, object]:
    """What the answer says."""
    status, title = PROBLEMS[error.reason_code]
    content: dict[str, object] = {
        "type": f"urn:lumyn:problem:{error.reason_code.lower().replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": error.detail,
        "reason_code": error.reason_code,
        "request_id": request_id,
    }
    content |= error.members
    if error.problems:
        content["problems"] = [{"path": problem.path, "detail": problem.detail} for problem in error.problems]
    return content
