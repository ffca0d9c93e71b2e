"""Numbers in other notations, and calculations."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import COMPARISONS, OTHER, Failure
from lumyn_compiler.number_notation import LOOKS, NUMBER_LIKE, PERCENTAGE, notation_of, percentage
from lumyn_compiler.source import Span
from lumyn_runtime.builtin import AMOUNT_USD

__all__ = [
    "amount_currency",
    "arithmetic",
    "malformed_number",
    "number_in_list",
    "percent_sign",
    "spaced_number",
    "unit_after_number",
]


def malformed_number(failure: Failure) -> Diagnostic | None:
    """Numbers with separators, signs, units, or parts left out."""
    found, previous = failure.found, failure.previous
    start = found.span.start
    if failure.touches_previous and previous is not None and previous.kind == "NUMBER":
        start = previous.span.start
    match = NUMBER_LIKE.match(failure.text_from(start))
    if match is None or found.kind not in (OTHER, "NUMBER", "NAME", ",", ":"):
        return None
    written = match.group()
    notation = notation_of(written)
    if start + len(written) <= found.span.start or (notation is None and found.kind != OTHER):
        return None
    span = Span(start, start + len(written))
    kind = failure.kind_of(failure.asked)
    if re.fullmatch(PERCENTAGE, written):
        return percentage(written, span, kind)
    if notation is None:
        return Diagnostic("L105", "this is not written as a number", span, help=LOOKS)
    return notation.diagnostic(written, span, kind)


def number_in_list(failure: Failure) -> Diagnostic | None:
    """`in (100,000, 5)`, whose first comma parts nothing."""
    comma, head = failure.previous, failure.back(2)
    if comma is None or head is None or comma.kind != "," or head.kind != "NUMBER" or failure.list_opener != "(":
        return None
    tail = re.match(r"0\d\d(?![\w.])", failure.rest_of_line)
    if tail is None or not failure.touches_previous or head.span.end != comma.span.start:
        return None
    span = head.span.through(Span(failure.found.span.start, failure.found.span.start + tail.end()))
    wish = f"write `{head.text}{tail.group()}` if it is one number; a comma parts two"
    return Diagnostic("L105", "numbers are written without separators", span, help=wish)


def spaced_number(failure: Failure) -> Diagnostic | None:
    """`amount_usd > 1 000`."""
    head, operator = failure.previous, failure.back(2)
    if head is None or re.fullmatch(r"-?[1-9]\d{0,2}", head.text) is None:
        return None
    match = re.match(r"-?\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?![\w.]|,\d)", failure.text_from(head.span.start))
    if match is None or head.span.start + match.end() <= failure.found.span.start:
        return None
    span = Span(head.span.start, head.span.start + match.end())
    right = match.group().replace(" ", "").replace(",", ".")
    plain = operator is not None and operator.kind in COMPARISONS
    mend = Suggestion(span, right) if plain else None
    return Diagnostic(
        "L105",
        "numbers are written without separators",
        span,
        help=f"write `{right}`" if plain else f"write `{right}` if it is one number",
        suggestion=mend,
    )


def percent_sign(failure: Failure) -> Diagnostic | None:
    """`evidence.share > 30 %`."""
    previous = failure.previous
    if failure.found.text != "%" or previous is None or previous.kind != "NUMBER":
        return None
    if re.match(r"%\s*(?!(?:and|or|then|require|to)\b)[\w.(-]", failure.rest_of_line):
        return None
    span = previous.span.through(failure.found.span)
    return percentage(previous.text, span, failure.kind_of(failure.asked))


def unit_after_number(failure: Failure) -> Diagnostic | None:
    """`amount_usd <= 25 USD`, `evidence.age > 30 days`."""
    found, previous, operator, attribute = (failure.found, *(failure.back(count) for count in range(1, 4)))
    if found.kind != "NAME" or previous is None or previous.kind != "NUMBER" or failure.statement == "test":
        return None
    is_currency = re.fullmatch("[A-Z]{3}", found.text) is not None
    if not is_currency and found.text.lower() not in _UNITS:
        return None
    of_usd = attribute is not None and operator is not None and (attribute.text, found.text) == (AMOUNT_USD, "USD")
    if of_usd:
        wish = f"remove it: `{AMOUNT_USD}` is in USD"
    elif is_currency:
        wish = f'ask about the currency too: `and amount.currency = "{found.text}"`'
    else:
        wish = "remove it; which unit an attribute is in is agreed upon with who sends it"
    mend = Suggestion(Span(previous.span.end, found.span.end), "") if of_usd else None
    return Diagnostic("L105", "a number has no unit", found.span, help=wish, suggestion=mend)


_UNITS = frozenset(
    {"days", "hours", "minutes", "seconds", "weeks", "months", "years", "percent", "usd", "eur", "dollars"}
)


def amount_currency(failure: Failure) -> Diagnostic | None:
    """`amount 12` and `amount 12 "USD"` in a test."""
    found, previous, opener = failure.found, failure.previous, failure.back(2)
    if previous is None or opener is None or previous.kind != "NUMBER" or opener.kind != "amount":
        return None
    if failure.touches_previous:
        # More of the number.
        return None
    code = found.text.strip('"')
    quoted = found.kind == "TEXT" and re.fullmatch("[A-Z]{3}", code) is not None
    return Diagnostic(
        "L101",
        "a currency stands without quotes" if quoted else "an amount has a currency",
        found.span if quoted else previous.span,
        help=f"write `amount {previous.text} {code if quoted else 'USD'}`",
        suggestion=Suggestion(found.span, code) if quoted else None,
    )


def arithmetic(failure: Failure) -> Diagnostic | None:
    """`amount_usd * 2`."""
    previous = failure.previous
    negative = failure.found.kind == "NUMBER" and failure.found.text.startswith("-")
    if previous is None or previous.kind not in ("NAME", "NUMBER", ")") or failure.found.text[:1] not in "+-*/%^":
        return None
    if (failure.found.kind != OTHER and not negative) or failure.list_opener == "for":
        return None
    return Diagnostic(
        "L101" if negative else "L103",
        "there is no arithmetic",
        failure.found.span,
        help="a predicate compares one attribute with one constant; work the constant out, or send another attribute",
    )
