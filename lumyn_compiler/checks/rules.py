"""Rules: ids of their own, and questions only where they are asked."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.checks.repeats import repeats
from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Policy, Rule
from lumyn_runtime.builtin import FAILURE_SIMILARITY
from lumyn_runtime.vocabulary import RESERVED_RULE_IDS

__all__ = ["check_rules"]


def check_rules(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Duplicate and reserved ids, questions under verdicts that ask none, requirements that can't be missing."""
    del names
    yield from _ids(policy)
    for rule in policy.rules:
        yield from _questions(rule)
        yield from _requirements(rule)


def _ids(policy: Policy) -> Iterator[Diagnostic]:
    words = [rule.rule_id for rule in policy.rules]
    for word in words:
        if word.text in RESERVED_RULE_IDS:
            yield Diagnostic(
                "L402", f"rule id `{word.text}` is the engine's own", word.span, help="give the rule another id"
            )
    for word, first in repeats(words):
        yield Diagnostic(
            "L401",
            f"rule id `{word.text}` is used twice",
            word.span,
            help="records name rules by their ids, so each has its own",
            labels=(Label(first.span, "first used here"),),
        )


def _questions(rule: Rule) -> Iterator[Diagnostic]:
    if rule.verdict.text == "QUERY":
        return
    for text in rule.questions:
        yield Diagnostic(
            "L404",
            f"a question under {rule.verdict.text} is never asked",
            text.span,
            help="questions are asked only when the verdict is QUERY; remove it, or make the rule a QUERY",
        )


def _requirements(rule: Rule) -> Iterator[Diagnostic]:
    for require in rule.requires:
        for word in require.attributes:
            if word.text == FAILURE_SIMILARITY:
                yield Diagnostic(
                    "L405",
                    f"`{FAILURE_SIMILARITY}` is never missing, so requiring it asks for nothing",
                    word.span,
                    help="remove the requirement",
                )
