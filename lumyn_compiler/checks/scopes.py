"""Scopes: what stands after `for` can be the type of an action."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Policy, Word

__all__ = ["check_scopes"]

_PART = "[a-z0-9_]+"
_ACTION_TYPE = re.compile(rf"{_PART}(?:\.{_PART})+")
_PREFIX = re.compile(rf"{_PART}(?:\.{_PART})*\.\*")


def check_scopes(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Patterns of rules and claims, and the action types of tests."""
    del names
    for scope in [rule.scope for rule in policy.rules] + [claim.scope for claim in policy.claims]:
        for pattern in scope.patterns:
            if not _ACTION_TYPE.fullmatch(pattern.text) and not _PREFIX.fullmatch(pattern.text):
                yield _not_an_action(pattern)
    for test in policy.tests:
        if test.action_type is not None and not _ACTION_TYPE.fullmatch(test.action_type.text):
            yield _not_an_action(test.action_type)


def _not_an_action(pattern: Word) -> Diagnostic:
    text = pattern.text
    if text in ("*", "any", "all"):
        wish = "for every action write `for any action`"
    elif text != text.lower():
        wish = "use lower-case letters, digits and `_`"
    elif "." not in text and text.replace("_", "a").isalnum():
        wish = f"action types have two parts or more: `support.{text}`, or `{text}.*` for all that begin so"
    elif "*" in text:
        wish = "a star stands only at the end, after a dot: `support.*`"
    else:
        wish = "action types are lower-case words joined by dots: `support.refund`"
    return Diagnostic("L209", f"`{text}` can't be the type of an action", pattern.span, help=wish)
