"""Names that evidence can't have, because attributes that are built in have them or because of what stands before them."""

from __future__ import annotations

from collections.abc import Iterator

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.policy import Policy, Word
from lumyn_runtime.builtin import BUILT_IN_KINDS

__all__ = ["misnamed_evidence"]

_EVIDENCE = "evidence."


def misnamed_evidence(policy: Policy) -> Iterator[Diagnostic]:
    """`evidence evidence.x : text`, `evidence amount_usd : number`: nobody means `evidence.amount_usd` by it."""
    for declaration in policy.evidence:
        for word in declaration.names:
            if word.text in BUILT_IN_KINDS:
                wish = f"remove it, and ask about `{word.text}` as it is"
                yield Diagnostic("L209", f"`{word.text}` is built in, and never declared", word.span, help=wish)
            elif word.text.startswith(_EVIDENCE):
                yield _prefixed(word)


def _prefixed(word: Word) -> Diagnostic:
    bare = word.text.removeprefix(_EVIDENCE)
    # Where the name has quotes, its text is not what stands there.
    verbatim = word.span.end - word.span.start == len(word.text)
    return Diagnostic(
        "L209",
        "evidence is declared without `evidence.` before its name",
        word.span,
        help=f"write `evidence {bare}`; rules then ask about `{word.text}`" if verbatim else "leave it out",
        suggestion=Suggestion(word.span, bare) if verbatim else None,
    )
