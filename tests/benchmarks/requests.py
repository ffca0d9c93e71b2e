"""Requests for the starter support policy: a day's mix of actions, amounts and gaps, the same for the same seed."""

from random import Random
from typing import TypeAlias

__all__ = ["JsonValue", "Request", "mixed_requests"]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
Request: TypeAlias = "dict[str, JsonValue]"

# Out of a hundred requests: what a support desk does all day, and now and then something that no rule names.
_ACTIONS = (
    ("support.refund", 50),
    ("support.issue_credit", 14),
    ("support.update_ticket", 12),
    ("support.close_ticket", 12),
    ("support.reset_password", 5),
    ("support.change_plan", 5),
    ("crm.merge_contacts", 2),
)
# How often evidence that an action could have is left out.
_MISSING_SHARE = 0.04
_ILL_TYPED: tuple[JsonValue, ...] = ("unknown", "", True, 1.7, -3, [], {}, None, 2**60)


def mixed_requests(count: int, seed: int, ill_typed_share: float = 0.0) -> list[Request]:
    """Full decision requests as they reach the gate.

    ill_typed_share: how many of them carry evidence that some producer got wrong
    """
    chance = Random(seed)
    types, weights = zip(*_ACTIONS, strict=True)
    made = []
    for index in range(count):
        action_type: str = chance.choices(types, weights)[0]
        evidence = _evidence(action_type, chance)
        if evidence and chance.random() < ill_typed_share:
            evidence[chance.choice(sorted(evidence))] = chance.choice(_ILL_TYPED)
        made.append(_request(index, action_type, evidence, chance))
    return made


def _request(index: int, action_type: str, evidence: dict[str, JsonValue], chance: Random) -> Request:
    action: dict[str, JsonValue] = {"type": action_type, "intent": f"case {index}", "tags": ["chat"]}
    if action_type in ("support.refund", "support.issue_credit"):
        action["amount"] = _amount(action_type, evidence, chance)
        action["target"] = {"system": "stripe", "resource_type": "charge", "resource_id": f"ch_{index}"}
    return {
        "schema_version": "decision_request.v0",
        "request_id": f"r-{index}",
        "subject": {"type": "agent", "id": "support-agent", "tenant_id": "acme"},
        "action": action,
        "evidence": evidence,
        "context": {"mode": "digest_only", "digest": f"sha256:{chance.getrandbits(256):064x}"},
    }


def _amount(action_type: str, evidence: dict[str, JsonValue], chance: Random) -> dict[str, JsonValue]:
    """Mostly small and in US dollars; a foreign amount has its rate with it, most of the time."""
    typical = 30.0 if action_type == "support.refund" else 12.0
    value = round(chance.lognormvariate(0.0, 1.0) * typical, 2)
    if chance.random() < 0.15:
        if chance.random() > _MISSING_SHARE:
            evidence["fx_rate_to_usd"] = 1.1
        return {"value": value, "currency": "EUR"}
    return {"value": value, "currency": "USD"}


def _evidence(action_type: str, chance: Random) -> dict[str, JsonValue]:
    """What the desk's tools know of a case; something is left out now and then."""
    number = chance.randrange(1, 9_999)
    known: dict[str, JsonValue] = {"ticket_id": f"ZD-{number}", "customer_id": f"C-{number}"}
    match action_type:
        case "support.refund":
            known |= {
                "order_id": str(80_000 + number),
                "payment_instrument_risk": chance.choices(("low", "medium", "high"), (80, 15, 5))[0],
                "chargeback_risk": _chargeback_risk(chance),
                "previous_refund_count_90d": chance.choices((0, 1, 2, 3), (75, 15, 7, 3))[0],
                "customer_age_days": chance.randrange(0, 900),
            }
        case "support.issue_credit":
            known |= {
                "reason_code": "late_delivery",
                "payment_instrument_risk": chance.choice(("low", "medium", "high")),
            }
        case "support.close_ticket":
            known |= {"resolution_code": chance.choice(("solved", "duplicate"))}
        case "support.reset_password":
            known |= {"account_takeover_risk": round(chance.random(), 3), "manual_approval": chance.random() < 0.1}
        case "support.change_plan":
            known |= {"manual_approval": chance.random() < 0.3}
        case _:
            pass
    return {name: value for name, value in known.items() if chance.random() > _MISSING_SHARE}


def _chargeback_risk(chance: Random) -> float:
    """Low as a rule; once in twenty a warning sign."""
    return round(chance.betavariate(1.2, 8.0) if chance.random() > 0.05 else chance.uniform(0.3, 1.0), 3)
