"""How a caller signs, written from docs/signing.md and not from the service's code."""

from __future__ import annotations

import hashlib
import hmac
import time

__all__ = ["READ_TOKEN", "SECRET", "SETTINGS", "bearer", "signed", "timestamped"]

SECRET = "a-secret-of-the-tests-0123456789"  # noqa: S105
READ_TOKEN = "a-token-of-the-tests-0123456789"  # noqa: S105
# For `serving` and `running`.
SETTINGS = {"LUMYN_SIGNING_SECRET": SECRET, "LUMYN_READ_TOKEN": READ_TOKEN}


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a call whose body is signed."""
    return {"X-Lumyn-Signature": _signature(secret, body)}


def timestamped(
    method: str, target: str, body: bytes = b"", *, timestamp: int | str | None = None, secret: str = SECRET
) -> dict[str, str]:
    """The headers of a call that is signed as a whole.

    target:    path and query, as they are sent
    timestamp: None is now
    """
    said = str(int(time.time()) if timestamp is None else timestamp)
    text = f"v1\n{method}\n{target}\n{said}\n{hashlib.sha256(body).hexdigest()}"
    return {"X-Lumyn-Timestamp": said, "X-Lumyn-Signature": _signature(secret, text.encode())}


def bearer(token: str = READ_TOKEN) -> dict[str, str]:
    """The headers of a call that shows a read token."""
    return {"Authorization": f"Bearer {token}"}


def _signature(secret: str, text: bytes) -> str:
    return "sha256:" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
