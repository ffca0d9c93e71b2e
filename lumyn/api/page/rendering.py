"""View models → HTML. Whatever a template writes is escaped, and what it does not know is an error."""

from typing import Final

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from lumyn.api.endpoint import Call
from lumyn.api.page.assets import STYLE_PATH
from lumyn.api.page.shown import shown
from lumyn.api.problems import PROBLEMS, ApiError
from lumyn.loaded_policy import is_lockdown

__all__ = ["Frame", "error_page", "rendered"]

_TEMPLATES: Final = Environment(
    loader=PackageLoader("lumyn.api.page"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=shown,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)

# By verdict: what stands beside the word, so that neither colour nor the word alone has to be made out.
_SYMBOLS: Final = {"TRUST": "✓", "ESCALATE": "▲", "QUERY": "?", "ABSTAIN": "✕"}
_TEMPLATES.globals.update(symbols=_SYMBOLS, style_path=STYLE_PATH)


@attrs.frozen
class Frame:
    """What is around every page.

    place:       which part of the page it is, as the navigation has it; empty for none
    policy:      id and version of the policy that decides now
    is_locked:   whether that is the lockdown
    is_advisory: whether callers go on whatever the verdict is
    has_login:   whether a reader has to log in, and so can log out
    is_inside:   whether the reader may read, and so is shown the policy's name and where to go
    """

    place: str
    policy: str
    is_locked: bool
    is_advisory: bool
    has_login: bool
    is_inside: bool = True

    @classmethod
    def of(cls, call: Call, place: str, *, is_inside: bool = True) -> "Frame":
        """Of a call."""
        policy = call.service.gateway.policy
        return cls(
            place,
            f"{policy.policy_id} {policy.policy_version}",
            is_lockdown(policy),
            (call.service.workspace.config.mode or policy.mode) == "advisory",
            not call.service.access.is_open,
            is_inside,
        )


def rendered(template: str, frame: Frame, status: int = 200, **values: object) -> HTMLResponse:
    """A page.

    values: what the template is about, besides its frame
    """
    return HTMLResponse(_TEMPLATES.get_template(template).render(frame=frame, **values), status)


def error_page(call: Call, error: ApiError, *, is_inside: bool = True) -> HTMLResponse:
    """What a reader sees where a call is refused."""
    status, title = PROBLEMS[error.reason_code]
    response = rendered(
        "error.html",
        Frame.of(call, "", is_inside=is_inside),
        status,
        title=title,
        detail=error.detail,
        reason_code=error.reason_code,
        call_id=call.id,
    )
    response.headers.update(error.headers)
    return response
