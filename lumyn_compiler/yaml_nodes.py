"""YAML text → nodes that know where they were written.

Only the shape of the document is read here. Whatever could make a small text large or mean different things to different
readers is refused at the event that brings it: aliases, anchors, tags, merge keys, second documents, duplicate keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs
import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from lumyn_compiler.diagnostic import Diagnostic, Label
from lumyn_compiler.source import Source, Span
from lumyn_compiler.yaml_syntax_help import DEPTH_MAX, syntax_error, too_deep
from lumyn_runtime.errors import LumynError

__all__ = [
    "ERRORS_MAX",
    "NODES_MAX",
    "Entry",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Unusable",
    "YamlParserMissingError",
    "read_nodes",
    "scalars",
]

# Keys and values of one document: twice what 10,000 rules take.
NODES_MAX = 500_000

# Reading stops at as many errors.
ERRORS_MAX = 100


@attrs.frozen
class Scalar:
    """A text as it stands in the document once quotes and escapes are taken away.

    is_plain: written without quotes and not as a block, so that it may mean a number, true, false or null
    """

    text: str
    is_plain: bool
    span: Span


@attrs.frozen
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span


@attrs.frozen
class Entry:
    """A key with its value."""

    key: Scalar
    value: Node

    @property
    def span(self) -> Span:
        """From the key to the end of the value."""
        return self.key.span.through(self.value.span)


@attrs.frozen
class Mapping:
    """Keys with values; each key once, in the order of the document."""

    entries: tuple[Entry, ...]
    span: Span


@attrs.frozen
class Unusable:
    """What stands in the place of something that was refused: its error is known, and nothing more is said of it."""

    span: Span


Node = Scalar | Sequence | Mapping | Unusable


def read_nodes(source: Source) -> tuple[Node | None, list[Diagnostic]]:
    """Read the one document of a source; None where it has none, or can't be read to its end.

    cost: linear in the text; about 2 µs a node
    """
    reader = _Reader(source)
    try:
        return reader.document(), reader.diagnostics
    except _StoppedError:
        return None, reader.diagnostics
    except yaml.YAMLError as problem:
        return None, [*reader.diagnostics, syntax_error(source, problem)]


def scalars(root: Node) -> Iterator[Scalar]:
    """Every key and text of a document, in its order."""
    rest: list[Node] = [root]
    while rest:
        node = rest.pop()
        match node:
            case Scalar():
                yield node
            case Sequence(items=items):
                rest.extend(reversed(items))
            case Mapping(entries=entries):
                for entry in reversed(entries):
                    rest += (entry.value, entry.key)
            case _:
                pass


class YamlParserMissingError(LumynError):
    """PyYAML was built here without libyaml, whose parser is the only one that policies are read with."""

    def __str__(self) -> str:
        return "PyYAML has no libyaml on this machine; install a wheel of PyYAML, or build it with libyaml's headers"


class _StoppedError(Exception):
    """Reading has gone far enough; the diagnostics say why."""


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.diagnostics: list[Diagnostic] = []
        self._events = yaml.parse(source.text, Loader=_loader())
        self._node_count = 0

    def document(self) -> Node | None:
        """The document; what comes after it is refused."""
        self._next()  # the start of the stream
        start = self._next()
        if not isinstance(start, DocumentStartEvent):
            return None
        if start.version not in (None, (1, 2)) or start.tags:
            self._refuse("a directive other than `%YAML 1.2`", _span(start), "remove it; policies are read as YAML 1.2")
        root = self._node(self._next(), 1)
        self._next()  # the end of the document
        more = self._next()
        if not isinstance(more, StreamEndEvent):
            at = _span(more).start
            self._refuse("a second document", Span(at, at + 3), "a policy is one document; remove what follows")
        return root

    def _next(self) -> Event:
        return next(self._events)

    def _node(self, event: Event, depth: int) -> Node:
        self._node_count += 1
        if self._node_count > NODES_MAX:
            raise self._too_many_nodes(event)
        if isinstance(event, ScalarEvent):
            if event.anchor is not None or event.tag is not None:
                self._refuse_properties(event)
            return self._scalar(event)
        if isinstance(event, AliasEvent):
            span = _span(event)
            self._refuse(f"the alias `{self.source.slice(span)}`", span, "write the value out where it is meant")
            return Unusable(span)
        assert isinstance(event, CollectionStartEvent), "a node is a text, an alias, a list or a mapping"
        if depth > DEPTH_MAX:
            self.diagnostics.append(too_deep(_span(event).start))
            raise _StoppedError
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, depth)
        assert isinstance(event, MappingStartEvent), "a collection is a list or a mapping"
        return self._mapping(event, depth)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        span, style = _span(event), event.style
        if style in _BLOCKS:
            span = Span(span.start, span.start + len(self.source.slice(span).rstrip()))
        return Scalar(event.value, not style, span)

    def _sequence(self, event: SequenceStartEvent, depth: int) -> Sequence:
        items = []
        while not isinstance(item := self._next(), SequenceEndEvent):
            items.append(self._node(item, depth + 1))
        return Sequence(tuple(items), _span(event).through(_span(item) if event.flow_style else items[-1].span))

    def _mapping(self, event: MappingStartEvent, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        last = _span(event)
        while not isinstance(key_event := self._next(), MappingEndEvent):
            key = self._node(key_event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if isinstance(value, Scalar) and value.span.start == value.span.end:
                # What is not there is shown at its key.
                value = Scalar(value.text, value.is_plain, key.span)
            last = value.span
            if isinstance(key, Scalar) and self._is_new(key, entries):
                entries[key.text] = Entry(key, value)
            elif isinstance(key, Mapping | Sequence):
                self._add(Diagnostic("L110", "a key is a text, not a list or a mapping", key.span))
        if event.flow_style:
            last = _span(key_event)
        return Mapping(tuple(entries.values()), _span(event).through(last))

    def _is_new(self, key: Scalar, entries: dict[str, Entry]) -> bool:
        if key.is_plain and key.text == "<<":
            self._refuse("the merge key `<<`", key.span, "write the merged keys out")
            return False
        other = entries.get(key.text)
        if other is None:
            return True
        self._add(
            Diagnostic(
                "L108",
                f"key `{key.text}` is written twice",
                key.span,
                help="remove one of the two",
                labels=(Label(other.key.span, "first written here"),),
            )
        )
        return False

    def _refuse_properties(self, event: ScalarEvent | CollectionStartEvent) -> None:
        found = _PROPERTY.match(self.text, _span(event).start)
        assert found is not None, "a node with an anchor or a tag begins with it"
        sort, wish = _ANCHOR if found.group().startswith("&") else _TAG
        self._refuse(f"the {sort} `{found.group()}`", Span(*found.span()), wish)

    def _refuse(self, what: str, span: Span, wish: str) -> None:
        self._add(Diagnostic("L107", f"policies do not use this YAML feature: {what}", span, help=wish))

    def _add(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)
        if len(self.diagnostics) >= ERRORS_MAX:
            raise _StoppedError

    def _too_many_nodes(self, event: Event) -> _StoppedError:
        at = _span(event).start
        self.diagnostics.append(
            Diagnostic(
                "L001",
                f"the source has more than {NODES_MAX:,} keys and values",
                Span(at, at + 1),
                help="split the policy, or make lists of constants shorter",
            )
        )
        return _StoppedError()


def _loader() -> type[yaml.CSafeLoader]:
    if not yaml.__with_libyaml__:
        raise YamlParserMissingError
    return yaml.CSafeLoader


def _span(event: Event) -> Span:
    assert event.start_mark is not None, "the parser gives every event its place"
    assert event.end_mark is not None, "the parser gives every event its place"
    return Span(event.start_mark.index, event.end_mark.index)


_BLOCKS = frozenset({"|", ">"})
_PROPERTY = re.compile(r"[&!][^\s,\[\]{}]*")
_ANCHOR = ("anchor", "remove it; every value is written out where it is meant")
_TAG = ("tag", "remove it; what a value is follows from how it is written")
