"""Waivers: warnings that are meant, with the reason why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumyn_compiler.diagnostic import CODES, Diagnostic, Severity
from lumyn_compiler.policy import Waiver

__all__ = ["apply_waivers"]


def apply_waivers(diagnostics: Iterable[Diagnostic], waivers: tuple[Waiver, ...]) -> Iterator[Diagnostic]:
    """Leave out the warnings that a waiver covers; warn of waivers that cover none, or give no reason."""
    needed: set[int] = set()
    for diagnostic in diagnostics:
        covering = [position for position, waiver in enumerate(waivers) if _covers(waiver, diagnostic)]
        if not covering:
            yield diagnostic
        needed.update(covering)
    for position, waiver in enumerate(waivers):
        if waiver.code not in CODES or not waiver.code.startswith("W"):
            yield Diagnostic("W111", f"`{waiver.code}` is no warning", waiver.span, help="only warnings can be waived")
        elif not waiver.reason:
            yield Diagnostic(
                "W111",
                f"waiver of {waiver.code} gives no reason",
                waiver.span,
                help=f"say why it is meant: `# allow({waiver.code}): …`",
            )
        elif position not in needed:
            yield Diagnostic("W111", f"there is no {waiver.code} here to waive", waiver.span, help="remove the waiver")


def _covers(waiver: Waiver, diagnostic: Diagnostic) -> bool:
    return (
        diagnostic.severity is Severity.WARNING
        and bool(waiver.reason)
        and waiver.code == diagnostic.code
        and waiver.covers.contains(diagnostic.span)
    )
