"""Texts without quotes, with other quotes, with one quote too few or too many."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import COMPARISONS, OTHER, Failure
from lumyn_compiler.mistakes.misspelling import close_keyword
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import VERDICTS, spell_text

__all__ = [
    "foreign_quotes",
    "number_for_text",
    "quotes_out_of_step",
    "text_after_text",
    "unclosed_text",
    "unquoted_text",
]


def unclosed_text(failure: Failure) -> Diagnostic | None:
    """A quote that opens a text and no other on its line, or one too many at the end of a text."""
    if failure.found.kind != OTHER or failure.found.text != '"':
        return None
    line = failure.rest_of_line
    previous = failure.previous
    if previous is not None and previous.kind == "TEXT" and failure.touches_previous and not line[1:].strip(" \t"):
        return Diagnostic(
            "L102",
            "stray quote after a text",
            failure.found.span,
            help='remove it; inside a text a quote is written `\\"`',
            suggestion=Suggestion(failure.found.span, ""),
        )
    text = line.rstrip(" \t")
    span = Span(failure.found.span.start, failure.found.span.start + len(text))
    return Diagnostic(
        "L102",
        "text without its closing quote",
        span,
        help='end it with `"` on the same line; inside a text a quote is written `\\"` and a line end `\\n`',
        suggestion=Suggestion(span, f'{text}"') if text.count('"') == 1 and _ends_with_line(text, failure) else None,
    )


def _ends_with_line(text: str, failure: Failure) -> bool:
    """Whether a text can only end where its line does: nothing behind it reads as more of the policy."""
    sentence = failure.previous is not None and (
        failure.previous.kind == "ask"
        or failure.statement == "reason"
        or failure.previous.kind == "test"
        or "about" in failure.clauses
        or "oblige" in failure.clauses
    )
    return not text.endswith("\\") and (_IN_SENTENCES if sentence else _IN_CONSTANTS).search(text) is None


# What hardly stands in a text, but may well stand behind it.
_IN_SENTENCES = re.compile(
    rf"#|\b(?:then|else|expect)\s+(?:{'|'.join(map(str, VERDICTS))})\b|\bask\s+about\b|\brequire\s+\w+\."
)
_IN_CONSTANTS = re.compile(
    r"[^\w\s\".:/@-]|\s:|\bversion\b|\b(?:and|or|not|then|else|require|because|ask|oblige|for|when|is|in|to)\b"
)


def foreign_quotes(failure: Failure) -> Diagnostic | None:
    """Single, curly, angle and back quotes."""
    closers = _QUOTES.get(failure.found.text)
    if failure.found.kind != OTHER or closers is None:
        return None
    if failure.previous is not None and failure.previous.kind == "NUMBER" and failure.touches_previous:
        # Between digits it parts thousands.
        return None
    line = failure.rest_of_line
    length = next((place for place, letter in enumerate(line) if place and letter in closers), None)
    start = failure.found.span.start
    span = failure.found.span if length is None else Span(start, start + length + 1)
    return Diagnostic(
        "L103",
        f"`{failure.found.text}` is no quote that a text begins with",
        span,
        help='texts stand in plain double quotes: `"…"`',
        # An apostrophe ends no text.
        suggestion=None
        if length is None or re.match(r"\w", line[length + 1 :])
        else Suggestion(span, spell_text(line[1:length])),
    )


_QUOTES = {"'": "'’", "`": "`'", "“": '”“"', "”": '”"', "„": "“”", "‘": "’'", "’": "’'", "«": "»", "‹": "›"}


def quotes_out_of_step(failure: Failure) -> Diagnostic | None:
    """`("de, "fr")`: a quote was left out before, so that what stands between texts is read as one."""
    previous = failure.previous
    if previous is None or previous.kind != "TEXT" or not failure.touches_previous:
        return None
    if failure.found.kind not in ("NAME", "NUMBER", "PREFIX") and not failure.found.kind.islower():
        return None
    return Diagnostic(
        "L102",
        f"`{failure.found.text}` directly behind a text",
        previous.span.through(failure.found.span),
        help="a quote is missing before it: each text begins and ends with one",
    )


def text_after_text(failure: Failure) -> Diagnostic | None:
    """A text in triple quotes, or two texts where one should stand."""
    previous = failure.previous
    if failure.found.kind != "TEXT" or previous is None or previous.kind != "TEXT" or not failure.touches_previous:
        return None
    return Diagnostic(
        "L102",
        "two texts without a blank between them",
        previous.span.through(failure.found.span),
        help='a text stands in one pair of quotes, on one line; inside it a quote is written `\\"`',
    )


def unquoted_text(failure: Failure) -> Diagnostic | None:
    """Words where a text in quotes should stand, or a value of several words."""
    found, previous = failure.found, failure.previous
    if failure.first_on_line or _ASKS.match(failure.rest_of_line):
        # What begins a line is the next statement or predicate, and what asks something is one of its own.
        return None
    if "TEXT" in failure.expected and "NAME" not in failure.expected and (found.kind.islower() or found.kind == "NAME"):
        start = found.span.start
    elif (
        found.kind == "NAME"
        and previous is not None
        and previous.kind == "NAME"
        and "=" not in failure.expected
        and (failure.back(2) or found).kind in COMPARISONS
        and close_keyword(failure) is None
    ):
        start = previous.span.start
    else:
        return None
    words = re.split(r"\s#|\s(?:and|or|then|else|require|because)\b|[\"(),]", failure.text_from(start))[0].rstrip()
    span = Span(start, start + len(words))
    return Diagnostic(
        "L101",
        "a text of several words stands in quotes" if " " in words else "a text stands in quotes",
        span,
        help=f"write `{spell_text(words)}`",
        suggestion=Suggestion(span, spell_text(words)),
    )


_ASKS = re.compile(r"[\w.-]+\s*(?:[<>=!]|(?:is|in|not|between|starts|contains)\b)")


def number_for_text(failure: Failure) -> Diagnostic | None:
    """`version 1.0`."""
    match = re.match(r"[\w.+-]*\d[\w.+-]*(?=\s|$)", failure.rest_of_line)
    if failure.expected != {"TEXT"}:
        return None
    if match is None:
        return None
    span = Span(failure.found.span.start, failure.found.span.start + match.end())
    what = "a version" if failure.previous is not None and failure.previous.kind == "version" else "a text"
    quoted = spell_text(match.group())
    return Diagnostic(
        "L101", f"{what} stands in quotes", span, help=f"write `{quoted}`", suggestion=Suggestion(span, quoted)
    )
