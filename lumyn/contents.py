"""What an entry of the log says, held against its header and against its own digests.

The log proves that entries are the ones that were stored. A log that was rewritten as a whole, every hash of it, is the
one of no checkpoint that was kept elsewhere; but what it says may still contradict itself, and that is found here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lumyn.canonical import parse_canonical
from lumyn.errors import JsonError
from lumyn.record import digests_of, removed_pointers
from lumyn.repetition import is_repetition_id
from lumyn.schema import schema_problem
from lumyn.store.entry import Entry, erasure_id
from lumyn_runtime import ArtifactError, load

__all__ = ["Contents"]

_SCHEMAS = {"record": "decision_record.v0", "event": "decision_event.v0"}


class Contents:
    """Looks at one entry after the other, in the order of the log, for a policy stands before what it decided."""

    def __init__(self) -> None:
        # Id and version by hash.
        self._policies: dict[str, tuple[str, str]] = {}

    def problems(self, entry: Entry) -> Iterator[str]:
        """What is wrong with what an entry says, in words. About 0.2 ms for a record."""
        if entry.payload is None or entry.kind == "genesis":
            return
        if entry.kind == "policy":
            yield from self._of_policy(entry.entry_id, entry.payload)
            return
        try:
            said: Any = parse_canonical(entry.payload)
        except JsonError as error:
            yield f"what it says can't be read: {error}"
            return
        if not isinstance(said, dict):
            yield "what it says is no object"
            return
        schema = _SCHEMAS.get(entry.kind)
        problem = None if schema is None else schema_problem(schema, said)
        if problem is not None:
            yield f"what it says is not of {schema}: {problem}"
        elif entry.kind == "record":
            yield from self._of_record(entry, said)
        elif entry.kind == "event":
            yield from _differing(said, {"event_id": entry.entry_id} | _about(entry))
        elif erasure_id(str(said.get("entry_id"))) != entry.entry_id:
            yield "it erases another entry than it says"

    def _of_policy(self, policy_hash: str, artifact: bytes) -> Iterator[str]:
        try:
            policy = load(artifact, policy_hash)
        except ArtifactError as error:
            yield f"the policy can't be used: {error}"
        else:
            self._policies[policy_hash] = (policy.policy_id, policy.policy_version)

    def _of_record(self, entry: Entry, record: dict[str, Any]) -> Iterator[str]:
        request, policy = record["request"], record["policy"]
        yield from _differing(record, {"decision_id": entry.entry_id} | _about(entry))
        if record.get("extensions", {}).get("lumyn", {}).get("persisted") is False:
            yield "it says that it is not stored"
        if "request_id" in request or not is_repetition_id(entry.request_id):
            yield from _differing(request, {"request_id": entry.request_id})
        removed = removed_pointers(request)
        own, of_subject = request.get("tenant", {}).get("tenant_id"), request["subject"].get("tenant_id")
        if not {"/tenant/tenant_id", "/subject/tenant_id"} & removed and (own or of_subject) != entry.tenant:
            yield f"its tenant is {own or of_subject}, and its header says {entry.tenant}"
        known = self._policies.get(policy["policy_hash"])
        if known is None:
            yield "no policy of its policy_hash stands before it in the log"
        elif known != (policy["policy_id"], policy["policy_version"]):
            yield f"it names its policy {policy['policy_id']} {policy['policy_version']}, which is {' '.join(known)}"
        stated = {
            "/determinism/inputs_digest": record["determinism"]["inputs_digest"],
            "/request/context/digest": request["context"]["digest"],
        }
        for pointer, digest in digests_of(record).items():
            if stated[pointer] != digest:
                yield f"its {pointer} is {stated[pointer]}, and what it is of has {digest}"


def _about(entry: Entry) -> dict[str, str | None]:
    return {"decision_id": entry.decision_id, "created_at": entry.created_at}


def _differing(said: Mapping[str, Any], expected: Mapping[str, str | None]) -> Iterator[str]:
    """What is said otherwise than by the header."""
    for name, value in expected.items():
        if said.get(name) != value:
            yield f"its {name} is {said.get(name)}, and its header says {value}"
