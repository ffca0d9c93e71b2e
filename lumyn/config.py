"""Settings: a file, the environment and arguments → one checked value. The later wins; what is not known is an error."""

import difflib
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from lumyn.logs import LEVELS
from lumyn.redact import PROFILES
from lumyn_runtime.errors import LumynError
from lumyn_runtime.vocabulary import MODES

__all__ = ["SETTINGS", "ConfigError", "LumynConfig", "read_config"]

_PREFIX: Final = "LUMYN_"


class ConfigError(LumynError):
    """A setting that is not usable.

    place:  file and key, or the environment variable
    detail: what is wrong, and the nearest good one
    """

    place: str
    detail: str

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(place, detail)
        self.place = place
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.place}: {self.detail}"


@attrs.frozen
class LumynConfig:
    """How a gateway is opened. Raises ConfigError for a value that is not usable.

    policy_path:        a `.lpack`, `.lumyn` or `policy.yml`
    policy_hash:        the only policy that will do; None takes any
    storage_url:        `sqlite:PATH`
    mode:               replaces the policy's; None leaves it
    redaction_profile:  `off`, `default` or `strict`; a request can ask for a stricter one
    redaction_key_file: key for the HMACs that stand for what was taken out; None writes `redacted`
    signing_secret:     of the HTTP service
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
    deadline_seconds: float = 2.0
    queue_max: int = 4_096
    request_bytes_max: int = 256 * 1024
    checkpoint_seconds: float = 60.0
    log_level: str = "off"

    def __attrs_post_init__(self) -> None:
        for key in SETTINGS:
            value = getattr(self, key)
            if value is not None or key not in _OPTIONAL:
                _checked(key, value, f"LumynConfig: {key}")


SETTINGS: Final = tuple(field.name for field in attrs.fields(LumynConfig))
_OPTIONAL: Final = frozenset(field.name for field in attrs.fields(LumynConfig) if field.default is None)
_SECRETS: Final = frozenset({"signing_secret"})
_WORDS: Final = {"mode": MODES, "redaction_profile": PROFILES, "log_level": LEVELS}
_NUMBERS: Final[dict[str, tuple[type, float, float]]] = {
    "deadline_seconds": (float, 0.01, 60.0),
    "queue_max": (int, 1, 1_000_000),
    "request_bytes_max": (int, 1_024, 16 * 2**20),
    "checkpoint_seconds": (float, 1.0, 86_400.0),
}


def read_config(path: Path | None, environment: Mapping[str, str], **arguments: object) -> LumynConfig:
    """The settings of a file; those of the environment win over it, and arguments over both.

    path:   of a `lumyn.toml`; None where there is none
    errors: ConfigError; OSError when the file can't be read
    """
    values: dict[str, Any] = {} if path is None else _from_file(path)
    values.update(_from_environment(environment))
    for key, value in arguments.items():
        if key not in SETTINGS:
            raise ConfigError(f"argument {key}", _unknown(key, SETTINGS, "setting"))
        values[key] = _checked(key, value, f"argument {key}")
    return LumynConfig(**values)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"no TOML: {error}") from error
    for key in found:
        if key not in SETTINGS:
            raise ConfigError(f"{path}: {key}", _unknown(key, SETTINGS, "setting"))
    return {key: _checked(key, value, f"{path}: {key}") for key, value in found.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {f"{_PREFIX}{key.upper()}": key for key in SETTINGS}
    values: dict[str, Any] = {}
    for name, text in environment.items():
        if name in known:
            values[known[name]] = _checked(known[name], _number(known[name], text), name)
        elif name.startswith(_PREFIX) and (close := difflib.get_close_matches(name, known, 1, 0.8)):
            raise ConfigError(name, f"there is no such setting; did you mean {close[0]}?")
    return values


def _number(key: str, text: str) -> object:
    """What a variable holds: a number where one is wanted and it is one."""
    if key not in _NUMBERS:
        return text
    try:
        return _NUMBERS[key][0](text)
    except ValueError:
        return text


def _checked(key: str, value: object, place: str) -> object:
    if key in _NUMBERS:
        kind, low, high = _NUMBERS[key]
        sort = "whole number" if kind is int else "number"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ConfigError(place, f"{value!r} is no {sort}")
        if kind is int and value != int(value):
            raise ConfigError(place, f"{value!r} is no {sort}; did you mean {round(value)}?")
        if not low <= value <= high:
            raise ConfigError(place, f"{value!r} is not between {low:,.10g} and {high:,.10g}")
        return kind(value)
    if not isinstance(value, str):
        raise ConfigError(place, f"{'what it holds' if key in _SECRETS else repr(value)} is no text")
    if not value.strip():
        raise ConfigError(place, "is empty; leave it out, or give it a value")
    words = _WORDS.get(key)
    if words is not None and value not in words:
        raise ConfigError(place, _unknown(value, words, "value"))
    return value


def _unknown(word: str, known: tuple[str, ...], sort: str) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.6)
    wish = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known)}"
    return f"{word!r} is no {sort}; {wish}"
