"""Calls as a server hands them to the application, down to the byte, and whether they may be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
from starlette.requests import Request

from lumyn.api.access import Access
from lumyn.api.problems import ApiError
from tests.api.signing import READ_TOKEN, SECRET

__all__ = ["ACCESS", "NOW", "Call", "Check", "reason"]

# When all of it happens, in seconds since 1970.
NOW = 1_800_000_000
ACCESS = Access((SECRET.encode(),), READ_TOKEN, clock=lambda: NOW * 1000)

Check = Callable[[Access, Request, bytes], None]


@attrs.frozen
class Call:
    """A call.

    headers:     in order; names in any case
    path_params: what a route takes from its path
    """

    method: str = "GET"
    path: bytes = b"/v0/policy"
    query: bytes = b""
    headers: Sequence[tuple[str, bytes]] = ()
    body: bytes = b""
    path_params: Mapping[str, str] = attrs.field(factory=dict)
    scheme: str = "http"

    @property
    def request(self) -> Request:
        """As Starlette has it."""
        return Request(
            {
                "type": "http",
                "method": self.method,
                "scheme": self.scheme,
                "path": self.path.decode("latin-1"),
                "raw_path": self.path,
                "query_string": self.query,
                "headers": [(name.lower().encode(), value) for name, value in self.headers],
                "path_params": dict(self.path_params),
            }
        )

    def saying(self, *headers: Mapping[str, str]) -> Call:
        """The call with these headers instead."""
        return attrs.evolve(self, headers=[(name, value.encode()) for said in headers for name, value in said.items()])


def reason(check: Check, call: Call, access: Access = ACCESS) -> str:
    """Why a call may not be made; empty where it may."""
    try:
        check(access, call.request, call.body)
    except ApiError as error:
        return _told(error)
    return ""


def _told(error: ApiError) -> str:
    """The reason of a refusal, which says how calls are signed and never with what."""
    assert ("WWW-Authenticate" in error.headers) is (error.status == 401)
    assert SECRET not in error.detail
    assert READ_TOKEN not in error.detail
    return error.reason_code
