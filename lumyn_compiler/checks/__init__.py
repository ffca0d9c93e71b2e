"""Everything that can be wrong with a policy that parses: one concern a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.checks.absence import TrustInAbsence
from lumyn_compiler.checks.blanks import check_blanks
from lumyn_compiler.checks.declarations import check_declarations
from lumyn_compiler.checks.matches import contradictions, loosening_memory
from lumyn_compiler.checks.predicates import check_predicates
from lumyn_compiler.checks.reasons import check_reasons
from lumyn_compiler.checks.references import check_references
from lumyn_compiler.checks.row_classes import sides
from lumyn_compiler.checks.rules import check_rules
from lumyn_compiler.checks.scopes import check_scopes
from lumyn_compiler.checks.sizes import check_sizes
from lumyn_compiler.checks.spellings import near_action_types
from lumyn_compiler.checks.trust import SkippedBlocks
from lumyn_compiler.checks.usage import (
    open_text_blocks,
    revealing_redactions,
    same_conditions,
    silent_queries,
    trust_by_default,
    unused_names,
    unusual_verdicts,
)
from lumyn_compiler.diagnostic import ERROR_COUNT_MAX, Diagnostic
from lumyn_compiler.names import Names
from lumyn_compiler.policy import Policy
from lumyn_runtime.table import Table

__all__ = ["CHECKS", "LINTS", "MEANING_CHECKS", "check_table", "check_written"]

# On a policy as written.
CHECKS: tuple[Callable[[Policy, Names], Iterable[Diagnostic]], ...] = (
    check_blanks,
    check_declarations,
    check_references,
    check_predicates,
    check_scopes,
    check_reasons,
    check_rules,
    check_sizes,
)

# On a policy whose names are resolved: what no longer lies in one predicate.
MEANING_CHECKS: tuple[Callable[[CheckedPolicy], Iterable[Diagnostic]], ...] = (contradictions, loosening_memory)

# Warnings, which need a policy without errors.
LINTS: tuple[Callable[[Policy, Names, CheckedPolicy], Iterable[Diagnostic]], ...] = (
    open_text_blocks,
    same_conditions,
    unusual_verdicts,
    unused_names,
    revealing_redactions,
    trust_by_default,
    silent_queries,
    near_action_types,
)


def check_written(policy: Policy, names: Names) -> Iterator[Diagnostic]:
    """Errors of a policy as written, from every check, as far as they are told at once."""
    found = (diagnostic for check in CHECKS for diagnostic in check(policy, names))
    return islice(found, ERROR_COUNT_MAX)


def check_table(policy: CheckedPolicy, table: Table) -> Iterator[Diagnostic]:
    """Warnings about what the rules of one action do to each other: one pass over the rows of every section."""
    checks = (SkippedBlocks(table), TrustInAbsence(table))
    for section in table.sections:
        rows = sides(section, table)
        if rows.trusting:
            for check in checks:
                check.look(section, rows)
    for check in checks:
        yield from check.findings(policy)
