"""Load a compiled policy and decide with it. Imports the standard library and `blake3`, nothing else."""

from __future__ import annotations

from lumyn_runtime.errors import ArtifactError, LumynError
from lumyn_runtime.outcome import MatchedRule, Obligation, Outcome, Query
from lumyn_runtime.policy import AttributeValue, CompiledPolicy, UsedAttribute, load
from lumyn_runtime.risk import RiskSignals
from lumyn_runtime.slot import PolicySlot
from lumyn_runtime.vocabulary import Kind, Verdict

__all__ = [
    "ArtifactError",
    "AttributeValue",
    "CompiledPolicy",
    "Kind",
    "LumynError",
    "MatchedRule",
    "Obligation",
    "Outcome",
    "PolicySlot",
    "Query",
    "RiskSignals",
    "UsedAttribute",
    "Verdict",
    "load",
]
