"""Whether a call may be made: by its host, its signature, its token or its session, over the raw bytes of its body.

Where no secret is configured, every call may be made.
"""

import re
from typing import Final

from starlette.requests import Request

from lumyn.api.access import Access, host_name
from lumyn.api.problems import ApiError
from lumyn.api.sessions import COOKIE, is_read_token, is_session
from lumyn.api.signatures import WINDOW_SECONDS, is_signed, is_timestamp, signed_text
from lumyn.errors import JsonError
from lumyn.strict_json import parse

__all__ = ["check_host", "check_read", "check_signed", "check_timestamped"]

_SIGNATURE: Final = "X-Lumyn-Signature"
_TIMESTAMP: Final = "X-Lumyn-Timestamp"
# What WWW-Authenticate asks for.
_SIGN: Final = 'Lumyn-Signature realm="lumyn"'
_READ: Final = f'Bearer realm="lumyn", {_SIGN}'
_BEARER: Final = re.compile(rb"bearer(?: +(.*))?", re.IGNORECASE | re.DOTALL)


def check_host(access: Access, request: Request) -> None:
    """Whether the service answers to the name that was called. Raises ApiError.

    It goes by the Host header alone: that is what a browser fills in, whatever a page makes it ask for.
    """
    if not access.hosts:
        return
    given = _values(request, "Host")
    if len(given) != 1:
        raise ApiError("HOST_NOT_ALLOWED", f"the call has {len(given)} Host headers; one is wanted")
    if host_name(given[0].decode("latin-1")) not in access.hosts:
        raise ApiError("HOST_NOT_ALLOWED", "call it by a name that the setting allowed_hosts has")


def check_read(access: Access, request: Request, body: bytes) -> None:
    """Whether a caller may read: by the timestamped form, the read token, or a session. Raises ApiError."""
    if access.is_open:
        return
    if _values(request, _TIMESTAMP):
        check_timestamped(access, request, body)
        return
    # Neither is bound to what is asked for, so they are good for reading alone.
    if request.method in {"GET", "HEAD"} and (_has_token(access, request) or _has_session(access, request)):
        return
    detail = "reading needs the read token (Authorization: Bearer …), or the timestamped form of signatures"
    raise _refused("AUTH_REQUIRED", detail, _READ)


def check_signed(access: Access, request: Request, body: bytes) -> None:
    """Whether a caller may decide and say what became of decisions: by either form of signatures. Raises ApiError.

    The signature of a body is bound to no path, so what the path names has to be named in the body, too, by the same
    name: `decision_id` for `/v0/decisions/{decision_id}/events`.
    """
    if access.is_open:
        return
    if _values(request, _TIMESTAMP):
        check_timestamped(access, request, body)
        return
    if not is_signed(access.secrets, body, _signature(request)):
        raise _refused("AUTH_INVALID_SIGNATURE", _WRONG_BODY)
    if request.path_params:
        _check_named(request, body)


def check_timestamped(access: Access, request: Request, body: bytes) -> None:
    """Whether a call was signed as a whole, and just now. Raises ApiError."""
    if access.is_open:
        return
    timestamps = _values(request, _TIMESTAMP)
    if not timestamps:
        raise _refused("AUTH_REQUIRED", f"{_TIMESTAMP} is missing: this call needs the timestamped form of signatures")
    timestamp = timestamps[0]
    if len(timestamps) > 1 or not is_timestamp(timestamp):
        raise _refused("AUTH_INVALID_SIGNATURE", f"{_TIMESTAMP} has to be one whole number of seconds since 1970")
    text = signed_text(request.method.encode("latin-1"), _target(request), timestamp, body)
    if not is_signed(access.secrets, text, _signature(request)):
        raise _refused("AUTH_INVALID_SIGNATURE", _WRONG_TEXT)
    late = access.now_seconds - int(timestamp)
    if abs(late) > WINDOW_SECONDS:
        detail = f"signed {abs(late):,} seconds {'ago' if late > 0 else 'from now'}, by this service's clock; "
        raise _refused("AUTH_INVALID_SIGNATURE", f"{detail}{WINDOW_SECONDS} are allowed")


_WRONG_BODY: Final = "the signature is not the HMAC-SHA256 of the body's exact bytes under the secret, as sha256: and 64 hexadecimal digits"
_WRONG_TEXT: Final = (
    f"with {_TIMESTAMP}, the signature is the HMAC-SHA256 of five lines: v1, the method, path and query as sent, the "
    "timestamp, and the SHA-256 of the body in hexadecimal digits; it is not this one's"
)


def _signature(request: Request) -> bytes:
    """What the header says. Raises ApiError."""
    match _values(request, _SIGNATURE):
        case []:
            raise _refused("AUTH_REQUIRED", f"{_SIGNATURE} is missing: sign the call")
        case [signature]:
            return signature
        case _:
            raise _refused("AUTH_INVALID_SIGNATURE", f"there are several {_SIGNATURE} headers")


def _check_named(request: Request, body: bytes) -> None:
    """Whether a signed body names what its path names, and itself, so that it is of no use a second time. Raises ApiError.

    Of labels the last one counts: an old one that anybody could add again would take its place.
    """
    try:
        document = parse(body)
    except JsonError as error:
        raise ApiError("INVALID_JSON", str(error)) from error
    for name, value in request.path_params.items():
        if not isinstance(document, dict) or document.get(name) != value:
            detail = f"the signature is bound to no path: put {name} into the body, or use the timestamped form"
            raise _refused("AUTH_INVALID_SIGNATURE", detail)
    assert isinstance(document, dict), "it names what its path names"
    if not isinstance(document.get("event_id"), str):
        detail = (
            "whoever overhears this call could add it again: put an event_id into the body, or use the timestamped form"
        )
        raise _refused("AUTH_INVALID_SIGNATURE", detail)


def _has_token(access: Access, request: Request) -> bool:
    """Whether a call shows the read token. Raises ApiError for another one; other schemes are for whoever is in between."""
    tokens = [found[1] or b"" for value in _values(request, "Authorization") if (found := _BEARER.fullmatch(value))]
    if not tokens:
        return False
    if access.read_token is None:
        raise _refused(
            "AUTH_INVALID_SIGNATURE", "no read token is configured; sign the call by the timestamped form", _SIGN
        )
    if len(tokens) > 1 or not is_read_token(access, tokens[0]):
        raise _refused("AUTH_INVALID_SIGNATURE", "the token is not the read token", _READ)
    return True


def _has_session(access: Access, request: Request) -> bool:
    value = request.cookies.get(COOKIE)
    return value is not None and is_session(access, value, access.now_seconds)


def _target(request: Request) -> bytes:
    """Path and query as they were sent. What a server need not hand on is made from what it does."""
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return path + b"?" + query if query else path


def _values(request: Request, name: str) -> list[bytes]:
    """Of all headers of a name, as they were sent."""
    wanted = name.lower().encode("ascii")
    return [value for key, value in request.scope["headers"] if key == wanted]


def _refused(reason_code: str, detail: str, challenge: str = _SIGN) -> ApiError:
    return ApiError(reason_code, detail, headers={"WWW-Authenticate": challenge})
