"""What every call of the service has at hand: the gateway, the settings, and how many calls are under way."""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from lumyn.api.access import Access
from lumyn.api.problems import abstaining
from lumyn.api.traffic import Traffic
from lumyn.gateway import Gateway
from lumyn.workspace import Workspace

__all__ = ["Access", "Flights", "Service"]


class Flights:
    """How many decisions are under way; for one event loop.

    limit: beyond it, a call is refused at once
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one of them. Raises ApiError."""
        if self.count >= self.limit:
            detail = f"{self.limit:,} decisions are under way; come back in a second"
            raise abstaining("GATEWAY_OVERLOADED", detail)
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1


@attrs.frozen
class Service:
    """One process's share of the service."""

    gateway: Gateway
    workspace: Workspace
    access: Access
    flights: Flights
    traffic: Traffic = attrs.field(factory=Traffic)
