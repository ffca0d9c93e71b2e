"""Where a policy comes from: an artifact, or a source that is compiled in memory."""

from pathlib import Path

import attrs

from lumyn_runtime import CompiledPolicy, load

__all__ = ["LoadedPolicy", "load_policy"]

_SOURCE_ENDINGS = (".lumyn", ".yml", ".yaml")


@attrs.frozen
class LoadedPolicy:
    """A policy and the bytes of its artifact, which the log keeps a copy of."""

    policy: CompiledPolicy
    artifact: bytes = attrs.field(repr=False)


def load_policy(path: str | Path, expected_hash: str | None = None) -> LoadedPolicy:
    """The policy of a file; a name that ends like a source is compiled.

    expected_hash: the only policy that will do
    errors:        ArtifactError, lumyn_compiler.CompileError, OSError
    """
    if str(path).lower().endswith(_SOURCE_ENDINGS):
        # Services that load artifacts do without the compiler and what it needs.
        from lumyn_compiler import compile_file  # noqa: PLC0415

        artifact = compile_file(path).artifact
    else:
        artifact = Path(path).read_bytes()
    return LoadedPolicy(load(artifact, expected_hash), artifact)
