"""Names and sentences that say nothing: nobody could quote them in an incident, and no artifact holds such a name."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Literal, Policy, Word
from lumyn_runtime.vocabulary import BLANK

__all__ = ["check_blanks"]


def check_blanks(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """The policy's id and version, ids of rules, questions, obligations and sentences of reasons."""
    del names
    if policy.header is not None:
        yield from _name("the policy's id", policy.header.policy_id)
        yield from _text("the policy's version", policy.header.version)
    for reason in policy.reasons:
        yield from _text(f"the sentence of `{reason.code.text}`", reason.text)
    for rule in policy.rules:
        yield from _name("a rule's id", rule.rule_id)
        for text in rule.questions:
            yield from _text("a question", text)
        for oblige in rule.obligations:
            yield from _text("an obligation", oblige.text)


def _name(what: str, word: Word) -> Iterator[Diagnostic]:
    if not word.text.strip(BLANK):
        yield Diagnostic("L209", f"{what} is never blank", word.span, help="records name it: give it letters or digits")


def _text(what: str, text: Literal) -> Iterator[Diagnostic]:
    if isinstance(text.value, str) and not text.value.strip(BLANK):
        yield Diagnostic("L302", f"{what} is never blank", text.span, help="write what people should read there")
