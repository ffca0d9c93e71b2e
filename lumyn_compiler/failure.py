"""Where and on what the parser stopped: all that the help for a syntax error goes by."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from lumyn_compiler.source import Source, Span
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import Kind

__all__ = ["BEFORE_COUNT_MAX", "COMPARISONS", "END", "OTHER", "Failure", "Lexeme"]

END = "END"
OTHER = "OTHER"

BEFORE_COUNT_MAX = 16

COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})

_OPERATORS = COMPARISONS | {"in", "between", "contains", "with"}

_IN_LISTS = frozenset({"NAME", "QUOTED_NAME", "PREFIX", "TEXT", "NUMBER", ","})


@attrs.frozen
class Lexeme:
    """A word, sign, number or text.

    kind: a keyword or sign itself; else NAME, QUOTED_NAME, PREFIX, NUMBER or TEXT; OTHER for a character that begins
          none of these; END for the end of the source
    """

    kind: str
    text: str
    span: Span


@attrs.frozen
class Failure:
    """A lexeme that can't stand where it was found.

    before:     what the statement has before it, as far as BEFORE_COUNT_MAX back; empty between statements
    clauses:    where each keyword of the statement was first written
    expected:   kinds of what could stand there to go on with the statement
    statements: keywords of the statements that could begin there; empty where none could
    statement:  keyword of the statement, None between statements
    interrupts: whether the next statement begins there, before this one is whole
    kinds:      of the evidence that the whole source declares, by full name, as far as it could be read
    """

    source: Source
    found: Lexeme
    before: tuple[Lexeme, ...]
    clauses: Mapping[str, Span]
    expected: frozenset[str]
    statements: frozenset[str]
    statement: str | None
    interrupts: bool
    kinds: Mapping[str, Kind]

    @property
    def keywords(self) -> list[str]:
        """The keywords that could stand there, in the order of the alphabet."""
        return sorted(kind for kind in self.expected | self.statements if kind.islower())

    @property
    def previous(self) -> Lexeme | None:
        """What stands directly before it in the statement."""
        return self.back(1)

    def back(self, count: int) -> Lexeme | None:
        """What stands so many places before it in the statement."""
        return self.before[-count] if len(self.before) >= count else None

    def kind_of(self, attribute: Lexeme | None) -> Kind | None:
        """The kind of an attribute, built in or declared; None where it is not known."""
        if attribute is None:
            return None
        name = attribute.text.replace('"', "")
        return self.kinds.get(name) or BUILT_IN_KINDS.get(name)

    @property
    def asked(self) -> Lexeme | None:
        """The attribute that the constants before it are compared with; None where there is none, or too far back."""
        joined = False
        for count, lexeme in enumerate(reversed(self.before), start=1):
            if lexeme.kind in _OPERATORS:
                name = self.back(count + 1)
                if name is not None and name.kind in ("not", "starts"):
                    name = self.back(count + 2)
                is_name = name is not None and name.kind == "NAME"
                return name if is_name and (not joined or lexeme.kind == "between") else None
            joined = joined or lexeme.kind in ("and", "or")
        return None

    @property
    def is_negated(self) -> bool:
        """Whether a `not` is about the predicate that it stands in, or may be, since that begins too far back."""
        closed, governs = 0, False
        for lexeme in reversed(self.before):
            if lexeme.kind in ("(", ")"):
                closed += 1 if lexeme.kind == ")" else -1
                governs = closed < 0
                closed = max(closed, 0)
            elif not closed:
                if lexeme.kind == "not" and governs:
                    return True
                if lexeme.kind == "when":
                    return False
                governs = lexeme.kind == "NAME"
        return len(self.before) == BEFORE_COUNT_MAX and "not" in self.clauses

    @property
    def list_opener(self) -> str | None:
        """Kind of the keyword or sign that began the list before it."""
        return next((lexeme.kind for lexeme in reversed(self.before) if lexeme.kind not in _IN_LISTS), None)

    @property
    def rest_of_line(self) -> str:
        """Its line from its first character on."""
        return self.text_from(self.found.span.start)

    def text_from(self, offset: int) -> str:
        """The text from an offset to the end of the line."""
        end = self.source.text.find("\n", offset)
        return self.source.text[offset:] if end < 0 else self.source.text[offset:end]

    @property
    def first_on_line(self) -> bool:
        """Whether nothing but blanks stands before it on its line."""
        text, at = self.source.text, self.found.span.start
        return not text[text.rfind("\n", 0, at) + 1 : at].strip(" \t")

    @property
    def touches_previous(self) -> bool:
        """Whether no blank parts it from what stands before it."""
        return self.previous is not None and self.previous.span.end == self.found.span.start
