"""A compiled policy: what `load` returns, and what decides."""

from __future__ import annotations

from lumyn_runtime.artifact import loads, policy_hash
from lumyn_runtime.attributes import action_type_of
from lumyn_runtime.combine import NO_REQUEST
from lumyn_runtime.evaluate import Evaluator
from lumyn_runtime.frozen import Shared, set_once
from lumyn_runtime.possible import impossibility
from lumyn_runtime.risk import RiskSignals
from lumyn_runtime.source import read_source
from lumyn_runtime.used import AttributeValue, UsedAttribute, attribute_values, used_attributes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lumyn_runtime.generate import Decide
    from lumyn_runtime.outcome import Outcome
    from lumyn_runtime.source import Source
    from lumyn_runtime.table import Section, Table

__all__ = ["AttributeValue", "CompiledPolicy", "RiskSignals", "UsedAttribute", "load"]


def load(source: Source, expected_hash: str | None = None) -> CompiledPolicy:
    """Read an artifact and verify it.

    source:        path, the bytes themselves, or a file opened in binary mode, which is read to its end
    expected_hash: "blake3:…"; any other policy is refused
    raises:        ArtifactError for bytes that are no usable artifact; OSError when they can't be read
    """
    artifact = read_source(source)
    return CompiledPolicy(loads(artifact, expected_hash), policy_hash(artifact))


class CompiledPolicy(Shared):
    """A policy ready to decide. Immutable, and safe to use from any number of threads; there are no locks.

    policy_hash: "blake3:" and 64 hexadecimal digits
    table:       what the artifact holds
    """

    __slots__ = ("_by_action", "_evaluator", "policy_hash", "table")

    policy_hash: str
    table: Table
    _by_action: dict[str, Decide]
    _evaluator: Evaluator

    def __init__(self, table: Table, policy_hash: str) -> None:
        evaluator = Evaluator(table)
        set_once(self, "table", table)
        set_once(self, "policy_hash", policy_hash)
        set_once(self, "_evaluator", evaluator)
        set_once(self, "_by_action", evaluator.by_action)

    def __repr__(self) -> str:
        return f"CompiledPolicy({self.policy_id!r}, {self.policy_version!r}, {self.policy_hash!r})"

    @property
    def policy_id(self) -> str:
        """Name of the policy."""
        return self.table.policy_id

    @property
    def policy_version(self) -> str:
        """Version that its author gave it."""
        return self.table.policy_version

    @property
    def mode(self) -> str:
        """What the gateway makes of a verdict: "enforce" or "advisory"."""
        return self.table.mode

    def evaluate(self, request: object, risk: RiskSignals | None = None) -> Outcome:
        """Decide. Any JSON value has an outcome; none is changed, and none raises.

        request: the JSON object of a decision request, as dictionaries
        cost:    one look-up per attribute that the action's rules use; one conjunction of masks in a new situation
        """
        similarity = 0.0 if risk is None else risk.failure_similarity
        try:
            if (
                type(request) is dict
                and type(action := request["action"]) is dict
                and type(action_type := action["type"]) is str
            ):
                return self._by_action[action_type](request, action, similarity)
        except KeyError:
            return self._evaluator.decide(request, similarity)
        return NO_REQUEST

    def evaluate_many(self, requests: Iterable[object]) -> Iterator[Outcome]:
        """The outcome of each request, one by one as they come."""
        return map(self.evaluate, requests)

    def attributes(self, action_type: str) -> tuple[UsedAttribute, ...]:
        """The attributes that decisions on an action type read, sorted by name. Raises ValueError for a blank one."""
        return used_attributes(self.section(action_type), self.table)

    def attribute_values(self, request: object, risk: RiskSignals | None = None) -> tuple[AttributeValue, ...] | None:
        """What a decision on a request sees, sorted by attribute; None when it is no request that can be decided."""
        action_type = action_type_of(request)
        if action_type is None:
            return None
        similarity = 0.0 if risk is None else risk.failure_similarity
        return attribute_values(self.section(action_type), self.table, request, similarity)

    def evaluate_classes(self, action_type: str, classes: Sequence[int]) -> Outcome:
        """The outcome of a request of which nothing is known but its classes: the same as `evaluate` gave.

        classes: those of `attribute_values`, one after the other
        raises:  ValueError when they are not of this action's columns, when no request has them (a member of a set that
                 is missing, an amount in USD of no value), or the action type is blank
        """
        index = self._section_index(action_type)
        outcome = self._evaluator.section(index).decide_classes(classes)
        wrong = impossibility(self.table.sections[index], self.table, classes)
        if wrong is not None:
            raise ValueError(f"no request has these classes: {wrong}")
        return outcome

    def section(self, action_type: str) -> Section:
        """The section that decides an action type. Raises ValueError for a blank one."""
        return self.table.sections[self._section_index(action_type)]

    def _section_index(self, action_type: str) -> int:
        index = self._evaluator.section_index(action_type) if type(action_type) is str else None
        if index is None:
            raise ValueError("an action type is a text that is not blank")
        return index
