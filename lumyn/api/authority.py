"""Whether a call may be made: by its host, its signature, its token or its session. The body is not parsed here."""

from starlette.requests import Request

from lumyn.api.service import Access

__all__ = ["check_host", "check_read", "check_signed", "check_timestamped"]


def check_host(access: Access, request: Request) -> None:
    """Whether the service answers to the name that was called. Raises ApiError."""


def check_read(access: Access, request: Request, body: bytes) -> None:
    """Whether a caller may read. Raises ApiError."""


def check_signed(access: Access, request: Request, body: bytes) -> None:
    """Whether a caller may decide and say what became of decisions. Raises ApiError."""


def check_timestamped(access: Access, request: Request, body: bytes) -> None:
    """Whether a call was signed as a whole, and just now. Raises ApiError."""
