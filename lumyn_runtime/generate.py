"""Section → a function that decides its requests, made from source.

The function takes every value out of the request, adds up the digits of their classes (see `digits`), and looks the sum
up among the outcomes that were seen before.

The source is made of the runtime's own words, of indexes, and of numbers that it made itself. Whatever comes from an
artifact, names, texts and constants, is never spelled in it: a placeholder stands there, and the value takes its place
among the constants of the compiled code. So sections of one form have the same source, which is compiled once.
docs/decisions/0003-generated-evaluator.md says what was measured.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from types import FunctionType

from lumyn_runtime.attributes import is_blank
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, FX_RATE, request_path
from lumyn_runtime.combine import NO_REQUEST
from lumyn_runtime.digits import COMPARED_MAX
from lumyn_runtime.table import value_class_count
from lumyn_runtime.vocabulary import BLANK, MAGNITUDE_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, Final, TypeAlias

    from lumyn_runtime.digits import Digits
    from lumyn_runtime.outcome import Outcome
    from lumyn_runtime.table import Attribute, Column, Section, Table
    from lumyn_runtime.vocabulary import Kind

    # From a request, its action, both objects, and the failure similarity.
    Decide: TypeAlias = Callable[[dict[str, Any], dict[str, Any], float], Outcome]
    # What a sum begins with, the outcomes by sum, and what makes the outcome of a sum that is not there.
    Sums: TypeAlias = tuple[int, dict[object, Outcome], Callable[[int], Outcome]]

__all__ = ["generate", "section_source"]

# Up to so many texts, prefixes or members are compared one by one; from there on they are looked up.
_SPELLED_MAX: Final = 4

# Whole numbers below it are compared much more quickly than those beyond.
_QUICK_MAX: Final = 999_999_999

# The parts of a request that are objects where they are there at all: paths, and names for those that are looked into.
_PARTS: Final = {
    ("evidence",): "evidence",
    ("subject",): "subject",
    ("tenant",): "tenant",
    ("action", "amount"): "amount",
    ("action", "target"): "target",
}

# How it ends; the names stand for placeholders.
_END: Final = """\
    try:
        return {seen}[total]
    except KeyError:
        miss = {miss}
        return miss(total)
"""

# An ASCII text is blank only if it begins with less than "!".
_IS_BLANK: Final = '({0} < "!" or not {0}.isascii()) and not {0}.strip(BLANK)'


class _Broken:
    """Stands for a value that should be an object and is none: whatever is looked up in it is ill-typed."""

    __slots__ = ()

    def get(self, _key: str) -> _Broken:
        return self


# Stands for an ill-typed number: whatever it is compared with, it is in no class. One object, recognised by identity.
_NAN: Final = math.nan


def _foreign_usd(currency: object, value: float | None, rate: float | None) -> float | None:
    """An amount in another currency, or none, in US dollars; None when it is missing, NaN when it is ill-typed.

    The arguments are None and NaN for the same reasons; the currency may be any text.
    """
    if currency is _NAN or value is _NAN or rate is _NAN:
        return _NAN
    if currency is None or value is None or rate is None:
        return None
    return float(value) * float(rate)


# What the functions use by name.
_GLOBALS: Final[dict[str, object]] = {
    "ABSENT": {},
    "BISECT": bisect_right,
    "BLANK": BLANK,
    "BROKEN": _Broken(),
    "FOREIGN": _foreign_usd,
    "IS_BLANK": is_blank,
    "NAN": _NAN,
    "NO_REQUEST": NO_REQUEST,
    "bool": bool,
    "dict": dict,
    "float": float,
    "int": int,
    "list": list,
    "set": set,
    "str": str,
    "type": type,
}


def generate(
    section: Section,
    table: Table,
    digits: Digits,
    sums: Sums,
    codes: dict[str, CodeType],
) -> Decide:
    """The function `decide(request, action, similarity)` of a section.

    codes: code of sources that were compiled before; the source is added
    """
    source, constants = section_source(section, table, digits, sums)
    code = codes.get(source)
    if code is None:
        module = compile(source, "<section>", "exec")
        code = codes[source] = next(constant for constant in module.co_consts if hasattr(constant, "co_consts"))
    return FunctionType(_with_constants(code, constants), _GLOBALS)


def section_source(section: Section, table: Table, digits: Digits, sums: Sums) -> tuple[str, dict[str, object]]:
    """Source of a section's function, and the values of its placeholders."""
    return _Writer(section, table, digits).written(*sums)


def _with_constants(code: CodeType, constants: dict[str, object]) -> CodeType:
    """The code with values in the place of placeholders."""
    values = (constants.get(value, value) if type(value) is str else value for value in code.co_consts)
    return code.replace(co_consts=tuple(values))


class _Writer:
    """Writes one function, line by line."""

    def __init__(self, section: Section, table: Table, digits: Digits) -> None:
        self._lines: list[str] = []
        self._constants: dict[str, object] = {}
        self._digits = digits
        self._objects: dict[tuple[str, ...], str] = {("action",): "action"}
        self._columns = list(enumerate(section.columns))
        self._attributes = table.attributes
        self._by_name = {
            table.attributes[column.attribute].name: (index, column, table.attributes[column.attribute])
            for index, column in self._columns
            if column.member is None
        }

    def written(self, first_sum: object, seen: object, miss: object) -> tuple[str, dict[str, object]]:
        """The source, and what its placeholders stand for."""
        self._line("def decide(request, action, similarity):")
        self._parts()
        self._line(f"    total = {self._constant(first_sum)}")
        apart = AMOUNT_USD_INPUTS if AMOUNT_USD in self._by_name else ()
        for name, (index, column, attribute) in self._by_name.items():
            if name == FAILURE_SIMILARITY:
                self._numbers("similarity", index, column, attribute.kind, _exactly, "    ", bounded=False)
            elif name != AMOUNT_USD and name not in apart:
                self._attribute("v", index, column, attribute)
        if apart:
            self._amount()
        self._lines.append(_END.format(seen=self._constant(seen), miss=self._constant(miss)))
        return "\n".join(self._lines), self._constants

    # ------------------------------------------------------------------------------------------------ pieces of source

    def _line(self, line: str) -> None:
        self._lines.append(line)

    def _constant(self, value: object) -> str:
        """A placeholder for a value."""
        name = f"?{len(self._constants)}"
        self._constants[name] = value
        return f'"{name}"'

    def _add(self, indent: str, column: int, class_index: int) -> None:
        addend = self._digits.addend(column, class_index)
        self._line(f"{indent}total += {addend}" if addend else f"{indent}pass")

    def _absent(self, indent: str, column: int, class_index: int, name: str, kept: str) -> None:
        """Add a class without a value; of what amount_usd is made of, None or NAN is kept."""
        self._add(indent, column, class_index)
        if name != "v":
            self._line(f"{indent}{name} = {kept}")

    def _object(self, path: tuple[str, ...]) -> str:
        """The name of the object at a path, which is looked up where it was not yet."""
        name = self._objects.get(path)
        if name is not None:
            return name
        name = f"o{len(self._objects)}"
        self._line(f"    {name} = {self._object(path[:-1])}.get({self._constant(path[-1])})")
        self._line(f"    if type({name}) is not dict:")
        self._line(f"        {name} = ABSENT if {name} is None else BROKEN")
        self._objects[path] = name
        return name

    def _parts(self) -> None:
        """Look the parts up that are looked into, and refuse a request of which any part is no object."""
        read = {request_path(name)[:2] for name in self._by_name} | {request_path(name)[:1] for name in self._by_name}
        conditions = []
        for path, name in _PARTS.items():
            parent = "request" if len(path) == 1 else path[0]
            if path in read:
                self._line(f'    {name} = {parent}.get("{path[-1]}", ABSENT)')
                self._objects[path] = name
                conditions.append(f"type({name}) is not dict")
            else:
                conditions.append(f'"{path[-1]}" in {parent} and type({parent}["{path[-1]}"]) is not dict')
        self._line(f"    if {' or '.join(conditions)}:")
        self._line("        return NO_REQUEST")

    # ---------------------------------------------------------------------------------------------------- by attribute

    def _attribute(self, name: str, index: int, column: Column, attribute: Attribute) -> None:
        """Take a value out and add its class."""
        path = request_path(attribute.name)
        parent = self._object(path[:-1])
        self._line(f"    {name} = {parent}.get({self._constant(path[-1])})")
        kind = attribute.kind
        missing = value_class_count(column, attribute)
        match kind.name:
            case "number" | "integer":
                self._number(name, index, column, kind, missing)
            case "text":
                self._text(name, index, column, missing)
            case "one of":
                self._one_of(name, index, column, kind, missing)
            case "boolean":
                self._boolean(name, index)
            case "set of text":
                self._set(name, index, column, missing + 1)
            case _:
                self._scalar(name, index, missing)
        blank = "" if kind.name in ("text", "one of", "scalar") else f" or IS_BLANK({name})"
        self._line(f"    elif {name} is None{blank}:")
        self._absent("        ", index, missing, name, "None")
        self._line("    else:")
        self._absent("        ", index, missing + 1, name, "NAN")

    def _number(self, name: str, index: int, column: Column, kind: Kind, missing: int) -> None:
        keyword = "if"
        if self._digits.swapped[index] == missing:
            self._line(f"    if {name} is None:")
            self._add("        ", index, missing)
            keyword = "elif"
        kept_type = f"{name}_type"
        self._line(f"    {keyword} ({kept_type} := type({name})) is {'int' if kind.name == 'integer' else 'float'}:")
        if kind.name == "integer":
            self._numbers(name, index, column, kind, _whole, "        ")
            self._line(f"    elif {kept_type} is float:")
            self._line(f"        if {name}.is_integer():")
            self._numbers(name, index, column, kind, _exactly, "            ")
            self._line("        else:")
            self._absent("            ", index, missing + 1, name, "NAN")
        else:
            self._numbers(name, index, column, kind, _exactly, "        ")
            self._line(f"    elif {kept_type} is int:")
            self._numbers(name, index, column, kind, _whole, "        ")

    def _text(self, name: str, index: int, column: Column, missing: int) -> None:
        texts, prefixes = column.texts, column.prefixes
        self._line(f"    if type({name}) is str:")
        keyword = self._equal_texts(name, index, texts, "if")
        self._line(f"        {keyword} {_IS_BLANK.format(name)}:")
        self._absent("            ", index, missing, name, "None")
        self._starts(name, index, prefixes, len(texts))

    def _starts(self, name: str, index: int, prefixes: tuple[str, ...], first: int) -> None:
        """Find the longest prefix of a text that is none of the mentioned ones."""
        other = first + len(prefixes)
        if len(prefixes) > _SPELLED_MAX:
            addends = {prefix: self._digits.addend(index, first + i) for i, prefix in enumerate(prefixes)}
            found = _longest_prefix(addends, self._digits.addend(index, other))
            self._line("        else:")
            self._line(f"            w = {self._constant(found)}")
            self._line(f"            total += w({name})")
            return
        for position, prefix in sorted(enumerate(prefixes, first), key=_length_of_second, reverse=True):
            self._line(f"        elif {name}.startswith({self._constant(prefix)}):")
            self._add("            ", index, position)
        if self._digits.addend(index, other):
            self._line("        else:")
            self._add("            ", index, other)

    def _equal_texts(self, name: str, index: int, texts: tuple[str, ...], keyword: str) -> str:
        """Compare with the mentioned texts; returns the keyword that goes on."""
        if len(texts) > _SPELLED_MAX:
            addends = {text: self._digits.addend(index, i) for i, text in enumerate(texts)}
            self._line(f"        {keyword} {name} in {self._constant(addends)}:")
            self._line(f"            total += {self._constant(addends)}[{name}]")
            return "elif"
        usual = self._digits.swapped[index]
        for position, text in sorted(enumerate(texts), key=lambda item: item[0] != usual):
            self._line(f"        {keyword} {name} == {self._constant(text)}:")
            self._add("            ", index, position)
            keyword = "elif"
        return keyword

    def _one_of(self, name: str, index: int, column: Column, kind: Kind, missing: int) -> None:
        others = frozenset(kind.members).difference(column.texts)
        self._line(f"    if type({name}) is str:")
        keyword = self._equal_texts(name, index, column.texts, "if")
        if others:
            self._line(f"        {keyword} {name} in {self._constant(others)}:")
            self._add("            ", index, len(column.texts))
            keyword = "elif"
        self._line(f"        {keyword} {_IS_BLANK.format(name)}:")
        self._add("            ", index, missing)
        self._line("        else:")
        self._add("            ", index, missing + 1)

    def _boolean(self, name: str, index: int) -> None:
        usual = self._digits.swapped[index]
        words = ("False", "True")
        self._line(f"    if {name} is {words[usual]}:")
        self._add("        ", index, usual)
        self._line(f"    elif {name} is {words[1 - usual]}:")
        self._add("        ", index, 1 - usual)

    def _scalar(self, name: str, index: int, missing: int) -> None:
        self._line(f"    if type({name}) is str:")
        self._line(f"        if {_IS_BLANK.format(name)}:")
        self._add("            ", index, missing)
        self._line(f"    elif type({name}) is int or type({name}) is float:")
        self._line(f"        if not (-{MAGNITUDE_MAX} <= {name} <= {MAGNITUDE_MAX}):")
        self._add("            ", index, missing + 1)
        self._line(f"    elif type({name}) is bool:")
        self._line("        pass")

    def _set(self, name: str, index: int, column: Column, ill_typed: int) -> None:
        members = [
            (other, asked.member)
            for other, asked in self._columns
            if asked.attribute == column.attribute and asked.member is not None
        ]
        self._line(f"    if type({name}) is list:")
        self._line(f"        for m in {name}:")
        self._line(f"            if type(m) is not str or {_IS_BLANK.format('m')}:")
        self._add("                ", index, ill_typed)
        self._line("                break")
        self._line("        else:")
        if len(members) <= _SPELLED_MAX:
            self._line("            pass")
            for other, member in members:
                self._line(f"            if {self._constant(member)} in {name}:")
                self._add("                ", other, 1)
        else:
            addends = {member: self._digits.addend(other, 1) for other, member in members}
            self._line(f"            w = {self._constant(addends.get)}")
            self._line(f"            for m in set({name}):")
            self._line("                total += w(m, 0)")

    # ------------------------------------------------------------------------------------------------------ amount_usd

    def _amount(self) -> None:
        """The inputs of amount_usd, and then `v`: what it is, None when it is missing, NaN when it is ill-typed."""
        self._attribute("value", *self._by_name["amount.value"])
        self._attribute("rate", *self._by_name[FX_RATE])
        self._attribute("currency", *self._by_name["amount.currency"])
        self._line('    if currency == "USD":')
        self._line("        v = value")
        self._line("    else:")
        self._line("        v = FOREIGN(currency, value, rate)")
        self._line("        value_type = float")
        index, column, attribute = self._by_name[AMOUNT_USD]
        self._line("    if v is None:")
        self._add("        ", index, value_class_count(column, attribute))
        self._line("    elif value_type is float:")
        self._numbers("v", index, column, attribute.kind, _exactly, "        ")
        self._line("    else:")
        self._numbers("v", index, column, attribute.kind, _whole, "        ")

    # ----------------------------------------------------------------------------------------------------- comparisons

    def _numbers(
        self,
        name: str,
        index: int,
        column: Column,
        kind: Kind,
        bound: Callable[[float], float],
        indent: str,
        *,
        bounded: bool = True,
    ) -> None:
        """Find the class of a number, or that it is out of range.

        bound:   what a lower bound is for the numbers that come here: itself, or the next whole number
        bounded: False where every number is in range
        """
        lowest = bound(-float(MAGNITUDE_MAX) if kind.low is None else kind.low)
        highest = -bound(-(float(MAGNITUDE_MAX) if kind.high is None else kind.high))
        if len(column.cuts) >= COMPARED_MAX:
            self._bisected(name, index, column, _Range(lowest, highest), indent)
            return
        begins = [lowest, *(max(bound(cut), lowest) for cut in column.cuts)]
        ends = [*begins[1:], math.inf]
        classes = [
            (begin, class_index)
            for class_index, (begin, end) in enumerate(zip(begins, ends, strict=True))
            if begin < end and begin <= highest
        ]
        if classes:
            self._compared(name, index, classes, _Range(lowest, highest) if bounded else _Range(None, None), indent)
        else:
            self._out_of_range(name, index, indent)

    def _compared(self, name: str, index: int, classes: list[tuple[float, int]], left: _Range, indent: str) -> None:
        """Compare by halves, beside the usual class at first.

        classes: where they begin, and their indexes
        left:    bounds that were not compared with yet
        """
        if len(classes) > 1:
            half = _half([class_index for _, class_index in classes], self._digits.swapped[index])
            self._line(f"{indent}if {name} < {self._constant(classes[half][0])}:")
            self._compared(name, index, classes[:half], _Range(left.lowest, None), indent + "    ")
            self._line(f"{indent}else:")
            self._compared(name, index, classes[half:], _Range(None, left.highest), indent + "    ")
            return
        conditions = left.conditions(name, self._constant)
        if not conditions:
            self._add(indent, index, classes[0][1])
            return
        self._line(f"{indent}if {conditions}:")
        self._add(indent + "    ", index, classes[0][1])
        self._line(f"{indent}else:")
        self._out_of_range(name, index, indent + "    ")

    def _bisected(self, name: str, index: int, column: Column, bounds: _Range, indent: str) -> None:
        conditions = bounds.conditions(name, self._constant)
        cuts = self._constant(column.cuts)
        self._line(f"{indent}if {conditions}:")
        self._line(f"{indent}    total += BISECT({cuts}, {name}) * {self._digits.weights[index]}")
        self._line(f"{indent}else:")
        self._out_of_range(name, index, indent + "    ")

    def _out_of_range(self, name: str, index: int, indent: str) -> None:
        column = self._columns[index][1]
        self._absent(indent, index, len(column.cuts) + 2, name, "NAN")


class _Range:
    """The lowest and the highest number of a range, both included; None where there is nothing to compare with."""

    __slots__ = ("highest", "lowest")

    def __init__(self, lowest: float | None, highest: float | None) -> None:
        self.lowest = lowest
        self.highest = highest

    def conditions(self, name: str, constant: Callable[[object], str]) -> str:
        """Source of the question whether a number is in range; empty where there is none."""
        conditions = []
        if self.lowest is not None:
            conditions.append(f"{name} >= {constant(self.lowest)}")
            if type(self.lowest) is int and self.lowest < -_QUICK_MAX:
                conditions[-1] = f"({name} > -{_QUICK_MAX} or {conditions[-1]})"
        if self.highest is not None:
            conditions.append(f"{name} <= {constant(self.highest)}")
            if type(self.highest) is int and self.highest > _QUICK_MAX:
                conditions[-1] = f"({name} < {_QUICK_MAX} or {conditions[-1]})"
        return " and ".join(conditions)


def _half(classes: list[int], usual: int) -> int:
    """Where to part classes in two: beside the usual one, else in the midst."""
    if usual == classes[0]:
        return 1
    if usual in classes[1:]:
        return classes.index(usual)
    return len(classes) // 2


def _exactly(bound: float) -> float:
    return bound


def _whole(bound: float) -> int:
    return math.ceil(bound)


def _length_of_second(item: tuple[int, str]) -> int:
    return len(item[1])


def _longest_prefix(addends: dict[str, int], other: int) -> Callable[[str], int]:
    """A function from a text to what the longest prefix that it begins with adds; one look-up for each length."""
    lengths = sorted({len(prefix) for prefix in addends}, reverse=True)

    def addend(text: str) -> int:
        for length in lengths:
            found = addends.get(text[:length])
            if found is not None:
                return found
        return other

    return addend
