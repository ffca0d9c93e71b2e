"""Errors and warnings of authors, as data. Every code there is stands in CODES."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import attrs

from lumyn_compiler.source import Source, Span
from lumyn_runtime.errors import LumynError

__all__ = ["CODES", "ERROR_COUNT_MAX", "CompileError", "Diagnostic", "Label", "Report", "Severity", "Suggestion"]


class Severity(StrEnum):
    """How bad it is: an error stops the compiler, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


# A phase tells no more errors than these at once: nobody reads them, and each suggestion costs a search.
ERROR_COUNT_MAX = 100

# Code to what it is about. Tests hold that each has a fixture in tests/diagnostics and a page in docs/diagnostics.
CODES = {
    # Sources and limits
    "L001": "source too large",
    "L002": "source is not plain UTF-8 text",
    "L003": "nested too deeply",
    "L004": "condition multiplies out to too many rows",
    "L005": "action needs too large a table",
    "L006": "condition too large",
    "L007": "file that can't be used as a source",
    # Syntax
    "L101": "unexpected word or sign",
    "L102": "text without its closing quote",
    "L103": "character that means nothing here",
    "L104": "wrong escape in a text",
    "L105": "number that is not written as one",
    "L106": "YAML that can't be read",
    "L107": "YAML feature that policies do not use",
    "L108": "key written twice",
    "L109": "unknown key",
    "L110": "value of the wrong shape",
    "L111": "statement missing",
    "L112": "statement in the wrong place",
    # Names
    "L201": "unknown name",
    "L202": "name declared twice",
    "L203": "unknown attribute",
    "L204": "unknown verdict",
    "L205": "unknown stage",
    "L206": "unknown kind",
    "L207": "unknown word",
    "L208": "condition that refers to itself",
    "L209": "name that is not allowed here",
    # Kinds and values
    "L301": "operator not for this kind",
    "L302": "value of another kind",
    "L303": "value out of range",
    "L304": "not a member",
    "L305": "range that makes no sense",
    "L306": "attribute both a value and an object",
    "L307": "uses that disagree about a kind",
    # Rules
    "L401": "rule id used twice",
    "L402": "reserved rule id",
    "L403": "rule that can match no request",
    "L404": "question under a verdict that asks none",
    "L405": "requirement of nothing",
    "L406": "rule without a condition",
    "L407": "`then` or `else` in the other's place",
    # Reasons and claims
    "L501": "no reason code",
    "L502": "reason code not in UPPER_SNAKE_CASE",
    "L503": "reason code of the engine",
    "L601": "claim that is left open",
    "L602": "memory that could loosen a verdict",
    "L603": "claim that is not true",
    # Conversion
    "L701": "what policy.v0 can't say",
    # Warnings
    "W101": "hard block tests open text",
    "W103": "two rules with the same condition",
    "W104": "trust while a stronger rule's evidence is missing",
    "W105": "verdict unusual for its stage",
    "W107": "unused name",
    "W108": "redacted attribute whose class gives it away",
    "W109": "trust by default",
    "W110": "query that asks nothing",
    "W111": "waiver that is not needed or gives no reason",
    "W112": "trust by a negation where evidence is missing",
    "W113": "action type spelled nearly like another",
    "W114": "rule without a condition",
    "W115": "evidence spelled nearly like other evidence",
    "W116": "memory that is not shown to tighten only",
}


@attrs.frozen
class Label:
    """A second place that the message speaks of."""

    span: Span
    text: str


@attrs.frozen
class Suggestion:
    """An edit that would mend it: put `replacement` where `span` is."""

    span: Span
    replacement: str


@attrs.frozen
class Diagnostic:
    """One error or warning.

    message: one sentence without a full stop; names from the source stand in backquotes
    span:    what to underline
    help:    one sentence that says what to do; None where there is nothing to add
    """

    code: str
    message: str
    span: Span
    help: str | None = None
    labels: tuple[Label, ...] = ()
    suggestion: Suggestion | None = None

    @property
    def severity(self) -> Severity:
        """Warnings have codes that start with W, errors with L."""
        return Severity.WARNING if self.code.startswith("W") else Severity.ERROR


@attrs.frozen
class Report:
    """Diagnostics of one source, in the order of their places."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, source: Source, diagnostics: Iterable[Diagnostic]) -> Report:
        """Sort by place, then code, then as they come; the same finding at the same place is kept once."""
        unique = dict.fromkeys(diagnostics)
        return cls(source, tuple(sorted(unique, key=lambda d: (d.span.start, d.span.end, d.code))))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Those that stop the compiler."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Those that do not."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.WARNING)


class CompileError(LumynError):
    """A source that does not compile; `report` says why, with warnings besides the errors."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that was found, errors and warnings."""
        return self.report.diagnostics

    def __str__(self) -> str:
        first = self.report.errors[0]
        place = self.report.source.position(first.span.start)
        more = len(self.report.errors) - 1
        rest = f" (and {more} more)" if more else ""
        return f"{self.report.source.name}:{place.line}:{place.column}: error[{first.code}]: {first.message}{rest}"
