"""What a policy.v0 document says in the words of `.lumyn`: kinds and claims, each a text of its own.

Such a text is read by the parser of `.lumyn` behind a head that makes it a whole policy; places in it are then moved to
where the text stands in the document.
"""

from __future__ import annotations

from functools import lru_cache

import attrs

from lumyn_compiler.build import build_policy
from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.policy import Claim, KindSpec, Policy
from lumyn_compiler.source import Source, Span
from lumyn_compiler.syntax import parse_statements
from lumyn_compiler.yaml_nodes import Node, Scalar
from lumyn_compiler.yaml_shapes import Findings, as_text

__all__ = ["read_claim", "read_kind"]

_HEAD = 'policy p version "1" mode enforce default ESCALATE because R\n'
_HEAD_STATEMENT_COUNT = 3


def read_kind(source: Source, node: Node, subject: str, findings: Findings) -> KindSpec | None:
    """A kind: `one of (low, high)`."""
    policy = _read(source, node, f"{_HEAD}evidence x : ", subject, findings)
    if policy is None:
        return None
    [declaration] = policy.evidence
    return declaration.kind


def read_claim(source: Source, node: Node, subject: str, findings: Findings) -> Claim | None:
    """A claim: `never TRUST for support.refund when amount_usd > 200`."""
    policy = _read(source, node, _HEAD, subject, findings)
    if policy is None:
        return None
    if len(policy.claims) != 1:
        findings.add("L112", f"{subject} is a claim, which begins with `never` or `always`", node.span)
        return None
    return policy.claims[0]


def _read(source: Source, node: Node, head: str, subject: str, findings: Findings) -> Policy | None:
    """The policy that a text makes behind a head, if it is exactly one statement."""
    text = as_text(node, subject, findings)
    if text is None or not isinstance(node, Scalar):
        return None
    moved = _Move(head, node, source)
    parsed = _parse(head + node.text)
    if not parsed.diagnostics and parsed.statement_count != _HEAD_STATEMENT_COUNT + 1:
        findings.add("L112", f"{subject} is more than one statement", node.span, "write each thing where it belongs")
        return None
    for diagnostic in parsed.diagnostics:
        findings.take(moved.diagnostic(diagnostic))
    return None if parsed.diagnostics else moved.policy(parsed.policy)


@attrs.frozen
class _Parsed:
    policy: Policy
    statement_count: int
    diagnostics: tuple[Diagnostic, ...]


# Many attributes have the same kind.
@lru_cache(maxsize=256)
def _parse(text: str) -> _Parsed:
    source = Source("", text)
    parsed = parse_statements(source)
    policy, diagnostics = build_policy(source, parsed)
    return _Parsed(policy, len(parsed.statements), (*parsed.diagnostics, *diagnostics))


class _Move:
    """Moves places from the text behind its head to the document."""

    def __init__(self, head: str, node: Scalar, source: Source) -> None:
        quote = 0 if node.is_plain else 1
        inner = Span(node.span.start + quote, node.span.end - quote)
        self.is_verbatim = source.slice(inner) == node.text
        self.whole = node.span
        self.inner = inner
        self.offset = inner.start - len(head)

    def span(self, span: Span) -> Span:
        """A place; that of the whole text where escapes or line breaks make it stand differently."""
        if not self.is_verbatim:
            return self.whole
        low, high = self.inner.start, self.inner.end
        start = min(max(span.start + self.offset, low), high)
        return Span(start, min(max(span.end + self.offset, start), high))

    def policy(self, policy: Policy) -> Policy:
        """A tree whose every place is moved."""
        moved = self._moved(policy)
        assert isinstance(moved, Policy), "a tree stays what it is"
        return moved

    def _moved(self, value: object) -> object:
        if isinstance(value, Span):
            return self.span(value)
        if isinstance(value, tuple):
            return tuple(self._moved(part) for part in value)
        node_class = type(value)
        if not attrs.has(node_class):
            return value
        names = [field.name for field in attrs.fields(node_class)]
        return node_class(**{name: self._moved(getattr(value, name)) for name in names})

    def diagnostic(self, found: Diagnostic) -> Diagnostic:
        """A finding at its place; a suggestion that needs quotes of its own would break those around it."""
        suggestion = found.suggestion
        if suggestion is not None:
            fits = self.is_verbatim and '"' not in suggestion.replacement
            suggestion = Suggestion(self.span(suggestion.span), suggestion.replacement) if fits else None
        labels = tuple(Label(self.span(label.span), label.text) for label in found.labels)
        return attrs.evolve(found, span=self.span(found.span), labels=labels, suggestion=suggestion)
