"""Signatures of calls: pure functions over bytes. docs/signing.md says how callers make them."""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

__all__ = ["WINDOW_SECONDS", "is_signed", "is_timestamp", "signed_text"]

# How far a timestamp may be from the service's clock, either way.
WINDOW_SECONDS: Final = 300

_SIGNATURE: Final = re.compile(rb"sha256:([0-9A-Fa-f]{64})")
_TIMESTAMP: Final = re.compile(rb"[1-9][0-9]{0,11}")


def is_signed(secrets: Sequence[bytes], text: bytes, signature: bytes) -> bool:
    """Whether one of the secrets makes this signature of a text; of any bytes, in a time that doesn't say which.

    signature: as in the header: `sha256:` and 64 hexadecimal digits, large or small
    """
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        return False
    given = bytes.fromhex(found[1].decode("ascii"))
    matches = [hmac.compare_digest(hmac.digest(secret, text, "sha256"), given) for secret in secrets]
    return any(matches)


def signed_text(method: bytes, target: bytes, timestamp: bytes, body: bytes) -> bytes:
    """What the timestamped form signs. It begins as no JSON does, so it is no body that somebody signed.

    target:    path and query, as they were sent
    timestamp: as in the header
    """
    return b"\n".join((b"v1", method, target, timestamp, sha256(body).hexdigest().encode("ascii")))


def is_timestamp(text: bytes) -> bool:
    """Whether it is seconds since 1970 as they are usually written: no sign, no zeros before, no fraction."""
    return _TIMESTAMP.fullmatch(text) is not None
