"""Numbers of a document, as far as policies compare with them."""

from __future__ import annotations

import re
from decimal import Decimal

from lumyn_compiler.policy import Literal
from lumyn_compiler.yaml_nodes import Node, Scalar
from lumyn_compiler.yaml_scalars import number_spelling, scalar_value
from lumyn_compiler.yaml_shapes import Findings, wrong_shape
from lumyn_runtime.vocabulary import MAGNITUDE_MAX

__all__ = ["as_number"]


def as_number(node: Node, subject: str, findings: Findings) -> Literal | None:
    """A number that a policy can compare with."""
    value = scalar_value(node) if isinstance(node, Scalar) else None
    if not isinstance(node, Scalar) or isinstance(value, bool) or not isinstance(value, float):
        wrong_shape(node, subject, "a number", findings)
        return None
    if value != value:  # noqa: PLR0124  the one number that is none
        findings.add("L105", f"`{node.text}` is no number", node.span, "write one that can be compared")
        return None
    if _is_beyond(value, node.text):
        findings.add(
            "L303",
            f"a number of this magnitude is never compared: the largest is {MAGNITUDE_MAX}",
            node.span,
            "integers beyond 2^53 are not exact, so they are ill-typed in requests too; use a text",
        )
        return None
    if value == 0 and re.search("[1-9]", re.split("[eE]", node.text)[0]):
        findings.add("L303", "this number is so small that it would be read as 0", node.span, "write `0`")
        return None
    return Literal(value, spelling=number_spelling(node.text), span=node.span)


def _is_beyond(value: float, text: str) -> bool:
    if abs(value) != MAGNITUDE_MAX:
        return abs(value) > MAGNITUDE_MAX
    # It may have been rounded to the limit.
    exact = Decimal(int(text, 0) if "x" in text or "o" in text else text)
    return abs(exact) > MAGNITUDE_MAX
