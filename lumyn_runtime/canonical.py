"""Canonical JSON (RFC 8785): the one way to write a number or a text down."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["write_array", "write_number", "write_text", "write_texts"]

_ESCAPES = {
    **{code_point: f"\\u{code_point:04x}" for code_point in range(0x20)},
    ord("\b"): "\\b",
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\f"): "\\f",
    ord("\r"): "\\r",
    ord('"'): '\\"',
    ord("\\"): "\\\\",
}


def write_text(text: str) -> str:
    """Spell a text: everything stands for itself but quotes, backslashes and control characters."""
    return f'"{text.translate(_ESCAPES)}"'


def write_texts(texts: Iterable[str]) -> str:
    """Spell an array of texts."""
    return write_array(write_text(text) for text in texts)


def write_array(items: Iterable[str]) -> str:
    """Spell an array of what is spelled already."""
    return f"[{','.join(items)}]"


def write_number(value: float) -> str:
    """Spell a finite double as ECMAScript does: the fewest digits that read back the same, -0 as 0.

    source: ECMA-262, Number::toString; `repr` finds the same digits and only places the point otherwise
    """
    assert math.isfinite(value)
    spelled = repr(value + 0.0)
    if "e" not in spelled:
        return spelled.removesuffix(".0")
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = spelled.lstrip("-").partition("e")
    return sign + _place_point(mantissa.replace(".", ""), int(exponent) + 1)


def _place_point(digits: str, point: int) -> str:
    """Digits with the point after so many of them; negative counts zeros behind the point."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    power = point - 1
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if power > 0 else '-'}{abs(power)}"
