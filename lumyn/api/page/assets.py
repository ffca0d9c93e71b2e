"""The one file that the page loads besides itself: its style, under a name that changes whenever it does."""

from hashlib import sha256
from importlib.resources import files
from typing import Final

from starlette.responses import Response

from lumyn.api.endpoint import Call

__all__ = ["STYLE_PATH", "show_style"]

_STYLE: Final = (files("lumyn.api.page") / "style.css").read_bytes()
STYLE_PATH: Final = f"/assets/style-{sha256(_STYLE).hexdigest()[:16]}.css"


async def show_style(_: Call) -> Response:
    """The style; a browser asks for it once."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_STYLE, media_type="text/css", headers=headers)
