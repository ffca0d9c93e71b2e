"""The whole compiler: every phase, top to bottom.

bytes ─read→ Source ─parse→ statements ─build→ Policy ─check→ CheckedPolicy ─tabulate→ Table ─dumps→ artifact
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import attrs

from lumyn_compiler.build import read_policy
from lumyn_compiler.checked import CheckedPolicy
from lumyn_compiler.checks import LINTS, MEANING_CHECKS, check_table, check_written
from lumyn_compiler.checks.proofs import check_claims, check_memory
from lumyn_compiler.diagnostic import CompileError, Diagnostic, Report, Severity
from lumyn_compiler.names import collect_names
from lumyn_compiler.policy import Policy
from lumyn_compiler.reader import read_source
from lumyn_compiler.resolve import resolve
from lumyn_compiler.source import Source, Span
from lumyn_compiler.source_map import source_map
from lumyn_compiler.tabulate import tabulate
from lumyn_compiler.waivers import apply_waivers
from lumyn_compiler.yaml_source import build_policy_from_yaml
from lumyn_compiler.yaml_wishes import in_words_of_yaml
from lumyn_runtime.artifact import dumps, policy_hash
from lumyn_runtime.errors import ArtifactError
from lumyn_runtime.table import Table

__all__ = ["Analysis", "Compilation", "Spelling", "analyse", "compile_file", "compile_text", "spelling_of"]


class Spelling(StrEnum):
    """The two ways to write a policy."""

    LUMYN = "lumyn"
    YAML = "yaml"


@attrs.frozen
class Analysis:
    """Everything there is to know of a source short of its bytes.

    policy:  as written; None where the source could not be read at all
    checked: None where there are errors
    table:   None likewise
    """

    report: Report
    policy: Policy | None
    checked: CheckedPolicy | None
    table: Table | None


@attrs.frozen
class Compilation:
    """A compiled policy.

    artifact:    bytes of the `.lpack`
    policy_hash: "blake3:" and 64 hexadecimal digits
    warnings:    what deserves a look, though it compiles
    policy:      names resolved, as it was tabulated
    source_map:  bytes of the `.lpack.map`
    """

    artifact: bytes
    policy_hash: str
    warnings: tuple[Diagnostic, ...]
    policy: CheckedPolicy
    source_map: bytes
    report: Report
    table: Table


def compile_file(path: str | Path) -> Compilation:
    """Compile a `.lumyn` or `.yml` file. Raises CompileError, OSError."""
    return compile_text(Path(path).read_bytes(), name=str(path))


def compile_text(text: str | bytes, name: str = "policy.lumyn", spelling: Spelling | None = None) -> Compilation:
    """Compile a policy.

    name:     how errors refer to it; its ending tells the spelling where that is not given
    raises:   CompileError, with every error that was found
    """
    analysis = analyse(text, name, spelling)
    report = analysis.report
    if report.errors or analysis.policy is None or analysis.checked is None or analysis.table is None:
        raise CompileError(report)
    artifact = _artifact(analysis.table, report)
    digest = policy_hash(artifact)
    mapped = source_map(analysis.policy, report.source, digest)
    return Compilation(artifact, digest, report.warnings, analysis.checked, mapped, report, analysis.table)


def analyse(text: str | bytes, name: str = "policy.lumyn", spelling: Spelling | None = None) -> Analysis:
    """Everything that `check` reports, and what it was found on; never raises on what an author wrote."""
    spelling = spelling or spelling_of(name)
    analysis = _analyse(text, name, spelling)
    if spelling is Spelling.LUMYN:
        return analysis
    return attrs.evolve(analysis, report=in_words_of_yaml(analysis.report))


def _analyse(text: str | bytes, name: str, spelling: Spelling) -> Analysis:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    source, diagnostics = read_source(data, name)
    if source is None or _errors(diagnostics):
        return Analysis(Report.of(source or Source(name, ""), diagnostics), None, None, None)
    policy, diagnostics = parse(source, spelling)
    if _errors(diagnostics):
        return Analysis(Report.of(source, diagnostics), policy, None, None)
    names = collect_names(policy)
    diagnostics += check_written(policy, names)
    if _errors(diagnostics):
        return Analysis(Report.of(source, diagnostics), policy, None, None)
    checked = resolve(policy, names)
    tabulation = tabulate(checked)
    diagnostics += tabulation.diagnostics
    if tabulation.table is not None:
        diagnostics += (found for check in MEANING_CHECKS for found in check(checked))
    if tabulation.table is None or _errors(diagnostics):
        return Analysis(Report.of(source, diagnostics), policy, None, None)
    diagnostics += (found for lint in LINTS for found in lint(policy, names, checked))
    diagnostics += check_table(checked, tabulation.table)
    diagnostics += list(check_memory(checked, tabulation.table, diagnostics))
    diagnostics += check_claims(policy, names, checked, tabulation.table)
    report = Report.of(source, apply_waivers(diagnostics, policy.waivers))
    return Analysis(report, policy, checked, tabulation.table)


def parse(source: Source, spelling: Spelling) -> tuple[Policy, list[Diagnostic]]:
    """A source as its author wrote it, and what is wrong with its form."""
    if spelling is Spelling.YAML:
        return build_policy_from_yaml(source)
    return read_policy(source)


def spelling_of(name: str) -> Spelling:
    """The spelling that a file's name stands for: YAML for `.yml` and `.yaml`, else `.lumyn`."""
    return Spelling.YAML if name.lower().endswith((".yml", ".yaml")) else Spelling.LUMYN


def _errors(diagnostics: list[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _artifact(table: Table, report: Report) -> bytes:
    """The artifact, or an error where it would be too large for any runtime."""
    try:
        return dumps(table)
    except ArtifactError as error:
        found = Diagnostic(
            "L005",
            f"the policy's table is too large for an artifact: {error.detail}",
            Span(0, 0),
            help="split the policy; each `or` inside an `and` multiplies, and so does each action type under wide rules",
        )
        raise CompileError(Report.of(report.source, [*report.diagnostics, found])) from error
