"""Loads artifacts: written from docs/artifact-format.md alone, without anything of Lumyn.

A table is the dictionary that its JSON gives, with the cuts of columns replaced by their doubles.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from itertools import pairwise

from blake3 import blake3

from tests.docs.independent_shapes import (
    BUILT_IN,
    ENGINE_IDS,
    ENGINE_REASONS,
    LARGEST,
    SIMILARITY,
    STAGES,
    TABLE,
    USD_INPUTS,
    Json,
)

__all__ = ["Refused", "load", "value_count"]


class Refused(Exception):  # noqa: N818  it is the artifact that is at fault
    """An artifact that can't be used; its argument is one of the format's six codes."""


def load(artifact: bytes, expected_hash: str | None = None) -> Json:
    """The table of an artifact, verified. Raises Refused."""
    text = _body(artifact, expected_hash)
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Refused("malformed") from problem
    _need(type(table) is dict and type(table.get("semantics")) is int)
    _need(table["semantics"] == 1, "unsupported-version")
    _need(TABLE(table))
    _check_table(table)
    _need(_canonical(table) == text)
    for column in (column for section in table["sections"] for column in section["columns"]):
        column["cuts"] = [_cut_value(cut) for cut in column.get("cuts", [])]
    return table


def value_count(column: Json, attribute: Json) -> int:
    """The number of a column's classes of values."""
    texts = len(column.get("texts", []))
    counts = {"number": len(column.get("cuts", [])) + 1, "text": texts + len(column.get("prefixes", [])) + 1}
    counts |= {"integer": counts["number"], "boolean": 2, "scalar": 1, "set of text": 1 + ("member" in column)}
    return counts.get(attribute["kind"]) or texts + (texts < len(attribute["members"]))


def _need(condition: object, code: str = "malformed") -> None:
    if not condition:
        raise Refused(code)


def _body(artifact: bytes, expected_hash: str | None) -> str:
    beginning = b"lpack 1 blake3:"
    _need(len(artifact) <= 33_554_432, "too-large")
    if not artifact.startswith(beginning):
        _need(not beginning.startswith(artifact), "truncated")
        _need(not re.match(rb"lpack (?!1 )[0-9]+ ", artifact), "unsupported-version")
        raise Refused("not-an-artifact")
    _need(re.fullmatch(rb"[0-9a-f]*", artifact[15:79]))
    _need(len(artifact) >= 80, "truncated")
    _need(artifact[79:80] == b"\n")
    body, digits = artifact[80:], artifact[15:79].decode()
    _need(blake3(body).hexdigest() == digits, "hash-mismatch" if body.endswith(b"}") else "truncated")
    _need(expected_hash in (None, f"blake3:{digits}"), "hash-mismatch")
    _need(sum(map(artifact.count, (b",", b"[", b"{"))) <= 4_194_304, "too-large")
    try:
        return body.decode()
    except UnicodeDecodeError as problem:
        raise Refused("malformed") from problem


def _increasing(values: list[Json]) -> bool:
    return all(before < after for before, after in pairwise(values))


def _check_table(table: Json) -> None:
    rules, attributes, sections = table["rules"], table["attributes"], table["sections"]
    stages = [STAGES.index(rule["stage"]) for rule in rules]
    ids = [rule["id"] for rule in rules]
    _need(stages == sorted(stages) and len(set(ids)) == len(ids) and not set(ids).intersection(ENGINE_IDS))
    for rule in rules:
        _need(set(rule["reasons"]).isdisjoint(ENGINE_REASONS) and ("queries" not in rule or rule["verdict"] == "QUERY"))
        _need(len(set(rule["reasons"])) == len(rule["reasons"]))
        asked = [(query["field"], query["text"]) for query in rule.get("queries", [])]
        _need(len(set(asked)) == len(asked))
    _need(table["default"]["reason"] not in ENGINE_REASONS[1:])
    for attribute in attributes:
        _check_kind(attribute, attribute["name"])
    actions = [section["actions"] for section in sections]
    _need(_increasing([attribute["name"] for attribute in attributes]) and _increasing(table["redact"]))
    _need(_increasing(actions) and "*" in actions and ".*" not in actions)
    bits = [_check_section(section, rules, attributes) for section in sections]
    _need(max(bits) <= 2**29 and sum(bits) <= 2**32, "too-large")


def _check_kind(attribute: Json, name: str) -> None:
    kind, members = attribute["kind"], attribute.get("members", [])
    low, high = attribute.get("from", -LARGEST), attribute.get("to", LARGEST)
    _need(bool(members) == (kind == "one of") and len(set(members)) == len(members) and low <= high)
    for bound in {"from", "to"} & attribute.keys():
        _need(kind in ("number", "integer") and abs(attribute[bound]) < LARGEST)
    if name == "evidence.fx_rate_to_usd":
        _need(kind in ("number", "integer") and 0.000001 <= low <= high <= 1_000_000)
    elif name in BUILT_IN:
        _need({**BUILT_IN[name], "name": name, "invalid": attribute["invalid"]} == attribute)


def _check_section(section: Json, rules: Json, attributes: Json) -> int:
    """Rows and columns, times classes."""
    columns, rows = section["columns"], section["rows"]
    _need(all(column["attribute"] < len(attributes) for column in columns))
    counts = [_check_column(column, attributes[column["attribute"]]) for column in columns]
    _need(_increasing([(column["attribute"], column.get("member", "")) for column in columns]))
    whole = {column["attribute"] for column in columns if "member" not in column}
    names = {attributes[position]["name"] for position in whole}
    _need(all(column["attribute"] in whole for column in columns))
    _need("amount_usd" not in names or names.issuperset(USD_INPUTS))
    for row in rows:
        _need(row["rule"] < len(rules) and _increasing(row.get("asks", [])))
        _need(all(ask < len(rules[row["rule"]].get("queries", [])) for ask in row.get("asks", [])))
        _need(_increasing([column for column, *_ in row.get("when", [])]))
        for column, *ranges in row.get("when", []):
            _need(column < len(columns) and ranges[-1][1] < counts[column] and ranges != [[0, counts[column] - 1]])
            _need(all(before[1] + 1 < after[0] for before, after in pairwise(ranges)))
    _need(_increasing([(row["rule"], row.get("when", []), row.get("asks", [])) for row in rows]))
    return (len(rows) + len(columns)) * sum(counts)


def _check_column(column: Json, attribute: Json) -> int:
    """The number of its classes."""
    kind, texts, prefixes = attribute["kind"], column.get("texts", []), column.get("prefixes", [])
    _need("cuts" not in column or kind in ("number", "integer"))
    _need("member" not in column or kind == "set of text")
    _need(not prefixes or (kind == "text" and _increasing(prefixes) and prefixes[0]))
    _need(not texts or (kind in ("text", "one of") and _increasing(texts)))
    _need(kind != "one of" or set(texts) <= set(attribute["members"]))
    cuts = [_cut_value(cut) for cut in column.get("cuts", [])]
    low, high = attribute.get("from", -LARGEST), attribute.get("to", LARGEST)
    _need(_increasing(cuts) and all(low < cut <= high and (kind == "number" or cut == int(cut)) for cut in cuts))
    return value_count(column, attribute) + (0 if "member" in column or attribute["name"] == SIMILARITY else 2)


def _cut_value(cut: Json) -> float:
    value = float(cut[1]) if cut[0] == "from" else math.nextafter(cut[1], math.inf)
    spellings = [["from", value], ["above", math.nextafter(value, -math.inf)]]
    _need(cut == min(spellings, key=lambda spelling: len(_canonical(spelling[1]))))
    return value


def _canonical(value: Json) -> str:
    if type(value) is dict:
        return "{" + ",".join(f"{_canonical(key)}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if type(value) is list:
        return "[" + ",".join(map(_canonical, value)) + "]"
    if type(value) is str:
        return json.dumps(value, ensure_ascii=False)
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text and abs(value) >= 1e-6 else text.replace("e-0", "e-")
