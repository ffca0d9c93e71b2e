"""Tokens → constants and names: escapes, quoted parts, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from lumyn_compiler.diagnostic import ERROR_COUNT_MAX, Diagnostic, Suggestion
from lumyn_compiler.policy import Literal, Word
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import BLANK, MAGNITUDE_MAX, spell_text

__all__ = ["Literals"]

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(
    r"\\(?:"
    r"(?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<four>[0-9a-fA-F]{4})"
    r"|u\{(?P<braces>[0-9a-fA-F]{1,6})\}"
    r"|(?P<letter>.)"
    r")"
)
_PART = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|[^".]+')

# Longer than any double needs.
_NUMBER_LENGTH_MAX = 1_000


@attrs.frozen
class Literals:
    """Reads tokens, and gathers what is wrong inside them. What it returns holds plain texts, not the parser's tokens.

    diagnostics: at most ERROR_COUNT_MAX
    """

    diagnostics: list[Diagnostic] = attrs.Factory(list)

    def tell(self, *diagnostics: Diagnostic) -> None:
        """Add what is wrong, as far as there is room."""
        self.diagnostics.extend(diagnostics[: ERROR_COUNT_MAX - len(self.diagnostics)])

    def text(self, written: str, start: int) -> Literal:
        """A text in quotes that begins at that offset."""
        return Literal(self._unquoted(written, start), span=Span(start, start + len(written)))

    def number(self, written: str, start: int) -> Literal:
        """A number as a double; 0 for one that no double can hold."""
        span = Span(start, start + len(written))
        value = float(written) if len(written) <= _NUMBER_LENGTH_MAX else math.inf
        # An integer just beyond the limit is not beyond it as a double.
        if math.isinf(value) or (abs(value) >= MAGNITUDE_MAX and abs(Decimal(written)) > MAGNITUDE_MAX):
            self.tell(_too_large(span))
            value = 0.0
        elif value == 0 and re.search(r"[1-9]", written.lower().partition("e")[0]):
            self.tell(Diagnostic("L303", "this number is so small that it would be read as 0", span, help="write `0`"))
        # Adding 0 makes -0 a 0.
        return Literal(value + 0.0, spelling=str(written), span=span)

    def name(self, written: str, start: int) -> Word:
        """A name, or a text in its place; quoted parts lose their quotes."""
        span = Span(start, start + len(written))
        if '"' not in written:
            return Word(str(written), span=span)
        return Word(".".join(part for part, _ in self._parts(written, start)), span=span)

    def attribute(self, written: str, start: int) -> Word:
        """A name of an input, whose quoted parts are keys that requests have."""
        if '"' not in written:
            return Word(str(written), span=Span(start, start + len(written)))
        parts = list(self._parts(written, start))
        self.tell(*_impossible_keys(parts))
        return Word(".".join(part for part, _ in parts), span=Span(start, start + len(written)))

    def _parts(self, written: str, start: int) -> Iterator[tuple[str, Span]]:
        for match in _PART.finditer(written):
            part = match.group()
            at = start + match.start()
            yield self._unquoted(part, at) if part.startswith('"') else part, Span(at, at + len(part))

    def _unquoted(self, written: str, start: int) -> str:
        inside = written[1:-1]
        if "\\" not in inside:
            return inside

        def character(match: re.Match[str]) -> str:
            found = _character(match)
            if found is None and len(self.diagnostics) < ERROR_COUNT_MAX:
                at = start + 1 + match.start()
                self.tell(_wrong_escape(match, Span(at, at + len(match.group()))))
            return found or ""

        return _ESCAPE.sub(character, inside)


def _too_large(span: Span) -> Diagnostic:
    return Diagnostic(
        "L303",
        f"a number of this magnitude is never compared: the largest is {MAGNITUDE_MAX}",
        span,
        help="integers beyond 2^53 are not exact, so they are ill-typed in requests too; use a text",
    )


def _impossible_keys(parts: Iterable[tuple[str, Span]]) -> Iterator[Diagnostic]:
    for part, span in parts:
        if not part.strip(BLANK):
            yield Diagnostic("L209", "a part of a name is never blank", span, help="name the key that requests have")
        elif "." in part:
            yield Diagnostic(
                "L209",
                f"{spell_text(part)} has a dot inside its quotes, and such keys are not looked up",
                span,
                help=f"write `{part}` for a value inside an object; a key with a dot in it can't be asked about",
            )


def _character(match: re.Match[str]) -> str | None:
    """What an escape stands for; None where that is no character."""
    if match["letter"] is not None:
        return _ESCAPES.get(match["letter"])
    if match["pair"] is not None:
        pair = bytes.fromhex(match["pair"].replace("\\u", "").removeprefix("u"))
        return pair.decode("utf-16-be")
    code_point = int(match["four"] or match["braces"], 16)
    return chr(code_point) if code_point <= 0x10FFFF and not 0xD800 <= code_point <= 0xDFFF else None


def _wrong_escape(match: re.Match[str], span: Span) -> Diagnostic:
    written = match.group()
    if match["letter"] == "u":
        wish = "write four hexadecimal digits, or up to six in braces: `\\u00e9`, `\\u{1f600}`"
    elif match["letter"] is None:
        wish = "surrogates stand in pairs, a high one before a low one, and the last code point is 10ffff"
    else:
        wish = 'the escapes are `\\\\`, `\\"`, `\\n`, `\\t`, `\\r`, `\\b`, `\\f`, `\\/` and `\\u…`'
    doubled = match["letter"] not in (None, "u")
    return Diagnostic(
        "L104",
        f"`{written}` is no escape" if match["letter"] is not None else f"`{written}` is no character",
        span,
        help=wish,
        suggestion=Suggestion(span, "\\" + written) if doubled else None,
    )
