"""Requests to the starter policy, one for each number, and the policy as an artifact."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import lumyn
from lumyn.decision import Decider
from lumyn.identity import Moment, system_ids
from lumyn.loaded_policy import LoadedPolicy
from lumyn.memory import Memory
from lumyn.normal_json import Limits
from lumyn.record import RiskReport
from lumyn.store import Draft
from lumyn.strict_json import JsonValue
from lumyn_compiler import compile_file

__all__ = ["FIRST_MILLISECONDS", "STEP_MILLISECONDS", "TENANTS", "record_drafts", "refund", "write_policy"]

# Drafts are half a minute apart: a million of them fill a year.
FIRST_MILLISECONDS = 1_700_000_000_000
STEP_MILLISECONDS = 30_000
TENANTS = ("acme", "globex")

_STARTER = Path(lumyn.__file__).parent / "starter" / "support" / "policy.lumyn"
_TAGS = [f"tag_{index}" for index in range(12)]


def write_policy(folder: Path) -> Path:
    """The starter policy, compiled into a folder."""
    path = folder / "policy.lpack"
    path.write_bytes(compile_file(_STARTER).artifact)
    return path


def refund(number: int, *, tenant: str = "acme", request_id: str | None = None) -> dict[str, Any]:
    """A refund that is told from others by its target and correlation id; there are some ten thousand situations."""
    chance = Random(number)
    request = {
        "schema_version": "decision_request.v0",
        "tenant": {"tenant_id": tenant, "environment": "prod"},
        "trace": {"correlation_id": f"ticket-{number // 3}"},
        "subject": {"type": chance.choice(["agent", "service"]), "id": f"agent-{number % 50}"},
        "action": {
            "type": "support.refund",
            "intent": f"Refund order {number}",
            "target": {
                "system": chance.choice(["stripe", "adyen", "paypal"]),
                "resource_type": "charge",
                "resource_id": f"ch_{number}",
            },
            "amount": {"value": round(10 ** chance.uniform(0, 4), 2), "currency": "USD"},
            "tags": sorted(chance.sample(_TAGS, 2)),
        },
        "evidence": {
            "ticket_id": f"t-{number // 3}",
            "order_id": f"o-{number}",
            "customer_id": f"c-{number % 1000}",
            "payment_instrument_risk": chance.choice(["low", "medium", "high"]),
            "chargeback_risk": round(chance.random() / 2, 3),
            "manual_approval": chance.random() < 0.2,
        },
        "context": {"mode": "digest_only", "digest": f"sha256:{sha256(str(number).encode()).hexdigest()}"},
    }
    return request if request_id is None else {**request, "request_id": request_id}


def record_drafts(loaded: LoadedPolicy, count: int) -> Iterator[tuple[Draft, tuple[Draft, ...]]]:
    """What a gateway that remembers nothing would have stored for the first refunds, with its companions."""
    decider = Decider(
        loaded.policy, mode=None, profile="default", key=None, limits=Limits(), engine_version=lumyn.__version__
    )
    created_at = Moment.now(lambda: FIRST_MILLISECONDS, system_ids).created_at
    snapshot = Draft("policy", loaded.policy.policy_hash, None, created_at, None, None, None, loaded.artifact)
    nothing = Memory(lambda _: (), lambda _: 0).of((None, "")).recall(())

    def recall(_: dict[str, JsonValue], __: str | None) -> RiskReport:
        return nothing

    for number in range(count):
        milliseconds = FIRST_MILLISECONDS + number * STEP_MILLISECONDS
        moment = Moment.now(lambda milliseconds=milliseconds: milliseconds, system_ids)  # type: ignore[misc]
        request = decider.read(refund(number, tenant=TENANTS[number % 2]))
        decision = decider.decide(request, recall, moment)
        name = decision.decision_id
        yield (
            Draft("record", name, name, moment.created_at, request.tenant, None, None, decision.content),
            (snapshot,),
        )
