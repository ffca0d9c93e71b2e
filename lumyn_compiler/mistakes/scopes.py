"""The actions that a rule or a claim is for, in other words."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import Failure
from lumyn_compiler.source import Span

__all__ = ["action_type_signs", "every_action", "named_actions"]


def every_action(failure: Failure) -> Diagnostic | None:
    """`for all actions`."""
    found, previous, opener = failure.found, failure.previous, failure.back(2)
    if previous is None or opener is None or opener.kind != "for" or found.text.lower() not in ("action", "actions"):
        return None
    if previous.text.lower() not in ("all", "every", "any", "each"):
        return None
    span = previous.span.through(found.span)
    return Diagnostic(
        "L101",
        f"there is no `{previous.text} {found.text}`",
        span,
        help="write `any action`",
        suggestion=Suggestion(span, "any action"),
    )


def named_actions(failure: Failure) -> Diagnostic | None:
    """`for action support.refund`, `for not support.refund`, `for any support.refund`."""
    found, previous, opener = failure.found, failure.previous, failure.back(2)
    if previous is None or opener is None or found.kind not in ("NAME", "PREFIX", "TEXT"):
        return None
    if failure.list_opener not in ("for", "any") or opener.kind not in ("for", ",") or failure.first_on_line:
        return None
    match previous.text.lower():
        case "action" | "actions" | "type":
            mend = Suggestion(Span(previous.span.start, found.span.start), "")
            wish = f"leave it out: `for {found.text}`"
            return Diagnostic("L101", f"there is no `{previous.text}` here", previous.span, help=wish, suggestion=mend)
        case "not" | "except":
            wish = "name the actions that it is for, or write `for any action`"
            return Diagnostic("L101", "a rule is never for all actions but some", previous.span, help=wish)
        case "any" | "all" | "every" | "each":
            wish = f"write `for any action`, or name the actions: `for {found.text}`"
            return Diagnostic("L101", f"there is no `{previous.text} {found.text}`", previous.span, help=wish)
        case _:
            return None


def action_type_signs(failure: Failure) -> Diagnostic | None:
    """`for support:refund`, `for support/refund`."""
    previous = failure.previous
    if failure.list_opener != "for" or previous is None or previous.kind != "NAME" or not failure.touches_previous:
        return None
    match = re.match(r"(?:::?|/)(?=\w)", failure.rest_of_line)
    if match is None:
        return None
    span = Span(failure.found.span.start, failure.found.span.start + match.end())
    return Diagnostic(
        "L101" if failure.found.kind == ":" else "L103",
        "the parts of an action type are joined by dots",
        span,
        help="write `.`; requests name their actions in the same way",
        suggestion=Suggestion(span, "."),
    )
