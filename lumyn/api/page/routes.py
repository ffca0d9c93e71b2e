"""Where each page is."""

from starlette.routing import BaseRoute

from lumyn.api.endpoint import Guard, route
from lumyn.api.page.assets import STYLE_PATH, show_style
from lumyn.api.page.decision import DecisionPage
from lumyn.api.page.listing import show_list
from lumyn.api.page.login import Login
from lumyn.api.page.policy import show_policy
from lumyn.api.page.reader import HOME, page_route

__all__ = ["page_routes"]


def page_routes() -> list[BaseRoute]:
    """The pages of one application. Each counts its own wrong tokens, and keeps what it read of its own log."""
    return [
        page_route(HOME, show_list),
        page_route("/decisions/{decision_id}", DecisionPage().show),
        page_route("/policy", show_policy),
        *Login().routes(),
        route(STYLE_PATH, show_style, method="GET", guard=Guard.NOTHING, body_bytes_max=0),
    ]
