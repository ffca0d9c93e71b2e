"""Policies from one spelling to the other: YAML → `.lumyn` as people write it, and back where policy.v0 can say it."""

from __future__ import annotations

from lumyn_compiler.by_hand import as_by_hand
from lumyn_compiler.comments import Placement, place_comments
from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.format import format_policy
from lumyn_compiler.policy import Policy
from lumyn_compiler.source import NOWHERE, Source, Span
from lumyn_compiler.yaml_document import Line, make_document
from lumyn_compiler.yaml_lowering import Lowering

__all__ = ["to_lumyn", "to_yaml"]


def to_lumyn(policy: Policy, source: Source | None = None) -> str:
    """A policy that was read from YAML, in canonical `.lumyn` text of the same meaning.

    source: the YAML text, whose comments are kept; without it, only waivers are
    """
    return format_policy(as_by_hand(policy), source)


def to_yaml(policy: Policy, source: Source | None = None) -> tuple[str | None, list[Diagnostic]]:
    """A policy as a policy.v0 document of the same meaning; None, and why, where policy.v0 can't say all of it.

    policy: one that the checks found no error in
    source: the `.lumyn` text, whose comments are kept; without it, only waivers are
    """
    lowering = Lowering(
        {let.name.text: let for let in policy.lets}, {named.name.text: named for named in policy.conditions}
    )
    lines = make_document(policy, lowering)
    if lowering.diagnostics:
        return None, lowering.diagnostics
    placed = [position for position, line in enumerate(lines) if line.span != NOWHERE]
    spans = [lines[position].span for position in placed]
    placement = _place_waivers(policy, spans) if source is None else place_comments(source, policy.comments, spans)
    return _text(lines, placed, placement), []


def _text(lines: list[Line], placed: list[int], placement: Placement) -> str:
    leading = {placed[at]: comments for at, comments in placement.leading.items()}
    trailing = {placed[at]: comment for at, comment in placement.trailing.items()}
    written = [*placement.head]
    for position, line in enumerate(lines):
        if written and line.apart:
            written.append("")
        indent = line.text[: len(line.text) - len(line.text.lstrip())]
        written += (comment and indent + comment for comment in leading.get(position, ()))
        written.append(f"{line.text}  {trailing[position]}" if position in trailing else line.text)
    written += ["", *placement.end] if placement.end else []
    return "".join(f"{line}\n" for line in written)


def _place_waivers(policy: Policy, spans: list[Span]) -> Placement:
    """Waivers at the end of the first line that they cover, further ones above it."""
    trailing: dict[int, str] = {}
    leading: dict[int, tuple[str, ...]] = {}
    for waiver in policy.waivers:
        line = next((at for at, span in enumerate(spans) if waiver.covers.contains(span)), 0)
        comment = f"# allow({waiver.code}): {waiver.reason}".rstrip()
        if trailing.setdefault(line, comment) is not comment:
            leading[line] = (*leading.get(line, ()), comment)
    return Placement(leading=leading, trailing=trailing)
