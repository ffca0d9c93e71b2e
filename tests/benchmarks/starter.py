"""The starter support policy, compiled once a process."""

from functools import cache
from pathlib import Path

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime.policy import CompiledPolicy

__all__ = ["starter_artifact", "starter_path", "starter_policy"]


def starter_path(name: str = "support", file: str = "policy.lumyn") -> Path:
    """Where the package keeps a starter policy."""
    return Path(__file__).parents[2] / "lumyn" / "starter" / name / file


@cache
def starter_artifact() -> bytes:
    """The compiled support policy."""
    return lumyn_compiler.compile_file(starter_path()).artifact


@cache
def starter_policy() -> CompiledPolicy:
    """The loaded support policy."""
    return lumyn_runtime.load(starter_artifact())
