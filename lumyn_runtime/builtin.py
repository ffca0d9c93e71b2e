"""The attributes that every policy has: where each stands in a request, and its kind."""

from __future__ import annotations

from lumyn_runtime.vocabulary import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["AMOUNT_USD", "AMOUNT_USD_INPUTS", "BUILT_IN_KINDS", "FAILURE_SIMILARITY", "FX_RATE", "request_path"]

AMOUNT_USD: Final = "amount_usd"
FX_RATE: Final = "evidence.fx_rate_to_usd"
FAILURE_SIMILARITY: Final = "risk.failure_similarity"

# A rule that names `amount_usd` uses these too.
AMOUNT_USD_INPUTS: Final = ("amount.currency", "amount.value", FX_RATE)

_TEXT = Kind("text")
_SET = Kind("set of text")

# `action.type` is no attribute of a condition: a rule's `for` clause tests it.
BUILT_IN_KINDS: Final = {
    "action.target.system": _TEXT,
    "action.target.resource_type": _TEXT,
    "action.target.resource_id": _TEXT,
    "action.tags": _SET,
    "amount.value": Kind("number", low=0.0),
    "amount.currency": _TEXT,
    AMOUNT_USD: Kind("number", low=0.0),
    "subject.type": Kind("one of", members=("service", "agent", "user", "job")),
    "subject.id": _TEXT,
    "subject.tenant_id": _TEXT,
    "subject.roles": _SET,
    "tenant.tenant_id": _TEXT,
    "tenant.environment": Kind("one of", members=("dev", "staging", "prod")),
    FX_RATE: Kind("number", low=0.000001, high=1_000_000.0),
    FAILURE_SIMILARITY: Kind("number", low=0.0, high=1.0),
}


def request_path(name: str) -> tuple[str, ...]:
    """Keys from the top of a request to an attribute's value; not for `amount_usd` and `risk.failure_similarity`."""
    path = tuple(name.split("."))
    return ("action", *path) if path[0] == "amount" else path
