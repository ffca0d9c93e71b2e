"""What every call of the service has at hand: the gateway, the settings, and how many calls are under way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import attrs

from lumyn.api.problems import ApiError
from lumyn.config import LumynConfig
from lumyn.gateway import Gateway
from lumyn.workspace import Workspace

__all__ = ["Access", "Flights", "Service"]

_RETRY_SECONDS: Final = "1"


@attrs.frozen
class Access:
    """Who may call. Without a secret everybody may, which is for loopback alone.

    secrets:    any of them signs; several while they are being changed
    read_token: for whoever only reads; None where nobody may by a token
    hosts:      names that calls may be made to, in lower case, without ports; empty allows any
    """

    secrets: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    read_token: str | None = attrs.field(default=None, repr=False)
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: LumynConfig) -> "Access":
        """As the settings say."""
        held = (config.signing_secret, config.signing_secret_previous)
        hosts = (name.strip().lower() for name in (config.allowed_hosts or "").split(","))
        return cls(
            tuple(secret.encode() for secret in held if secret is not None),
            config.read_token,
            frozenset(name for name in hosts if name),
        )


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
            detail = f"{self.limit:,} calls are under way; come back in a second"
            raise ApiError("GATEWAY_OVERLOADED", detail, headers={"Retry-After": _RETRY_SECONDS})
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
