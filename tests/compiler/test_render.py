"""Diagnostics for people and machines."""

import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.diagnostic import CODES, Diagnostic, Label, Report, Suggestion
from lumyn_compiler.printable import escape
from lumyn_compiler.render import render_github, render_json, render_sarif, render_text, summary
from lumyn_compiler.source import Source, Span

REFUND = "stage HARD_BLOCKS\n" * 13 + "  when evidence.chargback_risk >= 0.70\n"


def _span(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def _report(text: str, part: str, message: str = "wrong", name: str = "a.lumyn", **more: object) -> Report:
    found = Diagnostic("L101", message, _span(text, part), **more)  # type: ignore[arg-type]
    return Report.of(Source(name, text), [found])


UNKNOWN = Report.of(
    Source("refund.lumyn", REFUND),
    [
        Diagnostic(
            "L203",
            "unknown attribute `evidence.chargback_risk`",
            _span(REFUND, "evidence.chargback_risk"),
            help="did you mean `evidence.chargeback_risk`?",
            suggestion=Suggestion(_span(REFUND, "evidence.chargback_risk"), "evidence.chargeback_risk"),
        )
    ],
)


def test_a_diagnostic_shows_its_place_underlined_with_help() -> None:
    """The text of the design's own example, to the letter."""
    assert render_text(UNKNOWN) == (
        "refund.lumyn:14:8: error[L203]: unknown attribute `evidence.chargback_risk`\n"
        "   14 |   when evidence.chargback_risk >= 0.70\n"
        "      |        ^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   help: did you mean `evidence.chargeback_risk`?\n"
    )


def test_labels_are_further_underlined_lines() -> None:
    """Each label shows its own line, and its text behind the underline."""
    text = "let a = 1\nlet b = 2\nlet a = 3\n"
    found = Diagnostic("L202", "twice", Span(24, 25), labels=(Label(Span(4, 5), "first declared here"),))
    assert render_text(Report.of(Source("a.lumyn", text), [found])) == (
        "a.lumyn:3:5: error[L202]: twice\n"
        "    3 | let a = 3\n"
        "      |     ^\n"
        "    1 | let a = 1\n"
        "      |     - first declared here\n"
    )


def test_diagnostics_are_parted_by_blank_lines_and_counted() -> None:
    """Two reports make one text and one count."""
    warning = Report.of(Source("b.lumyn", "x"), [Diagnostic("W109", "careful", Span(0, 1))])
    assert "\n\nb.lumyn:1:1: warning[W109]: careful\n" in render_text(UNKNOWN, warning)
    assert summary(UNKNOWN, warning, UNKNOWN) == "2 errors, 1 warning"
    assert summary(warning) == "1 warning"
    assert summary() == "no errors"


def test_a_span_of_several_lines_underlines_the_first() -> None:
    """The underline ends where the first line does."""
    text = "when a = 1\n  and b = 2\n"
    assert render_text(_report(text, "a = 1\n  and b")).splitlines()[1:] == ["    1 | when a = 1", "      |      ^^^^^"]


def test_an_empty_span_is_underlined_by_one_sign() -> None:
    """The end of a text is a place, too."""
    report = Report.of(Source("a.lumyn", "when"), [Diagnostic("L101", "ends", Span(4, 4))])
    assert render_text(report).splitlines()[1:] == ["    1 | when", "      |     ^"]


def test_a_place_after_the_last_line_is_shown() -> None:
    """The line behind the last line end is empty."""
    report = Report.of(Source("a.lumyn", "when\n"), [Diagnostic("L101", "ends", Span(5, 5))])
    assert render_text(report) == "a.lumyn:2:1: error[L101]: ends\n    2 |\n      | ^\n"


def test_tabs_and_wide_characters_keep_the_underline_right() -> None:
    """A tab is four cells, an ideograph two, a combining mark none."""
    text = "\t漢e\N{COMBINING ACUTE ACCENT} x"
    assert render_text(_report(text, "x")).splitlines()[1:] == [
        "    1 |     漢e\N{COMBINING ACUTE ACCENT} x",
        "      |         ^",
    ]


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\r", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b"])
def test_nothing_from_the_source_acts_on_a_terminal(character: str) -> None:
    """Control, bidirectional and invisible characters are spelled as escapes, wherever they stand."""
    report = _report(
        f"let {character}x = 1",
        "x",
        f"bad `{character}`",
        name=f"{character}.lumyn",
        help=f"not {character}",
        labels=(Label(Span(0, 3), f"by {character}"),),
    )
    spelled = f"\\u{ord(character):04x}"
    assert character not in render_text(report)
    assert render_text(report).count(spelled) == 6
    assert character not in render_github(report)
    assert character not in render_json(report)
    assert character not in render_sarif(report)


def test_a_very_long_line_is_cut_around_the_place() -> None:
    """Dots say where something was left out; the underline still stands beneath its text."""
    text = "a" * 5000 + "BAD" + "c" * 5000
    line, underline = render_text(_report(text, "BAD")).splitlines()[1:]
    assert line == "    1 | …" + "a" * 40 + "BAD" + "c" * 57 + "…"
    assert underline == "      | " + " " * 41 + "^^^"


def test_a_span_longer_than_what_is_shown_is_underlined_as_far() -> None:
    """The underline ends where the line was cut."""
    line, underline = render_text(_report("x" * 300, "x" * 300)).splitlines()[1:]
    assert line == "    1 | " + "x" * 100 + "…"
    assert underline == "      | " + "^" * 100


def test_line_numbers_beyond_five_digits_widen_the_margin() -> None:
    """The bars of one diagnostic stand beneath each other."""
    text = "\n" * 123_456 + "x"
    _, line, underline = render_text(_report(text, "x")).splitlines()
    assert line.index("|") == underline.index("|") == 7


@given(st.text("ab \t漢字\x1b\u202e", max_size=300), st.data())
def test_the_underline_covers_just_the_text_of_the_span(text: str, data: st.DataObject) -> None:
    """Cell by cell, however the line was escaped and cut."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    shown, underline = render_text(
        Report.of(Source("a", text), [Diagnostic("L101", "m", Span(start, end))])
    ).splitlines()[1:]
    first, last = underline.index("^"), underline.rindex("^") + 1
    assert shown.isprintable()
    assert underline[first:last] == "^" * (last - first)
    if start < end:
        assert "".join(_cells(shown)[first:last]).rstrip() == "".join(_cells(escape(text[start:end]))).rstrip()


def _cells(text: str) -> list[str]:
    """Each character as often as it has cells."""
    return [character for character in text for _ in range(2 if character in "漢字" else 1)]


def test_colour_paints_the_parts_and_ends_every_sequence() -> None:
    """Without the sequences the coloured text is the plain one."""
    coloured = render_text(UNKNOWN, colour=True)
    assert "\x1b[1;31merror[L203]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_text(UNKNOWN)
    assert coloured.count("\x1b[0m") == coloured.count("\x1b[") / 2


def test_json_says_everything_a_diagnostic_has() -> None:
    """Lines and columns count from 1, offsets from 0."""
    [value] = json.loads(render_json(UNKNOWN))
    start = REFUND.index("evidence")
    assert value == {
        "code": "L203",
        "severity": "error",
        "message": "unknown attribute `evidence.chargback_risk`",
        "file": "refund.lumyn",
        "start": {"line": 14, "column": 8, "offset": start},
        "end": {"line": 14, "column": 31, "offset": start + 23},
        "help": "did you mean `evidence.chargeback_risk`?",
        "labels": [],
        "suggestion": {
            "replacement": "evidence.chargeback_risk",
            "start": {"line": 14, "column": 8, "offset": start},
            "end": {"line": 14, "column": 31, "offset": start + 23},
        },
    }


def test_json_of_no_diagnostics_is_an_empty_list() -> None:
    """There is always one JSON value."""
    assert json.loads(render_json()) == []


def test_github_annotations_name_file_line_and_code() -> None:
    """The help follows on a line of its own, spelled as GitHub wants it."""
    assert render_github(UNKNOWN) == (
        "::error file=refund.lumyn,line=14,col=8,endLine=14,endColumn=31,title=L203"
        "::unknown attribute `evidence.chargback_risk`%0Adid you mean `evidence.chargeback_risk`?\n"
    )


def test_github_annotations_escape_what_has_a_meaning_there() -> None:
    """Per cents and line ends in messages; commas and colons in properties besides."""
    report = _report("x", "x", "100 % of a,b:c", name="a,b:c%.lumyn")
    assert render_github(report) == (
        "::error file=a%2Cb%3Ac%25.lumyn,line=1,col=1,endLine=1,endColumn=2,title=L101::100 %25 of a,b:c\n"
    )


# What the SARIF 2.1.0 schema says of the parts that are written here (its whole text is 3,000 lines).
_REGION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["startLine", "startColumn", "endLine", "endColumn"],
    "patternProperties": {"Line$|Column$": {"type": "integer", "minimum": 1}},
}
_ARTIFACT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["uri"],
    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9%/._~-]+$"}},
}
_MESSAGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {"text": {"type": "string"}},
}
_PHYSICAL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["artifactLocation", "region"],
    "properties": {"artifactLocation": _ARTIFACT, "region": _REGION},
}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": -1},
        "physicalLocation": _PHYSICAL,
        "message": _MESSAGE,
    },
}
_FIX = {
    "type": "object",
    "additionalProperties": False,
    "required": ["artifactChanges"],
    "properties": {
        "artifactChanges": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["artifactLocation", "replacements"],
                "properties": {
                    "artifactLocation": _ARTIFACT,
                    "replacements": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["deletedRegion"],
                            "properties": {"deletedRegion": _REGION, "insertedContent": _MESSAGE},
                        },
                    },
                },
            },
        }
    },
}
_SARIF = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"enum": ["2.1.0"]},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "additionalProperties": False,
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": _MESSAGE,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "additionalProperties": False,
                                                    "properties": {"level": {"enum": ["error", "warning"]}},
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": _MESSAGE,
                                "locations": {"type": "array", "items": _LOCATION},
                                "relatedLocations": {"type": "array", "uniqueItems": True, "items": _LOCATION},
                                "fixes": {"type": "array", "uniqueItems": True, "items": _FIX},
                            },
                        },
                    },
                },
            },
        },
    },
}


def test_sarif_keeps_to_its_schema() -> None:
    """Every part that is written is one that SARIF 2.1.0 knows, and what it requires is there."""
    text = "let a = 1\nlet a = 2\n"
    found = Diagnostic(
        "L202",
        "twice",
        Span(14, 15),
        labels=(Label(Span(4, 5), "first"),),
        suggestion=Suggestion(Span(14, 15), "b"),
    )
    log = json.loads(render_sarif(UNKNOWN, Report.of(Source("some folder/a:b.lumyn", text), [found])))
    jsonschema.validate(log, _SARIF)
    first, second = log["runs"][0]["results"]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "L203"
    assert second["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "some%20folder/a%3Ab.lumyn"},
        "region": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6},
    }
    assert second["relatedLocations"][0]["message"] == {"text": "first"}


def test_sarif_lists_every_code_as_a_rule() -> None:
    """With what it is about, and its level."""
    rules = json.loads(render_sarif())["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["shortDescription"]["text"] for rule in rules} == CODES
    assert {rule["defaultConfiguration"]["level"] for rule in rules if rule["id"][0] == "W"} == {"warning"}
