"""Decides with a loaded table: written from docs/artifact-format.md alone, without anything of Lumyn.

Plain rather than quick: it looks at every row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from tests.docs.independent_loader import value_count
from tests.docs.independent_shapes import (
    LARGEST,
    SIMILARITY,
    USD_INPUTS,
    VERDICTS,
    Json,
    is_blank,
    is_name,
    is_number,
)

__all__ = ["decide"]

_MISSING: Final = object()
_ILL_TYPED: Final = object()
_NO_REQUEST = "INVALID_REQUEST_SCHEMA"


def decide(table: Json, request: Json, similarity: float = 0.0) -> dict[str, Json]:
    """The outcome for any JSON value."""
    action_type = _action_type(request)
    if action_type is None:
        return _outcome([_match(_NO_REQUEST, "REQUIREMENTS", "ABSTAIN", [_NO_REQUEST])])
    section = _section(table, action_type)
    attributes = [table["attributes"][column["attribute"]] for column in section["columns"]]
    values = {attribute["name"]: _value(attribute, request, similarity) for attribute in attributes}
    if "amount_usd" in values:
        values["amount_usd"] = _amount_usd(*(values[name] for name in USD_INPUTS))
    classes = [_class(*column, values) for column in zip(section["columns"], attributes, strict=True)]
    bad = {
        attribute["name"]: attribute["invalid"] for attribute in attributes if values[attribute["name"]] is _ILL_TYPED
    }
    matched = [_bad_input(bad)] if bad else []
    matched += _matching_rules(table["rules"], section["rows"], classes)
    default = _match("DEFAULT", "DEFAULT", table["default"]["verdict"], [table["default"]["reason"]])
    return _outcome(matched or [default])


def _action_type(request: Json) -> str | None:
    if type(request) is not dict or type(action := request.get("action")) is not dict:
        return None
    parts = [request[key] for key in ("evidence", "subject", "tenant") if key in request]
    parts += [action[key] for key in ("amount", "target") if key in action]
    return action["type"] if is_name(action.get("type")) and all(type(part) is dict for part in parts) else None


def _section(table: Json, action_type: str) -> Json:
    sections = {section["actions"]: section for section in table["sections"]}
    ends = [dot.end() for dot in re.finditer(r"\.", action_type) if dot.end() < len(action_type)]
    wanted = [f"{action_type[:end]}*" for end in reversed(ends)] + ["*"]
    if action_type != "*" and not action_type.endswith(".*"):
        wanted.insert(0, action_type)
    return next(sections[actions] for actions in wanted if actions in sections)


def _value(attribute: Json, request: Json, similarity: float) -> Json:
    name = attribute["name"]
    if name == SIMILARITY:
        return similarity
    value = request["action"] if name.startswith("amount.") else request
    for key in name.split("."):
        if value is None:
            return _MISSING
        if type(value) is not dict:
            return _ILL_TYPED
        value = value.get(key)
    if value is None or is_blank(value):
        return _MISSING
    number = is_number(value) and attribute.get("from", -LARGEST) <= value <= attribute.get("to", LARGEST)
    fits = {
        "text": type(value) is str,
        "one of": type(value) is str and value in attribute.get("members", []),
        "number": number,
        "integer": number and value == int(value),
        "boolean": type(value) is bool,
        "scalar": number or type(value) in (str, bool),
        "set of text": type(value) is list and all(map(is_name, value)),
    }
    return value if fits[attribute["kind"]] else _ILL_TYPED


def _amount_usd(currency: Json, value: Json, rate: Json) -> Json:
    if currency == "USD":
        return value
    for absence in (_ILL_TYPED, _MISSING):
        if absence in (currency, value, rate):
            return absence
    product = float(value) * float(rate)
    return product if product <= LARGEST else _ILL_TYPED


def _class(column: Json, attribute: Json, values: dict[str, Json]) -> int:
    value, kind = values[attribute["name"]], attribute["kind"]
    if "member" in column:
        return int(type(value) is list and column["member"] in value)
    if value is _MISSING or value is _ILL_TYPED:
        return value_count(column, attribute) + (value is _ILL_TYPED)
    if kind in ("number", "integer"):
        return sum(cut <= value for cut in column["cuts"])
    if kind == "boolean":
        return int(value)
    if kind in ("scalar", "set of text"):
        return 0
    texts, prefixes = column.get("texts", []), column.get("prefixes", [])
    if value in texts:
        return int(texts.index(value))
    fitting = [prefix for prefix in prefixes if value.startswith(prefix)]
    return len(texts) + (prefixes.index(max(fitting, key=len)) if fitting else len(prefixes))


def _bad_input(bad: dict[str, str]) -> dict[str, Json]:
    derived = {} if bad.keys().isdisjoint(USD_INPUTS) else {"amount_usd"}
    queries = [{"field": name, "text": text} for name, text in bad.items() if name not in derived]
    return _match("INVALID_EVIDENCE", "REQUIREMENTS", "QUERY", ["INVALID_EVIDENCE"], queries=queries)


def _matching_rules(rules: Json, rows: Json, classes: list[int]) -> list[dict[str, Json]]:
    asks: dict[int, set[int]] = {}
    for row in rows:
        if all(any(a <= classes[column] <= z for a, z in ranges) for column, *ranges in row.get("when", [])):
            asks.setdefault(row["rule"], set()).update(row.get("asks", []))
    return [
        _match(
            *(rules[position][key] for key in ("id", "stage", "verdict", "reasons")),
            queries=[rules[position]["queries"][ask] for ask in sorted(asked)],
            obligations=rules[position].get("obligations", []),
        )
        for position, asked in sorted(asks.items())
    ]


def _match(*said: Json, queries: Iterable[Json] = (), obligations: Iterable[Json] = ()) -> dict[str, Json]:
    shown = dict(zip(("rule_id", "stage", "effect", "reason_codes"), said, strict=True))
    return {"shown": shown, "queries": queries, "obligations": obligations}


def _outcome(matched: list[dict[str, Json]]) -> dict[str, Json]:
    verdict = max((match["shown"]["effect"] for match in matched), key=VERDICTS.index)
    final = [match for match in matched if match["shown"]["effect"] == verdict]
    return {
        "verdict": verdict,
        "reason_codes": _once(code for match in matched for code in match["shown"]["reason_codes"]),
        "matched_rules": [match["shown"] for match in matched],
        "queries": _once(query for match in final for query in match["queries"] if verdict == "QUERY"),
        "obligations": _once(duty for match in final for duty in match["obligations"]),
    }


def _once(items: Iterable[Any]) -> list[Json]:
    kept: list[Json] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
