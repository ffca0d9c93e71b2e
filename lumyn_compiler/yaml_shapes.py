"""Nodes → values of the shape that policy.v0 asks for. Where something else stands, the finding says what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.policy import Literal, Word
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import nearest
from lumyn_compiler.yaml_nodes import ERRORS_MAX, Entry, Mapping, Node, Scalar, Sequence, Unusable
from lumyn_compiler.yaml_scalars import number_spelling, scalar_value
from lumyn_runtime.vocabulary import MAGNITUDE_MAX

__all__ = [
    "Fields",
    "Findings",
    "as_entries",
    "as_fields",
    "as_items",
    "as_number",
    "as_text",
    "as_word",
    "as_words",
    "describe",
    "shown",
    "unknown_key",
    "wrong_shape",
]


class Findings:
    """What is wrong with the document; after ERRORS_MAX findings no more are taken."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = list(diagnostics)

    @property
    def full(self) -> bool:
        """Whether further reading can't add anything."""
        return len(self.diagnostics) >= ERRORS_MAX

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        wish: str | None = None,
        *,
        labels: tuple[Label, ...] = (),
        suggestion: Suggestion | None = None,
    ) -> None:
        """Take a finding down; `wish` is its help."""
        self.take(Diagnostic(code, message, span, wish, labels, suggestion))

    def take(self, diagnostic: Diagnostic) -> None:
        """Take down a finding that another reader made."""
        if not self.full:
            self.diagnostics.append(diagnostic)


@attrs.frozen
class Fields:
    """A mapping whose keys are known.

    subject: how messages name the mapping: "`then`", "the rule"
    span:    its first key, which stands for all of it
    """

    subject: str
    entries: dict[str, Entry]
    span: Span

    def get(self, key: str) -> Node | None:
        """The value of a key, None where it is not there."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value


def as_fields(
    node: Node, subject: str, findings: Findings, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> Fields | None:
    """A mapping that has all the required keys and none but them and the optional ones."""
    mapping = _as_mapping(node, subject, findings)
    if mapping is None:
        return None
    known = (*required, *optional)
    entries: dict[str, Entry] = {}
    for entry in mapping.entries:
        if entry.key.text in known:
            entries[entry.key.text] = entry
        elif not findings.full:
            unknown_key(entry.key, subject, known, findings)
    place = mapping.entries[0].key.span if mapping.entries else mapping.span
    for key in required:
        if key not in entries:
            findings.add("L111", f"{subject} has no `{key}`", place, f"add `{key}: …`")
    return Fields(subject, entries, place)


def as_entries(node: Node, subject: str, findings: Findings) -> Iterator[Entry]:
    """The entries of a mapping whose keys are the author's own names."""
    mapping = _as_mapping(node, subject, findings)
    for entry in mapping.entries if mapping is not None else ():
        if findings.full:
            return
        if isinstance(scalar_value(entry.key), str):
            yield entry
        else:
            findings.add(
                "L110",
                f"a key of {subject} is a text, not {describe(entry.key)}",
                entry.key.span,
                "put it in quotes",
                suggestion=Suggestion(entry.key.span, f'"{entry.key.text}"'),
            )


def as_items(node: Node, subject: str, findings: Findings) -> tuple[Node, ...] | None:
    """The items of a list."""
    if isinstance(node, Sequence):
        return node.items
    wrong_shape(node, subject, "a list", findings)
    return None


def as_text(node: Node, subject: str, findings: Findings) -> Literal | None:
    """A text."""
    if isinstance(node, Scalar):
        value = scalar_value(node)
        if isinstance(value, str):
            return Literal(value, span=node.span)
        if value is not None:
            findings.add(
                "L110",
                f"{subject} takes a text, not {describe(node)}",
                node.span,
                "put it in quotes",
                suggestion=Suggestion(node.span, f'"{node.text}"'),
            )
            return None
    wrong_shape(node, subject, "a text", findings)
    return None


def as_word(node: Node, subject: str, findings: Findings) -> Word | None:
    """A text that is a name."""
    text = as_text(node, subject, findings)
    if text is None:
        return None
    assert isinstance(text.value, str), "a text is a text"
    if not text.value:
        findings.add("L110", f"{subject} is empty", node.span)
        return None
    return Word(text.value, span=text.span)


def as_words(node: Node, subject: str, findings: Findings) -> tuple[Word, ...] | None:
    """A list of names."""
    items = as_items(node, subject, findings)
    if items is None:
        return None
    words = [as_word(item, f"an item of {subject}", findings) for item in items]
    return tuple(word for word in words if word is not None)


def as_number(node: Node, subject: str, findings: Findings) -> Literal | None:
    """A number that a policy can compare with."""
    value = scalar_value(node) if isinstance(node, Scalar) else None
    if not isinstance(node, Scalar) or isinstance(value, bool) or not isinstance(value, float):
        wrong_shape(node, subject, "a number", findings)
        return None
    if value != value:  # noqa: PLR0124  the one number that is none
        findings.add("L105", f"`{node.text}` is no number", node.span, "write one that can be compared")
        return None
    if _is_beyond(value, node.text):
        findings.add(
            "L303",
            f"a number of this magnitude is never compared: the largest is {MAGNITUDE_MAX}",
            node.span,
            "integers beyond 2^53 are not exact, so they are ill-typed in requests too; use a text",
        )
        return None
    if value == 0 and re.search("[1-9]", re.split("[eE]", node.text)[0]):
        findings.add("L303", "this number is so small that it would be read as 0", node.span, "write `0`")
        return None
    return Literal(value, spelling=number_spelling(node.text), span=node.span)


def _is_beyond(value: float, text: str) -> bool:
    if abs(value) != MAGNITUDE_MAX:
        return abs(value) > MAGNITUDE_MAX
    # It may have been rounded to the limit.
    exact = Decimal(int(text, 0) if "x" in text or "o" in text else text)
    return abs(exact) > MAGNITUDE_MAX


def wrong_shape(node: Node, subject: str, wanted: str, findings: Findings, wish: str | None = None) -> None:
    """Say that something else stands where `wanted` belongs."""
    if isinstance(node, Scalar) and scalar_value(node) is None:
        findings.add("L110", f"{subject} has no value", node.span, f"give it {wanted}")
    elif not isinstance(node, Unusable):
        findings.add("L110", f"{subject} takes {wanted}, not {describe(node)}", node.span, wish)


def unknown_key(key: Scalar, subject: str, known: tuple[str, ...], findings: Findings) -> None:
    """Say that a key means nothing where it stands, with the one that it may be meant for."""
    close = nearest(key.text, known)
    findings.add(
        "L109",
        f"{subject} has no key `{shown(key.text)}`",
        key.span,
        f"did you mean `{close}`?" if close else f"it may have {', '.join(f'`{name}`' for name in known)}",
        suggestion=Suggestion(key.span, close) if close else None,
    )


def describe(node: Node) -> str:
    """What stands there, for the end of a sentence."""
    match node:
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"
        case Unusable():
            return "this"
        case Scalar(text=text):
            match scalar_value(node):
                case None:
                    return "nothing"
                case bool():
                    return text
                case float():
                    return f"the number {shown(text)}"
                case _:
                    return "a text"


def shown(text: str) -> str:
    """A text short enough for a message."""
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


_SHOWN_MAX = 80


def _as_mapping(node: Node, subject: str, findings: Findings) -> Mapping | None:
    if isinstance(node, Mapping):
        return node
    wrong_shape(node, subject, "a mapping", findings)
    return None
