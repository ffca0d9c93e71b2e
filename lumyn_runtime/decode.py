"""The body of an artifact → Table, every part of it checked: whatever the bytes say, a table's every index is in range.

Keys that a table has no place for are not looked for: `loads` compares the body with what its table is spelled as.
"""

from __future__ import annotations

import math
from itertools import pairwise

from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, BUILT_IN_KINDS, FX_RATE
from lumyn_runtime.errors import ArtifactError
from lumyn_runtime.limits import NAME_PARTS_MAX, SECTION_BITS_MAX, TABLE_BITS_MAX
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.table import Attribute, Column, Row, Rule, Section, Table, class_count, mask_bits
from lumyn_runtime.vocabulary import (
    BLANK,
    ENGINE_REASONS,
    KIND_NAMES,
    MAGNITUDE_MAX,
    MODES,
    NO_MATCH,
    OBLIGATION_KINDS,
    RESERVED_RULE_IDS,
    RULE_STAGES,
    SEMANTICS_VERSION,
    SEVERITIES,
    VERDICTS,
    Kind,
    Verdict,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    Range = tuple[int, int]
    Constraint = tuple[int, tuple[Range, ...]]
    Ordered = TypeVar("Ordered", str, int, float, tuple[int, str])

__all__ = ["decode_table"]


def decode_table(body: object) -> Table:
    """Make a table of a parsed body.

    raises: ArtifactError "unsupported-version", "too-large" or "malformed", which names the place
    """
    top = _object(body, "the body")
    semantics = top.get("semantics")
    if type(semantics) is not int:
        raise _malformed("semantics", "must be a whole number")
    if semantics != SEMANTICS_VERSION:
        detail = f"it has semantics {semantics}, and this runtime decides by semantics {SEMANTICS_VERSION}"
        raise ArtifactError("unsupported-version", f"{detail}; compile the policy with a compiler of those")
    attributes = _attributes(top.get("attributes"))
    rules = _rules(top.get("rules"))
    default = _object(top.get("default"), "default")
    return Table(
        policy_id=_name(top.get("policy_id"), "policy_id"),
        policy_version=_name(top.get("policy_version"), "policy_version"),
        mode=_one_of(top.get("mode"), MODES, "mode"),
        default_verdict=_verdict(default.get("verdict"), "default.verdict"),
        default_reason=_default_reason(default.get("reason")),
        attributes=attributes,
        rules=rules,
        sections=_sections(top.get("sections"), attributes, rules),
        reasons=_reasons(top.get("reasons")),
        redact=_redact(top.get("redact")),
    )


def _attributes(value: object) -> tuple[Attribute, ...]:
    found = [_attribute(item, f"attributes[{i}]") for i, item in enumerate(_array(value, "attributes"))]
    _check_increasing([attribute.name for attribute in found], "attributes")
    return tuple(found)


def _attribute(value: object, where: str) -> Attribute:
    fields = _object(value, where)
    name = _attribute_name(fields.get("name"), f"{where}.name")
    kind = _kind(fields, where)
    built_in = BUILT_IN_KINDS.get(name)
    if built_in is not None and (not _narrows(kind, built_in) if name == FX_RATE else kind != built_in):
        raise _malformed(where, f"{name} is a {built_in} in every policy")
    return Attribute(name, kind, _text(fields.get("invalid"), f"{where}.invalid"))


def _kind(fields: dict[str, object], where: str) -> Kind:
    name = _one_of(fields.get("kind"), KIND_NAMES, f"{where}.kind")
    low = _bound(fields, "from", where)
    high = _bound(fields, "to", where)
    members = _texts(fields, "members", where)
    if (low is not None or high is not None) and name not in ("number", "integer"):
        raise _malformed(where, f"a {name} has no bounds")
    if low is not None and high is not None and low > high:
        raise _malformed(where, "its lower bound is above the upper one")
    if bool(members) != (name == "one of") or len(set(members)) != len(members):
        raise _malformed(where, "a `one of`, and nothing else, has members, each of them once")
    return Kind(name, low, high, members)


def _narrows(kind: Kind, wide: Kind) -> bool:
    """Whether a number's kind lies within another one that has both bounds."""
    if kind.name not in ("number", "integer") or kind.low is None or kind.high is None:
        return False
    assert wide.low is not None
    assert wide.high is not None
    return wide.low <= kind.low <= kind.high <= wide.high


def _rules(value: object) -> tuple[Rule, ...]:
    found = [_rule(item, f"rules[{i}]") for i, item in enumerate(_array(value, "rules"))]
    if len({rule.rule_id for rule in found}) != len(found):
        raise _malformed("rules", "two of them have the same id")
    stages = [RULE_STAGES.index(rule.stage) for rule in found]
    if stages != sorted(stages):
        raise _malformed("rules", "they are not in the order of their stages")
    return tuple(found)


def _rule(value: object, where: str) -> Rule:
    fields = _object(value, where)
    rule_id = _name(fields.get("id"), f"{where}.id")
    if rule_id in RESERVED_RULE_IDS:
        raise _malformed(f"{where}.id", "it is an id of the engine's own")
    verdict = _verdict(fields.get("verdict"), f"{where}.verdict")
    queries = tuple(_query(item, f"{where}.queries[{i}]") for i, item in enumerate(_items(fields, "queries", where)))
    if queries and verdict is not Verdict.QUERY:
        raise _malformed(where, "only a rule whose verdict is QUERY asks")
    reasons = _array(fields.get("reasons"), f"{where}.reasons")
    codes = tuple(_own_reason(item, f"{where}.reasons[{i}]") for i, item in enumerate(reasons))
    if not codes:
        raise _malformed(f"{where}.reasons", "there is none")
    if len(set(codes)) != len(codes) or len(set(queries)) != len(queries):
        raise _malformed(where, "it gives a reason or asks a question twice")
    return Rule(
        rule_id,
        _one_of(fields.get("stage"), RULE_STAGES, f"{where}.stage"),
        verdict,
        codes,
        queries,
        tuple(
            _obligation(item, f"{where}.obligations[{i}]")
            for i, item in enumerate(_items(fields, "obligations", where))
        ),
    )


def _query(value: object, where: str) -> Query:
    fields = _object(value, where)
    return Query(_attribute_name(fields.get("field"), f"{where}.field"), _text(fields.get("text"), f"{where}.text"))


def _obligation(value: object, where: str) -> Obligation:
    fields = _object(value, where)
    kind = _one_of(fields.get("kind"), OBLIGATION_KINDS, f"{where}.kind")
    severity = _one_of(fields.get("severity"), SEVERITIES, f"{where}.severity")
    return Obligation(kind, severity, _text(fields.get("text"), f"{where}.text"))


def _sections(value: object, attributes: tuple[Attribute, ...], rules: tuple[Rule, ...]) -> tuple[Section, ...]:
    found = []
    bits = 0
    for i, item in enumerate(_array(value, "sections")):
        section, section_bits = _section(item, attributes, rules, f"sections[{i}]")
        found.append(section)
        bits += section_bits
    _check_increasing([section.actions for section in found], "sections")
    if all(section.actions != "*" for section in found):
        raise _malformed("sections", "there is none for every other action")
    if bits > TABLE_BITS_MAX:
        raise ArtifactError(
            "too-large", f"rows and columns times classes of all sections are {bits}, over {TABLE_BITS_MAX}"
        )
    return tuple(found)


def _section(
    value: object, attributes: tuple[Attribute, ...], rules: tuple[Rule, ...], where: str
) -> tuple[Section, int]:
    fields = _object(value, where)
    actions = _name(fields.get("actions"), f"{where}.actions")
    if actions == ".*":
        raise _malformed(f"{where}.actions", "a prefix is not empty")
    columns = _columns(_array(fields.get("columns"), f"{where}.columns"), attributes, f"{where}.columns")
    counts = [class_count(column, attributes[column.attribute]) for column in columns]
    rows = _rows(_array(fields.get("rows"), f"{where}.rows"), rules, counts, f"{where}.rows")
    bits = mask_bits(len(rows), counts)
    if bits > SECTION_BITS_MAX:
        raise ArtifactError("too-large", f"{where}: rows and columns times classes are {bits}, over {SECTION_BITS_MAX}")
    return Section(actions, columns, rows), bits


def _columns(values: list[object], attributes: tuple[Attribute, ...], where: str) -> tuple[Column, ...]:
    found = [_column(value, attributes, f"{where}[{i}]") for i, value in enumerate(values)]
    keys = [(column.attribute, column.member or "") for column in found]
    _check_increasing(keys, where)
    whole = {attributes[column.attribute].name for column in found if column.member is None}
    for column in found:
        if attributes[column.attribute].name not in whole:
            raise _malformed(where, "members of a set are asked about, and not the set itself")
    if AMOUNT_USD in whole and not whole.issuperset(AMOUNT_USD_INPUTS):
        raise _malformed(where, f"{AMOUNT_USD} stands without what it is made of")
    return tuple(found)


def _column(value: object, attributes: tuple[Attribute, ...], where: str) -> Column:
    fields = _object(value, where)
    attribute = attributes[_index(fields.get("attribute"), len(attributes), f"{where}.attribute")]
    kind = attribute.kind
    cuts = tuple(_cut(item, f"{where}.cuts[{i}]") for i, item in enumerate(_items(fields, "cuts", where)))
    texts = _texts(fields, "texts", where)
    prefixes = _texts(fields, "prefixes", where, may_be_blank=True)
    member = _name(fields["member"], f"{where}.member") if "member" in fields else None
    fits = (
        (not cuts or kind.name in ("number", "integer"))
        and (not texts or kind.name in ("text", "one of"))
        and (not prefixes or kind.name == "text")
        and (member is None or kind.name == "set of text")
        and (kind.name != "one of" or set(texts).issubset(kind.members))
        and all(_parts(cut, kind) for cut in cuts)
    )
    if not fits:
        raise _malformed(where, f"it asks what can't be asked of a {kind}")
    _check_increasing(cuts, f"{where}.cuts")
    _check_increasing(texts, f"{where}.texts")
    _check_increasing(prefixes, f"{where}.prefixes")
    return Column(_index(fields.get("attribute"), len(attributes), where), cuts, texts, prefixes, member)


def _parts(cut: float, kind: Kind) -> bool:
    """Whether values of a kind lie on both sides of a cut."""
    low = -MAGNITUDE_MAX if kind.low is None else kind.low
    high = MAGNITUDE_MAX if kind.high is None else kind.high
    return low < cut <= high and (kind.name != "integer" or cut.is_integer())


def _cut(value: object, where: str) -> float:
    spelled = _array(value, where)
    if len(spelled) != 2 or spelled[0] not in ("from", "above"):
        raise _malformed(where, 'must be ["from", number] or ["above", number]')
    number = _number(spelled[1], where)
    return number if spelled[0] == "from" else math.nextafter(number, math.inf)


def _rows(values: list[object], rules: tuple[Rule, ...], counts: list[int], where: str) -> tuple[Row, ...]:
    # Rows share most of their constraints, and there are very many of them.
    shared: dict[Constraint, Constraint] = {}
    found = []
    previous: tuple[object, ...] = ()
    for i, value in enumerate(values):
        row = _row(value, rules, counts, shared, f"{where}[{i}]")
        key = (row.rule, row.when, row.asks)
        if not previous < key:
            raise _malformed(f"{where}[{i}]", "it is out of order")
        previous = key
        found.append(row)
    return tuple(found)


def _row(
    value: object, rules: tuple[Rule, ...], counts: list[int], shared: dict[Constraint, Constraint], where: str
) -> Row:
    fields = _object(value, where)
    rule = _index(fields.get("rule"), len(rules), f"{where}.rule")
    asks: tuple[int, ...] = ()
    if "asks" in fields:
        queries = rules[rule].queries
        asks = tuple(_index(item, len(queries), f"{where}.asks") for item in _items(fields, "asks", where))
        _check_increasing(asks, f"{where}.asks")
    when = []
    column = -1
    for item in _items(fields, "when", where):
        constraint = _constraint(item, counts)
        if constraint is None or constraint[0] <= column:
            raise _malformed(f"{where}.when", "columns or classes are out of range or out of order")
        column = constraint[0]
        when.append(shared.setdefault(constraint, constraint))
    return Row(rule, asks, tuple(when))


def _constraint(value: object, counts: list[int]) -> Constraint | None:
    """[column, [first, last], …] as a constraint; None for anything that is none, or that lets every class through."""
    if type(value) is not list or len(value) < 2:
        return None
    column = value[0]
    if type(column) is not int or not 0 <= column < len(counts):
        return None
    count = counts[column]
    ranges = []
    end = -2
    for pair in value[1:]:
        if type(pair) is not list or len(pair) != 2:
            return None
        first, last = pair
        if type(first) is not int or type(last) is not int or not end + 1 < first <= last < count:
            return None
        end = last
        ranges.append((first, last))
    return None if ranges[0] == (0, count - 1) else (column, tuple(ranges))


def _reasons(value: object) -> dict[str, str]:
    return {
        _reason(code, "reasons"): _text(sentence, f"reasons.{code}")
        for code, sentence in _object(value, "reasons").items()
    }


def _redact(value: object) -> tuple[str, ...]:
    names = tuple(_attribute_name(item, f"redact[{i}]") for i, item in enumerate(_array(value, "redact")))
    _check_increasing(names, "redact")
    return names


# ------------------------------------------------------------------------------------------------ what values may be


def _malformed(where: str, wrong: str) -> ArtifactError:
    return ArtifactError("malformed", f"{where}: {wrong}")


def _object(value: object, where: str) -> dict[str, object]:
    if type(value) is not dict:
        raise _malformed(where, "must be an object")
    return value


def _array(value: object, where: str) -> list[object]:
    if type(value) is not list:
        raise _malformed(where, "must be an array")
    return value


def _items(fields: dict[str, object], key: str, where: str) -> list[object]:
    """The array under a key that is left out when it is empty."""
    return _array(fields[key], f"{where}.{key}") if key in fields else []


def _text(value: object, where: str) -> str:
    if type(value) is not str:
        raise _malformed(where, "must be a text")
    return value


def _name(value: object, where: str) -> str:
    name = _text(value, where)
    if not name.strip(BLANK):
        raise _malformed(where, "must not be blank")
    return name


def _texts(fields: dict[str, object], key: str, where: str, *, may_be_blank: bool = False) -> tuple[str, ...]:
    read = _text if may_be_blank else _name
    texts = tuple(read(item, f"{where}.{key}[{i}]") for i, item in enumerate(_items(fields, key, where)))
    if "" in texts:
        raise _malformed(f"{where}.{key}", "one of them is empty")
    return texts


def _one_of(value: object, words: tuple[str, ...], where: str) -> str:
    for word in words:
        if word == value:
            return word
    raise _malformed(where, f"must be one of {', '.join(words)}")


def _verdict(value: object, where: str) -> Verdict:
    return Verdict(_one_of(value, VERDICTS, where))


def _reason(value: object, where: str) -> str:
    code = _text(value, where)
    letters = code.replace("_", "A")
    if not (letters.isascii() and letters.isalnum() and letters.isupper() and code[0] not in "_0123456789"):
        raise _malformed(where, "must be a reason code, in UPPER_SNAKE_CASE")
    return code


def _default_reason(value: object) -> str:
    code = _reason(value, "default.reason")
    if code in ENGINE_REASONS and code != NO_MATCH:
        raise _malformed("default.reason", "it is a reason code of the engine's own, for something else")
    return code


def _own_reason(value: object, where: str) -> str:
    code = _reason(value, where)
    if code in ENGINE_REASONS:
        raise _malformed(where, "it is a reason code of the engine's own")
    return code


def _attribute_name(value: object, where: str) -> str:
    name = _text(value, where)
    if name not in BUILT_IN_KINDS:
        # Counted before they are taken apart: a name may be all of a file.
        if name.count(".") >= NAME_PARTS_MAX:
            raise ArtifactError("too-large", f"{where}: its name has more than {NAME_PARTS_MAX} parts")
        first, *keys = name.split(".")
        if first != "evidence" or not keys or not all(keys):
            raise _malformed(where, f"no attribute is called {name[:100]!r}")
    return name


def _index(value: object, count: int, where: str) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise _malformed(where, f"must be a whole number from 0, below {count}")
    return value


def _number(value: object, where: str) -> float:
    # The bound comes first: a whole number may be too large for a double.
    if (type(value) is int or type(value) is float) and -MAGNITUDE_MAX <= value <= MAGNITUDE_MAX:
        return float(value) + 0.0
    raise _malformed(where, f"must be a number of at most {MAGNITUDE_MAX}")


def _bound(fields: dict[str, object], key: str, where: str) -> float | None:
    if key not in fields:
        return None
    bound = _number(fields[key], f"{where}.{key}")
    if abs(bound) == MAGNITUDE_MAX:
        raise _malformed(f"{where}.{key}", "it bounds nothing, so it must be left out")
    return bound


def _check_increasing(values: Sequence[Ordered], where: str) -> None:
    for before, after in pairwise(values):
        if not before < after:
            raise _malformed(where, "it is not in order, or holds something twice")
