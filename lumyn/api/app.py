"""The application: `uvicorn --factory lumyn.api.app:create_app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from lumyn.api.checkpoint import CHECKPOINT
from lumyn.api.decide import DECIDE
from lumyn.api.decisions import DECISION, DECISIONS
from lumyn.api.endpoint import Endpoint
from lumyn.api.envelope import Envelope, refused
from lumyn.api.events import ADD_EVENT, EVENTS
from lumyn.api.hangup import refreshed_on_hangup
from lumyn.api.health import HEALTH, READY
from lumyn.api.metrics import METRICS
from lumyn.api.openapi import OPENAPI
from lumyn.api.packs import PACK
from lumyn.api.page.routes import page_routes
from lumyn.api.policy import POLICY, REFRESH
from lumyn.api.problems import ApiError
from lumyn.api.refreshing import following_refreshes
from lumyn.api.service import Access, Flights, Service
from lumyn.api.traffic import Traffic
from lumyn.workspace import Workspace, find, opened_gateway

__all__ = ["create_app"]


def create_app(workspace: Workspace | None = None, bound_host: str | None = None) -> Starlette:
    """The service of a workspace; its gateway is opened when the server starts, and closed when it stops.

    workspace:  None finds that of the working directory, with the settings of the environment
    bound_host: that it is to listen on; see Access.of
    errors:     WorkspaceError, ConfigError, OSError; and when it starts those of Gateway.open
    """
    routes = _routes()
    traffic = Traffic((route.method, route.path) for route in routes if isinstance(route, Endpoint))
    served = find(Path.cwd(), os.environ) if workspace is None else workspace
    access = Access.of(served.config, bound_host)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with opened_gateway(served, is_worker=True) as gateway, refreshed_on_hangup(gateway):
            app.state.service = Service(gateway, served, access, Flights(served.config.in_flight_max), traffic)
            async with following_refreshes(gateway, served):
                yield

    app = Starlette(
        routes=routes,
        middleware=[Middleware(Envelope)],
        exception_handlers={ApiError: refused, HTTPException: refused},
        lifespan=lifespan,
    )
    # A path means one thing; a signature of it, too.
    app.router.redirect_slashes = False
    return app


def _routes() -> list[BaseRoute]:
    return [
        DECIDE,
        DECISIONS,
        DECISION,
        EVENTS,
        ADD_EVENT,
        PACK,
        POLICY,
        REFRESH,
        CHECKPOINT,
        HEALTH,
        READY,
        METRICS,
        OPENAPI,
        *page_routes(),
    ]
