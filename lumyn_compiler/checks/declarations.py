"""Declarations: each name once, kinds and ranges that make sense."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.checks.repeats import repeats
from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.names import KIND_NAMES, KINDS_ELSEWHERE, Names
from lumyn_compiler.policy import EvidenceDeclaration, KindSpec, Literal, Policy, Word
from lumyn_compiler.suggest import nearest
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import BLANK, Kind, spell_number

__all__ = ["check_declarations"]


def check_declarations(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Names declared twice, kinds that are none, ranges that are empty, names that stand in each other's way."""
    evidence = [word for declaration in policy.evidence for word in declaration.names]
    yield from _duplicates("evidence", evidence)
    yield from _duplicates("constant", [let.name for let in policy.lets])
    yield from _duplicates("condition", [named.name for named in policy.conditions])
    yield from _duplicates("reason", [reason.code for reason in policy.reasons])
    yield from _duplicates("redacted attribute", list(policy.redact))
    for declaration in policy.evidence:
        yield from _kind(declaration)
    yield from _nesting(names)
    yield from _members_as_constants(policy, names)
    yield from _named_like_attributes("constant", [let.name for let in policy.lets])
    yield from _named_like_attributes("condition", [named.name for named in policy.conditions])


def _duplicates(sort: str, words: list[Word]) -> Iterator[Diagnostic]:
    for word, first in repeats(words):
        yield Diagnostic(
            "L202",
            f"{sort} `{word.text}` is declared twice",
            word.span,
            help="remove one of the two",
            labels=(Label(first.span, "first declared here"),),
        )


def _kind(declaration: EvidenceDeclaration) -> Iterator[Diagnostic]:
    spec = declaration.kind
    if spec.name not in KIND_NAMES:
        close = KINDS_ELSEWHERE.get(spec.name.lower()) or nearest(spec.name, KIND_NAMES)
        # A range stays behind the name, so it has to fit.
        fits = (spec.low is None and spec.high is None) or close in ("number", "integer")
        yield Diagnostic(
            "L206",
            f"`{spec.name}` is no kind",
            spec.word,
            help=f"did you mean `{close}`?" if close else f"the kinds are {', '.join(KIND_NAMES)}",
            suggestion=Suggestion(spec.word, close) if close and fits else None,
        )
        return
    yield from _range(spec)
    yield from _members(spec)
    for word in declaration.names:
        built_in = BUILT_IN_KINDS.get(f"evidence.{word.text}")
        if built_in is not None:
            yield from _within_built_in(word, spec, built_in)


def _range(spec: KindSpec) -> Iterator[Diagnostic]:
    for bound in (spec.low, spec.high):
        if bound is None:
            continue
        if spec.name not in ("number", "integer"):
            yield Diagnostic("L305", f"{spec.name} has no range", bound.span, help="only numbers and integers have one")
        elif not isinstance(bound.value, float):
            yield Diagnostic("L302", "a range ends in a number", bound.span)
        elif spec.name == "integer" and not bound.value.is_integer():
            yield Diagnostic(
                "L305", "the range of an integer ends in an integer", bound.span, help="use a whole number, or `number`"
            )
    low, high = _value(spec.low), _value(spec.high)
    if low is not None and high is not None and low > high:
        yield Diagnostic(
            "L305",
            f"no number lies between {spell_number(low)} and {spell_number(high)}",
            spec.span,
            help="write the smaller one first",
        )


def _value(bound: Literal | None) -> float | None:
    return bound.value if bound is not None and isinstance(bound.value, float) else None


def _members(spec: KindSpec) -> Iterator[Diagnostic]:
    seen: dict[str, Word | Literal] = {}
    for member in spec.members:
        value = member.text if isinstance(member, Word) else member.value
        if not isinstance(value, str):
            yield Diagnostic("L302", "a member of `one of` is a text", member.span, help="put it in quotes")
        elif not value.strip(BLANK):
            yield Diagnostic("L302", "a blank text can't be a member: it counts as missing", member.span)
        elif seen.setdefault(value, member) is not member:
            yield Diagnostic(
                "L202",
                f"member `{value}` is listed twice",
                member.span,
                labels=(Label(seen[value].span, "first listed here"),),
            )


def _within_built_in(word: Word, spec: KindSpec, built_in: Kind) -> Iterator[Diagnostic]:
    if spec.name != built_in.name:
        yield Diagnostic(
            "L206",
            f"`evidence.{word.text}` is built in as `{built_in}`, not {spec.name}",
            spec.span,
            help=f"declare it as `{built_in.name}`, or leave the declaration out",
        )
        return
    low, high = _value(spec.low), _value(spec.high)
    below = low is not None and built_in.low is not None and low < built_in.low
    above = high is not None and built_in.high is not None and high > built_in.high
    if below or above:
        yield Diagnostic(
            "L305",
            f"the range goes beyond the built-in one, `{built_in}`",
            spec.span,
            help="a declared range lies within the built-in one",
        )


def _nesting(names: Names) -> Iterator[Diagnostic]:
    for name, (word, _) in names.declared.items():
        parts = name.split(".")
        for count in range(2, len(parts)):
            parent = ".".join(parts[:count])
            if parent in names.declared:
                yield Diagnostic(
                    "L306",
                    f"`{name}` lies in `{parent}`, which is declared as a value of its own",
                    word.span,
                    help="a key of the evidence is either a value or an object",
                    labels=(Label(names.declared[parent][0].span, "declared as a value here"),),
                )
            elif parent in BUILT_IN_KINDS:
                yield Diagnostic("L306", f"`{parent}` is built in as a value, not an object", word.span)


def _named_like_attributes(sort: str, words: list[Word]) -> Iterator[Diagnostic]:
    for word in words:
        if word.text in BUILT_IN_KINDS or word.text.startswith("evidence."):
            yield Diagnostic(
                "L209",
                f"a {sort} can't be called `{word.text}`, which is the name of an attribute",
                word.span,
                help=f"give the {sort} a name of its own, without `evidence.`",
            )


def _members_as_constants(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    members = {member: name for name, kind in names.kinds.items() for member in kind.members}
    for let in policy.lets:
        owner = members.get(let.name.text)
        if owner is not None:
            yield Diagnostic(
                "L209",
                f"a constant can't be called `{let.name.text}`, which is a member of `{owner}`",
                let.name.span,
                help="give the constant another name",
            )
