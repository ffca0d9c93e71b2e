"""Nodes → values of the shape that policy.v0 asks for. Where something else stands, the finding says what was expected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import attrs

from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.policy import Literal, Word
from lumyn_compiler.source import Span
from lumyn_compiler.yaml_keys import meant_key
from lumyn_compiler.yaml_nodes import ERRORS_MAX, Entry, Mapping, Node, Scalar, Sequence, Unusable
from lumyn_compiler.yaml_scalars import scalar_value
from lumyn_compiler.yaml_spelling import spell_as_list

__all__ = [
    "Fields",
    "Findings",
    "as_entries",
    "as_fields",
    "as_items",
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
    for entry in mapping.entries:
        if entry.key.text not in known and not findings.full:
            unknown_key(entry.key, subject, known, entries.keys(), findings)
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
    listed = _as_list(node) if isinstance(node, Scalar) and isinstance(scalar_value(node), str) else None
    wish = None if listed is None else f"write `{shown(listed)}`"
    wrong_shape(node, subject, "a list", findings, wish, None if listed is None else Suggestion(node.span, listed))
    return None


def _as_list(scalar: Scalar) -> str | None:
    """The list that was meant by a text; None for one of several lines, which may be anything."""
    quotes = 0 if scalar.is_plain else 2
    on_one_line = scalar.span.end - scalar.span.start == len(scalar.text) + quotes
    return spell_as_list(scalar.text, is_plain=scalar.is_plain) if on_one_line else None


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


def wrong_shape(
    node: Node,
    subject: str,
    wanted: str,
    findings: Findings,
    wish: str | None = None,
    suggestion: Suggestion | None = None,
) -> None:
    """Say that something else stands where `wanted` belongs."""
    if isinstance(node, Scalar) and scalar_value(node) is None:
        findings.add("L110", f"{subject} has no value", node.span, f"give it {wanted}")
    elif not isinstance(node, Unusable):
        findings.add("L110", f"{subject} takes {wanted}, not {describe(node)}", node.span, wish, suggestion=suggestion)


def unknown_key(
    key: Scalar, subject: str, known: tuple[str, ...], present: Collection[str], findings: Findings
) -> None:
    """Say that a key means nothing where it stands, with the one that it may be meant for, unless that is there too."""
    close = meant_key(key.text, known)
    if close is None:
        wish = f"it may have {', '.join(f'`{name}`' for name in known)}"
    else:
        wish = f"remove it; `{close}` is there already" if close in present else f"did you mean `{close}`?"
    suggestion = Suggestion(key.span, close) if close is not None and close not in present else None
    findings.add("L109", f"{subject} has no key `{shown(key.text)}`", key.span, wish, suggestion=suggestion)


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
