"""Pages are for whoever may read: others are led to the login, and back. What is refused is a page, too."""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lumyn.api.authority import check_read
from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.page.rendering import error_page
from lumyn.api.problems import ApiError

__all__ = ["HOME", "local_path", "page_route"]

HOME: Final = "/"

Show = Callable[[Call], Awaitable[Response]]

# A browser takes `//host` and `/\host` for another host.
_LOCAL: Final = re.compile(r"/(?:(?![/\\])[!-\[\]-~]{0,2000})?")
_AROUND_LOGIN: Final = re.compile(r"/log(?:in|out)\b.*")
_PROOFS: Final = ("authorization", "x-lumyn-signature", "x-lumyn-timestamp")


def page_route(path: str, show: Show) -> Route:
    """A path with the page that a reader gets there."""

    async def answer(call: Call) -> Response:
        try:
            check_read(call.service.access, call.request, call.body)
        except ApiError as refused:
            if any(name in call.request.headers for name in _PROOFS):
                return error_page(call, refused, is_inside=False)
            return RedirectResponse(_login(call), 303)
        try:
            return await show(call)
        except ApiError as error:
            return error_page(call, error)

    # A reader shows who they are by a header or a cookie, or is led to where they can; so any call is let in here.
    return route(path, answer, method="GET", guard=Guard.NOTHING, body_bytes_max=0)


def local_path(text: str) -> str:
    """Where to go after the login: a path of this service's own; the list, where it is none."""
    return text if _LOCAL.fullmatch(text) and not _AROUND_LOGIN.fullmatch(text) else HOME


def _login(call: Call) -> str:
    url = call.request.url
    wanted = local_path(f"{url.path}?{url.query}" if url.query else url.path)
    return "/login" if wanted == HOME else f"/login?next={quote(wanted, safe='')}"
