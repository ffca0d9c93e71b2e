"""The golden pairs: a folder for every construct that both spellings have."""

from __future__ import annotations

from pathlib import Path

from lumyn_compiler import analyse
from lumyn_compiler.render import render_text
from lumyn_runtime.artifact import dumps, policy_hash

__all__ = ["FOLDERS", "hash_of"]

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/policy.yml"))


def hash_of(text: str | bytes, name: str) -> str:
    """The hash of a policy without errors; that of one with claims too, though it is not compiled."""
    analysis = analyse(text, name)
    assert analysis.table is not None, render_text(analysis.report)
    return policy_hash(dumps(analysis.table))
