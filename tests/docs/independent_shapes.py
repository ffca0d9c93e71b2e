"""What stands where in the body of an artifact: written from docs/artifact-format.md alone.

Each part of a body has a check, a function from any JSON value to whether it may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

__all__ = [
    "BUILT_IN",
    "ENGINE_IDS",
    "ENGINE_REASONS",
    "LARGEST",
    "SIMILARITY",
    "STAGES",
    "TABLE",
    "USD_INPUTS",
    "VERDICTS",
]
__all__ += ["Json", "is_blank", "is_name", "is_number"]

Json = Any
Check = Callable[[Json], bool]

LARGEST: Final = 2**53
VERDICTS: Final = ["TRUST", "ESCALATE", "QUERY", "ABSTAIN"]
SIMILARITY: Final = "risk.failure_similarity"
USD_INPUTS: Final = ["amount.currency", "amount.value", "evidence.fx_rate_to_usd"]

STAGES: Final = ["REQUIREMENTS", "HARD_BLOCKS", "ESCALATIONS", "TRUST_PATHS"]
_KINDS: Final = ["text", "number", "integer", "boolean", "one of", "set of text", "scalar"]
_DUTIES: Final = ["check", "log", "rate_limit", "required_evidence", "rollback_hint"]
ENGINE_IDS: Final = ["DEFAULT", "INVALID_EVIDENCE", "INVALID_REQUEST_SCHEMA"]
ENGINE_REASONS: Final = [
    "NO_MATCH_DEFAULT_ESCALATE",
    "INVALID_REQUEST_SCHEMA",
    "INVALID_EVIDENCE",
    "INVALID_POLICY",
    "STORAGE_UNAVAILABLE",
    "GATEWAY_OVERLOADED",
]
_BLANK: Final = re.compile(
    r"[\t-\r\x1c-\x20\x85\xa0\u1680\u180e\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*"
)
_TEXTS: Final = [
    "action.target.resource_id",
    "action.target.resource_type",
    "action.target.system",
    "amount.currency",
    "subject.id",
    "subject.tenant_id",
    "tenant.tenant_id",
]
BUILT_IN: Final[dict[str, Json]] = {
    **{name: {"kind": "text"} for name in _TEXTS},
    **{name: {"kind": "set of text"} for name in ("action.tags", "subject.roles")},
    **{name: {"kind": "number", "from": 0} for name in ("amount.value", "amount_usd")},
    SIMILARITY: {"kind": "number", "from": 0, "to": 1},
    "subject.type": {"kind": "one of", "members": ["service", "agent", "user", "job"]},
    "tenant.environment": {"kind": "one of", "members": ["dev", "staging", "prod"]},
}


def is_blank(value: Json) -> bool:
    """Whether it is a text of nothing but blanks."""
    return type(value) is str and _BLANK.fullmatch(value) is not None


def is_name(value: Json) -> bool:
    """Whether it is a text that is not blank."""
    return type(value) is str and not is_blank(value)


def is_number(value: Json) -> bool:
    """Whether it is a number that counts as one."""
    return type(value) in (int, float) and -LARGEST <= value <= LARGEST


def _record(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    every = required | (optional or {})
    return lambda value: (
        (type(value) is dict and required.keys() <= value.keys() <= every.keys())
        and all(every[key](part) for key, part in value.items())
    )


def _each(part: Check, least: int = 0) -> Check:
    return lambda value: type(value) is list and len(value) >= least and all(map(part, value))


def _some(part: Check) -> Check:
    return _each(part, least=1)


def _among(words: list[str]) -> Check:
    return lambda value: type(value) is str and value in words


def _is_text(value: Json) -> bool:
    return type(value) is str


def _is_reason(value: Json) -> bool:
    return type(value) is str and re.fullmatch("[A-Z][A-Z0-9_]*", value) is not None


def _are_reasons(value: Json) -> bool:
    return type(value) is dict and all(map(_is_reason, value)) and all(map(_is_text, value.values()))


def _is_attribute(value: Json) -> bool:
    return _is_text(value) and (value in BUILT_IN or re.fullmatch(r"evidence(\.[^.]+)+", value) is not None)


def _is_index(value: Json) -> bool:
    return type(value) is int and value >= 0


def _is_cut(value: Json) -> bool:
    return type(value) is list and len(value) == 2 and value[0] in ("from", "above") and is_number(value[1])


def _is_range(value: Json) -> bool:
    return type(value) is list and len(value) == 2 and all(map(_is_index, value)) and value[0] <= value[1]


def _is_constraint(value: Json) -> bool:
    return type(value) is list and len(value) >= 2 and _is_index(value[0]) and all(map(_is_range, value[1:]))


_QUERY = _record({"field": _is_attribute, "text": _is_text})
_DUTY = _record({"kind": _among(_DUTIES), "severity": _among(["info", "warning", "critical"]), "text": _is_text})
_RULE = _record(
    {"id": is_name, "reasons": _some(_is_reason), "stage": _among(STAGES), "verdict": _among(VERDICTS)},
    {"obligations": _some(_DUTY), "queries": _some(_QUERY)},
)
_ATTRIBUTE = _record(
    {"invalid": _is_text, "kind": _among(_KINDS), "name": _is_attribute},
    {"from": is_number, "members": _some(is_name), "to": is_number},
)
_COLUMN = _record(
    {"attribute": _is_index},
    {"cuts": _some(_is_cut), "member": is_name, "prefixes": _some(_is_text), "texts": _some(is_name)},
)
_ROW = _record({"rule": _is_index}, {"asks": _some(_is_index), "when": _some(_is_constraint)})
TABLE = _record(
    {
        "attributes": _each(_ATTRIBUTE),
        "default": _record({"reason": _is_reason, "verdict": _among(VERDICTS)}),
        "mode": _among(["enforce", "advisory"]),
        "policy_id": is_name,
        "policy_version": is_name,
        "reasons": _are_reasons,
        "redact": _each(_is_attribute),
        "rules": _each(_RULE),
        "sections": _each(_record({"actions": is_name, "columns": _each(_COLUMN), "rows": _each(_ROW)})),
        "semantics": _is_index,
    }
)
