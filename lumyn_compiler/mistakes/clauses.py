"""Clauses of a rule: left out, in another order, once too often."""

from __future__ import annotations

import re
from collections.abc import Callable

from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.failure import OTHER, Failure
from lumyn_compiler.source import Span
from lumyn_runtime.vocabulary import SEVERITIES, VERDICTS, spell_text

__all__ = ["clause_out_of_order", "missing_word", "reason_for_because", "rule_id", "text_left_out"]


def clause_out_of_order(failure: Failure) -> Diagnostic | None:
    """Clauses twice, or in another order than a rule has them."""
    clause = failure.found.kind
    if failure.statement not in ("rule", "never", "always") or clause not in _CLAUSES or failure.interrupts:
        return None
    span = failure.found.span
    if clause == "else" and re.match(r"else\s+(?:if|when)\b", failure.rest_of_line):
        return Diagnostic("L101", "a rule has no branches", span, help="write another rule; all rules that match count")
    if clause in failure.clauses and clause in _ONCE:
        return Diagnostic(
            "L101",
            f"a second `{clause}`",
            span,
            help="join the conditions with `and`" if clause == "when" else "a rule has one; write another rule",
            labels=(Label(failure.clauses[clause], "the first one"),),
        )
    if clause == "else" and "then" in failure.clauses:
        return Diagnostic("L101", "a rule has no branches", span, help="write another rule; all rules that match count")
    later = [word for word in _CLAUSES[_CLAUSES.index(clause) + 1 :] if word in failure.clauses]
    if not later or failure.statement != "rule" or failure.expected & {"NAME", "TEXT"}:
        return None
    return Diagnostic(
        "L101",
        f"`{clause}` belongs before `{later[0]}`",
        span,
        help="a rule has its parts in this order: `for`, `when`, `require`, `then` or `else`, `ask`, `oblige`",
        labels=(Label(failure.clauses[later[0]], f"`{later[0]}` stands here"),),
    )


def text_left_out(failure: Failure) -> Diagnostic | None:
    """`require evidence.x ask` without the question, before the next clause."""
    found, previous = failure.found, failure.previous
    if previous is None or "TEXT" not in failure.expected or "NAME" in failure.expected or failure.interrupts:
        return None
    if found.kind not in _BEHIND_TEXTS or not (failure.first_on_line or _AS_CLAUSE.match(failure.rest_of_line)):
        return None
    if previous.kind == "ask":
        wish = "write the question in quotes, or leave `ask` out: the engine words it then"
    else:
        wish = f'write a text in quotes before `{found.text}`: `"…"`'
    return Diagnostic("L101", f"a text is missing behind `{previous.text}`", previous.span, help=wish)


_BEHIND_TEXTS = frozenset({"require", "then", "else", "ask", "oblige"})
_AS_CLAUSE = re.compile(rf"(?:then|else)\s+(?:{'|'.join(map(str, VERDICTS))})\b|require\s+[\w-]+\.|ask\s+about\b")


def rule_id(failure: Failure) -> Diagnostic | None:
    """`rule for …` without an id, `rule 4 eyes for …` with one that is no single word."""
    if failure.statement != "rule" or failure.clauses.keys() & {"for", "when", "then"} or len(failure.before) > _ID_MAX:
        return None
    start = failure.before[0].span.end
    if failure.found.kind == "for" and len(failure.before) == 1:
        return Diagnostic(
            "L101",
            "this rule has no id",
            failure.before[0].span.through(failure.found.span),
            help="write `rule R1 for …`; records name rules by their ids",
        )
    match = _SEVERAL_WORDS.match(failure.text_from(start))
    if match is None or start + match.end("words") < failure.found.span.start:
        return None
    span = Span(start + match.start("words"), start + match.end("words"))
    quoted = spell_text(match["words"])
    message = "an id that is no single word stands in quotes"
    return Diagnostic("L101", message, span, help=f"write `rule {quoted}`", suggestion=Suggestion(span, quoted))


# Words of an id at which the parser may stop.
_ID_MAX = 3
_SEVERAL_WORDS = re.compile(r"\s+(?P<words>[\w.&/'-]+(?: +[\w.&/'-]+){0,9}) +for\s")


_CLAUSES = ("for", "when", "require", "then", "else", "ask", "oblige")


_ONCE = frozenset({"for", "when", "then", "else"})


def missing_word(failure: Failure) -> Diagnostic | None:
    """A small word or sign that was left out before what follows it."""
    found, previous = failure.found, failure.previous
    if previous is None or failure.interrupts:
        return None
    for word, fits in _BEFORE.items():
        if word in failure.expected and fits(failure):
            at = previous.span.end
            return Diagnostic(
                "L101",
                f"`{word}` is missing before `{found.text}`",
                found.span,
                help=f"write `{word} {found.text}`",
                suggestion=Suggestion(Span(at, at), word if word == ":" else f" {word}"),
            )
    return None


_FIRST_OF_KINDS = frozenset({"text", "number", "integer", "boolean", "one", "set", "scalar"})


# A value stands alone; a word with a value or an operator behind it is something else.
_GOES_ON = re.compile(
    r"(?:[\w.-]++|\"[^\"]*\")\s*(?:[<>=!]|(?:is|in|not|between|starts|contains)\b"
    r"|(?!(?:and|or|then|else|require|because|ask)\b)[\w\"(-])"
)

# Word that may be missing → whether what was found is what follows it.
_BEFORE: dict[str, Callable[[Failure], bool]] = {
    "then": lambda failure: failure.found.text in VERDICTS,
    "because": lambda failure: failure.found.kind == "NAME" and failure.found.text.isupper(),
    "for": lambda failure: failure.found.kind in ("NAME", "PREFIX", "TEXT", "any"),
    "version": lambda failure: failure.found.kind in ("TEXT", "NUMBER"),
    ":": lambda failure: failure.found.text in _FIRST_OF_KINDS,
    "=": lambda failure: (
        failure.found.kind in ("NAME", "TEXT", "NUMBER")
        and not (failure.statement == "let" and re.match(r"\S+\s*=", failure.rest_of_line))
        and not ("in" in failure.expected and (failure.first_on_line or _GOES_ON.match(failure.rest_of_line)))
    ),
    "severity": lambda failure: failure.found.text in SEVERITIES,
    "about": lambda failure: failure.found.kind == "NAME",
    "from": lambda failure: failure.found.kind == "NUMBER",
    "of": lambda failure: failure.found.kind in ("(", "NAME"),
    "action": lambda failure: failure.found.kind != OTHER,
    "request": lambda failure: "." in failure.found.text,
}


def reason_for_because(failure: Failure) -> Diagnostic | None:
    """`then TRUST reason X`, which begins a statement."""
    if failure.statement != "reason" or len(failure.before) > 2:
        return None
    keyword = failure.before[0]
    text = failure.source.text
    before = text[text.rfind("\n", 0, keyword.span.start) + 1 : keyword.span.start]
    if not re.search(r"\b(?:then|else|default)\s+\w+\s+$", before):
        return None
    return Diagnostic(
        "L101",
        "reason codes follow `because`",
        keyword.span,
        help="write `because`; `reason` declares the sentence for a code",
        suggestion=Suggestion(keyword.span, "because"),
    )
