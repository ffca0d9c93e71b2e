"""Table and request → outcome."""

from __future__ import annotations

from lumyn_runtime.attributes import action_type_of, is_blank
from lumyn_runtime.builtin import request_path
from lumyn_runtime.classes import section_classes
from lumyn_runtime.combine import NO_REQUEST, Combiner, OutcomeCache
from lumyn_runtime.digits import Digits, width
from lumyn_runtime.generate import generate
from lumyn_runtime.groups import Groups
from lumyn_runtime.masks import section_masks, set_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType
    from typing import Any, Final

    from lumyn_runtime.generate import Decide
    from lumyn_runtime.outcome import Outcome
    from lumyn_runtime.table import Section, Table

__all__ = ["Evaluator"]

# How many action types are remembered with what decides them, and how long each may be: callers may send ever-new ones.
_ACTION_TYPES_MAX: Final = 16_384
_ACTION_TYPE_LENGTH_MAX: Final = 256

# A section that reads more is decided without generated source, which would take long to compile and to add up.
_GENERATED_ATTRIBUTES_MAX: Final = 256
_GENERATED_PARTS_MAX: Final = 1_024
_GENERATED_COLUMNS_MAX: Final = 1_024


class Evaluator:
    """Everything about a table that decisions use. Sections are prepared when they are first asked for.

    by_action: what decides the action types that were seen lately, for callers in a hurry
    Threads may prepare a section at once; then one of the equal preparations stays.
    """

    __slots__ = ("_codes", "_combiner", "_deciders", "_exact", "_other", "_prefixes", "_sums", "_table", "by_action")

    def __init__(self, table: Table) -> None:
        self._table = table
        self._combiner = Combiner(table, OutcomeCache())
        self._codes: dict[str, CodeType] = {}
        self._deciders: dict[int, SectionEvaluator] = {}
        self._sums = _first_sums(table)
        self._exact: dict[str, int] = {}
        prefixes: dict[int, dict[str, int]] = {}
        for index, section in enumerate(table.sections):
            actions = section.actions
            if actions == "*":
                self._other = index
            elif actions.endswith(".*"):
                prefixes.setdefault(len(actions) - 1, {})[actions[:-1]] = index
            else:
                self._exact[actions] = index
        self._prefixes = sorted(prefixes.items(), reverse=True)
        self.by_action: dict[str, Decide] = {}

    def decide(self, request: object, failure_similarity: float) -> Outcome:
        """The outcome for any JSON value, whether or not its action type was seen before."""
        action_type = action_type_of(request)
        if action_type is None:
            return NO_REQUEST
        index = self.section_index(action_type)
        assert index is not None, "an action type is not blank"
        decide = self.section(index).decide
        if len(action_type) <= _ACTION_TYPE_LENGTH_MAX:
            if len(self.by_action) >= _ACTION_TYPES_MAX:
                self.by_action.clear()
            self.by_action[action_type] = decide
        assert type(request) is dict, "it has an action type"
        return decide(request, request["action"], failure_similarity)

    def section_index(self, action_type: str) -> int | None:
        """The section for an action type: the exact one, the longest prefix, or that of every other; None for a blank.

        cost: one look-up for each length that prefixes of the table have, however long or odd the action type is
        """
        index = self._exact.get(action_type)
        if index is not None:
            return index
        if is_blank(action_type):
            return None
        for length, prefixes in self._prefixes:
            if len(action_type) > length:
                index = prefixes.get(action_type[:length])
                if index is not None:
                    return index
        return self._other

    def section(self, index: int) -> SectionEvaluator:
        """What decides requests of a section."""
        found = self._deciders.get(index)
        if found is None:
            section = self._table.sections[index]
            made = SectionEvaluator(section, self._table, self._combiner, self._sums[index], self._codes)
            found = self._deciders.setdefault(index, made)
        return found


class SectionEvaluator:
    """What decides requests for the actions of one section.

    decide: from a request that is an object, its action that is one, and the failure similarity to an outcome
    """

    __slots__ = ("_attributes", "_combiner", "_first_sum", "_groups", "_masks", "_rows", "_section", "_table", "decide")

    decide: Decide

    def __init__(
        self, section: Section, table: Table, combiner: Combiner, first_sum: int, codes: dict[str, CodeType]
    ) -> None:
        self._section = section
        self._table = table
        self._combiner = combiner
        self._first_sum = first_sum
        self._rows = (1 << len(section.rows)) - 1
        self._attributes = tuple(table.attributes[column.attribute] for column in section.columns)
        self._masks = section_masks(section, table)
        self.decide = self._decide_plainly
        if not _is_wide(section, table):
            digits = Digits(section, table)
            self._groups = Groups(self._masks, digits)
            sums = (first_sum, combiner.cache.outcomes, self._decide_sum)
            self.decide = generate(section, table, digits, sums, codes)

    def classes(self, request: object, failure_similarity: float) -> tuple[int, ...]:
        """Class of each column; the request must be one that has an action type."""
        return section_classes(self._section, self._table, request, failure_similarity)

    def decide_classes(self, classes: Sequence[int]) -> Outcome:
        """The outcome of classes, one for each column. Raises ValueError when they can't be this section's."""
        counts = [len(masks) for masks in self._masks]
        if len(classes) != len(counts):
            raise ValueError(f"{self._section.actions} has {len(counts)} columns, and these are {len(classes)} classes")
        hits = -1
        for class_index, count, masks in zip(classes, counts, self._masks, strict=True):
            if type(class_index) is not int or not 0 <= class_index < count:
                raise ValueError(f"a class must be a whole number from 0, below {count}, and not {class_index!r}")
            hits &= masks[class_index]
        return self._outcome(hits)

    def _decide_sum(self, total: int) -> Outcome:
        """The outcome for a sum that was not seen before."""
        outcome = self._outcome(self._groups.hits(total - self._first_sum))
        self._combiner.cache.keep(total, outcome)
        return outcome

    def _decide_plainly(self, request: dict[str, Any], _action: dict[str, Any], failure_similarity: float) -> Outcome:
        if action_type_of(request) is None:
            return NO_REQUEST
        return self.decide_classes(self.classes(request, failure_similarity))

    def _outcome(self, hits: int) -> Outcome:
        """The outcome of a conjunction of masks: rows that hit, and columns that are ill-typed."""
        rows = self._section.rows
        bad = (hits >> len(rows)) & ((1 << len(self._attributes)) - 1)
        ill_typed = tuple([self._attributes[column] for column in set_bits(bad)]) if bad else ()
        return self._combiner.combine(tuple([rows[row] for row in set_bits(hits & self._rows)]), ill_typed)


def _is_wide(section: Section, table: Table) -> bool:
    if len(section.columns) > _GENERATED_COLUMNS_MAX:
        return True
    names = [table.attributes[column.attribute].name for column in section.columns if column.member is None]
    return len(names) > _GENERATED_ATTRIBUTES_MAX or sum(map(len, map(request_path, names))) > _GENERATED_PARTS_MAX


def _first_sums(table: Table) -> tuple[int, ...]:
    """What the sums of each section begin with, so that no two sections have a sum in common."""
    sums = []
    following = 0
    for section in table.sections:
        sums.append(following)
        if not _is_wide(section, table):
            following += 1 << width(section, table)
    return tuple(sums)
