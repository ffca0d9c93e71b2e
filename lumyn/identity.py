"""What a decision gets from outside: the time, and an id that nobody else has."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

import attrs

from lumyn.randomness import random_bytes

__all__ = ["Clock", "IdSource", "Moment", "system_clock", "system_ids"]

# Milliseconds since 1970, UTC.
Clock = Callable[[], int]
# Ten bytes that nobody can foresee.
IdSource = Callable[[], bytes]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def system_clock() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


def system_ids() -> bytes:
    """The machine's randomness."""
    return random_bytes(10)


@attrs.frozen
class Moment:
    """When something was decided or said, and its ULID, which holds that time.

    source: the ULID specification: 48 bits of time and 80 of randomness, in Crockford's base 32
    """

    milliseconds: int
    ulid: str

    @classmethod
    def now(cls, clock: Clock, ids: IdSource) -> "Moment":
        """A moment of its own."""
        milliseconds = clock()
        number = milliseconds << 80 | int.from_bytes(ids())
        pairs = [_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
        return cls(milliseconds, "".join(pairs))

    @classmethod
    def of_ulid(cls, ulid: str) -> "Moment":
        """The moment that a ULID holds."""
        milliseconds = 0
        for letter in ulid[:10]:
            milliseconds = milliseconds << 5 | _ALPHABET.index(letter)
        return cls(milliseconds, ulid)

    @property
    def created_at(self) -> str:
        """RFC 3339, UTC, with milliseconds."""
        seconds, milliseconds = divmod(self.milliseconds, 1000)
        return f"{_second(seconds)}.{milliseconds:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
