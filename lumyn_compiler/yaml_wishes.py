"""What checks say in the words of `.lumyn`, said in those of policy.v0, for the authors of a document.

Checks look at policies, which have no spelling any more. Where a help shows how something is written, it is rewritten here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Report
from lumyn_compiler.operators import OPERATORS

__all__ = ["in_words_of_yaml"]


def in_words_of_yaml(report: Report) -> Report:
    """The report of a document, its findings in the words of policy.v0."""
    return attrs.evolve(report, diagnostics=tuple(map(_rewritten, report.diagnostics)))


def _rewritten(found: Diagnostic) -> Diagnostic:
    message, wish = found.message, found.help
    for code, pattern, right in _REWRITTEN:
        if code == found.code:
            message = re.sub(pattern, right, message)
            wish = None if wish is None else re.sub(pattern, right, wish)
    return attrs.evolve(found, message=message, help=wish)


def _key(match: re.Match[str]) -> str:
    """`amount.currency` and its like as keys spell them, for questions whether they are there."""
    names = [name.replace("amount.currency", "amount_currency") for name in match["names"].split(", ")]
    asked = " and ".join(f"`{name}_present: true`" for name in names)
    keys = [name.removeprefix("evidence.") for name in names if name.startswith("evidence.")]
    if len(keys) < len(names):
        return f"ask here for {asked}"
    return f"list `{', '.join(keys)}` under `required_evidence` of this action, or ask here for {asked}"


def _operator(match: re.Match[str]) -> str:
    suffix = _SUFFIXES.get(match["operator"])
    return match.group() if suffix is None else f"`_{suffix}`"


def _operators(match: re.Match[str]) -> str:
    """Those of a list that policy.v0 has."""
    suffixes = [_SUFFIXES[operator] for operator in re.findall("`([^`]+)`", match["list"]) if operator in _SUFFIXES]
    return f"for {match['kind']} there is {', '.join(f'`_{suffix}`' for suffix in suffixes)}"


_SUFFIXES = {
    **{str(operator): entry.yaml for operator, entry in OPERATORS.items() if entry.yaml is not None},
    "!=": "ne",
    "is missing": "is: null",
    "is present": "present: true",
}

_Right = str | Callable[[re.Match[str]], str]

# Code, pattern in its message or help, what stands there instead.
_REWRITTEN: tuple[tuple[str, str, _Right], ...] = (
    ("L004", r"use `in \(…\)` lists, or split the rule", "use `_in`, or split the rule"),
    ("L005", r"rules `for any action` or for a prefix", "rules without a `when`"),
    ("L006", r"use `in \(…\)` lists", "use `_in`"),
    ("L209", r"write `for any action`", "leave out `when`"),
    ("L209", r", or `[^`]*\.\*` for all that begin so", ""),
    ("L301", r"for (?P<kind>[^`]+) there is (?P<list>`.*)", _operators),
    ("L301", r"^`(?P<operator>[^`]+)`(?= does not apply)", _operator),
    ("L302", r"ask with `is missing` or `is present`", "ask with `_is: null` or `_present: true`"),
    ("L501", r"say why: `\w+ because SOME_REASON`", "say why: `reason_codes: [SOME_REASON]`"),
    ("W101", r"declare it as a `one of \(…\)`", 'declare it under `extensions.lumyn.evidence` as `"one of (…)"`'),
    ("W104", r"`require (?P<names>[^`]+)` in a rule of this action, or ask here that .*`is present`", _key),
    ("W112", r"`require (?P<names>[^`]+)` in a rule of this action, or ask here that .*`is present`", _key),
    ("W110", r"`ask about evidence\.… \"…\"`", "`queries: [{field: evidence.…, text: …}]`"),
)
