"""Diagnostics for people and for machines: as text, JSON, GitHub annotations and SARIF.

Every function takes the reports of any number of sources. Text from a source is escaped, so that it can't act on a
terminal or in a log.
"""

from __future__ import annotations

import json

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Report, Severity
from lumyn_compiler.printable import escape, width
from lumyn_compiler.sarif import render_sarif
from lumyn_compiler.source import Source, Span

__all__ = ["diagnostic_values", "render_github", "render_json", "render_sarif", "render_text", "summary"]

# Of a line that is longer, this many code points are shown, as many as _BEFORE of them before the underlined place.
_SHOWN = 100
_BEFORE = 40


def render_text(*reports: Report, colour: bool = False) -> str:
    """Every diagnostic with its place underlined, blank lines between them; empty when there are none."""
    paint = _ANSI if colour else _PLAIN
    blocks = [_block(report.source, found, paint) for report in reports for found in report.diagnostics]
    return "\n".join(blocks)


def summary(*reports: Report) -> str:
    """How much was found: `2 errors, 1 warning`."""
    errors = sum(len(report.errors) for report in reports)
    warnings = sum(len(report.warnings) for report in reports)
    counted = [_count(errors, "error"), _count(warnings, "warning")]
    return ", ".join(filter(None, counted)) or "no errors"


def render_json(*reports: Report) -> str:
    """The diagnostics as a JSON list of objects, in ASCII."""
    values = [value for report in reports for value in diagnostic_values(report)]
    return json.dumps(values, indent=2).replace("\x7f", "\\u007f") + "\n"


def diagnostic_values(report: Report) -> list[dict[str, object]]:
    """The diagnostics of a report as plain JSON values; lines and columns count from 1, offsets from 0."""
    return [
        {
            "code": found.code,
            "severity": str(found.severity),
            "message": found.message,
            "file": report.source.name,
            **_places(report.source, found.span),
            "help": found.help,
            "labels": [{"text": label.text, **_places(report.source, label.span)} for label in found.labels],
            "suggestion": None
            if found.suggestion is None
            else {"replacement": found.suggestion.replacement, **_places(report.source, found.suggestion.span)},
        }
        for found in report.diagnostics
    ]


def render_github(*reports: Report) -> str:
    """The diagnostics as workflow commands that GitHub shows beside the lines."""
    return "".join(_annotation(report.source, found) for report in reports for found in report.diagnostics)


@attrs.frozen
class _Paint:
    """The control sequences that begin each part of the text; `end` ends them all."""

    error: str
    warning: str
    message: str
    gutter: str
    help: str
    end: str

    def of(self, severity: Severity) -> str:
        """What a severity and its underline begin with."""
        return self.error if severity is Severity.ERROR else self.warning


_PLAIN = _Paint("", "", "", "", "", "")
_ANSI = _Paint("\x1b[1;31m", "\x1b[1;33m", "\x1b[1m", "\x1b[34m", "\x1b[36m", "\x1b[0m")


def _block(source: Source, found: Diagnostic, paint: _Paint) -> str:
    place = source.position(found.span.start)
    marks = [_Mark(found.span, "^", "", paint.of(found.severity))]
    marks += [_Mark(label.span, "-", label.text, paint.gutter) for label in found.labels]
    digits = max(5, *(len(str(source.position(mark.span.start).line)) for mark in marks))
    severity = f"{paint.of(found.severity)}{found.severity}[{found.code}]{paint.end}"
    message = f"{paint.message}{escape(found.message)}{paint.end}"
    lines = [f"{escape(source.name)}:{place.line}:{place.column}: {severity}: {message}"]
    for mark in marks:
        lines += _excerpt(source, mark, digits, paint)
    if found.help is not None:
        lines.append(f"   {paint.help}help{paint.end}: {escape(found.help)}")
    return "\n".join(lines) + "\n"


@attrs.frozen
class _Mark:
    """A place to underline, with what sign and colour, and the text behind the underline."""

    span: Span
    sign: str
    text: str
    colour: str


def _excerpt(source: Source, mark: _Mark, digits: int, paint: _Paint) -> list[str]:
    """The first line of a marked span, and beneath it its underline and text."""
    line = source.position(mark.span.start).line
    before, within, after = _cut(source, mark.span)
    underline = f"{mark.colour}{mark.sign * max(1, width(within))}{' ' * bool(mark.text)}{escape(mark.text)}{paint.end}"
    return [
        f"{paint.gutter}{line:>{digits}} |{paint.end} {before}{within}{after}".rstrip(),
        f"{paint.gutter}{'':>{digits}} |{paint.end} {' ' * width(before)}{underline}",
    ]


def _cut(source: Source, span: Span) -> tuple[str, str, str]:
    """The first line of a span as escaped text before, within and after it; a long line is cut around the place."""
    text = source.text
    line_start = source.line_starts[source.position(span.start).line - 1]
    first = line_start if span.start - line_start < _SHOWN - _BEFORE else span.start - _BEFORE
    line_end = text.find("\n", span.start, first + _SHOWN)
    if line_end < 0:
        line_end = min(len(text), first + _SHOWN)
    cut_after = line_end < len(text) and text[line_end] != "\n"
    end = min(max(span.end, span.start), line_end)
    before = ("…" if first > line_start else "") + escape(text[first : span.start])
    return before, escape(text[span.start : end]), escape(text[end:line_end]) + ("…" if cut_after else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _places(source: Source, span: Span) -> dict[str, dict[str, int]]:
    return {"start": _place(source, span.start), "end": _place(source, span.end)}


def _place(source: Source, offset: int) -> dict[str, int]:
    position = source.position(offset)
    return {"line": position.line, "column": position.column, "offset": offset}


def _annotation(source: Source, found: Diagnostic) -> str:
    start, end = source.position(found.span.start), source.position(found.span.end)
    properties = {"file": source.name, "line": start.line, "col": start.column, "endLine": end.line}
    if start.line == end.line:
        properties["endColumn"] = end.column
    properties["title"] = found.code
    spelled = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = escape(found.message) if found.help is None else f"{escape(found.message)}\n{escape(found.help)}"
    return f"::{found.severity} {spelled}::{_message(message)}\n"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(escape(text)).replace(":", "%3A").replace(",", "%2C")
