"""Section → the source of a function that decides its requests.

The function takes every value out of the request, adds up the digits of their classes (see `digits`), and looks the sum
up among the outcomes that were seen before.

The source is made of the runtime's own words, of indexes, and of numbers that it made itself. Whatever comes from an
artifact, names, texts and constants, is never spelled in it but handed over as a value, so sections of one form have
the same source. docs/decisions/0003-generated-evaluator.md says what was measured.
"""

from __future__ import annotations

import math
from bisect import bisect_right

from lumyn_runtime.attributes import is_blank
from lumyn_runtime.builtin import AMOUNT_USD, AMOUNT_USD_INPUTS, FAILURE_SIMILARITY, request_path
from lumyn_runtime.combine import NO_REQUEST
from lumyn_runtime.digits import COMPARED_MAX
from lumyn_runtime.table import value_class_count
from lumyn_runtime.vocabulary import BLANK, MAGNITUDE_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from lumyn_runtime.digits import Digits
    from lumyn_runtime.table import Attribute, Column, Section, Table
    from lumyn_runtime.vocabulary import Kind

__all__ = ["generate"]

# Up to so many texts, prefixes or members are compared one by one; from there on they are looked up.
_SPELLED_MAX: Final = 4

# How the function begins: the parts of a request, and that they are objects where they are there at all.
_PARTS: Final = """\
def decide(request, action, similarity):
    evidence = request.get("evidence", ABSENT)
    subject = request.get("subject", ABSENT)
    tenant = request.get("tenant", ABSENT)
    amount = action.get("amount", ABSENT)
    target = action.get("target", ABSENT)
    if (
        type(evidence) is not dict or type(subject) is not dict or type(tenant) is not dict
        or type(amount) is not dict or type(target) is not dict
    ):
        return NO_REQUEST
    total = BASE"""

_END: Final = """\
    try:
        return SEEN[total]
    except KeyError:
        return MISS(total)
"""

_IS_BLANK: Final = "not {0} or {0}.isspace() or not {0}.isascii() and not {0}.strip(BLANK)"

# Names of the values that amount_usd is made of: they are kept, NaN standing for ill-typed, while others need no name.
_KEPT: Final = dict(zip(AMOUNT_USD_INPUTS, ("currency", "value", "rate"), strict=True))


class _Broken:
    """Stands for a value that should be an object and is none: whatever is looked up in it is ill-typed."""

    __slots__ = ()

    def get(self, _key: str) -> _Broken:
        return self


# What every function may use. NAN is one object, recognised by identity.
_COMMON: Final[dict[str, object]] = {
    "ABSENT": {},
    "BISECT": bisect_right,
    "BLANK": BLANK,
    "BROKEN": _Broken(),
    "IS_BLANK": is_blank,
    "NAN": math.nan,
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


def generate(section: Section, table: Table, digits: Digits) -> tuple[str, dict[str, object]]:
    """Source of `decide(request, action, similarity)`, and what its names mean.

    The caller adds BASE (what a sum begins with), SEEN (outcomes by sum) and MISS (what makes them).
    """
    return _Writer(section, table, digits).written()


class _Writer:
    """Writes one function, line by line."""

    def __init__(self, section: Section, table: Table, digits: Digits) -> None:
        self._lines = [_PARTS]
        self._constants: dict[str, object] = dict(_COMMON)
        self._digits = digits
        self._objects: dict[tuple[str, ...], str] = {
            ("evidence",): "evidence",
            ("subject",): "subject",
            ("tenant",): "tenant",
            ("action",): "action",
            ("action", "amount"): "amount",
            ("action", "target"): "target",
        }
        self._columns = list(enumerate(section.columns))
        self._attributes = table.attributes
        self._names = {table.attributes[column.attribute].name for column in section.columns}
        self._keeps = AMOUNT_USD in self._names

    def written(self) -> tuple[str, dict[str, object]]:
        """The source, and what its names mean."""
        last = []
        for index, column in self._columns:
            if column.member is not None:
                continue
            attribute = self._attributes[column.attribute]
            if attribute.name == AMOUNT_USD:
                last.append((index, column, attribute))
            elif attribute.name == FAILURE_SIMILARITY:
                self._numbers("similarity", index, column, attribute.kind, _exactly, "    ", bounded=False)
            else:
                self._attribute(index, column, attribute)
        for index, column, attribute in last:
            self._amount_usd(index, column, attribute)
        self._lines.append(_END)
        return "\n".join(self._lines), self._constants

    # ------------------------------------------------------------------------------------------------ pieces of source

    def _line(self, line: str) -> None:
        self._lines.append(line)

    def _constant(self, value: object) -> str:
        """A name for a value from the artifact."""
        name = f"k{len(self._constants) - len(_COMMON)}"
        self._constants[name] = value
        return name

    def _add(self, indent: str, column: int, class_index: int) -> None:
        addend = self._digits.addend(column, class_index)
        self._line(f"{indent}total += {addend}" if addend else f"{indent}pass")

    def _absent(self, indent: str, column: int, class_index: int, name: str, kept: str) -> None:
        """Add a class without a value, and set what is kept of it."""
        self._add(indent, column, class_index)
        if name in _KEPT.values():
            self._line(f"{indent}{name} = {kept}")

    def _object(self, path: tuple[str, ...]) -> str:
        """The name of the object at a path, which is looked up where it was not yet."""
        name = self._objects.get(path)
        if name is None:
            parent = self._object(path[:-1])
            name = self._objects[path] = f"o{len(self._objects)}"
            self._line(f"    {name} = {parent}.get({self._constant(path[-1])})")
            self._line(f"    if type({name}) is not dict:")
            self._line(f"        {name} = ABSENT if {name} is None else BROKEN")
        return name

    # ---------------------------------------------------------------------------------------------------- by attribute

    def _attribute(self, index: int, column: Column, attribute: Attribute) -> None:
        """Take a value out and add its class."""
        path = request_path(attribute.name)
        name = _KEPT.get(attribute.name, "v") if self._keeps else "v"
        parent = self._object(path[:-1])
        self._line(f"    {name} = {parent}.get({self._constant(path[-1])})")
        kind = attribute.kind
        missing = value_class_count(column, attribute)
        ill_typed = missing + 1
        match kind.name:
            case "number" | "integer":
                self._number(name, index, column, kind, ill_typed)
            case "text":
                self._text(name, index, column, missing)
            case "one of":
                self._one_of(name, index, column, kind, missing)
            case "boolean":
                self._boolean(name, index)
            case "set of text":
                self._set(name, index, column, ill_typed)
            case _:
                self._scalar(name, index, ill_typed, missing)
        blank = "" if kind.name in ("text", "one of", "scalar") else f" or IS_BLANK({name})"
        self._line(f"    elif {name} is None{blank}:")
        self._absent("        ", index, missing, name, "None")
        self._line("    else:")
        self._absent("        ", index, ill_typed, name, "NAN")

    def _number(self, name: str, index: int, column: Column, kind: Kind, ill_typed: int) -> None:
        self._line(f"    t = type({name})")
        if kind.name == "integer":
            self._line("    if t is int:")
            self._numbers(name, index, column, kind, _whole, "        ")
            self._line("    elif t is float:")
            self._line(f"        if {name}.is_integer():")
            self._numbers(name, index, column, kind, _exactly, "            ")
            self._line("        else:")
            self._absent("            ", index, ill_typed, name, "NAN")
        else:
            self._line("    if t is float:")
            self._numbers(name, index, column, kind, _exactly, "        ")
            self._line("    elif t is int:")
            self._numbers(name, index, column, kind, _whole, "        ")

    def _text(self, name: str, index: int, column: Column, missing: int) -> None:
        texts, prefixes = column.texts, column.prefixes
        other = len(texts) + len(prefixes)
        self._line(f"    if type({name}) is str:")
        branch = self._equal_texts(name, index, texts)
        self._line(f"        {branch} {_IS_BLANK.format(name)}:")
        self._absent("            ", index, missing, name, "None")
        if len(prefixes) <= _SPELLED_MAX:
            for position, prefix in sorted(enumerate(prefixes, len(texts)), key=_length_of_second, reverse=True):
                self._line(f"        elif {name}.startswith({self._constant(prefix)}):")
                self._add("            ", index, position)
            self._line("        else:")
            self._add("            ", index, other)
        else:
            self._line("        else:")
            addends = {prefix: self._digits.addend(index, len(texts) + i) for i, prefix in enumerate(prefixes)}
            found = _longest_prefix(addends, self._digits.addend(index, other))
            self._line(f"            total += {self._constant(found)}({name})")

    def _equal_texts(self, name: str, index: int, texts: tuple[str, ...]) -> str:
        """Compare with the mentioned texts; the keyword that goes on."""
        if len(texts) > _SPELLED_MAX:
            addends = {text: self._digits.addend(index, i) for i, text in enumerate(texts)}
            self._line(f"        w = {self._constant(addends.get)}({name})")
            self._line("        if w is not None:")
            self._line("            total += w")
            return "elif"
        usual = self._digits.swapped[index]
        keyword = "if"
        for position, text in sorted(enumerate(texts), key=lambda item: item[0] != usual):
            self._line(f"        {keyword} {name} == {self._constant(text)}:")
            self._add("            ", index, position)
            keyword = "elif"
        return keyword

    def _one_of(self, name: str, index: int, column: Column, kind: Kind, missing: int) -> None:
        others = frozenset(kind.members).difference(column.texts)
        self._line(f"    if type({name}) is str:")
        keyword = self._equal_texts(name, index, column.texts)
        if others:
            self._line(f"        {keyword} {name} in {self._constant(others)}:")
            self._add("            ", index, len(column.texts))
            keyword = "elif"
        self._line(f"        {keyword} {_IS_BLANK.format(name)}:")
        self._absent("            ", index, missing, name, "None")
        self._line("        else:")
        self._absent("            ", index, missing + 1, name, "NAN")

    def _boolean(self, name: str, index: int) -> None:
        usual = self._digits.swapped[index]
        words = ("False", "True")
        self._line(f"    if {name} is {words[usual]}:")
        self._add("        ", index, usual)
        self._line(f"    elif {name} is {words[1 - usual]}:")
        self._add("        ", index, 1 - usual)

    def _scalar(self, name: str, index: int, ill_typed: int, missing: int) -> None:
        self._line(f"    t = type({name})")
        self._line("    if t is str:")
        self._line(f"        if {_IS_BLANK.format(name)}:")
        self._add("            ", index, missing)
        self._line("    elif t is int or t is float:")
        self._line(f"        if not (-{MAGNITUDE_MAX} <= {name} <= {MAGNITUDE_MAX}):")
        self._add("            ", index, ill_typed)
        self._line("    elif t is bool:")
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

    def _amount_usd(self, index: int, column: Column, attribute: Attribute) -> None:
        missing = value_class_count(column, attribute)
        self._line('    if currency == "USD":')
        self._line("        v = value")
        self._line("    elif currency is NAN or value is NAN or rate is NAN:")
        self._line("        v = NAN")
        self._line("    elif currency is None or value is None or rate is None:")
        self._line("        v = None")
        self._line("    else:")
        self._line("        v = float(value) * float(rate)")
        self._line("    if type(v) is float:")
        self._numbers("v", index, column, attribute.kind, _exactly, "        ")
        self._line("    elif v is None:")
        self._add("        ", index, missing)
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
        """Find a number's class, or that it is out of range.

        bound:   what a lower bound is for the numbers that come here: itself, or the next whole number
        bounded: False where every number is in range
        """
        # From the beginning of each class to that of the next; the last one ends just above the highest value.
        low = bound(-MAGNITUDE_MAX if kind.low is None else kind.low)
        top = MAGNITUDE_MAX if kind.high is None else kind.high
        # Of whole numbers, that after 2**53 is no double, so the next double would let it through.
        high = min(bound(math.nextafter(top, math.inf)), math.floor(top) + 1)
        begins = [low, *(min(max(bound(cut), low), high) for cut in column.cuts), high]
        if len(column.cuts) >= COMPARED_MAX:
            self._bisected(name, index, column, (low, high), indent)
            return
        classes = [(begins[i], i) for i in range(len(column.cuts) + 1) if begins[i] < begins[i + 1]]
        if classes:
            self._compared(name, index, classes, (low, high) if bounded else (None, None), indent)
        else:
            self._absent(indent, index, len(column.cuts) + 2, name, "NAN")

    def _compared(
        self,
        name: str,
        index: int,
        classes: list[tuple[float, int]],
        ends: tuple[float | None, float | None],
        indent: str,
    ) -> None:
        """Compare by halves, so that the usual class is found first, and its neighbours at last.

        classes: where they begin, and their indexes
        ends:    bounds of the range that are still to be compared with: none in the midst
        """
        low, high = ends
        if len(classes) > 1:
            half = _half([class_index for _, class_index in classes], self._digits.swapped[index])
            self._line(f"{indent}if {name} < {self._constant(classes[half][0])}:")
            self._compared(name, index, classes[:half], (low, None), indent + "    ")
            self._line(f"{indent}else:")
            self._compared(name, index, classes[half:], (None, high), indent + "    ")
            return
        conditions = [f"{name} >= {self._constant(low)}"] if low is not None else []
        conditions += [f"{name} < {self._constant(high)}"] if high is not None else []
        class_index = classes[0][1]
        if not conditions:
            self._add(indent, index, class_index)
            return
        self._line(f"{indent}if {' and '.join(conditions)}:")
        self._add(indent + "    ", index, class_index)
        self._line(f"{indent}else:")
        self._out_of_range(name, index, indent + "    ")

    def _bisected(self, name: str, index: int, column: Column, ends: tuple[float, float], indent: str) -> None:
        low, high = (self._constant(end) for end in ends)
        cuts = self._constant(column.cuts)
        self._line(f"{indent}if {name} >= {low} and {name} < {high}:")
        self._line(f"{indent}    total += BISECT({cuts}, {name}) * {self._digits.weights[index]}")
        self._line(f"{indent}else:")
        self._out_of_range(name, index, indent + "    ")

    def _out_of_range(self, name: str, index: int, indent: str) -> None:
        column = self._columns[index][1]
        self._absent(indent, index, len(column.cuts) + 2, name, "NAN")


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
