"""The application: `uvicorn --factory lumyn.api.app:create_app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from lumyn.api.decide import DECIDE
from lumyn.api.envelope import Envelope, refused
from lumyn.api.hangup import refreshed_on_hangup
from lumyn.api.problems import ApiError
from lumyn.api.service import Access, Flights, Service
from lumyn.workspace import Workspace, find, opened_gateway

__all__ = ["create_app"]


def create_app(workspace: Workspace | None = None, bound_host: str | None = None) -> Starlette:
    """The service of a workspace; its gateway is opened when the server starts, and closed when it stops.

    workspace:  None finds that of the working directory, with the settings of the environment
    bound_host: that it is to listen on; see Access.of
    errors:     WorkspaceError, ConfigError, OSError; and when it starts those of Gateway.open
    """
    served = find(Path.cwd(), os.environ) if workspace is None else workspace
    access = Access.of(served.config, bound_host)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with opened_gateway(served) as gateway, refreshed_on_hangup(gateway):
            app.state.service = Service(gateway, served, access, Flights(served.config.in_flight_max))
            yield

    return Starlette(
        routes=_routes(),
        middleware=[Middleware(Envelope)],
        exception_handlers={ApiError: refused, HTTPException: refused},
        lifespan=lifespan,
    )


def _routes() -> list[BaseRoute]:
    return [DECIDE]
