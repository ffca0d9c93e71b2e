"""Section → a function that decides its requests, made from source.

The function takes every value out of the request, adds up the digits of their classes (see `digits`), and looks the sum
up among the outcomes that were seen before.

The source is made of the runtime's own words, of indexes, and of numbers that it made itself. Whatever comes from an
artifact, names, texts and constants, is never spelled in it: a placeholder stands there, and the value takes its place
among the constants of the compiled code. So sections of one form have the same source, which is compiled once.

What requests rarely hold, such as a fraction for an integer or an ill-typed value, is left to `classes` as it stands.
docs/decisions/0003-generated-evaluator.md says what was measured.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from types import FunctionType

from lumyn_runtime.attributes import ILL_TYPED, MISSING, value_of_kind
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, FX_RATE, request_path
from lumyn_runtime.classes import class_of
from lumyn_runtime.combine import NO_REQUEST
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
    # Writes what follows, at an indentation, for the class of a number, or for None where it is out of range.
    Follow: TypeAlias = Callable[[str, int | None], None]

__all__ = ["generate", "section_source"]

# Up to so many texts, prefixes or members are compared one by one; from there on they are looked up.
_SPELLED_MAX: Final = 4
# The same for the cuts of numbers, and bisection.
_COMPARED_MAX: Final = 4

# Whole numbers up to it are compared much more quickly than those beyond.
_QUICK_MAX: Final = 999_999_999

# The parts of a request that are objects where they are there at all: paths, and names for those that are looked into.
_PARTS: Final = {
    ("evidence",): "evidence",
    ("subject",): "subject",
    ("tenant",): "tenant",
    ("action", "amount"): "amount",
    ("action", "target"): "target",
}

# What amount_usd is made of has names, for it is used twice; every other value is called `v`.
_INPUTS: Final = dict(zip(AMOUNT_USD_INPUTS, ("currency", "value", "rate"), strict=True))

# An ASCII text is blank only if it begins with less than "!".
_IS_BLANK: Final = '({0} < "!" or not {0}.isascii()) and not {0}.strip(BLANK)'

# Stands for an ill-typed number: whatever it is compared with, it is in no class. One object, recognised by identity.
_NAN: Final = math.nan


class _Broken:
    """Stands for a value that should be an object and is none: whatever is looked up in it is ill-typed."""

    __slots__ = ()

    def get(self, _key: str) -> _Broken:
        return self


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
    "NAN": _NAN,
    "NO_REQUEST": NO_REQUEST,
    "dict": dict,
    "float": float,
    "int": int,
    "list": list,
    "set": set,
    "str": str,
    "type": type,
}


def generate(section: Section, table: Table, digits: Digits, sums: Sums, codes: dict[str, CodeType]) -> Decide:
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
    return _Writer(section, table, digits).written(sums)


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
        self._asked = {
            table.attributes[column.attribute].name: _Asked(index, column, table.attributes[column.attribute])
            for index, column in self._columns
            if column.member is None
        }

    def written(self, sums: Sums) -> tuple[str, dict[str, object]]:
        """The source, and what its placeholders stand for."""
        first_sum, seen, miss = sums
        self._line("def decide(request, action, similarity):")
        self._parts()
        self._line(f"    total = {self._constant(first_sum)}")
        apart = {AMOUNT_USD, *AMOUNT_USD_INPUTS} if AMOUNT_USD in self._asked else set()
        for name, asked in self._asked.items():
            if name == FAILURE_SIMILARITY:
                self._numbers("similarity", asked, _exactly, "    ", self._class_of(asked, "v"), bounded=False)
            elif name not in apart:
                self._take("v", asked)
                self._attribute("v", asked)
        if apart:
            self._amount()
        self._line("    try:")
        self._line(f"        return {self._constant(seen)}[total]")
        self._line("    except KeyError:")
        self._line(f"        miss = {self._constant(miss)}")
        self._line("        return miss(total)")
        return "\n".join(self._lines), self._constants

    # ------------------------------------------------------------------------------------------------ pieces of source

    def _line(self, line: str) -> None:
        self._lines.append(line)

    def _constant(self, value: object) -> str:
        """A placeholder for a value."""
        name = f"?{len(self._constants)}"
        self._constants[name] = value
        return f'"{name}"'

    def _add(self, indent: str, addend: int) -> None:
        self._line(f"{indent}total += {addend}" if addend else f"{indent}pass")

    def _add_class(self, indent: str, asked: _Asked, class_index: int) -> None:
        self._add(indent, self._digits.addend(asked.index, class_index))

    def _class_of(self, asked: _Asked, name: str) -> Follow:
        """Adds the class of a number; one out of range is ill-typed."""

        def follow(indent: str, class_index: int | None) -> None:
            self._add_class(indent, asked, asked.ill_typed if class_index is None else class_index)
            if class_index is None and name in _INPUTS.values():
                self._line(f"{indent}{name} = NAN")

        return follow

    def _parts(self) -> None:
        """Look up the parts that are looked into, and refuse a request of which any part is no object."""
        read = {request_path(name)[:length] for name in self._asked for length in (1, 2)}
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

    def _object(self, path: tuple[str, ...]) -> str:
        """The name of the object at a path, which is looked up where it was not yet."""
        name = self._objects.get(path)
        if name is None:
            parent = self._object(path[:-1])
            name = f"o{len(self._objects)}"
            self._line(f"    {name} = {parent}.get({self._constant(path[-1])})")
            self._line(f"    if type({name}) is not dict:")
            self._line(f"        {name} = ABSENT if {name} is None else BROKEN")
            self._objects[path] = name
        return name

    # ---------------------------------------------------------------------------------------------------- by attribute

    def _take(self, name: str, asked: _Asked) -> None:
        """Take a value out of the request."""
        path = request_path(asked.attribute.name)
        self._line(f"    {name} = {self._object(path[:-1])}.get({self._constant(path[-1])})")

    def _attribute(self, name: str, asked: _Asked) -> None:
        """Add the class of a value; of the inputs of amount_usd keep None for a missing and NaN for an ill-typed one."""
        match asked.attribute.kind.name:
            case "number" | "integer":
                self._number(name, asked)
            case "text":
                self._text(name, asked)
            case "one of":
                self._one_of(name, asked)
            case "boolean":
                self._boolean(name, asked)
            case "set of text":
                self._set(name, asked)
            case _:
                self._scalar(name, asked)
        if not self._is_usually_missing(asked):
            self._line(f"    elif {name} is None:")
            self._add_class("        ", asked, asked.missing)
        self._line("    else:")
        self._rest(name, asked)

    def _is_usually_missing(self, asked: _Asked) -> bool:
        """Whether None is asked for first, as of the rate alone."""
        return self._digits.swaps[asked.index] == asked.missing

    def _rest(self, name: str, asked: _Asked) -> None:
        """Add the class of whatever else a value may be, found plainly."""
        digits, index, column, attribute = self._digits, asked.index, asked.column, asked.attribute

        def addend(value: object) -> int:
            return digits.addend(index, class_of(column, attribute, value_of_kind(value, attribute.kind)))

        self._line(f"        w = {self._constant(addend)}")
        self._line(f"        total += w({name})")
        if name in _INPUTS.values():
            self._line(f"        w = {self._constant(_keeper(attribute.kind))}")
            self._line(f"        {name} = w({name})")

    def _number(self, name: str, asked: _Asked) -> None:
        keyword = "if"
        if self._is_usually_missing(asked):
            self._line(f"    if {name} is None:")
            self._add_class("        ", asked, asked.missing)
            keyword = "elif"
        follow = self._class_of(asked, name)
        if asked.attribute.kind.name == "integer":
            self._line(f"    {keyword} ({name}_type := type({name})) is int:")
            self._numbers(name, asked, _whole, "        ", follow)
        elif len(asked.column.cuts) > _COMPARED_MAX:
            self._line(f"    {keyword} ({name}_type := type({name})) is float or {name}_type is int:")
            self._numbers(name, asked, _exactly, "        ", follow)
        else:
            self._line(f"    {keyword} ({name}_type := type({name})) is float:")
            self._numbers(name, asked, _exactly, "        ", follow)
            self._line(f"    elif {name}_type is int:")
            self._numbers(name, asked, _whole, "        ", follow)

    def _text(self, name: str, asked: _Asked) -> None:
        texts, prefixes = asked.column.texts, asked.column.prefixes
        self._line(f"    if type({name}) is str:")
        keyword = self._equal_texts(name, asked, texts)
        self._line(f"        {keyword} {_IS_BLANK.format(name)}:")
        self._add_class("            ", asked, asked.missing)
        if name in _INPUTS.values():
            self._line(f"            {name} = None")
        other = len(texts) + len(prefixes)
        if len(prefixes) > _SPELLED_MAX:
            addends = {prefix: self._digits.addend(asked.index, len(texts) + i) for i, prefix in enumerate(prefixes)}
            found = _longest_prefix(addends, self._digits.addend(asked.index, other))
            self._line("        else:")
            self._line(f"            w = {self._constant(found)}")
            self._line(f"            total += w({name})")
            return
        for position, prefix in sorted(enumerate(prefixes, len(texts)), key=_length_of_second, reverse=True):
            self._line(f"        elif {name}.startswith({self._constant(prefix)}):")
            self._add_class("            ", asked, position)
        if self._digits.addend(asked.index, other):
            self._line("        else:")
            self._add_class("            ", asked, other)

    def _equal_texts(self, name: str, asked: _Asked, texts: tuple[str, ...]) -> str:
        """Compare with the mentioned texts; returns the keyword that goes on."""
        if len(texts) > _SPELLED_MAX:
            addends = {text: self._digits.addend(asked.index, i) for i, text in enumerate(texts)}
            self._line(f"        if {name} in {self._constant(addends)}:")
            self._line(f"            total += {self._constant(addends)}[{name}]")
            return "elif"
        usual = self._digits.swaps[asked.index]
        keyword = "if"
        for position, text in sorted(enumerate(texts), key=lambda item: item[0] != usual):
            self._line(f"        {keyword} {name} == {self._constant(text)}:")
            self._add_class("            ", asked, position)
            keyword = "elif"
        return keyword

    def _one_of(self, name: str, asked: _Asked) -> None:
        texts = asked.column.texts
        addends = dict.fromkeys(asked.attribute.kind.members, self._digits.addend(asked.index, len(texts)))
        addends.update((text, self._digits.addend(asked.index, i)) for i, text in enumerate(texts))
        self._line(f"    if type({name}) is str and {name} in {self._constant(addends)}:")
        self._line(f"        total += {self._constant(addends)}[{name}]")

    def _boolean(self, name: str, asked: _Asked) -> None:
        usual = self._digits.swaps[asked.index]
        words = ("False", "True")
        self._line(f"    if {name} is {words[usual]}:")
        self._add_class("        ", asked, usual)
        self._line(f"    elif {name} is {words[1 - usual]}:")
        self._add_class("        ", asked, 1 - usual)

    def _scalar(self, name: str, asked: _Asked) -> None:
        self._line(f"    if type({name}) is str and not ({_IS_BLANK.format(name)}):")
        self._add_class("        ", asked, 0)
        self._line(f"    elif type({name}) is int and 0 <= {name} <= {_QUICK_MAX}:")
        self._add_class("        ", asked, 0)

    def _set(self, name: str, asked: _Asked) -> None:
        members = [
            (index, column.member)
            for index, column in self._columns
            if column.attribute == asked.column.attribute and column.member is not None
        ]
        self._line(f"    if type({name}) is list:")
        self._line(f"        for m in {name}:")
        self._line(f"            if type(m) is not str or {_IS_BLANK.format('m')}:")
        self._add_class("                ", asked, asked.ill_typed)
        self._line("                break")
        self._line("        else:")
        if len(members) <= _SPELLED_MAX:
            self._add_class("            ", asked, 0)
            for index, member in members:
                self._line(f"            if {self._constant(member)} in {name}:")
                self._add("                ", self._digits.addend(index, 1))
        else:
            addends = {member: self._digits.addend(index, 1) for index, member in members}
            self._line(f"            w = {self._constant(addends.get)}")
            self._line(f"            for m in set({name}):")
            self._line("                total += w(m, 0)")

    # ------------------------------------------------------------------------------------------------------ amount_usd

    def _amount(self) -> None:
        """The inputs of amount_usd, and amount_usd itself."""
        inputs = [(name, self._asked[of]) for of, name in _INPUTS.items()]
        for name, asked in inputs:
            self._take(name, asked)
        quick = not self._asked["amount.value"].column.cuts
        if quick:
            self._quick_amount()
        start = len(self._lines)
        for name, asked in inputs:
            self._attribute(name, asked)
        self._amount_usd()
        if quick:
            self._lines[start:] = ["    " + line for line in self._lines[start:]]

    def _quick_amount(self) -> None:
        """Most amounts are decimal fractions of US dollars, without a rate: only their size is left to look at."""
        usd, value = self._asked[AMOUNT_USD], self._asked["amount.value"]
        rate, currency = self._asked[FX_RATE], self._asked["amount.currency"]
        in_dollars = self._digits.addend(currency.index, class_of(currency.column, currency.attribute, "USD"))
        others = in_dollars + self._digits.addend(rate.index, rate.missing)

        def follow(indent: str, class_index: int | None) -> None:
            out_of_range = 0 if class_index is not None else self._digits.addend(value.index, value.ill_typed)
            class_index = usd.ill_typed if class_index is None else class_index
            self._add(indent, others + out_of_range + self._digits.addend(usd.index, class_index))

        self._line('    if rate is None and type(value) is float and type(currency) is str and currency == "USD":')
        self._numbers("value", usd, _exactly, "        ", follow, others=others)
        self._line("    else:")

    def _amount_usd(self) -> None:
        """Make `v` of the inputs: None when it is missing, NaN when it is ill-typed; add its class."""
        usd = self._asked[AMOUNT_USD]
        self._line('    if currency == "USD":')
        self._line("        v = value")
        self._line("    else:")
        self._line("        v = FOREIGN(currency, value, rate)")
        self._line("    if v is None:")
        self._add_class("        ", usd, usd.missing)
        self._line("    else:")
        self._numbers("v", usd, _exactly, "        ", self._class_of(usd, "v"))

    # ----------------------------------------------------------------------------------------------------- comparisons

    def _numbers(
        self,
        name: str,
        asked: _Asked,
        bound: Callable[[float], float],
        indent: str,
        follow: Follow,
        *,
        bounded: bool = True,
        others: int = 0,
    ) -> None:
        """Find the class of a number, or that it is out of range.

        bound:   what a lower bound is for the numbers that come here: itself, or the next whole number
        follow:  what is done once the class is known
        bounded: False where every number is in range
        others:  what `follow` adds beside the class of a number in range
        """
        kind, cuts = asked.attribute.kind, asked.column.cuts
        lowest = bound(-float(MAGNITUDE_MAX) if kind.low is None else kind.low)
        highest = -bound(-(float(MAGNITUDE_MAX) if kind.high is None else kind.high))
        if len(cuts) > _COMPARED_MAX:
            self._line(f"{indent}if {_Range(lowest, highest).condition(name, self._constant)}:")
            indexes = range(len(cuts) + 1)
            addends = tuple(others + self._digits.addend(asked.index, class_index) for class_index in indexes)
            self._line(f"{indent}    total += {self._constant(addends)}[BISECT({self._constant(cuts)}, {name})]")
            self._line(f"{indent}else:")
            follow(indent + "    ", None)
            return
        begins = [lowest, *(max(bound(cut), lowest) for cut in cuts)]
        ends = [*begins[1:], math.inf]
        classes = [
            (begin, class_index)
            for class_index, (begin, end) in enumerate(zip(begins, ends, strict=True))
            if begin < end and begin <= highest
        ]
        if classes:
            left = _Range(lowest, highest) if bounded else _Range(None, None)
            self._compared(name, self._digits.swaps[asked.index], classes, left, indent, follow)
        else:
            follow(indent, None)

    def _compared(
        self, name: str, usual: int, classes: list[tuple[float, int]], left: _Range, indent: str, follow: Follow
    ) -> None:
        """Compare by halves, beside the usual class at first.

        classes: where they begin, and their indexes
        left:    bounds that were not compared with yet
        """
        if len(classes) > 1:
            half = _half([class_index for _, class_index in classes], usual)
            self._line(f"{indent}if {name} < {self._constant(classes[half][0])}:")
            self._compared(name, usual, classes[:half], _Range(left.lowest, None), indent + "    ", follow)
            self._line(f"{indent}else:")
            self._compared(name, usual, classes[half:], _Range(None, left.highest), indent + "    ", follow)
            return
        condition = left.condition(name, self._constant)
        if not condition:
            follow(indent, classes[0][1])
            return
        self._line(f"{indent}if {condition}:")
        follow(indent + "    ", classes[0][1])
        self._line(f"{indent}else:")
        follow(indent + "    ", None)


class _Asked:
    """An attribute of a section with its column, and that column's index; `missing` and `ill_typed` are its classes."""

    __slots__ = ("attribute", "column", "ill_typed", "index", "missing")

    def __init__(self, index: int, column: Column, attribute: Attribute) -> None:
        self.index = index
        self.column = column
        self.attribute = attribute
        self.missing = value_class_count(column, attribute)
        self.ill_typed = self.missing + 1


class _Range:
    """The lowest and the highest number of a range, both included; None where there is nothing to compare with."""

    __slots__ = ("highest", "lowest")

    def __init__(self, lowest: float | None, highest: float | None) -> None:
        self.lowest = lowest
        self.highest = highest

    def condition(self, name: str, constant: Callable[[object], str]) -> str:
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


def _keeper(kind: Kind) -> Callable[[object], object]:
    """A function from a JSON value to what amount_usd is made of: None for a missing, NaN for an ill-typed one."""

    def kept(value: object) -> object:
        found = value_of_kind(value, kind)
        return None if found is MISSING else _NAN if found is ILL_TYPED else found

    return kept


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
