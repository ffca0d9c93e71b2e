"""Requests to the starter policy, one for each number, and the policy as an artifact."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import lumyn
from lumyn_compiler import compile_file

__all__ = ["refund", "write_policy"]

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
        "context": {"mode": "digest_only", "digest": f"sha256:{number:064x}"},
    }
    return request if request_id is None else {**request, "request_id": request_id}
