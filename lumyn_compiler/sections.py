"""Which rules each section of a table is made of, and how much work that will be."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from lumyn_compiler.checked import CheckedPolicy, CheckedRule
from lumyn_compiler.columns import tests_of

__all__ = ["WORK_MAX", "Sections"]

# Questions that are multiplied out, over all sections: about two seconds of work. 10,000 rules about 5 attributes in one
# section each come to 50,000.
WORK_MAX = 2**18


@attrs.frozen
class Sections:
    """The rules of a policy by the actions that they name.

    rules:      all of them; sets hold positions in it
    everywhere: rules for any action
    named:      rules that name a section's actions, an exact type or a prefix with its star
    """

    rules: tuple[CheckedRule, ...]
    everywhere: frozenset[int]
    named: dict[str, frozenset[int]]

    @classmethod
    def of(cls, policy: CheckedPolicy) -> Sections:
        """Sort the rules by their scopes."""
        named: dict[str, set[int]] = {"*": set()}
        everywhere: set[int] = set()
        for position, rule in enumerate(policy.rules):
            if rule.scope.any:
                everywhere.add(position)
            for actions in (*rule.scope.exact, *(prefix + "*" for prefix in rule.scope.prefixes)):
                named.setdefault(actions, set()).add(position)
        own = {actions: frozenset(positions) for actions, positions in sorted(named.items())}
        return cls(policy.rules, frozenset(everywhere), own)

    def __iter__(self) -> Iterator[tuple[str, list[tuple[int, CheckedRule]]]]:
        """Each section's actions with the rules that cover them, in the order of their names."""
        for actions in self.named:
            covering = self.everywhere.union(*(self.named[wider] for wider in self._wider(actions)))
            yield actions, [(position, self.rules[position]) for position in sorted(covering)]

    @property
    def work(self) -> int:
        """A lower bound of the questions to be multiplied out, over all sections; found without going through them."""
        weights = [max(1, sum(len(test.constants) or 1 for test in tests_of(rule.condition))) for rule in self.rules]
        of_everywhere = sum(weights[position] for position in self.everywhere)
        named = {actions: sum(weights[position] for position in own) for actions, own in self.named.items()}
        return sum(of_everywhere + max(named[wider] for wider in self._wider(actions)) for actions in self.named)

    def _wider(self, actions: str) -> Iterator[str]:
        """The section itself, and every prefix that takes it in and that some rule names."""
        yield actions
        end = actions.find(".")
        while end >= 0:
            prefix = actions[: end + 1] + "*"
            if prefix != actions and prefix in self.named:
                yield prefix
            end = actions.find(".", end + 1)
