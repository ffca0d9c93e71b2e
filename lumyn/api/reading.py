"""Work that would hold up the event loop, done on another thread and within a deadline."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, TypeVar

from lumyn.api.problems import ApiError, refusal
from lumyn.errors import RequestError
from lumyn.store.errors import DatabaseError, StoreError

__all__ = ["READ_SECONDS", "off_loop"]

_T = TypeVar("_T")
_LOG: Final = logging.getLogger("lumyn.api")

# A proof over a million entries takes about a second.
READ_SECONDS: Final = 10.0


async def off_loop(work: Callable[[], _T], seconds: float = READ_SECONDS) -> _T:
    """What some work returns. Where it takes too long, nobody waits for it any more, though it goes on.

    errors: ApiError for a RequestError, and where the log can't be read
    """
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.to_thread(work)
    except RequestError as error:
        raise refusal(error) from error
    except TimeoutError:
        raise _unavailable(f"this took longer than {seconds:g} seconds") from None
    except (StoreError, DatabaseError, OSError) as error:
        # What went wrong names files of the machine, so it is for the log lines.
        facts = {"event": "log not read", "error": type(error).__name__, "detail": str(error)}
        _LOG.warning("log not read: %s", error, extra={"lumyn": facts})
        raise _unavailable("the log can't be read right now") from error


def _unavailable(detail: str) -> ApiError:
    return ApiError("STORAGE_UNAVAILABLE", f"{detail}; come back in a second", headers={"Retry-After": "1"})
