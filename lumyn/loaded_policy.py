"""Where a policy comes from: an artifact, or a source that is compiled in memory."""

from pathlib import Path

import attrs

from lumyn_runtime import ArtifactError, CompiledPolicy, Verdict, load

__all__ = ["LOCKDOWN_ID", "SOURCE_ENDINGS", "LoadedPolicy", "is_lockdown", "load_policy"]

SOURCE_ENDINGS = (".lumyn", ".yml", ".yaml")
LOCKDOWN_ID = "lumyn-lockdown"


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
    if str(path).lower().endswith(SOURCE_ENDINGS):
        # Services that load artifacts do without the compiler and what it needs.
        from lumyn_compiler import compile_file  # noqa: PLC0415

        artifact = compile_file(path).artifact
    else:
        artifact = Path(path).read_bytes()
    try:
        policy = load(artifact, expected_hash)
    except ArtifactError as error:
        if error.code != "hash-mismatch" or expected_hash is None:
            raise
        policy = load(artifact)
        if not is_lockdown(policy):
            raise
    return LoadedPolicy(policy, artifact)


def is_lockdown(policy: CompiledPolicy) -> bool:
    """Whether a policy is the shipped one that trusts nothing; its name alone is not enough."""
    table = policy.table
    if table.policy_id != LOCKDOWN_ID:
        return False
    return Verdict.TRUST not in (table.default_verdict, *(rule.verdict for rule in table.rules))
