"""A policy file → a policy that decides, and the copy of it that goes into the log."""

from pathlib import Path
from typing import Self

import attrs

from lumyn.decision import Decider
from lumyn.loaded_policy import LoadedPolicy, load_policy
from lumyn.settings import GatewaySettings
from lumyn.store import Draft
from lumyn.version import __version__

__all__ = ["ReadyPolicy"]


@attrs.frozen
class ReadyPolicy:
    """A policy, ready to decide; replaced as a whole.

    snapshot: its artifact, which the log gets with the first record that it decides
    """

    loaded: LoadedPolicy
    decider: Decider
    snapshot: Draft

    @classmethod
    def load(cls, path: str | Path, settings: GatewaySettings) -> Self:
        """The policy of a file. Raises ArtifactError, CompileError, OSError."""
        loaded = load_policy(path, settings.expected_policy_hash)
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
        return cls(loaded, decider, snapshot)

    @property
    def policy_hash(self) -> str:
        """Of the policy."""
        return self.loaded.policy.policy_hash
