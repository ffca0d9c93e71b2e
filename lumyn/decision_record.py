"""A Decision Record, as callers hold it: the bytes that are stored, and what callers ask of them first."""

from typing import Any

import orjson

from lumyn_runtime import Verdict

__all__ = ["DecisionRecord"]


class DecisionRecord:
    """What was decided, of whom, on which evidence, under which policy, and why.

    content:     canonical JSON of `decision_record.v0`: the very bytes that are stored
    may_proceed: False where a gateway answers with a record that it would not let through any more
    """

    __slots__ = ("_document", "content", "may_proceed")

    def __init__(self, content: bytes, *, may_proceed: bool = True) -> None:
        self.content = content
        self.may_proceed = may_proceed
        self._document: dict[str, Any] = orjson.loads(content)

    @property
    def decision_id(self) -> str:
        """Its id: "dec_" and a ULID."""
        return str(self._document["decision_id"])

    @property
    def verdict(self) -> Verdict:
        """TRUST, ESCALATE, QUERY or ABSTAIN."""
        return Verdict(self._document["verdict"])

    @property
    def reason_codes(self) -> tuple[str, ...]:
        """Why, in stable codes."""
        return tuple(self._document["reason_codes"])

    @property
    def mode(self) -> str:
        """What was made of the verdict: "enforce" or "advisory"."""
        return str(self._document["policy"]["mode"])

    @property
    def policy_hash(self) -> str:
        """Of the policy that decided it."""
        return str(self._document["policy"]["policy_hash"])

    @property
    def is_dry_run(self) -> bool:
        """Whether it was only asked what would be decided."""
        return self._document["request"].get("hints", {}).get("dry_run") is True

    @property
    def is_persisted(self) -> bool:
        """Whether it is known to be stored."""
        extension = self._document.get("extensions", {}).get("lumyn", {})
        return extension.get("persisted") is not False

    @property
    def proceeds(self) -> bool:
        """Whether the action may be taken: for TRUST alone, or in advisory mode; never for a dry run or what is not stored.

        Nor where the gateway that answers has become stricter since: see `may_proceed`.
        """
        if not self.may_proceed or self.is_dry_run or not self.is_persisted:
            return False
        return self.mode == "advisory" or self.verdict.proceeds

    def to_dict(self) -> dict[str, Any]:
        """The record as Python has it; a copy."""
        document: dict[str, Any] = orjson.loads(self.content)
        return document

    def to_json(self) -> str:
        """The record as text."""
        return self.content.decode()

    def __repr__(self) -> str:
        return f"<DecisionRecord {self.decision_id} {self.verdict} {', '.join(self.reason_codes)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DecisionRecord) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)
