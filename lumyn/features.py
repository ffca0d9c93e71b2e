"""Request → the features by which memory tells situations apart, and how much alike two sets of them are.

Free text, open evidence and tags that no rule asks for are no features: what is remembered must not say more than what
rules could ask for, and what a caller adds must not make a request unlike a failure.
"""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import Final

from lumyn.strict_json import JsonValue
from lumyn_runtime import CompiledPolicy
from lumyn_runtime.attributes import value_of_kind
from lumyn_runtime.vocabulary import Kind

__all__ = ["features_of", "is_feature", "weight_of"]

JsonObject = dict[str, JsonValue]

# Features that weigh double begin with these.
_DOUBLE: Final = ("amount=", "tag=", "evidence.")
_TAGS_MAX: Final = 64
_FEATURE_CHARACTERS_MAX: Final = 256


def features_of(policy: CompiledPolicy, persisted: JsonObject) -> tuple[str, ...]:
    """The features of a request as persisted, sorted; its action type is not among them, as memory keeps those apart.

    Redacted attributes are none.
    """
    return tuple(sorted({_bounded(feature) for feature in _features(policy, persisted) if "redacted" not in feature}))


def is_feature(policy: CompiledPolicy, pointer: str) -> bool:
    """Whether what stands at a JSON pointer into `evidence`, or below it, is a feature."""
    return any(f"{_pointer_to(path)}/".startswith(f"{pointer}/") for _, path, _ in _evidence_kinds(policy))


def weight_of(feature: str) -> int:
    """1 or 2."""
    return 2 if feature.startswith(_DOUBLE) else 1


def _features(policy: CompiledPolicy, persisted: JsonObject) -> Iterator[str]:
    action, subject, evidence = (_object(persisted, key) for key in ("action", "subject", "evidence"))
    amount = _object(action, "amount")
    if isinstance(amount.get("currency"), str):
        yield f"currency={amount['currency']}"
    value = amount.get("value")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield f"amount={_bucket(value)}"
    tags = action.get("tags")
    if isinstance(tags, list):
        asked = _asked_tags(policy)
        yield from islice((f"tag={tag}" for tag in tags if isinstance(tag, str) and tag in asked), _TAGS_MAX)
    system = _object(action, "target").get("system")
    if isinstance(system, str):
        yield f"system={system}"
    yield f"subject={subject.get('type')}"
    for name, path, kind in _evidence_kinds(policy):
        value = _at(evidence, path)
        known = value_of_kind(value, kind)
        if isinstance(known, bool):
            yield f"{name}={'true' if known else 'false'}"
        elif isinstance(known, str):
            yield f"{name}={known}"


def _bucket(value: float) -> str:
    """1, 2 and 5 times the powers of ten: the largest of them that the value reaches."""
    if value < 1:
        return "0"
    power = 1
    while value >= 10 * power:
        power *= 10
    return str(max(step * power for step in (1, 2, 5) if value >= step * power))


@lru_cache(maxsize=64)
def _evidence_kinds(policy: CompiledPolicy) -> tuple[tuple[str, tuple[str, ...], Kind], ...]:
    """The `one of` and boolean evidence of a policy that it does not redact."""
    table = policy.table
    return tuple(
        (attribute.name, tuple(attribute.name.split(".")[1:]), attribute.kind)
        for attribute in table.attributes
        if attribute.name.startswith("evidence.")
        and attribute.kind.name in ("one of", "boolean")
        and attribute.name not in table.redact
    )


@lru_cache(maxsize=64)
def _asked_tags(policy: CompiledPolicy) -> frozenset[str]:
    """The tags that some rule asks for."""
    table = policy.table
    return frozenset(
        column.member
        for section in table.sections
        for column in section.columns
        if column.member is not None and table.attributes[column.attribute].name == "action.tags"
    )


def _bounded(feature: str) -> str:
    """The same for a short one; a long one is told from others by its digest."""
    if len(feature) <= _FEATURE_CHARACTERS_MAX:
        return feature
    name, _, value = feature.partition("=")
    return f"{name}=sha256:{sha256(value.encode()).hexdigest()}"


def _pointer_to(path: tuple[str, ...]) -> str:
    """JSON pointer (RFC 6901) to what a path into `evidence` leads to."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in ("evidence", *path))


def _at(value: JsonValue, path: tuple[str, ...]) -> JsonValue:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _object(parent: JsonObject, key: str) -> JsonObject:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}
