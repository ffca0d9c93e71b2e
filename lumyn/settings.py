"""How a gateway works: what its host sets, once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from lumyn.identity import Clock, IdSource, Moment, system_clock, system_ids
from lumyn.normal_json import Limits
from lumyn.redact import RedactionKey
from lumyn.setting_checks import ConfigError, check_setting
from lumyn.telemetry import Listener

__all__ = ["GatewaySettings"]

_DEFAULT_LIMITS: Final = Limits()


_Check = Callable[[Any, "attrs.Attribute[Any]", object], None]


def _usable(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    """As LumynConfig checks the setting of that name; None where it may be left out. Raises ConfigError."""
    if value is not None or attribute.default is not None:
        key = "policy_hash" if attribute.name == "expected_policy_hash" else attribute.name
        check_setting(key, value, f"GatewaySettings: {attribute.name}")


def _of(*kinds: type, said: str) -> _Check:
    """Whether a value is of one of some classes. Its text is not shown: it may be a key. Raises ConfigError."""

    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if not isinstance(value, kinds):
            raise ConfigError(f"GatewaySettings: {attribute.name}", f"a {type(value).__name__} is no {said}")

    return check


def _positive(_: object, __: object, limits: Limits) -> None:
    """Whether limits let anything through. Raises ConfigError."""
    for name, value in attrs.asdict(limits).items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigError(f"GatewaySettings: limits.{name}", f"{value!r} is no whole number above 0")


def _secret(_: object, __: object, key: RedactionKey | None) -> None:
    """Whether a key can make HMACs. Raises ConfigError."""
    held: tuple[object, object] | None = None if key is None else (key.key_id, key.secret)
    if held is not None and not (isinstance(held[0], str) and isinstance(held[1], bytes) and held[1]):
        raise ConfigError("GatewaySettings: redaction_key", "a key has a name, as text, and a secret, as bytes")


_CALLABLE: Final = _of(Callable, said="function")  # type: ignore[arg-type]
_NONE: Final = type(None)


@attrs.frozen
class GatewaySettings:
    """How a gateway works. Raises ConfigError for a value that is not usable.

    expected_policy_hash: the only policy that will do; None takes any
    mode:                 `enforce` or `advisory` replaces the policy's; None leaves it
    redaction_profile:    `off`, `default` or `strict`; a request can ask for a stricter one
    redaction_key:        for the HMACs that stand for what was taken out
    deadline_seconds:     until a record must be stored; then the answer is ABSTAIN
    queue_max:            decisions that may wait to be stored
    checkpoint_path:      file that checkpoints are added to; None leaves them to the log lines
    checkpoint_seconds:   between two checkpoints of a log that grows
    listeners:            hear of every answer; None is OpenTelemetry where that is installed
    """

    expected_policy_hash: str | None = attrs.field(default=None, validator=_usable)
    mode: str | None = attrs.field(default=None, validator=_usable)
    redaction_profile: str = attrs.field(default="default", validator=_usable)
    redaction_key: RedactionKey | None = attrs.field(
        default=None, validator=[_of(RedactionKey, _NONE, said="RedactionKey"), _secret]
    )
    limits: Limits = attrs.field(default=_DEFAULT_LIMITS, validator=[_of(Limits, said="Limits"), _positive])
    deadline_seconds: float = attrs.field(default=2.0, validator=_usable)
    queue_max: int = attrs.field(default=4_096, validator=_usable)
    checkpoint_path: Path | None = attrs.field(default=None, validator=_of(Path, _NONE, said="Path"))
    checkpoint_seconds: float = attrs.field(default=60.0, validator=_usable)
    listeners: tuple[Listener, ...] | None = attrs.field(default=None, validator=_of(tuple, _NONE, said="tuple"))
    clock: Clock = attrs.field(default=system_clock, validator=_CALLABLE)
    ids: IdSource = attrs.field(default=system_ids, validator=_CALLABLE)

    def moment(self) -> Moment:
        """Now, with an id of its own."""
        return Moment.now(self.clock, self.ids)
