"""What values settings may have, wherever they are set: in a file, in the environment, or by a host."""

import difflib
import math
from typing import Final

from lumyn.logs import LEVELS
from lumyn.redact import PROFILES
from lumyn_runtime.errors import LumynError
from lumyn_runtime.vocabulary import MODES

__all__ = ["NUMBERS", "ConfigError", "check_setting", "unknown_word"]

# Kind, smallest and largest value.
NUMBERS: Final[dict[str, tuple[type, float, float]]] = {
    "deadline_seconds": (float, 0.01, 60.0),
    "queue_max": (int, 1, 1_000_000),
    "request_bytes_max": (int, 1_024, 16 * 2**20),
    "checkpoint_seconds": (float, 1.0, 86_400.0),
    "in_flight_max": (int, 1, 100_000),
    "shutdown_seconds": (float, 0.1, 600.0),
}
_WORDS: Final = {"mode": MODES, "redaction_profile": PROFILES, "log_level": LEVELS}
_SECRETS: Final = frozenset({"signing_secret", "signing_secret_previous", "read_token"})


class ConfigError(LumynError):
    """A setting that is not usable.

    place:  file and key, the environment variable, or the class and its attribute
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


def check_setting(key: str, value: object, place: str) -> object:
    """A value of a setting, as it is kept: a whole number where one is wanted.

    place:  as an error names it
    errors: ConfigError
    """
    if key in NUMBERS:
        kind, low, high = NUMBERS[key]
        sort = "whole number" if kind is int else "number"
        # A whole number may be larger than isfinite takes.
        is_infinite = isinstance(value, float) and not math.isfinite(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or is_infinite:
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
        raise ConfigError(place, unknown_word(value, words, "value"))
    return value


def unknown_word(word: str, known: tuple[str, ...], sort: str) -> str:
    """What to say of a word that is none of those that are known."""
    close = difflib.get_close_matches(word, known, 1, 0.6)
    wish = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known)}"
    return f"{word!r} is no {sort}; {wish}"
