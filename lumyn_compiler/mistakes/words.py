"""Keywords, operators and kinds in other words."""

from __future__ import annotations

import re

from lumyn_compiler.diagnostic import Diagnostic, Suggestion
from lumyn_compiler.failure import Failure
from lumyn_compiler.mistakes.misspelling import (
    COMPARE_OTHERWISE,
    NO_PATTERNS,
    Misspelling,
    can_stand,
    close_keyword,
    misspelt,
    negated_comparison,
    operator_start,
)
from lumyn_compiler.source import Span

__all__ = ["capitals", "misspelt_kind", "misspelt_phrase", "misspelt_word", "optional_kind"]

_IS_NOT = r"(?:is\s+not|isn'?t)"
_NOT_OUTSIDE = "`not` stands before the whole predicate; only `not in` has a spelling of its own"

_PHRASES = (
    Misspelling(
        r"is\s+(?:not\s+)?empty",
        None,
        "no predicate asks whether a list is empty",
        "a blank text counts as missing: for a text ask `is missing` or `is present`; an empty list is there",
    ),
    Misspelling(rf"{_IS_NOT}\s+equal\s+to|not\s+equals?(?:\s+to)?|not\s*=|is\s+different\s+from|ne|neq", "!="),
    Misspelling(r"is\s+equal(?:s)?\s+to|is\s+the\s+same\s+as|is\s+exactly|equals?(?:\s+to)?|eq", "="),
    Misspelling(r"is\s+(?:less|lower|smaller)\s+than\s+or\s+equal\s+to|is\s+at\s+most|at\s+most|lte|le", "<="),
    Misspelling(
        r"is\s+(?:greater|more|higher|larger)\s+than\s+or\s+equal\s+to|is\s+at\s+least|at\s+least|gte|ge", ">="
    ),
    Misspelling(r"(?:is\s+)?(?:less|lower|smaller)\s+than|is\s+(?:below|under)|below|under|lt", "<"),
    Misspelling(r"(?:is\s+)?(?:greater|more|higher|larger)\s+than|is\s+(?:above|over)|above|over|exceeds|gt", ">"),
    Misspelling(rf"{_IS_NOT}\s+(?:in|one\s+of|any\s+of)|not\s+one\s+of|not_in|none\s+of", "not in"),
    Misspelling(r"is\s+in|is\s+(?:one|any)\s+of|one\s+of|any\s+of", "in"),
    Misspelling(r"is\s+between", "between"),
    Misspelling(
        rf"(?:{_IS_NOT}|not)\s+between",
        None,
        _NOT_OUTSIDE,
        "write `attribute < … or attribute > …`; `not (attribute between …)` is true of what is missing too",
    ),
    Misspelling(rf"(?:{_IS_NOT}|not)\s+contains", None, _NOT_OUTSIDE, "write `not (attribute contains …)`"),
    Misspelling(
        rf"(?:{_IS_NOT}|not)\s+starts?",
        None,
        _NOT_OUTSIDE,
        "write `not (attribute starts with …)`, which is true of what is missing too",
    ),
    Misspelling(_IS_NOT, "!="),
    Misspelling(r"is(?=\s+(?!missing\b|present\b)[\w\"-])", "=", "`is` stands only before `missing` and `present`"),
    Misspelling(r"starts?_?with|start\s+with|begins?\s+with|has\s+prefix", "starts with"),
    Misspelling(r"(?:does|do)n't|does\s+not", None, "`not` stands before the whole predicate", "write `not (…)`"),
    Misspelling(r"(?:does\s+)?(?:has|have|includes?|contain)", "contains"),
    Misspelling(r"ends?\s*_?with", None, "texts are compared whole or by how they start", COMPARE_OTHERWISE),
    Misspelling(r"matches|match|like|regex|regexp|glob", None, NO_PATTERNS, COMPARE_OTHERWISE),
    Misspelling(r"plus|minus|times|mod|div", None, "there is no arithmetic", "work the constant out"),
    Misspelling(r"until|through|up\s+to", "to"),
    Misspelling(r"xor", None, "there is no `xor`", "write `(a and not b) or (b and not a)`"),
    Misspelling(r"unless", None, "there is no `unless`", "write `and not (…)`"),
    Misspelling(r"but", "and"),
)

# Pattern → right, for what follows the colon of a declaration.
_KINDS = {
    r"one_of|oneof|one-of|enum(?:eration)?(?:\s+of)?|choice(?:\s+of)?": "one of",
    r"any\s+of": "one of",
    r"(?:list|array|sets|seq(?:uence)?)\s+of\s+(?:texts?|strings?)|set\s+of\s+strings": "set of text",
    r"(?:list|array)(?:\s+of)?": "set of",
    r"str(?:ing)?": "text",
    r"int": "integer",
    r"float|double|decimal|numeric": "number",
    r"bool": "boolean",
}

_WORDS = (
    Misspelling(
        r"elif|elsif|elseif|else\s+if|else\s+when",
        None,
        "a rule has no branches",
        "write another rule; all rules that match count",
    ),
    Misspelling(r"if|where|given\s+that|provided", "when"),
    Misspelling(r"unless", None, "there is no `unless`", "write `when not (…)`"),
    Misspelling(r"do|return|return", "then"),
    Misspelling(r"decide|verdict|answer", "then"),
    Misspelling(r"reason|reasons|since|as", "because"),
    Misspelling(r"needs?|requires|must\s+have|needed", "require"),
    Misspelling(r"on|applies\s+to|action|actions", "for"),
    Misspelling(r"const|constant|var|set|define|def", "let"),
    Misspelling(r"phase|section|group", "stage"),
    Misspelling(r"otherwise", "else"),
    Misspelling(
        r"end|endif|fi|done", "", "nothing ends with a word", "remove it; a statement ends where the next begins"
    ),
    Misspelling(r"every\s+action|all\s+actions|anything|everything", "any action"),
    Misspelling(r"obligation|log|notify", "oblige", help='write `oblige log severity info "…"`'),
)


def capitals(failure: Failure) -> Diagnostic | None:
    """Keywords in capitals."""
    for lexeme, known in ((failure.found, failure.keywords), (failure.previous, _TAKEN_FOR_NAMES)):
        if lexeme is not None and lexeme.kind == "NAME" and lexeme.text.lower() in known:
            word = lexeme.text.lower()
            if word == lexeme.text:
                continue
            phrase = _CAPITAL_PHRASES.match(failure.text_from(lexeme.span.start))
            if phrase is not None:
                word = " ".join(phrase.group().lower().split())
            span = lexeme.span if phrase is None else Span(lexeme.span.start, lexeme.span.start + phrase.end())
            return Diagnostic(
                "L101",
                f"keywords are written small: `{word}`",
                span,
                help=f"write `{word}`",
                suggestion=Suggestion(span, word),
            )
    return None


# Keywords that come in pairs, of which the second would be told next.
_CAPITAL_PHRASES = re.compile(
    r"(?:ANY\s+ACTION|NOT\s+IN|IS\s+(?:MISSING|PRESENT)|STARTS\s+WITH|CONTAINS\s+(?:ANY|ALL)|ASK\s+ABOUT)\b"
)


# Keywords that stand where a name may stand too, so that the parser only stops on what follows them.
_TAKEN_FOR_NAMES = ("not", "any", "always", "one", "set", "request", "evidence")


def misspelt_phrase(failure: Failure) -> Diagnostic | None:
    """Operators in other words: `equals`, `is at least`, `one of`."""
    start = operator_start(failure)
    if start is None:
        return None
    text = failure.text_from(start)
    for wrong in _PHRASES:
        if not can_stand(wrong.right, failure, start):
            continue
        match = re.match(rf"(?:{wrong.pattern})(?![\w.])", text, re.IGNORECASE)
        if match is not None and (start < failure.found.span.start or start + match.end() > failure.found.span.start):
            if wrong.right in ("=", "!=") and failure.is_negated:
                return negated_comparison(match.group(), Span(start, start + match.end()), failure)
            return misspelt(failure, wrong, match.group(), start)
    return None


def misspelt_kind(failure: Failure) -> Diagnostic | None:
    """Kinds in other words: `enum (a, b)`, `list of text`, `number 0..1`."""
    if failure.statement != "evidence" or ":" not in (lexeme.kind for lexeme in failure.before):
        return None
    colon = next(lexeme for lexeme in reversed(failure.before) if lexeme.kind == ":")
    after = failure.text_from(colon.span.end)
    start = colon.span.end + len(after) - len(after.lstrip())
    for pattern, right in _KINDS.items():
        match = re.match(rf"(?:{pattern})(?![\w.])", after.lstrip(), re.IGNORECASE)
        if match is not None:
            return misspelt(failure, Misspelling(pattern, right), match.group(), start)
    return None


def optional_kind(failure: Failure) -> Diagnostic | None:
    """`evidence x : optional text`."""
    if failure.statement != "evidence" or ":" not in (lexeme.kind for lexeme in failure.before):
        return None
    for lexeme in (failure.previous, failure.found):
        if lexeme is None or lexeme.text.lower() not in ("optional", "required", "nullable", "mandatory"):
            continue
        wanted = lexeme.text.lower() in ("required", "mandatory")
        wish = "a rule may `require` it" if wanted else "any evidence may be missing, until a rule says `require`"
        return Diagnostic("L101", f"no kind is {lexeme.text}", lexeme.span, help=f"leave it out; {wish}")
    return None


def misspelt_word(failure: Failure) -> Diagnostic | None:
    """Keywords with a slip of the keyboard, and those of other languages."""
    found = failure.found
    if found.kind != "NAME" and not found.kind.islower():
        return None
    for wrong in _WORDS:
        match = re.match(rf"(?:{wrong.pattern})(?![\w.])", failure.rest_of_line, re.IGNORECASE)
        fits = not wrong.right or wrong.right.split()[0] in failure.keywords
        if match is not None and fits and found.kind not in failure.keywords:
            return misspelt(failure, wrong, match.group(), found.span.start)
    close = close_keyword(failure)
    if close is None:
        return None
    return Diagnostic(
        "L101",
        f"unknown word `{found.text}`",
        found.span,
        help=f"did you mean `{close}`?",
        suggestion=Suggestion(found.span, close),
    )
