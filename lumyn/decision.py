"""Request → record, with nothing of the world in it: parse, validate, normalise, redact, recall, evaluate, encode."""

import re
from collections.abc import Callable

import attrs

from lumyn.errors import Problem, RequestError
from lumyn.features import is_feature
from lumyn.identity import Moment
from lumyn.kept_attributes import kept_attributes
from lumyn.normal_json import Limits
from lumyn.record import DecisionParts, PolicyName, RiskReport, record_bytes, refusing_outcome
from lumyn.redact import Redacted, RedactionKey, Redactor, stricter_profile, value_at
from lumyn.request import Request, read_request
from lumyn.strict_json import JsonValue
from lumyn_runtime import CompiledPolicy, RiskSignals

__all__ = ["Decider", "Decision", "Recall", "refusing_outcome"]

JsonObject = dict[str, JsonValue]

# What memory says of a request: as persisted, of a tenant.
Recall = Callable[[JsonObject, str | None], RiskReport]


@attrs.frozen
class Decision:
    """A decision that is not stored yet.

    parts: what the record is made of, for another one in its place
    """

    request: Request
    parts: DecisionParts
    content: bytes

    @property
    def decision_id(self) -> str:
        """Of the record."""
        return f"dec_{self.parts.moment.ulid}"


class Decider:
    """Decides under one policy and the operator's settings. Pure: time, ids and memory are arguments.

    mode: the operator's, in place of the policy's; None leaves the policy's
    """

    def __init__(
        self,
        policy: CompiledPolicy,
        *,
        mode: str | None,
        profile: str,
        key: RedactionKey | None,
        limits: Limits,
        engine_version: str,
    ) -> None:
        self.policy = policy
        self._mode = policy.mode if mode is None else mode
        names = policy.policy_id, policy.policy_version, policy.policy_hash
        self._enforcing = PolicyName(*names, mode="enforce")
        self._advisory = PolicyName(*names, mode="advisory")
        self._profile = profile
        self._key = key
        self._limits = limits
        self._engine_version = engine_version
        self._redactors: dict[str, Redactor] = {}

    def read(self, source: bytes | str | dict[str, object]) -> Request:
        """The request, if it is one for this policy. Raises RequestError."""
        request = read_request(source, self._limits)
        wished = request.document.get("policy")
        if isinstance(wished, dict):
            own = {"policy_id": self.policy.policy_id, "policy_version": self.policy.policy_version}
            others = [
                Problem(f"/policy/{key}", f"{wished[key]} is asked for, and {value} is loaded")
                for key, value in own.items()
                if key in wished and wished[key] != value
            ]
            if others:
                raise RequestError(others, "POLICY_MISMATCH")
        self._check_removed(request.document)
        return request

    def decide(self, request: Request, recall: Recall, moment: Moment) -> Decision:
        """The decision on a request, with its record."""
        redacted = self._redacted(request)
        persisted = redacted.document
        risk = recall(persisted, request.tenant)
        signals = RiskSignals(risk.failure.score)
        parts = DecisionParts(
            moment=moment,
            request=persisted,
            policy=self._advisory
            if self._mode == "advisory" and request.mode in (None, "advisory")
            else self._enforcing,
            outcome=self.policy.evaluate(request.document, signals),
            risk=risk,
            attributes=kept_attributes(
                self.policy, request.action_type, request.document, persisted if redacted.removed else None, signals
            ),
            engine_version=self._engine_version,
        )
        return Decision(request, parts, record_bytes(parts))

    def _check_removed(self, document: JsonObject) -> None:
        """What a caller says to have removed is taken out where it is still there, if that weakens nothing.

        Memory is asked with the request as it is kept: what it goes by is not a caller's to take out.
        """
        problems = [
            Problem(
                f"/context/redaction/fields_removed/{index}",
                f"says that {pointer} was removed, and a value stands there that a record can't do without; send the"
                " request without it, or do not name it",
            )
            for index, pointer in enumerate(_said_to_be_removed(document))
            if value_at(document, pointer) is not None
            and (not _FREE_PLACES.match(pointer) or is_feature(self.policy, pointer))
        ]
        if problems:
            raise RequestError(problems)

    def _redacted(self, request: Request) -> Redacted:
        """The request as it is kept, in which it says what was taken out and by which profile."""
        profile = stricter_profile(self._profile, request.profile)
        redactor = self._redactors.get(profile)
        if redactor is None:
            redactor = self._redactors[profile] = Redactor(profile, self.policy.table.redact, self._key)
        own = _said_to_be_removed(request.document)
        redacted = redactor.redact(request.document, own)
        context = redacted.document["context"]
        assert isinstance(context, dict)
        removed: list[JsonValue] = [*sorted({*own, *redacted.removed})]
        said_now: JsonObject = {"profile": profile, "fields_removed": removed}
        document = {**redacted.document, "context": {**context, "redaction": said_now}}
        return Redacted(document, redacted.removed)


# Where records may have any text instead.
_FREE_PLACES = re.compile(r"/evidence/.|/context/inline/.|/extensions/.|/action/intent$|/subject/(id|ip|user_agent)$")


def _said_to_be_removed(document: JsonObject) -> list[str]:
    """JSON pointers that the caller names."""
    context = document["context"]
    assert isinstance(context, dict)
    said = context.get("redaction")
    own = said.get("fields_removed", []) if isinstance(said, dict) else []
    assert isinstance(own, list)
    return [str(pointer) for pointer in own]
