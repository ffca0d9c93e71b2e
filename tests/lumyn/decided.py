"""Decide generated requests under generated policies, and print what came of it: one line each, in order.

It is run by processes of their own, so that what they print can be compared: python -m tests.lumyn.decided SEED COUNT [--replay]
With --replay every record is also repeated from its own bytes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import Any

from lumyn.canonical import canonical, digest_of
from lumyn.decision import Decider
from lumyn.errors import RequestError
from lumyn.features import features_of
from lumyn.identity import Moment
from lumyn.labels import LABELS
from lumyn.memory import Labelled, Remembered
from lumyn.normal_json import Limits
from lumyn.record import RiskReport
from lumyn.redact import PROFILES, RedactionKey
from lumyn.replay import replay_record
from lumyn.strict_json import JsonValue
from lumyn_compiler.tabulate import tabulate
from lumyn_runtime import CompiledPolicy
from lumyn_runtime.artifact import dumps, policy_hash
from tests.generators.choices import Chance, Choices
from tests.generators.compiling import prune
from tests.generators.policies import make_policy
from tests.generators.requests import Aim
from tests.lumyn.test_request import REQUEST

__all__ = ["decided"]

_REQUESTS_OF_A_POLICY = 500
_ACTION_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_KEYS = (None, RedactionKey("2026", b"k" * 32))
# What profiles take out, and what they leave.
_KEYS_OF_EVIDENCE = ("password", "apiKey", "email", "customer", "note", "card_number", "z", "é")


def decided(seed: int, count: int, *, is_replayed: bool) -> Iterator[bytes]:
    """Records, or what requests were refused for, until there are so many records."""
    chance = Chance(seed)
    while count > 0:
        pruned = prune(make_policy(chance, 12))
        table = tabulate(pruned.checked).table
        assert table is not None
        policy = CompiledPolicy(table, policy_hash(dumps(table)))
        deciders = [
            Decider(policy, mode=None, profile=profile, key=key, limits=Limits(), engine_version="0")
            for profile in PROFILES
            for key in _KEYS
        ]
        aim = Aim(pruned.checked)
        recall = partial(_recall, _remembered(chance, policy, aim), policy)
        for _ in range(min(count, _REQUESTS_OF_A_POLICY)):
            # Every request under every profile and key, in turn.
            decider = deciders[count % len(deciders)]
            try:
                request = decider.read(json.dumps(_request(chance, aim)))
            except RequestError as error:
                yield str(error).encode()
                continue
            moment = Moment.now(lambda: 1_700_000_000_000 + count, lambda: count.to_bytes(10))  # noqa: B023
            content = decider.decide(request, recall, moment).content
            assert not is_replayed or replay_record(content, policy) == (), content
            count -= 1
            yield content


def _recall(remembered: Remembered, policy: CompiledPolicy, persisted: dict[str, Any], _: str | None) -> RiskReport:
    return remembered.recall(features_of(policy, persisted))


def _remembered(choices: Choices, policy: CompiledPolicy, aim: Aim) -> Remembered:
    requests = [_request(choices, aim) for _ in range(choices.below(20))]
    return Remembered(
        Labelled(features_of(policy, request), choices.pick(LABELS), choices.between(1, 3)) for request in requests
    )


def _request(choices: Choices, aim: Aim) -> dict[str, Any]:
    """A request of the schema, aimed at a policy."""
    made = aim.request(choices)
    made = made if isinstance(made, dict) else {}
    parts = {key: _known(made.get(key), REQUEST[key]) for key in ("action", "subject", "tenant")}
    action = parts["action"]
    for key in ("target", "amount"):
        action[key] = _known(_dict(made.get("action")).get(key), REQUEST["action"][key])
    value = _plain(_dict(_dict(made.get("action")).get("amount")).get("value"))
    if isinstance(value, int | float):
        action["amount"]["value"] = value
    action["type"] = choices.pick([name for name in aim.actions if _ACTION_TYPE.fullmatch(name)])
    evidence = _plain(_dict(made.get("evidence")))
    if choices.often(50):
        evidence = {**evidence, **_extra(choices, 2)}
    context: dict[str, Any] = REQUEST["context"]
    if choices.often(50):
        inline = _extra(choices, 2)
        context = {"mode": "inline", "digest": digest_of(canonical(inline)), "inline": inline}
    if choices.often(30):
        removed = [*(f"/evidence/{key}" for key in evidence), "/context/inline/password", "/action/intent"]
        said = {"profile": choices.pick(PROFILES), "fields_removed": choices.sample(removed, 2)}
        context = {**context, "redaction": said}
    return {
        "schema_version": "decision_request.v0",
        **{key: dict(choices.shuffled([*part.items()])) for key, part in parts.items()},
        "evidence": dict(choices.shuffled([*evidence.items()])),
        "context": context,
        **({"trace": {"correlation_id": "c-1"}} if choices.often(30) else {}),
    }


def _known(value: object, example: dict[str, Any]) -> dict[str, Any]:
    """What an object may have, where it has it in the right type; the rest as in the example."""
    given = _plain(_dict(value))
    return {key: given[key] if type(given.get(key)) is type(of) else of for key, of in example.items()}


def _extra(choices: Choices, depth: int) -> dict[str, JsonValue]:
    """What no rule reads."""
    made: dict[str, JsonValue] = {}
    for key in choices.sample(_KEYS_OF_EVIDENCE, choices.below(4)):
        inner: Any = (
            _extra(choices, depth - 1)
            if depth
            else choices.pick(("x", 1, True, 2.5, "ü\u2028", "😀") if choices.often(5) else ("y", 0))
        )
        made[key] = choices.pick((inner, [inner, 0], "secret", None))
    return made


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> Any:  # noqa: ANN401
    """The value without what requests can't hold."""
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case bool() | None:
            return value
        case int() | float():
            return value if abs(value) < 2**53 else "odd"
        case str():
            return value if value.isprintable() else "odd"
        case _:
            return value


def main() -> None:
    """Print the digest of each."""
    seed, count, *options = sys.argv[1:]
    digests = [sha256(content).hexdigest() for content in decided(int(seed), int(count), is_replayed=bool(options))]
    sys.stdout.write("\n".join(digests))


if __name__ == "__main__":
    main()
