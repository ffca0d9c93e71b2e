"""What a scalar means: the core schema of YAML 1.2, in which `NO` and `on` are texts and `025` is 25."""

from __future__ import annotations

import re

from lumyn_compiler.yaml_nodes import Scalar

__all__ = ["number_spelling", "scalar_value"]

_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}

# A longer row of octal or hexadecimal digits is beyond every number that a policy may hold.
_BASED_LENGTH_MAX = 400


def scalar_value(scalar: Scalar) -> str | float | bool | None:
    """The text, number, truth value or null that a scalar stands for; numbers are doubles without -0."""
    text = scalar.text
    if not scalar.is_plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NUMBER.fullmatch(text):
        return float(text) + 0.0
    if _BASED.fullmatch(text):
        return float(int(text, 0)) if len(text) <= _BASED_LENGTH_MAX else float("inf")
    return text


# How `.lumyn` writes numbers.
_LUMYN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def number_spelling(text: str) -> str | None:
    """The spelling of a number where both languages share it, else None."""
    return text if _LUMYN_NUMBER.fullmatch(text) else None
