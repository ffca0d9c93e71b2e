"""Limits of artifacts, in one place: the compiler never writes what the loader would refuse."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["ARTIFACT_BYTES_MAX", "BODY_VALUES_MAX", "NAME_PARTS_MAX", "SECTION_BITS_MAX", "TABLE_BITS_MAX"]

# Size of a whole file, header included.
ARTIFACT_BYTES_MAX: Final = 32 * 2**20

# Brackets and commas of a body: at least as many as it has JSON values, each of which costs about 100 bytes while loading.
BODY_VALUES_MAX: Final = 2**22

# Parts of an attribute's name: as deep as a decision looks into a request. The compiler takes half as many.
NAME_PARTS_MAX: Final = 64

# Of the masks of one section, 64 MiB: rows and columns, times classes.
SECTION_BITS_MAX: Final = 2**29

# The same over all sections. Masks are made when a section is first used, so only policies that use everything pay it.
TABLE_BITS_MAX: Final = 2**32
