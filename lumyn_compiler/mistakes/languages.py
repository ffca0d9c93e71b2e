"""Files, or parts of files, in another language."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import Failure
from lumyn_compiler.source import Span

__all__ = ["block_of_another_language", "markdown_fence", "merge_conflict", "other_language"]


def merge_conflict(failure: Failure) -> Diagnostic | None:
    """Markers that a merge left."""
    text, start = failure.source.text, failure.found.span.start
    line_start = text.rfind("\n", 0, start) + 1
    line = failure.text_from(line_start)
    if re.match(r"<{7}(?!<)|={7}(?!=)|>{7}(?!>)|\|{7}(?!\|)", line) is None:
        return None
    return Diagnostic(
        "L101",
        "merge conflict marker",
        Span(line_start, line_start + len(line)),
        help="choose one side of the conflict, and remove the markers",
    )


def other_language(failure: Failure) -> Diagnostic | None:
    """YAML or JSON where a statement should begin."""
    if failure.statement is not None or not failure.first_on_line:
        return None
    line = failure.rest_of_line
    span = Span(failure.found.span.start, failure.found.span.start + len(line.rstrip()))
    if re.match(r"---|%YAML|-\s+\w|[\w.-]+\s*:(?:\s|$)", line):
        return Diagnostic(
            "L101",
            "this is YAML in a `.lumyn` file",
            span,
            help="call a YAML policy `policy.yml`, or say `--spelling yaml`; `lumyn policy convert` makes a `.lumyn` file of it",
        )
    if re.match(r"[\[{]\s*(?:[\"{\[]|$)", line):
        return Diagnostic("L101", "this is JSON in a `.lumyn` file", span, help="a policy is a list of statements")
    return None


def markdown_fence(failure: Failure) -> Diagnostic | None:
    """A line of back quotes around code."""
    line = failure.rest_of_line
    if not failure.first_on_line or not line.startswith("```"):
        return None
    span = Span(failure.found.span.start, failure.found.span.start + len(line.rstrip()))
    return Diagnostic("L103", "Markdown fence in a policy", span, help="remove it", suggestion=Suggestion(span, ""))


def block_of_another_language(failure: Failure) -> Diagnostic | None:
    """Statements such as `allow if …` or `if …`."""
    word = failure.found.text.lower()
    if failure.statement is not None or word not in {*_VERDICT_OF, "if", "import", "include", "package"}:
        return None
    if word in ("import", "include", "package"):
        wish = "remove it; a policy is one file"
        return Diagnostic("L101", f"there is no `{failure.found.text}`", failure.found.span, help=wish)
    verdict = _VERDICT_OF.get(word, "ESCALATE")
    return Diagnostic(
        "L101",
        f"no statement begins with `{failure.found.text}`",
        failure.found.span,
        help=f"a rule says it so: `rule ID for ACTION when … then {verdict} because REASON`",
    )


_VERDICT_OF = (
    dict.fromkeys(("allow", "permit", "approve", "accept", "grant", "trust"), "TRUST")
    | dict.fromkeys(("deny", "forbid", "block", "reject", "refuse", "abstain"), "ABSTAIN")
    | dict.fromkeys(("review", "escalate"), "ESCALATE")
    | {"query": "QUERY"}
)
