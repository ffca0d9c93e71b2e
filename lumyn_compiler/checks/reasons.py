"""Reason codes: every rule gives one, spelled so that it can be searched for, and none of the engine's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lumyn_compiler.checks.repeats import repeats
from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Policy, Word
from lumyn_runtime.vocabulary import ENGINE_REASONS, NO_MATCH

__all__ = ["check_reasons"]

_UPPER_SNAKE_CASE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")


def check_reasons(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Reason codes of rules, of the default, and of declarations."""
    del names
    for rule in policy.rules:
        if not rule.reason_codes:
            yield Diagnostic(
                "L501",
                f"rule `{rule.rule_id.text}` gives no reason code",
                rule.verdict.span,
                help=f"say why: `{rule.verdict.text} because SOME_REASON`",
            )
        yield from _repeated(rule.reason_codes)
        for code in rule.reason_codes:
            yield from _code(code, reserved=frozenset(ENGINE_REASONS))
    if policy.default is not None:
        yield from _code(policy.default.reason_code, reserved=frozenset(ENGINE_REASONS) - {NO_MATCH})
    for declaration in policy.reasons:
        yield from _code(declaration.code, reserved=frozenset(ENGINE_REASONS))


def _repeated(codes: Iterable[Word]) -> Iterator[Diagnostic]:
    for code, first in repeats(codes):
        yield Diagnostic(
            "L202",
            f"reason code `{code.text}` is given twice",
            code.span,
            help="remove one of the two",
            labels=(Label(first.span, "first given here"),),
        )


def _code(word: Word, reserved: frozenset[str]) -> Iterator[Diagnostic]:
    if word.text in reserved:
        yield Diagnostic(
            "L503",
            f"`{word.text}` is a reason code of the engine",
            word.span,
            help="choose a code of your own, so that records say who decided",
        )
    elif not _UPPER_SNAKE_CASE.fullmatch(word.text):
        wish = re.sub(r"[^A-Z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", word.text).upper()).strip("_")
        usable = _UPPER_SNAKE_CASE.fullmatch(wish) is not None
        yield Diagnostic(
            "L502",
            f"reason code `{word.text}` is not in UPPER_SNAKE_CASE",
            word.span,
            help=f"write `{wish}`" if usable else "use capital letters, digits and single `_`",
            suggestion=Suggestion(word.span, wish) if usable else None,
        )
