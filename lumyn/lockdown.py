"""The brake of an incident: a shipped policy that trusts nothing, put in the place of the one that decides.

A gateway that runs looks for it at its policy file (see policy_watch), so no host has to call `refresh`. Whatever the former
policy redacts is redacted still: the log must not keep, because of an incident, what it may not keep otherwise.
"""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from lumyn.errors import FileError
from lumyn.files import write_files
from lumyn.loaded_policy import SOURCE_ENDINGS, LoadedPolicy, is_lockdown, load_policy, lockdown_artifact
from lumyn_runtime.errors import LumynError

__all__ = [
    "LockdownError",
    "LockedDown",
    "check_lifted",
    "former_path",
    "lift",
    "lock_down",
    "lockdown_content",
    "was_put_aside",
]

_FORMER_PREFIX: Final = "before-lockdown."


class LockdownError(LumynError):
    """A lockdown that can't be ended.

    detail: why, and what to do
    """

    detail: str

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


@attrs.frozen
class LockedDown:
    """What came of a lockdown.

    lockdown: the policy that decides now
    former:   the one that decided; None where there was none that could be read
    kept:     where its file is now; None where there was none
    was_so:   whether it was locked down already, and nothing was changed
    """

    lockdown: LoadedPolicy
    former: LoadedPolicy | None
    kept: Path | None
    was_so: bool


def former_path(path: Path) -> Path:
    """Where the former policy is kept while a file of a policy holds the lockdown."""
    return path.with_name(f"{_FORMER_PREFIX}{path.name}")


def lock_down(path: Path) -> LockedDown:
    """Put the lockdown in the place of the policy of a file, at once and as a whole, and keep the former beside it.

    errors: FileError; whatever the former policy is, broken or missing, is none
    """
    path = _resolved(path)
    if path.exists() and not path.is_file():
        raise FileError(str(path), "is no regular file; move it away, and lock down again")
    former = _loaded(path)
    kept = former_path(path)
    if former is not None and is_lockdown(former.policy):
        return LockedDown(former, _loaded(kept), kept if kept.exists() else None, was_so=True)
    content = lockdown_content(path.name, () if former is None else former.policy.table.redact)
    if path.exists():
        write_files((str(kept), path.read_bytes()), (str(path), content))
        kept.chmod(path.stat().st_mode & 0o777)
    else:
        write_files((str(path), content))
    return LockedDown(load_policy(path), former, kept if kept.exists() else None, was_so=False)


def lift(path: Path, expected_hash: str | None = None) -> LoadedPolicy:
    """Put the former policy back, and return it.

    expected_hash: the only policy that will do
    errors:        LockdownError; ArtifactError or CompileError where the former policy can't decide; FileError
    """
    path = _resolved(path)
    kept = former_path(path)
    now = _loaded(path)
    if now is None or not is_lockdown(now.policy):
        named = "a policy that can't be read" if now is None else f"{now.policy.policy_id} {now.policy.policy_version}"
        if now is not None:
            check_lifted(path, now)
        raise LockdownError(f"{path} is not locked down: it holds {named}")
    if not kept.exists():
        raise LockdownError(f"the former policy, {kept}, is gone; put another one in the place of {path}")
    former = load_policy(kept, expected_hash)
    # In one step, so that nobody finds the former policy in its place and the lockdown not lifted.
    try:
        kept.replace(path)
    except OSError as error:
        raise FileError(str(path), error.strerror or str(error)) from error
    return former


def was_put_aside(path: str | Path) -> bool:
    """Whether a lockdown keeps the policy of a file beside it."""
    return former_path(_resolved(Path(path))).exists()


def check_lifted(path: str | Path, loaded: LoadedPolicy) -> None:
    """Whether a policy may decide: a lockdown is ended by lifting it, not by writing another policy over it.

    errors: LockdownError
    """
    path = _resolved(Path(path))
    kept = former_path(path)
    if kept.exists() and not is_lockdown(loaded.policy):
        raise LockdownError(
            f"{path} was replaced during a lockdown, and {kept} says that it was not lifted; lock it down again with"
            f" `lumyn policy lockdown`, and end that with --undo, or remove {kept.name} to let this policy decide"
        )


def lockdown_content(name: str, redact: Iterable[str]) -> bytes:
    """What a file of a name holds for the lockdown: an artifact, or a source in the spelling of its name.

    redact: attributes that it redacts
    """
    if not name.lower().endswith(SOURCE_ENDINGS):
        return lockdown_artifact(redact)
    # An incident is rare, and a gateway that decides does without the compiler.
    from lumyn_compiler.convert import to_yaml  # noqa: PLC0415
    from lumyn_compiler.format import format_policy  # noqa: PLC0415
    from lumyn_compiler.pipeline import Spelling, parse  # noqa: PLC0415
    from lumyn_compiler.policy import EvidenceDeclaration, KindSpec, Word  # noqa: PLC0415
    from lumyn_compiler.source import Source  # noqa: PLC0415

    shipped = (files("lumyn") / "starter" / "lockdown" / "policy.lumyn").read_text(encoding="utf-8")
    policy, _ = parse(Source("policy.lumyn", shipped), Spelling.LUMYN)
    names = sorted(redact)
    of_evidence = tuple(Word(name.removeprefix("evidence.")) for name in names if name.startswith("evidence."))
    # No rule reads them, so any kind will do.
    declared = (EvidenceDeclaration(of_evidence, KindSpec("text")),) if of_evidence else ()
    policy = attrs.evolve(policy, evidence=declared, redact=tuple(map(Word, names)))
    text = format_policy(policy)
    if name.lower().endswith(".lumyn"):
        return text.encode()
    spelled, _ = to_yaml(policy)
    assert spelled is not None, "YAML can say all of the lockdown"
    return spelled.encode()


def _resolved(path: Path) -> Path:
    """Where a path leads to; itself where that is nowhere, which is found out when it is written to."""
    try:
        return path.resolve()
    except RuntimeError:  # what Python 3.11 and 3.12 say of links in a circle
        return path


def _loaded(path: Path) -> LoadedPolicy | None:
    try:
        return load_policy(path)
    except (LumynError, OSError):
        return None
