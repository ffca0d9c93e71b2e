"""A request that is sent again, byte for byte, without an id of its own: it is one decision, not two.

Whoever overhears a signed call can send it again. For a while it gets what was decided then.
"""

import hmac
from hashlib import sha256
from typing import Final

__all__ = ["REPEAT_SECONDS", "is_repetition_id", "repetition_ids"]

# How long, at least; no more than that is looked back.
REPEAT_SECONDS: Final = 300
_PREFIX: Final = "body:"


def repetition_ids(key: bytes, body: bytes, milliseconds: int) -> tuple[str, tuple[str, str]]:
    """What stands in the log in place of a request_id now, and what may in the times before and after.

    A clock may go back, so that what was decided before stands after now.

    key: of the store, without which nobody can make such an id, or tell from one what a body was
    """
    mac = hmac.digest(key, b"body\n" + body, sha256).hex()
    period = milliseconds // (REPEAT_SECONDS * 1000)
    before, now, after = (f"{_PREFIX}{mac}:{number}" for number in (period - 1, period, period + 1))
    return now, (before, after)


def is_repetition_id(request_id: str | None) -> bool:
    """Whether a header's request_id may be one of these; callers may have ids that look like one."""
    return request_id is not None and request_id.startswith(_PREFIX)
