"""Settings: a file, the environment and arguments → one checked value. The later wins; what is not known is an error."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from lumyn.files import read_regular
from lumyn.setting_checks import NUMBERS, ConfigError, check_setting, unknown_word

__all__ = ["SETTINGS", "ConfigError", "LumynConfig", "read_config"]

_PREFIX: Final = "LUMYN_"
_FILE_BYTES_MAX: Final = 2**20


@attrs.frozen
class LumynConfig:
    """How a gateway is opened. Raises ConfigError for a value that is not usable.

    policy_path:        a `.lpack`, `.lumyn` or `policy.yml`
    policy_hash:        the only policy that will do; None takes any
    storage_url:        `sqlite:PATH`
    mode:               replaces the policy's; None leaves it
    redaction_profile:  `off`, `default` or `strict`; a request can ask for a stricter one
    redaction_key_file: key for the HMACs that stand for what was taken out; None writes `redacted`
    signing_secret:     of the HTTP service: what callers sign with
    signing_secret_previous: what callers may still sign with, while they change over
    read_token:         of the HTTP service, for whoever only reads
    allowed_hosts:      names under which the service is called beside this machine's, separated by commas; `*` is any
    in_flight_max:      decisions that the service takes on at once, in each worker
    shutdown_seconds:   until the service, told to stop, has finished what it accepted
    deadline_seconds:   until a record must be stored; then the answer is ABSTAIN
    queue_max:          decisions that may wait to be stored
    request_bytes_max:  size of a request
    checkpoint_seconds: between two checkpoints of a log that grows
    log_level:          of the log lines on standard error: `off`, `error`, `warning`, `info` or `debug`
    """

    policy_path: str = ".lumyn/policy.lpack"
    policy_hash: str | None = None
    storage_url: str = "sqlite:.lumyn/lumyn.db"
    mode: str | None = None
    redaction_profile: str = "default"
    redaction_key_file: str | None = None
    signing_secret: str | None = attrs.field(default=None, repr=False)
    signing_secret_previous: str | None = attrs.field(default=None, repr=False)
    read_token: str | None = attrs.field(default=None, repr=False)
    allowed_hosts: str | None = None
    in_flight_max: int = 256
    shutdown_seconds: float = 10.0
    deadline_seconds: float = 2.0
    queue_max: int = 4_096
    request_bytes_max: int = 256 * 1024
    checkpoint_seconds: float = 60.0
    log_level: str = "off"

    def __attrs_post_init__(self) -> None:
        for key in SETTINGS:
            value = getattr(self, key)
            if value is not None or key not in _OPTIONAL:
                check_setting(key, value, f"LumynConfig: {key}")


SETTINGS: Final = tuple(field.name for field in attrs.fields(LumynConfig))
_OPTIONAL: Final = frozenset(field.name for field in attrs.fields(LumynConfig) if field.default is None)


def read_config(path: Path | None, environment: Mapping[str, str], **arguments: object) -> LumynConfig:
    """The settings of a file; those of the environment win over it, and arguments over both.

    path:   of a `lumyn.toml`; None where there is none
    errors: ConfigError; OSError when the file can't be read
    """
    values: dict[str, Any] = {} if path is None else _from_file(path)
    values.update(_from_environment(environment))
    for key, value in arguments.items():
        if key not in SETTINGS:
            raise ConfigError(f"argument {key}", unknown_word(key, SETTINGS, "setting"))
        values[key] = check_setting(key, value, f"argument {key}")
    return LumynConfig(**values)


def _from_file(path: Path) -> dict[str, Any]:
    content = read_regular(path, _FILE_BYTES_MAX)
    if len(content) > _FILE_BYTES_MAX:
        raise ConfigError(str(path), f"is longer than {_FILE_BYTES_MAX:,} bytes")
    try:
        found = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise ConfigError(str(path), f"no TOML: {error}") from error
    for key in found:
        if key not in SETTINGS:
            raise ConfigError(f"{path}: {key}", unknown_word(key, SETTINGS, "setting"))
    return {key: check_setting(key, value, f"{path}: {key}") for key, value in found.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {f"{_PREFIX}{key.upper()}": key for key in SETTINGS}
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if name in known:
            values[known[name]] = check_setting(known[name], _number(known[name], text), name)
        elif name.startswith(_PREFIX) and (close := difflib.get_close_matches(name, known, 1, 0.8)):
            raise ConfigError(name, f"there is no such setting; did you mean {close[0]}?")
    return values


def _number(key: str, text: str) -> object:
    """What a variable holds: a number where one is wanted and it is one."""
    if key not in NUMBERS:
        return text
    try:
        return NUMBERS[key][0](text)
    except ValueError:
        return text
