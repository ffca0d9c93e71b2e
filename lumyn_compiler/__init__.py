"""Compile a policy, `.lumyn` or YAML, to a frozen decision table.

>>> compilation = compile_text(text)
>>> compilation.policy_hash, compilation.artifact
"""

from __future__ import annotations

from lumyn_compiler.diagnostic import CompileError, Diagnostic, Label, Report, Severity, Suggestion
from lumyn_compiler.pipeline import Analysis, Compilation, Spelling, analyse, compile_file, compile_text

__all__ = [
    "Analysis",
    "Compilation",
    "CompileError",
    "Diagnostic",
    "Label",
    "Report",
    "Severity",
    "Spelling",
    "Suggestion",
    "analyse",
    "compile_file",
    "compile_text",
]
