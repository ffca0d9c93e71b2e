"""Numbers in notations that the language does not have, and how it writes them."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import Kind, spell_number, spell_text

__all__ = ["LOOKS", "NUMBER_LIKE", "PERCENTAGE", "Notation", "notation_of", "percentage"]

_LENGTH_MAX = 100

LOOKS = "numbers look like `25`, `-0.5` or `1e-7`"

NUMBER_LIKE = re.compile(r"[$€£¥]?[+-]?[$€£¥]?(?:\d(?:[\w.,:+-]|['’](?=\d{3}))*(?<!,)%?|\.\d[\w.]*%?)")


@attrs.frozen
class Notation:
    """A way of writing numbers.

    pattern: regular expression of a whole number so written
    message: what the language does not have
    mend:    how the language writes such a number, or a text in its place; None where that is not plain
    wish:    what to do where it is not plain
    """

    pattern: str
    message: str
    mend: Callable[[str], str] | None
    wish: Callable[[str], str] = lambda written: LOOKS  # noqa: ARG005  nothing of it is known

    def diagnostic(self, written: str, span: Span, kind: Kind | None = None) -> Diagnostic:
        """The error for a number that is so written.

        kind: that of the attribute which is compared with it, None where there is none or it is not known
        """
        right = None if self.mend is None else self.mend(written)
        if right is not None and right.startswith('"') and kind is not None and kind.name != "text":
            right = None
        if right is None:
            return Diagnostic("L105", self.message, span, help=self.wish(written))
        return Diagnostic("L105", self.message, span, help=f"write `{right}`", suggestion=Suggestion(span, right))


def percentage(written: str, span: Span, kind: Kind | None) -> Diagnostic:
    """The error for `30%`: a share of 1 where the attribute goes no further than that, else for the author to say."""
    number = written.rstrip("% ")
    share = spell_number(round(float(number) / 100, 12))
    is_share = kind is not None and kind.high is not None and kind.high <= 1
    wish = f"write `{share}`" if is_share else f"write `{share}` or `{number}`, as the attribute counts"
    mend = Suggestion(span, share) if is_share else None
    return Diagnostic("L105", "there are no percentages", span, help=wish, suggestion=mend)


def notation_of(written: str) -> Notation | None:
    """The notation that a number is written in; a number of more letters than any has is in none."""
    if len(written) > _LENGTH_MAX:
        return None
    return next((notation for notation in _NOTATIONS if re.fullmatch(notation.pattern, written)), None)


def _without_zeros(written: str) -> str:
    return re.sub(r"^(-?)0+(?=\d)", r"\1", written)


_DECIMAL = r"\d+(?:\.\d+)?"
PERCENTAGE = rf"-?{_DECIMAL} ?%"
_SEPARATORS = "numbers are written without separators"
_DIGITS = "numbers are written in decimal digits"

_NOTATIONS = (
    Notation(r"\d{4}-\d\d?-\d\d?(?:[T ].*)?", "a date is a text, and texts stand in quotes", spell_text),
    Notation(r"\d\d?:\d\d(?::\d\d)?", "a time is a text, and texts stand in quotes", spell_text),
    Notation(rf"-?{_DECIMAL}\.{{2,3}}-?{_DECIMAL}", "a range is no number", None),
    Notation(
        r"-?[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?|-?[1-9]\d{0,2}\.\d{3},\d+",
        "numbers are written without separators, and with a point before their fraction",
        lambda written: written.replace(".", "").replace(",", "."),
    ),
    Notation(
        r"\d+(?:\.\d+){2,}",
        "a number has one point at most",
        None,
        lambda written: f"if it is a text, such as a version, write `{spell_text(written)}`",
    ),
    # Before separators: no thousands begin with a zero.
    Notation(r"-?0,\d+", "a number has a point, no comma", lambda written: written.replace(",", ".")),
    Notation(
        r"-?\d{1,3},\d{3}",
        _SEPARATORS,
        None,
        lambda written: f"write `{written.replace(',', '')}`, or `{written.replace(',', '.')}` if that is meant",
    ),
    Notation(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", _SEPARATORS, lambda written: written.replace(",", "")),
    Notation(r"-?\d{1,3}(?:['’]\d{3})+(?:\.\d+)?", _SEPARATORS, lambda written: re.sub("['’]", "", written)),
    Notation(r"-?\d+(?:_\d+)+(?:\.\d+)?", _SEPARATORS, lambda written: written.replace("_", "")),
    Notation(r"-?\d+,\d+", "a number has a point, no comma", lambda written: written.replace(",", ".")),
    Notation(rf"[€£¥]-?{_DECIMAL}", "amounts are compared in US dollars; for another currency ask about it too", None),
    Notation(rf"\$-?{_DECIMAL}", "amounts are written without a currency sign", lambda written: written[1:]),
    Notation(rf"\+{_DECIMAL}", "numbers have no plus sign", lambda written: written[1:]),
    Notation(r"-?\.\d+", "a number begins with a digit", lambda written: written.replace(".", "0.")),
    Notation(r"-?\d+\.", "after a point comes a digit", lambda written: written.rstrip(".")),
    Notation(r"-?0+\d+(?:\.\d+)?", "numbers do not begin with a zero", _without_zeros),
    Notation("0[xX][0-9a-fA-F]+", _DIGITS, lambda written: str(int(written, 16))),
    Notation("0[bB][01]+", _DIGITS, lambda written: str(int(written, 2))),
    Notation("0[oO][0-7]+", _DIGITS, lambda written: str(int(written, 8))),
    Notation(rf"-?{_DECIMAL}[A-Za-z]+", "a number has no unit", None),
)
