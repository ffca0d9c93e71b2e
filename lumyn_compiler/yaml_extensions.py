"""What `.lumyn` declares and policy.v0 has no place for: `extensions.lumyn`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from lumyn_compiler.diagnostic import Suggestion
from lumyn_compiler.policy import Claim, EvidenceDeclaration, ReasonDeclaration, Word
from lumyn_compiler.source import Source, Span
from lumyn_compiler.yaml_embedded import read_claim, read_kind
from lumyn_compiler.yaml_names import EVIDENCE, read_attribute, read_evidence_key
from lumyn_compiler.yaml_nodes import Entry, Node, Scalar
from lumyn_compiler.yaml_shapes import Findings, as_entries, as_fields, as_items, as_text, as_words, shown
from lumyn_compiler.yaml_spelling import spell_in_quotes

__all__ = ["Extensions", "read_extensions"]


@attrs.frozen
class Extensions:
    """Declarations that stand under `extensions.lumyn`."""

    evidence: tuple[EvidenceDeclaration, ...] = ()
    reasons: tuple[ReasonDeclaration, ...] = ()
    redact: tuple[Word, ...] = ()
    claims: tuple[Claim, ...] = ()


def read_extensions(source: Source, node: Node | None, findings: Findings) -> Extensions:
    """The value of `extensions`, None where there is none."""
    outer = None if node is None else as_fields(node, "`extensions`", findings, required=("lumyn",))
    inner = None if outer is None else outer.get("lumyn")
    if inner is None:
        return Extensions()
    lumyn = as_fields(inner, "`extensions.lumyn`", findings, optional=("evidence", "reasons", "redact", "claims"))
    if lumyn is None:
        return Extensions()
    return Extensions(
        tuple(_evidence(source, lumyn.get("evidence"), findings)),
        tuple(_reasons(lumyn.get("reasons"), findings)),
        tuple(_redact(lumyn.get("redact"), findings)),
        tuple(_claims(source, lumyn.get("claims"), findings)),
    )


def _evidence(source: Source, node: Node | None, findings: Findings) -> Iterator[EvidenceDeclaration]:
    cut_until = 0
    for entry in as_entries(node, "`evidence`", findings) if node is not None else ():
        if entry.key.span.start < cut_until:
            continue
        cut_until = _cut_off(source, entry, findings)
        if cut_until:
            continue
        key = Word(entry.key.text, span=entry.key.span)
        attribute = read_evidence_key(key, findings)
        kind = read_kind(source, entry.value, f"the kind of `{shown(key.text)}`", findings)
        if attribute is not None and kind is not None:
            name = Word(attribute.text.removeprefix(EVIDENCE), span=key.span)
            yield EvidenceDeclaration((name,), kind, span=entry.span)


def _cut_off(source: Source, entry: Entry, findings: Findings) -> int:
    """Where a kind ends that braces around it have cut off at its first comma: `{a: one of (x, y)}`; 0 for any other."""
    kind = entry.value
    if not isinstance(kind, Scalar) or not kind.is_plain or kind.text.count("(") <= kind.text.count(")"):
        return 0
    match = re.compile(r"[^\n{}:\[\]#]*?\)(?=\s*[,}])").match(source.text, kind.span.start)
    if match is None:
        return 0
    quoted = spell_in_quotes(match.group())
    findings.add(
        "L110",
        f"the kind of `{shown(entry.key.text)}` ends at its first comma",
        Span(*match.span()),
        f"inside braces a text with a comma stands in quotes: `{shown(entry.key.text)}: {shown(quoted)}`",
        suggestion=Suggestion(Span(*match.span()), quoted),
    )
    return match.end()


def _reasons(node: Node | None, findings: Findings) -> Iterator[ReasonDeclaration]:
    for entry in as_entries(node, "`reasons`", findings) if node is not None else ():
        text = as_text(entry.value, f"reason `{shown(entry.key.text)}`", findings)
        if text is not None:
            yield ReasonDeclaration(Word(entry.key.text, span=entry.key.span), text, span=entry.span)


def _redact(node: Node | None, findings: Findings) -> Iterator[Word]:
    for word in (as_words(node, "`redact`", findings) or ()) if node is not None else ():
        attribute = read_attribute(word.text, word.span, findings)
        if attribute is not None:
            yield attribute


def _claims(source: Source, node: Node | None, findings: Findings) -> Iterator[Claim]:
    for item in (as_items(node, "`claims`", findings) or ()) if node is not None else ():
        if findings.full:
            return
        claim = read_claim(source, item, "an item of `claims`", findings)
        if claim is not None:
            yield claim
