"""Diagnostics as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import json
from urllib.parse import quote

from lumyn_compiler.diagnostic import CODES, Diagnostic, Report, Severity
from lumyn_compiler.source import Source, Span

__all__ = ["render_sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(*reports: Report) -> str:
    """One run over all sources, with every code there is among its rules.

    source: Static Analysis Results Interchange Format (SARIF) 2.1.0, §3
    """
    run = {
        "tool": {"driver": {"name": "lumyn", "rules": [_rule(code) for code in CODES]}},
        "columnKind": "unicodeCodePoints",
        "results": [_finding(report.source, found) for report in reports for found in report.diagnostics],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2).replace("\x7f", "\\u007f") + "\n"


_INDEXES = {code: index for index, code in enumerate(CODES)}


def _rule(code: str) -> dict[str, object]:
    level = Severity.WARNING if code.startswith("W") else Severity.ERROR
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "defaultConfiguration": {"level": str(level)},
    }


def _finding(source: Source, found: Diagnostic) -> dict[str, object]:
    value: dict[str, object] = {
        "ruleId": found.code,
        "ruleIndex": _INDEXES[found.code],
        "level": str(found.severity),
        "message": {"text": found.message if found.help is None else f"{found.message}; {found.help}"},
        "locations": [_location(source, found.span)],
    }
    if found.labels:
        value["relatedLocations"] = [
            {**_location(source, label.span), "id": number, "message": {"text": label.text}}
            for number, label in enumerate(found.labels)
        ]
    if found.suggestion is not None:
        change = {
            "deletedRegion": _region(source, found.suggestion.span),
            "insertedContent": {"text": found.suggestion.replacement},
        }
        value["fixes"] = [{"artifactChanges": [{"artifactLocation": _artifact(source), "replacements": [change]}]}]
    return value


def _location(source: Source, span: Span) -> dict[str, object]:
    return {"physicalLocation": {"artifactLocation": _artifact(source), "region": _region(source, span)}}


def _artifact(source: Source) -> dict[str, object]:
    return {"uri": quote(source.name.replace("\\", "/"))}


def _region(source: Source, span: Span) -> dict[str, object]:
    start, end = source.position(span.start), source.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}
