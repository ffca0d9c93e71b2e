"""Bytes that nobody can foresee, a few at a time."""

import os
from typing import Final

__all__ = ["random_bytes"]

_PIECE_BYTES: Final = 16
# Asking the system lets another thread run meanwhile, so that among many callers a decision loses its turn, twice. So it is
# asked for many at once, before the last are gone: those who find none left would all ask. There are no more of them than
# it takes, as a copy of the machine would use the same.
_PIECES: Final = 128
_FEW: Final = 64

# Taken from the end: `pop` and `extend` need no lock, with which all would wait for whoever asks the system.
_reserve: Final[list[bytes]] = []
# Two processes must not use the same.
os.register_at_fork(after_in_child=_reserve.clear)


def random_bytes(count: int) -> bytes:
    """From the system's own randomness; at most 16."""
    assert count <= _PIECE_BYTES
    if len(_reserve) in (0, _FEW):
        _reserve.extend(_fresh())
    try:
        return _reserve.pop()[:count]
    except IndexError:
        return os.urandom(count)


def _fresh() -> list[bytes]:
    drawn = os.urandom(_PIECES * _PIECE_BYTES)
    return [drawn[start : start + _PIECE_BYTES] for start in range(0, len(drawn), _PIECE_BYTES)]
