"""Limits of artifacts, in one place: the compiler never writes what the loader would refuse."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["SECTION_BITS_MAX"]

# Rows times classes of one section: the size of its masks, 64 MiB.
SECTION_BITS_MAX: Final = 2**29
