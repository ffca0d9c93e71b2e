"""Policies, as written and as checked, and reports, to and from JSON and YAML.

A node of a union is an object whose `node` names its class: {"node": "AllOf", "parts": […]}. A span is a pair of offsets,
and may be left out on reading.
"""

from __future__ import annotations

import json
import re
import sys
from types import UnionType
from typing import TypeVar, get_args

import cattrs
import yaml

from lumyn_compiler.checked import CheckedCondition, CheckedPolicy
from lumyn_compiler.diagnostic import Report
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import ClaimForm, Condition, Operand, Policy, Waiver
from lumyn_compiler.source import Span
from lumyn_runtime.errors import LumynError
from lumyn_runtime.outcome import Obligation, Query
from lumyn_runtime.vocabulary import Kind, Verdict

__all__ = [
    "MalformedTreeError",
    "checked_from_json",
    "checked_to_json",
    "from_values",
    "policy_from_json",
    "policy_from_yaml",
    "policy_to_json",
    "policy_to_yaml",
    "report_from_json",
    "report_to_json",
    "to_values",
]

Tree = Policy | CheckedPolicy | Report
T = TypeVar("T", Policy, CheckedPolicy, Report)


class MalformedTreeError(LumynError):
    """JSON or YAML that is none of what is written here; `detail` says what is wrong, one line each."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def policy_to_json(written: Policy) -> str:
    """A policy as written, as indented JSON."""
    return _json(written)


def policy_from_json(text: str | bytes) -> Policy:
    """What policy_to_json wrote. Raises MalformedTreeError."""
    return _read_json(text, Policy)


def policy_to_yaml(written: Policy) -> str:
    """A policy as written, as YAML: the tree, not the `policy.yml` that authors write."""
    return yaml.safe_dump(to_values(written), sort_keys=False)


def policy_from_yaml(text: str | bytes) -> Policy:
    """What policy_to_yaml wrote. Raises MalformedTreeError."""
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise MalformedTreeError(f"no YAML: {problem}") from None
    return from_values(values, Policy)


def checked_to_json(resolved: CheckedPolicy) -> str:
    """A checked policy as indented JSON."""
    return _json(resolved)


def checked_from_json(text: str | bytes) -> CheckedPolicy:
    """What checked_to_json wrote. Raises MalformedTreeError."""
    return _read_json(text, CheckedPolicy)


def report_to_json(report: Report) -> str:
    """A report with its source, so that it can be rendered elsewhere; render_json is for those who have the source."""
    return _json(report)


def report_from_json(text: str | bytes) -> Report:
    """What report_to_json wrote. Raises MalformedTreeError."""
    return _read_json(text, Report)


def to_values(tree: Tree) -> object:
    """A tree as plain JSON values."""
    values: object = _CONVERTER.unstructure(tree)
    return values


def from_values(values: object, tree_type: type[T]) -> T:
    """A tree from plain JSON values. Raises MalformedTreeError."""
    try:
        return _CONVERTER.structure(_exactly(values, dict), tree_type)
    except cattrs.BaseValidationError as problem:
        raise MalformedTreeError("\n".join(cattrs.transform_error(problem))) from None
    except (cattrs.StructureHandlerNotFoundError, KeyError, TypeError, ValueError, RecursionError) as problem:
        raise MalformedTreeError(f"{type(problem).__name__}: {problem}") from None


def _json(tree: Tree) -> str:
    text = json.dumps(to_values(tree), indent=2).replace("\x7f", "\\u007f")
    # A span stands on one line. No string has a bare line end in it, so this can't change one.
    return _SPAN.sub(r"[\1, \2]", text) + "\n"


_SPAN = re.compile(r"\[\n +([0-9]+),\n +([0-9]+)\n +\]")


def _read_json(text: str | bytes, tree_type: type[T]) -> T:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise MalformedTreeError(f"no JSON: {problem}") from None
    return from_values(values, tree_type)


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    _add_primitives(converter)
    _add_runtime_classes(converter)
    for union in (Condition, Operand, CheckedCondition):
        _add_union(converter, union)
    _add_given_values(converter)
    return converter


def _add_union(converter: cattrs.Converter, union: UnionType) -> None:
    """A closed union, alone or with None, as objects that name their class."""
    classes = {node_class.__name__: node_class for node_class in get_args(union)}

    def fits(annotation: object) -> bool:
        return annotation in (union, union | None)

    def write(node: object) -> object:
        return None if node is None else {"node": type(node).__name__, **converter.unstructure(node)}

    def read(value: object, annotation: object) -> object:
        if value is None and annotation != union:
            return None
        fields = dict(_exactly(value, dict))
        name = fields.pop("node", None)
        if name not in classes:
            raise ValueError(f"{name!r} is none of {', '.join(classes)}")
        return converter.structure(fields, classes[name])

    converter.register_unstructure_hook_func(fits, write)
    converter.register_structure_hook_func(fits, read)


_LARGEST = sys.float_info.max
_CONSTANT = str | float | bool


def _add_primitives(converter: cattrs.Converter) -> None:
    """Spans as pairs; texts, numbers and booleans as just what they are; enumerations by value."""
    converter.register_unstructure_hook(Span, lambda span: [span.start, span.end])
    converter.register_structure_hook(Span, lambda pair, _: Span(*map(_offset, _list(pair))))
    converter.register_structure_hook(str, lambda value, _: _exactly(value, str))
    converter.register_structure_hook(float, lambda value, _: _number(value))
    converter.register_structure_hook(bool, lambda value, _: _exactly(value, bool))
    converter.register_structure_hook_func(
        lambda annotation: annotation == _CONSTANT,
        lambda value, _: value if isinstance(value, str | bool) else _number(value),
    )
    for enumeration in (Operator, ClaimForm):
        converter.register_unstructure_hook(enumeration, lambda member: member.value)
        converter.register_structure_hook(enumeration, lambda value, wanted: wanted(_exactly(value, str)))
    plain = converter.get_structure_hook(Waiver)
    converter.register_structure_hook(
        Waiver, lambda value, _: plain({"covers": [0, 0], **_exactly(value, dict)}, Waiver)
    )


def _add_runtime_classes(converter: cattrs.Converter) -> None:
    """The runtime's own classes, which are written by hand."""
    converter.register_unstructure_hook(Verdict, str)
    converter.register_structure_hook(Verdict, lambda value, _: Verdict(_exactly(value, str)))
    converter.register_unstructure_hook(Query, Query.to_dict)
    converter.register_structure_hook(Query, lambda value, _: Query(**_texts(value)))
    converter.register_unstructure_hook(Obligation, Obligation.to_dict)
    converter.register_structure_hook(Obligation, lambda value, _: Obligation(**_texts(value)))
    converter.register_unstructure_hook(
        Kind, lambda kind: {"name": kind.name, "low": kind.low, "high": kind.high, "members": list(kind.members)}
    )
    converter.register_structure_hook(Kind, lambda value, _: _kind(**_exactly(value, dict)))


def _add_given_values(converter: cattrs.Converter) -> None:
    """The value of a test's input: an object for one operand, a list for several."""
    values = Operand | tuple[Operand, ...]
    read_one = converter.get_structure_hook(Operand)
    write_one = converter.get_unstructure_hook(Operand)
    converter.register_structure_hook_func(
        lambda annotation: annotation == values,
        lambda value, _: (
            tuple(read_one(member, Operand) for member in value)
            if isinstance(value, list)
            else read_one(value, Operand)
        ),
    )
    converter.register_unstructure_hook_func(
        lambda annotation: annotation == values,
        lambda value: [write_one(member) for member in value] if isinstance(value, tuple) else write_one(value),
    )


def _kind(name: object, low: object, high: object, members: object) -> Kind:
    return Kind(
        _exactly(name, str),
        low=None if low is None else _number(low),
        high=None if high is None else _number(high),
        members=tuple(_exactly(member, str) for member in _list(members)),
    )


_Exact = TypeVar("_Exact", str, bool, dict[str, object])


def _exactly(value: object, wanted: type[_Exact]) -> _Exact:
    if not isinstance(value, wanted):
        raise TypeError(f"{value!r} is no {wanted.__name__}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _texts(value: object) -> dict[str, str]:
    return {name: _exactly(text, str) for name, text in _exactly(value, dict).items()}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    if not -_LARGEST <= value <= _LARGEST:
        raise ValueError(f"{value!r} is no double")
    return float(value)


def _offset(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is no offset")
    return value


_CONVERTER = _make_converter()
