"""What a comparison yields, and how much of it is measured."""

import attrs

__all__ = ["Effort", "Row", "microseconds", "milliseconds"]


@attrs.frozen
class Effort:
    """How much is measured.

    blocks:         turns that contestants take
    runs:           fresh processes of each kind
    rule_count:     rules of the large policies
    decision_count: decisions that are stored, of each kind
    """

    blocks: int
    runs: int
    rule_count: int
    decision_count: int


@attrs.frozen
class Row:
    """One figure.

    lumyn, opponent: what was measured, in words; opponent is empty where there is none
    figure, unit:    what must reach the limit; the unit of a ratio is "×"
    limit:           the largest figure that is good enough; None where none is set
    is_rate:         whether more is better, so that the limit is the smallest figure that is good enough
    """

    what: str
    lumyn: str
    opponent: str
    figure: float
    unit: str
    limit: float | None
    is_rate: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure is good enough."""
        if self.limit is None:
            return True
        return self.figure >= self.limit if self.is_rate else self.figure <= self.limit


def microseconds(seconds: float) -> str:
    """As the table shows it."""
    return f"{seconds * 1e6:.2f} µs"


def milliseconds(seconds: float) -> str:
    """As the table shows it."""
    return f"{seconds * 1e3:.1f} ms"
