"""Action types that are spelled nearly like others: a rule for `support.refnd` guards nothing."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Policy, Word
from lumyn_compiler.suggest import is_nearly

__all__ = ["near_action_types"]

# Each is compared with each.
_ACTION_TYPES_MAX = 300


def near_action_types(policy: Policy, names: Names, checked: CheckedPolicy) -> Iterator[Diagnostic]:
    """Action types that one rule names, one slip of the keyboard away from one that several rules name.

    Types that differ in a digit are meant to. Where a policy names very many, none is looked at.
    """
    del names, checked
    named: dict[str, list[Word]] = {}
    for rule in policy.rules:
        for text, word in {pattern.text: pattern for pattern in rule.scope.patterns}.items():
            named.setdefault(text, []).append(word)
    if len(named) > _ACTION_TYPES_MAX:
        return
    usual = [text for text, words in named.items() if len(words) > 1]
    for text, words in named.items():
        if len(words) > 1:
            continue
        near = next((other for other in usual if is_nearly(text, other)), None)
        if near is not None:
            word = words[0]
            yield Diagnostic(
                "W113",
                f"only this rule is for `{text}`, which is spelled nearly like `{near}`",
                word.span,
                help=f"did you mean `{near}`?",
                labels=(Label(named[near][0].span, f"one of {len(named[near])} rules for it"),),
                suggestion=Suggestion(word.span, near),
            )
