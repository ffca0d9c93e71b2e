"""`/login` and `/logout`: the read token for a session, and its end."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lumyn.api.authority import check_read
from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.page.reader import HOME, local_path
from lumyn.api.page.rendering import Frame, error_page, rendered
from lumyn.api.problems import ApiError
from lumyn.api.sessions import (
    Attempts,
    check_origin,
    cookie_header,
    ended_cookie_header,
    is_read_token,
    new_session,
)

__all__ = ["Login"]

_FORM_BYTES_MAX: Final = 4_096
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


class Login:
    """Lets readers in who know the read token, and counts those who do not."""

    def __init__(self) -> None:
        self._attempts = Attempts()

    def routes(self) -> list[Route]:
        """The form, what it is sent to, and the way out."""
        return [
            route("/login", self._show, method="GET", guard=Guard.NOTHING, body_bytes_max=0),
            route("/login", self._enter, method="POST", guard=Guard.NOTHING, body_bytes_max=_FORM_BYTES_MAX),
            route("/logout", self._leave, method="GET", guard=Guard.NOTHING, body_bytes_max=0),
        ]

    async def _show(self, call: Call) -> Response:
        wanted = local_path(call.request.query_params.get("next", HOME))
        return RedirectResponse(wanted, 303) if _is_inside(call) else _form(call, wanted)

    async def _enter(self, call: Call) -> Response:
        access = call.service.access
        try:
            check_origin(call.request)
            fields = _fields(call)
            self._attempts.check()
        except ApiError as error:
            return error_page(call, error, is_inside=False)
        wanted = local_path(fields.get("next", HOME))
        if access.is_open:
            return RedirectResponse(wanted, 303)
        if not is_read_token(access, fields.get("token", "").strip()):
            self._attempts.wrong()
            return _form(call, wanted, "This is not the read token.", HTTPStatus.UNAUTHORIZED)
        session = cookie_header(new_session(access, access.now_seconds), is_secure=_is_secure(call))
        return RedirectResponse(wanted, 303, {"Set-Cookie": session})

    async def _leave(self, call: Call) -> Response:
        # The cookie does not come along from other sites, so that none of them can end a session.
        headers = {"Set-Cookie": ended_cookie_header(is_secure=_is_secure(call))} if _is_inside(call) else {}
        return RedirectResponse("/login", 303, headers)


def _form(call: Call, wanted: str, problem: str = "", status: int = 200) -> Response:
    frame = Frame.of(call, "login", is_inside=False)
    can_enter = call.service.access.read_token is not None
    page = rendered("login.html", frame, status, wanted=wanted, problem=problem, can_enter=can_enter)
    # So that the form says its origin, which a browser keeps to itself otherwise, and over plain HTTP says by nothing else.
    page.headers["Referrer-Policy"] = "same-origin"
    return page


def _is_inside(call: Call) -> bool:
    """Whether the caller may read already, as everybody may where there is no secret."""
    try:
        check_read(call.service.access, call.request, call.body)
    except ApiError:
        return False
    return True


def _is_secure(call: Call) -> bool:
    return call.request.url.scheme == "https"


def _fields(call: Call) -> dict[str, str]:
    """What the form says. Raises ApiError."""
    media_type = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM_TYPE:
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", f"the login form is sent as {_FORM_TYPE}")
    try:
        return dict(parse_qsl(call.body.decode("ascii"), keep_blank_values=True, max_num_fields=4))
    except ValueError:
        raise ApiError("INVALID_PARAMETER", "the login form has a token, and where to go next") from None
