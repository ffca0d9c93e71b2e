"""Where a policy comes from: an artifact, or a source that is compiled in memory; and which one is the lockdown."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

from lumyn.files import read_regular
from lumyn_runtime import ArtifactError, CompiledPolicy, Verdict, load
from lumyn_runtime.artifact import dumps, policy_hash
from lumyn_runtime.limits import ARTIFACT_BYTES_MAX
from lumyn_runtime.table import Section, Table
from lumyn_runtime.vocabulary import ENGINE_REASONS, INVALID_EVIDENCE, INVALID_REQUEST_SCHEMA

__all__ = [
    "LOCKDOWN_ID",
    "SOURCE_ENDINGS",
    "LoadedPolicy",
    "covering",
    "is_lockdown",
    "load_content",
    "load_policy",
    "lockdown_artifact",
]

SOURCE_ENDINGS: Final = (".lumyn", ".yml", ".yaml")
LOCKDOWN_ID: Final = "lumyn-lockdown"

_LOCKDOWN_REASON: Final = "LOCKDOWN"
_LOCKDOWN_REASONS: Final = {
    INVALID_EVIDENCE: ENGINE_REASONS[INVALID_EVIDENCE],
    INVALID_REQUEST_SCHEMA: ENGINE_REASONS[INVALID_REQUEST_SCHEMA],
    _LOCKDOWN_REASON: "Nothing goes through by itself during an incident; a person has to decide.",
}


@attrs.frozen
class LoadedPolicy:
    """A policy and the bytes of its artifact, which the log keeps a copy of."""

    policy: CompiledPolicy
    artifact: bytes = attrs.field(repr=False)


def load_policy(path: str | Path, expected_hash: str | None = None) -> LoadedPolicy:
    """The policy of a file; a name that ends like a source is compiled.

    expected_hash: the only policy that will do, but for the lockdown: it can only stop things
    errors:        ArtifactError, lumyn_compiler.CompileError, OSError
    """
    # A source may be no longer than an artifact; what is too long for either is cut off, and refused as too long.
    return load_content(str(path), read_regular(path, ARTIFACT_BYTES_MAX), expected_hash)


def load_content(name: str, content: bytes, expected_hash: str | None = None) -> LoadedPolicy:
    """The policy that a file of a name holds; see `load_policy`. Raises ArtifactError, lumyn_compiler.CompileError."""
    if name.lower().endswith(SOURCE_ENDINGS):
        # Services that load artifacts do without the compiler and what it needs.
        from lumyn_compiler import compile_text  # noqa: PLC0415

        content = compile_text(content, name).artifact
    try:
        policy = load(content, expected_hash)
    except ArtifactError as error:
        if error.code != "hash-mismatch" or expected_hash is None:
            raise
        policy = load(content)
        if not is_lockdown(policy):
            raise
    return LoadedPolicy(policy, content)


def lockdown_artifact(redact: Iterable[str]) -> bytes:
    """What the shipped lockdown compiles to, byte for byte, with attributes that it redacts. It needs no compiler."""
    table = Table(
        policy_id=LOCKDOWN_ID,
        policy_version="1.0.0",
        mode="enforce",
        default_verdict=Verdict.ESCALATE,
        default_reason=_LOCKDOWN_REASON,
        attributes=(),
        rules=(),
        sections=(Section("*", (), ()),),
        reasons=_LOCKDOWN_REASONS,
        redact=tuple(sorted(set(redact))),
    )
    return dumps(table)


def is_lockdown(policy: CompiledPolicy) -> bool:
    """Whether a policy is the shipped one that trusts nothing, whatever it redacts. What it calls itself is not enough."""
    is_called_so = policy.policy_id == LOCKDOWN_ID
    return is_called_so and policy.policy_hash == policy_hash(lockdown_artifact(policy.table.redact))


def covering(lockdown: LoadedPolicy, redact: Iterable[str]) -> LoadedPolicy:
    """A lockdown that redacts these attributes too; itself where it does already."""
    missing = {*redact}.difference(lockdown.policy.table.redact)
    if not missing:
        return lockdown
    artifact = lockdown_artifact((*lockdown.policy.table.redact, *missing))
    return LoadedPolicy(load(artifact), artifact)
