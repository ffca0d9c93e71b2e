"""Sessions of the page: the read token is exchanged for a cookie that holds for eight hours. Nothing is kept of them."""

import hmac
import re
from collections import deque
from hashlib import sha256
from typing import Final

from starlette.requests import Request

from lumyn.api.access import Access
from lumyn.api.problems import ApiError
from lumyn.identity import Clock, system_clock
from lumyn.randomness import random_bytes

__all__ = [
    "COOKIE",
    "Attempts",
    "check_origin",
    "cookie_header",
    "ended_cookie_header",
    "is_read_token",
    "is_session",
    "new_session",
]

COOKIE: Final = "lumyn_session"
_SECONDS: Final = 8 * 3600
# Expiry in seconds since 1970, a nonce, and the HMAC of both.
_VALUE: Final = re.compile(r"([1-9][0-9]{0,11})\.([0-9a-f]{32})\.([0-9a-f]{64})")

_WRONG_MAX: Final = 10
_WRONG_SECONDS: Final = 60


def new_session(access: Access, now_seconds: int) -> str:
    """The cookie's value for somebody who showed the read token. It ends when a secret or the token is changed."""
    said = f"{now_seconds + _SECONDS}.{random_bytes(16).hex()}"
    return f"{said}.{_mac(access, said)}"


def is_session(access: Access, cookie_value: str, now_seconds: int) -> bool:
    """Whether it is the value of a session that has not ended; of any text."""
    found = _VALUE.fullmatch(cookie_value)
    if found is None or access.is_open or access.read_token is None:
        return False
    expected = _mac(access, f"{found[1]}.{found[2]}")
    return hmac.compare_digest(expected.encode(), found[3].encode()) and now_seconds < int(found[1])


def cookie_header(value: str, *, is_secure: bool) -> str:
    """What `Set-Cookie` says to begin a session.

    is_secure: whether the call came by https
    """
    return f"{COOKIE}={value}; Max-Age={_SECONDS}; {_attributes(is_secure=is_secure)}"


def ended_cookie_header(*, is_secure: bool) -> str:
    """What `Set-Cookie` says to end the session in the browser."""
    return f"{COOKIE}=; Max-Age=0; {_attributes(is_secure=is_secure)}"


def is_read_token(access: Access, text: str | bytes) -> bool:
    """Whether it is the read token; of any text, in a time that says nothing of it."""
    if access.is_open or access.read_token is None:
        return False
    given = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hmac.compare_digest(sha256(given).digest(), sha256(access.read_token.encode()).digest())


def check_origin(request: Request) -> None:
    """Whether a form was sent by this service's own page. Raises ApiError.

    A browser that is asked to keep referrers to itself sends `Origin: null`; then, and where there is none,
    `Sec-Fetch-Site` has to say so, which no page can set.
    """
    origins, hosts = request.headers.getlist("origin"), request.headers.getlist("host")
    if len(hosts) == 1 and origins == [f"{request.scope['scheme']}://{hosts[0]}".lower()]:
        return
    if origins in ([], ["null"]) and request.headers.getlist("sec-fetch-site") == ["same-origin"]:
        return
    raise ApiError("ORIGIN_NOT_ALLOWED", _ORIGIN_HELP)


class Attempts:
    """How many wrong tokens were tried; for one event loop."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=_WRONG_MAX)

    def check(self) -> None:
        """Whether one more may be tried. Raises ApiError."""
        if len(self._wrong) == _WRONG_MAX:
            wait = self._wrong[0] + _WRONG_SECONDS - self._clock() / 1000
            if 0 < wait <= _WRONG_SECONDS:
                seconds = int(wait) + 1
                detail = f"{_WRONG_MAX} wrong tokens within a minute; try again in {seconds} seconds"
                raise ApiError("TOO_MANY_LOGINS", detail, headers={"Retry-After": str(seconds)})

    def wrong(self) -> None:
        """One was wrong."""
        self._wrong.append(self._clock() / 1000)


_ORIGIN_HELP: Final = (
    "send the form from this service's own page. Behind a proxy, it has to hand on the Host and X-Forwarded-Proto "
    "that it was called with"
)


def _attributes(*, is_secure: bool) -> str:
    return "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if is_secure else "")


def _mac(access: Access, said: str) -> str:
    """Under a key that no signature is made with, so that none is a session."""
    assert access.secrets
    assert access.read_token is not None
    key = hmac.digest(access.secrets[0], b"lumyn session\n" + access.read_token.encode(), "sha256")
    return hmac.digest(key, said.encode(), "sha256").hex()
