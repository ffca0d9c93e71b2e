"""How a gateway works: what its host sets, once."""

from pathlib import Path
from typing import Final

import attrs

from lumyn.identity import Clock, IdSource, Moment, system_clock, system_ids
from lumyn.normal_json import Limits
from lumyn.redact import RedactionKey
from lumyn.telemetry import Listener

__all__ = ["GatewaySettings"]

_DEFAULT_LIMITS: Final = Limits()


@attrs.frozen
class GatewaySettings:
    """How a gateway works.

    expected_policy_hash: the only policy that will do; None takes any
    mode:                 replaces the policy's; None leaves it
    redaction_profile:    `off`, `default` or `strict`; a request can ask for a stricter one
    redaction_key:        for the HMACs that stand for what was taken out
    deadline_seconds:     until a record must be stored; then the answer is ABSTAIN
    queue_max:            decisions that may wait to be stored
    checkpoint_path:      file that checkpoints are added to; None leaves them to the log lines
    checkpoint_seconds:   between two checkpoints of a log that grows
    listeners:            hear of every answer; None is OpenTelemetry where that is installed
    """

    expected_policy_hash: str | None = None
    mode: str | None = None
    redaction_profile: str = "default"
    redaction_key: RedactionKey | None = None
    limits: Limits = _DEFAULT_LIMITS
    deadline_seconds: float = 2.0
    queue_max: int = 4_096
    checkpoint_path: Path | None = None
    checkpoint_seconds: float = 60.0
    listeners: tuple[Listener, ...] | None = None
    clock: Clock = system_clock
    ids: IdSource = system_ids

    def moment(self) -> Moment:
        """Now, with an id of its own."""
        return Moment.now(self.clock, self.ids)
