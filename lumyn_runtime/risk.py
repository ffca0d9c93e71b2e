"""What the caller knows of a request beside the request itself."""

from __future__ import annotations

from lumyn_runtime.frozen import Frozen, set_once

__all__ = ["RiskSignals"]


class RiskSignals(Frozen):
    """Signals that come from the caller's memory of past failures, not from the request.

    failure_similarity: 0 to 1; 0 where there is no memory
    raises:             ValueError when it is anything else, for that is the caller's mistake and no input to decide on
    """

    __slots__ = ("failure_similarity",)

    failure_similarity: float

    def __init__(self, failure_similarity: float = 0.0) -> None:
        if type(failure_similarity) not in (float, int) or not 0 <= failure_similarity <= 1:
            raise ValueError(f"failure_similarity must be a number from 0 to 1, and not {failure_similarity!r}")
        # Adding 0 makes 0 of -0.
        set_once(self, "failure_similarity", float(failure_similarity) + 0.0)
