"""Comments of a YAML document, and the waivers among them. The parser drops them; they are what lies between its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lumyn_compiler.policy import Comment, Waiver
from lumyn_compiler.source import Source, Span
from lumyn_compiler.waiver_comments import find_waivers
from lumyn_compiler.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence, scalars

__all__ = ["read_comments"]

_COMMENT = re.compile("#[^\n]*")
_BLOCK_HEAD = re.compile("[|>][0-9+-]*[ \t]+(#[^\n]*)")


def read_comments(source: Source, root: Node) -> tuple[tuple[Comment, ...], tuple[Waiver, ...]]:
    """Every comment, and the waivers; a waiver covers the statement on whose lines it stands, else the next one.

    cost: linear in the source
    """
    if "#" not in source.text:
        return (), ()
    comments = tuple(_comments(source, root))
    statements = sorted(_statements(root), key=lambda span: span.start)
    return comments, find_waivers(source, comments, statements)


def _statements(root: Node) -> Iterator[Span]:
    """What `.lumyn` has statements for: rules, and the entries and items of declarations."""
    for entry in _entries(root):
        match entry.key.text:
            case "rules" | "thresholds" | "required_evidence":
                yield from _parts(entry.value)
            case "extensions":
                for part in (part for outer in _entries(entry.value) for part in _entries(outer.value)):
                    yield from [part.span] if part.key.text == "redact" else _parts(part.value)
            case _:
                yield entry.span


def _entries(node: Node) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, Mapping) else ()


def _parts(node: Node) -> list[Span]:
    match node:
        case Mapping(entries=entries):
            return [entry.span for entry in entries]
        case Sequence(items=items):
            return [item.span for item in items]
        case _:
            return [node.span]


def _comments(source: Source, root: Node) -> Iterator[Comment]:
    at = 0
    for scalar in scalars(root):
        yield from _between(source, at, scalar.span.start)
        if not scalar.is_plain:
            yield from _in_block_head(source, scalar)
        at = max(at, scalar.span.end)
    yield from _between(source, at, len(source.text))


def _between(source: Source, start: int, end: int) -> Iterator[Comment]:
    for found in _COMMENT.finditer(source.text, start, end):
        yield Comment(found.group().rstrip(), span=Span(*found.span()))


def _in_block_head(source: Source, scalar: Scalar) -> Iterator[Comment]:
    found = _BLOCK_HEAD.match(source.text, scalar.span.start)
    if found is not None:
        yield Comment(found.group(1).rstrip(), span=Span(*found.span(1)))
