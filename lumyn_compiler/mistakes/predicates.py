"""Predicates whose parts stand in another order, or are left out because the predicate before has them."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import COMPARISONS, Failure, Lexeme
from lumyn_compiler.source import Span

__all__ = ["attribute_left_out", "attributes_compared", "constant_first", "presence_first", "unknown_operator"]

_NAME = r"[A-Za-z_][\w-]*+(?:\.(?:[\w-]++|\"[^\"\\\n]*\"))*+"
_CONSTANT = r"(?:-?\d+(?:\.\d+)?(?![\w.])|\"[^\"\\\n]*\")"
_COMPARISON = r"(?:[<>]=?|[!=]?=)"

# What a condition may stand behind.
_OPENERS = frozenset({"when", "and", "or", "not", "(", "="})


def attributes_compared(failure: Failure) -> Diagnostic | None:
    """Function calls, comparisons in a row."""
    found, previous, before = failure.found, failure.previous, failure.back(2)
    if found.kind == "(" and previous is not None and previous.kind == "NAME" and failure.touches_previous:
        if failure.statement == "evidence":
            return None
        return Diagnostic(
            "L101",
            f"there is no function `{previous.text}`",
            previous.span,
            help='a predicate asks about one attribute as it was sent: `evidence.country = "de"`',
        )
    if found.kind in COMPARISONS and before is not None and before.kind in COMPARISONS:
        return Diagnostic(
            "L101",
            "a predicate compares once",
            found.span,
            help="write `amount_usd between 1 and 5`, or two predicates joined with `and`",
        )
    return None


def unknown_operator(failure: Failure) -> Diagnostic | None:
    """`evidence.risk no low`."""
    found, previous = failure.found, failure.previous
    if not {"=", "in", "is"} <= failure.expected or found.kind != "NAME" or failure.first_on_line:
        return None
    if previous is None or previous.kind != "NAME" or not _WITH_VALUE.match(failure.rest_of_line):
        return None
    return Diagnostic(
        "L101",
        f"there is no operator `{found.text}`",
        found.span,
        help="there is `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`, `between`, `is missing`, `is present`, …",
    )


_WITH_VALUE = re.compile(r"\w++ +(?!(?:and|or|then|else|require|because|ask)\b)(?:[\w.-]+(?: |$)|\"|\()")


def presence_first(failure: Failure) -> Diagnostic | None:
    """`exists evidence.x`, `missing(evidence.x)`."""
    previous, opener = failure.previous, failure.back(2)
    if previous is None or opener is None or opener.kind not in _OPENERS or failure.found.kind not in ("NAME", "("):
        return None
    right = _PRESENCE.get(previous.text.lower())
    match = _ASKED_OF.match(failure.rest_of_line)
    if right is None or match is None:
        return None
    wish = f"{match['name'] or match['inside']} {right}"
    span = Span(previous.span.start, failure.found.span.start + match.end())
    message = f"`{right}` stands behind the attribute"
    return Diagnostic("L101", message, span, help=f"write `{wish}`", suggestion=Suggestion(span, wish))


_PRESENCE = {
    **dict.fromkeys(("exists", "exist", "present", "is_present", "has", "defined", "isset", "given"), "is present"),
    **dict.fromkeys(("missing", "is_missing", "absent", "isnull", "is_null"), "is missing"),
}
_ASKED_OF = re.compile(
    rf"(?:(?P<name>{_NAME})|\(\s*(?P<inside>{_NAME})\s*\))"
    rf"(?!\s*(?:{_COMPARISON}|(?:is|in|not|between|starts|contains)\b))"
)


def constant_first(failure: Failure) -> Diagnostic | None:
    """`25 < amount_usd`, `1 <= amount_usd <= 5`."""
    if failure.found.kind not in ("NUMBER", "TEXT") or not {"not", "("} <= failure.expected:
        return None
    match = _TURNED.match(failure.rest_of_line)
    if match is None:
        return None
    start = failure.found.span.start
    span = Span(start, start + match.end())
    right = _turned(match)
    negated = failure.previous is not None and failure.previous.kind == "not"
    if " and " in right and " between " not in right and negated:
        right = f"({right})"
    return Diagnostic(
        "L101",
        "a predicate begins with its attribute",
        span,
        help=f"write `{right}`",
        suggestion=Suggestion(span, right),
    )


_TURNED = re.compile(
    rf"(?P<left>{_CONSTANT})\s*(?P<first>{_COMPARISON})\s*(?P<name>{_NAME})"
    rf"(?:\s*(?P<second>{_COMPARISON})\s*(?P<right>{_CONSTANT}))?(?!\s*{_COMPARISON})"
)
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "="}


def _turned(match: re.Match[str]) -> str:
    """The same question with the attribute first, or two of them."""
    name, left, right = match["name"], match["left"], match["right"]
    first, second = _MIRRORED.get(match["first"], match["first"]), match["second"]
    if second is None:
        return f"{name} {first} {left}"
    if (first, second) == (">=", "<="):
        return f"{name} between {left} and {right}"
    if (first, second) == ("<=", ">="):
        return f"{name} between {right} and {left}"
    return f"{name} {first} {left} and {name} {'=' if second == '==' else second} {right}"


def attribute_left_out(failure: Failure) -> Diagnostic | None:
    """`risk = "a" or "b"`, `amount_usd > 1 and < 5`, `tags contains "a" or "b"`."""
    joint, constant, operator, attribute = (failure.back(count) for count in range(1, 5))
    if joint is None or constant is None or operator is None or attribute is None:
        return None
    if joint.kind not in ("and", "or") or attribute.kind != "NAME" or operator.kind not in COMPARISONS | {"contains"}:
        return None
    before = failure.back(5)
    if before is None or before.kind == "condition":
        # `condition x = y or 5`, whose `=` compares nothing.
        return None
    found, name = failure.found, attribute.text
    message = f"both sides of `{joint.kind}` ask about an attribute"
    if found.kind in COMPARISONS:
        mend = Suggestion(Span(found.span.start, found.span.start), f"{name} ")
        return Diagnostic("L101", message, found.span, help=f"write `{name} {found.text} …`", suggestion=mend)
    more = _ROWS[joint.kind].match(failure.rest_of_line)
    if more is None or constant.kind not in ("NUMBER", "TEXT", "NAME"):
        return None
    end = found.span.start + more.end()
    listed = ", ".join([constant.text, *re.findall(_CONSTANT, more.group())])
    right = _LISTS.get((operator.kind, joint.kind))
    if right is None:
        return Diagnostic("L101", message, found.span, help=_without_list(operator, joint, name, listed))
    mend = Suggestion(Span(operator.span.start, end), f"{right} ({listed})")
    return Diagnostic("L101", message, found.span, help=f"write `{name} {right} ({listed})`", suggestion=mend)


_ROWS = {
    joint: re.compile(rf"{_CONSTANT}(?:\s+{joint}\s+{_CONSTANT})*+(?!\s*{_COMPARISON})") for joint in ("and", "or")
}
_LISTS = {("=", "or"): "in", ("contains", "or"): "contains any", ("contains", "and"): "contains all"}


def _without_list(operator: Lexeme, joint: Lexeme, name: str, listed: str) -> str:
    # Both `!= 1 or 2` and `!= 1 and 2` are said, and one of them would ask something else.
    if operator.kind == "!=":
        return f"write `{name} not in ({listed})` if it is to be none of them"
    return f"repeat what is asked: `{joint.kind} {name} {operator.text} …`"
