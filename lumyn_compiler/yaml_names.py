"""Names in policy.v0: of attributes, of keys of the evidence, of thresholds. Whatever has one can be said in `.lumyn` too."""

from __future__ import annotations

from collections.abc import Iterable

from lumyn_compiler.diagnostic import Suggestion
from lumyn_compiler.policy import Word
from lumyn_compiler.source import Span
from lumyn_compiler.spell import PARTS_MAX, UnwritableError, spell_bare
from lumyn_compiler.suggest import nearest
from lumyn_compiler.yaml_shapes import Findings, shown
from lumyn_runtime.builtin import BUILT_IN_KINDS
from lumyn_runtime.vocabulary import BLANK

__all__ = ["EVIDENCE", "is_writable", "read_attribute", "read_evidence_key", "unknown_attribute"]

EVIDENCE = "evidence."

# Names that the document joins with `_`, as its operators are.
_ALIASES = {"amount_currency": "amount.currency"}


def read_attribute(text: str, span: Span, findings: Findings, named: frozenset[str] = frozenset()) -> Word | None:
    """The full name of an attribute: one that is built in, or any of the evidence.

    named: full names of the evidence that is declared or required, of which one may be meant
    """
    name = _ALIASES.get(text, text)
    if name in BUILT_IN_KINDS:
        return Word(name, span=span)
    if name.startswith(EVIDENCE):
        return _evidence(name, span, findings)
    unknown_attribute(Word(name, span=span), sorted({*BUILT_IN_KINDS, *named}), findings)
    return None


def read_evidence_key(word: Word, findings: Findings) -> Word | None:
    """The full name of the attribute that a key of the evidence is."""
    if word.text.startswith(EVIDENCE):
        bare = word.text.removeprefix(EVIDENCE)
        verbatim = word.span.end - word.span.start == len(word.text)
        mend = Suggestion(word.span, bare) if verbatim and bare else None
        findings.add(
            "L209", "keys of the evidence stand here without `evidence.`", word.span, "leave it out", suggestion=mend
        )
        return None
    if word.text in BUILT_IN_KINDS:
        findings.add(
            "L209",
            f"`{word.text}` is built in, and no evidence",
            word.span,
            f"ask about `{word.text}` as it is; it is never declared",
        )
        return None
    return _evidence(EVIDENCE + word.text, word.span, findings)


def unknown_attribute(word: Word, known: Iterable[str], findings: Findings) -> None:
    """Say that a name is no attribute, with the nearest one that is."""
    name = word.text
    if name == "action.type":
        wish = "the types of action that a rule is for stand under `when`"
    elif (prefixed := EVIDENCE + name) in (names := list(known)):
        wish = f"did you mean `{shown(prefixed)}`?"
    elif (near := nearest(prefixed, [other for other in names if other.startswith(EVIDENCE)])) and "." not in name:
        wish = f"did you mean `{near}`?"
    elif name == "amount":
        wish = "ask about `amount_usd`, the amount in US dollars, or `amount.value`, in its currency"
    elif own := next((other for other in BUILT_IN_KINDS if other.rpartition(".")[2] == name), None):
        wish = f"did you mean `{own}` or `{shown(prefixed)}`?"
    elif close := nearest(name, names):
        wish = f"did you mean `{close}`?"
    elif name.startswith(EVIDENCE):
        wish = f"nothing uses it; declare it: `extensions: {{lumyn: {{evidence: {{{shown(name[len(EVIDENCE) :])}: text}}}}}}`"
    elif name and "." not in name:
        wish = f"did you mean `evidence.{shown(name)}`?"
    else:
        wish = "attributes are built in (`amount_usd`, `subject.type`, …) or named `evidence.…`"
    findings.add("L203", f"unknown attribute `{shown(name)}`", word.span, wish)


def is_writable(name: str) -> bool:
    """Whether `.lumyn` has a spelling for a name that may not stand in quotes as a whole."""
    try:
        spell_bare(Word(name), "true", "false")
    except UnwritableError:
        return False
    return True


def _evidence(name: str, span: Span, findings: Findings) -> Word | None:
    if all(part.strip(BLANK) for part in name.split(".")) and is_writable(name):
        return Word(name, span=span)
    many = name.count(".") >= PARTS_MAX
    wish = f"a name has at most {PARTS_MAX} parts" if many else "name it by words joined with dots"
    findings.add("L209", f"`{shown(name)}` can't be the name of evidence", span, wish)
    return None
