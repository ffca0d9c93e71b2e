"""What a record must not keep is taken out of the request before it is written: secrets, people, what the policy names.

A value is replaced, so that the request still fits its schema, and so that it is seen where something was. Where a key is
configured the replacement is an HMAC, which equal values share.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Final

import attrs

from lumyn.canonical import canonical
from lumyn.redacted_names import NAMES, is_named
from lumyn.strict_json import JsonValue
from lumyn_runtime.builtin import AMOUNT_USD, request_path

__all__ = ["PROFILES", "Redacted", "RedactionKey", "Redactor", "stricter_profile", "value_at"]

# From the laxest to the strictest.
PROFILES: Final = ("off", "default", "strict")

JsonObject = dict[str, JsonValue]

# Attributes whose place takes no text: they are taken out whole, or say so in a word of their own.
_DROPPED: Final = frozenset({"amount.value", "amount.currency", "tenant.environment"})
_LISTS: Final = frozenset({"action.tags", "subject.roles"})


@attrs.frozen
class RedactionKey:
    """Key for the HMACs that stand for values.

    key_id: names it in records, so that keys can change
    """

    key_id: str
    secret: bytes = attrs.field(repr=False)


@attrs.frozen
class Redacted:
    """A request as it is persisted.

    removed: JSON pointers of what was taken out, sorted
    """

    document: JsonObject
    removed: tuple[str, ...]


def stricter_profile(one: str, other: str | None) -> str:
    """The stricter of two profiles; a caller without a wish gets the operator's."""
    return one if other is None else max(one, other, key=PROFILES.index)


class Redactor:
    """Takes out of requests what one policy and one profile do not keep.

    names: of attributes, as the policy declares them
    cost:  one look-up for each key below `evidence`, `subject` and `context.inline`
    """

    def __init__(self, profile: str, names: tuple[str, ...], key: RedactionKey | None) -> None:
        self._is_strict = profile == "strict"
        self._keys = NAMES[profile]
        self._attributes = tuple(dict.fromkeys(_kept_in(name) for name in names))
        self._key = key
        # Whether a key is one that is taken out: keys come again and again.
        self._known: dict[str, bool] = {}

    def redact(self, document: JsonObject, named: Iterable[str] = ()) -> Redacted:
        """The request without what must not be kept. The document is not changed.

        named: JSON pointers of what is taken out besides; those at which there is nothing are passed over
        """
        removed: set[str] = set()
        made = dict(document)
        for key in ("evidence", "subject"):
            if key in made:
                made[key] = self._by_keys(made[key], f"/{key}", removed)
        context = made.get("context")
        if isinstance(context, dict) and "inline" in context:
            made["context"] = {**context, "inline": self._by_keys(context["inline"], "/context/inline", removed)}
        if self._is_strict:
            _change(made, ("action", "intent"), self._stand_in, removed)
        for name in self._attributes:
            path = request_path(name)
            if name in _DROPPED:
                _change(made, path, None, removed)
            elif name in _LISTS:
                _change(made, path, lambda value: [self._stand_in(value)], removed)
            elif name == "subject.type":
                _change(made, path, lambda _: "redacted", removed)
            else:
                _change(made, path, self._stand_in, removed)
        own: set[int] = set()
        for pointer in named:
            # A pointer to something is no deeper than the request.
            if value_at(made, pointer) is not None and not _is_in(pointer, removed):
                _replace(made, _keys_of(pointer), self._stand_in, own)
                removed.add(pointer)
        return Redacted(made, tuple(sorted(removed)))

    def _by_keys(self, value: JsonValue, path: str, removed: set[str]) -> JsonValue:
        if isinstance(value, dict):
            made: JsonObject = {}
            known = self._known
            for key, inner in value.items():
                is_taken = known.get(key)
                if is_taken is None:
                    is_taken = self._is_taken(key)
                # True and false give nothing away, and rules and memory ask for them.
                if is_taken and inner is not None and type(inner) is not bool:
                    made[key] = self._stand_in(inner)
                    removed.add(f"{path}/{_pointer(key)}")
                elif type(inner) is dict or type(inner) is list:
                    made[key] = self._by_keys(inner, f"{path}/{_pointer(key)}", removed)
                else:
                    made[key] = inner
            return made
        if isinstance(value, list):
            return [self._by_keys(item, f"{path}/{index}", removed) for index, item in enumerate(value)]
        return value

    def _is_taken(self, key: str) -> bool:
        taken = is_named(key, self._keys)
        if len(self._known) < _KNOWN_MAX and len(key) <= _KNOWN_LETTERS_MAX:
            self._known[key] = taken
        return taken

    def _stand_in(self, value: JsonValue) -> str:
        if self._key is None:
            return "redacted"
        mac = hmac.new(self._key.secret, canonical(value), sha256).hexdigest()
        return f"redacted:{self._key.key_id}:{mac}"


_KNOWN_MAX = 4_096
_KNOWN_LETTERS_MAX = 256

# As RFC 6901 spells an index; none has more digits than this in any request.
_INDEX: Final = re.compile("0|[1-9][0-9]{0,8}")
_SLASH: Final = re.compile("/")


def _change(
    document: JsonObject, path: tuple[str, ...], of: Callable[[JsonValue], JsonValue] | None, removed: set[str]
) -> None:
    """Change the value at a path, or drop it; what lies on the way is copied. Nothing, where there is no such value.

    Where a list or a single value stands on the way, all of it is changed: what was meant may be anywhere in it.

    of: None drops the value
    """
    parent = document
    for depth, key in enumerate(path):
        value = parent.get(key)
        pointer = "/" + "/".join(map(_pointer, path[: depth + 1]))
        if value is None or pointer in removed:
            return
        if isinstance(value, dict) and depth < len(path) - 1:
            parent[key] = inner = dict(value)
            parent = inner
        elif type(value) is not bool or depth == len(path) - 1:
            if of is None:
                del parent[key]
            else:
                parent[key] = of(value)
            removed.add(pointer)
            return


def value_at(document: JsonValue, pointer: str) -> JsonValue:
    """What stands at a JSON pointer (RFC 6901); None where there is nothing."""
    value = document
    for key in _keys_of(pointer):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _replace(document: JsonObject, keys: Sequence[str], of: Callable[[JsonValue], JsonValue], own: set[int]) -> None:
    """Replace the value at the end of some keys, which is there.

    own: ids of what was copied on the way, which is copied once however many values are replaced in it
    """
    parent: Any = document
    *way, last = keys
    for key in way:
        at: Any = key if isinstance(parent, dict) else int(key)
        inner: Any = parent[at]
        if id(inner) not in own:
            parent[at] = inner = inner.copy()
            own.add(id(inner))
        parent = inner
    at = last if isinstance(parent, dict) else int(last)
    parent[at] = of(parent[at])


def _is_in(pointer: str, removed: set[str]) -> bool:
    """Whether something at a pointer, or around it, was removed."""
    if pointer in removed:
        return True
    return any(pointer[: slash.start()] in removed for slash in _SLASH.finditer(pointer))


def _keys_of(pointer: str) -> tuple[str, ...]:
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:])


def _kept_in(name: str) -> str:
    """The attribute in whose place the value of another one stands."""
    return "amount.value" if name == AMOUNT_USD else name


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
