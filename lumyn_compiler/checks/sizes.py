"""Named conditions end, and every condition is of a size that can be tabulated."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.names import Names, leaves
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import AllOf, AnyOf, Condition, ConditionName, Negation, Policy, Predicate, Word

__all__ = ["DEPTH_MAX", "PREDICATES_MAX", "check_sizes"]

# Of one condition once its named conditions are put in: its questions, and the levels of its tree.
PREDICATES_MAX = 20_000
DEPTH_MAX = 200


@attrs.frozen
class _Size:
    predicates: int
    depth: int


def check_sizes(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Conditions that refer to themselves, and conditions that grow beyond all bounds once names are put in."""
    sizes: dict[str, _Size] = {}
    for name in names.conditions:
        yield from _measure(name, names, sizes)
    for rule in policy.rules:
        if rule.when is not None and _size(rule.when, sizes).predicates > PREDICATES_MAX:
            yield _too_large(rule.rule_id)
    for claim in policy.claims:
        if claim.when is not None and _size(claim.when, sizes).predicates > PREDICATES_MAX:
            yield _too_large(claim.verdict)


def _too_large(word: Word) -> Diagnostic:
    return Diagnostic(
        "L006",
        f"the condition asks more than {PREDICATES_MAX:,} questions once its named conditions are put in",
        word.span,
        help="split it into several rules, or use `in (…)` lists",
    )


def _size(condition: Condition, sizes: dict[str, _Size]) -> _Size:
    predicates, deepest = 0, 0
    rest: list[tuple[Condition, int]] = [(condition, 1)]
    while rest:
        node, depth = rest.pop()
        match node:
            case AllOf(parts=parts) | AnyOf(parts=parts):
                rest.extend((part, depth + 1) for part in parts)
            case Negation(part=part):
                rest.append((part, depth + 1))
            case ConditionName(name=word):
                size = sizes.get(word.text, _Size(1, 0))
                predicates += size.predicates
                depth += size.depth
            case Predicate(operands=operands):
                # Each member that a set is asked about is a question of its own.
                predicates += len(operands) if node.operator in _OF_SETS else 1
            case _:
                pass
        deepest = max(deepest, depth)
    return _Size(predicates, deepest)


_OF_SETS = frozenset({Operator.CONTAINS, Operator.CONTAINS_ANY, Operator.CONTAINS_ALL})


def _measure(start: str, names: Names, sizes: dict[str, _Size]) -> Iterator[Diagnostic]:
    """Sizes of a named condition and of all that it uses, depth first and without recursion."""
    if start in sizes:
        return
    path = [(start, _used(start, names))]
    open_names = {start}
    while path:
        name, rest = path[-1]
        used = next(rest, None)
        if used is None:
            path.pop()
            open_names.discard(name)
            size = _size(names.conditions[name].condition, sizes)
            sizes[name] = size
            if size.predicates > PREDICATES_MAX or size.depth > DEPTH_MAX:
                yield Diagnostic(
                    "L006",
                    f"condition `{name}` grows too large: more than {PREDICATES_MAX:,} questions or {DEPTH_MAX} levels",
                    names.conditions[name].name.span,
                    help="make named conditions out of predicates, not out of many other named conditions",
                )
                # Counted as small from here on, so that one cause gives one error.
                sizes[name] = _Size(1, 0)
        elif used in open_names:
            yield Diagnostic(
                "L208",
                f"condition `{used}` refers to itself",
                names.conditions[used].name.span,
                help="write out what it should mean without its own name",
            )
        elif used not in sizes:
            path.append((used, _used(used, names)))
            open_names.add(used)


def _used(name: str, names: Names) -> Iterator[str]:
    for leaf in leaves(names.conditions[name].condition):
        if isinstance(leaf, ConditionName) and leaf.name.text in names.conditions:
            yield leaf.name.text
