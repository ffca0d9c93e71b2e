"""A policy file → a policy that decides, and the copy of it that goes into the log."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import attrs

from lumyn.decision import Decider
from lumyn.loaded_policy import LoadedPolicy, covering, is_lockdown, load_policy
from lumyn.lockdown import check_lifted, former_path
from lumyn.settings import GatewaySettings
from lumyn.store import Draft, RecordStore
from lumyn.version import __version__
from lumyn_runtime import ArtifactError, CompiledPolicy, load
from lumyn_runtime.errors import LumynError

__all__ = ["ReadyPolicy", "pinned_policy"]


@attrs.frozen
class ReadyPolicy:
    """A policy, ready to decide; replaced as a whole.

    snapshot:  its artifact, which the log gets with the first record that it decides
    is_locked: whether it is the lockdown
    """

    loaded: LoadedPolicy
    decider: Decider
    snapshot: Draft
    is_locked: bool

    @classmethod
    def first(cls, path: str | Path, settings: GatewaySettings, store: RecordStore) -> Self:
        """The policy that a gateway begins with.

        store:  where a lockdown that stands for a pinned policy finds out what that one redacts
        errors: ArtifactError, CompileError, LockdownError, OSError, StoreError
        """
        loaded = load_policy(path, settings.expected_policy_hash)
        check_lifted(path, loaded)
        pinned = settings.expected_policy_hash
        if pinned is None or loaded.policy.policy_hash == pinned:
            return cls._of(loaded, settings)
        return cls._of(covering(loaded, pinned_policy(path, pinned, store).table.redact), settings)

    @classmethod
    def load(cls, path: str | Path, settings: GatewaySettings, redact: Iterable[str]) -> Self:
        """The policy of a file, in the place of another one. Raises ArtifactError, CompileError, LockdownError, OSError.

        redact: what the other one redacts, and a lockdown has to
        """
        loaded = load_policy(path, settings.expected_policy_hash)
        check_lifted(path, loaded)
        return cls._of(covering(loaded, redact) if is_lockdown(loaded.policy) else loaded, settings)

    @classmethod
    def _of(cls, loaded: LoadedPolicy, settings: GatewaySettings) -> Self:
        decider = Decider(
            loaded.policy,
            mode=settings.mode,
            profile=settings.redaction_profile,
            key=settings.redaction_key,
            limits=settings.limits,
            engine_version=__version__,
        )
        snapshot = Draft(
            kind="policy",
            entry_id=loaded.policy.policy_hash,
            decision_id=None,
            created_at=settings.moment().created_at,
            tenant=None,
            request_id=None,
            request_mac=None,
            payload=loaded.artifact,
        )
        return cls(loaded, decider, snapshot, is_lockdown(loaded.policy))

    @property
    def policy_hash(self) -> str:
        """Of the policy."""
        return self.loaded.policy.policy_hash


def pinned_policy(path: str | Path, policy_hash: str, store: RecordStore) -> CompiledPolicy:
    """The pinned policy while the lockdown stands in its place: the file that was put aside, or what the log has of it.

    errors: ArtifactError where it is neither there nor here; StoreError
    """
    policy = _former(path, policy_hash) or _logged(store, policy_hash)
    if policy is None:
        detail = (
            f"{path} is locked down, and what {policy_hash}, the policy of the settings, redacts is not known: it is neither"
            f" {former_path(Path(path))} nor in the log. Put it there, or take the pin out until the lockdown ends"
        )
        raise ArtifactError("hash-mismatch", detail)
    return policy


def _former(path: str | Path, policy_hash: str) -> CompiledPolicy | None:
    """The policy that a lockdown put aside, if it is the one of a hash."""
    try:
        policy = load_policy(former_path(Path(path).resolve()), policy_hash).policy
    except (LumynError, OSError):
        return None
    return policy if policy.policy_hash == policy_hash else None


def _logged(store: RecordStore, policy_hash: str) -> CompiledPolicy | None:
    """The policy of a hash, if it has decided before. Raises StoreError."""
    entry = store.by_id(policy_hash)
    if entry is None or entry.kind != "policy" or entry.payload is None:
        return None
    try:
        return load(entry.payload, policy_hash)
    except ArtifactError:
        return None
