"""What people write for a sign, an operator, a kind or a keyword, and how the language spells it."""

from __future__ import annotations

import attrs

__all__ = ["KINDS", "PHRASES", "SIGNS", "WORDS", "Misspelling"]


@attrs.frozen
class Misspelling:
    """Something that is spelled otherwise, or not at all.

    pattern: regular expression that knows it by its beginning
    right:   what to write in its place; None where the language has nothing like it
    message: what is wrong; None says only that it is not written so
    help:    what to do; None says to write `right`
    """

    pattern: str
    right: str | None
    message: str | None = None
    help: str | None = None


_COMMENT = "comments begin with `#`, on every line anew"
_PATTERN = "there are no patterns"
_NO_PATTERN = "compare whole texts, or use `starts with` or `in (…)`"

SIGNS = (
    Misspelling("={2,3}", "="),
    Misspelling("!==", "!="),
    Misspelling("=~|!~|~=?", None, _PATTERN, _NO_PATTERN),
    Misspelling(r"[=-]>(?=\s*[A-Z]{5})", "then"),
    Misspelling("=>", ">="),
    Misspelling("=<", "<="),
    Misspelling("<>|=!", "!="),
    Misspelling(":=", "="),
    Misspelling("&&?", "and"),
    Misspelling(r"\|\|?", "or"),
    Misspelling("!(?!=)", "not "),
    Misspelling("≥", ">="),
    Misspelling("≤", "<="),
    Misspelling("≠", "!="),
    Misspelling("∧", "and"),
    Misspelling("∨", "or"),
    Misspelling("¬", "not "),
    Misspelling("∈", "in"),
    Misspelling("∉", "not in"),
    Misspelling("[→⇒]", None, "arrows mean nothing here", "what a rule answers follows `then`"),
    Misspelling("->", None, "arrows mean nothing here", "what a rule answers follows `then`"),
    Misspelling("//", "#", "comments begin with `#`", _COMMENT),
    Misspelling(r"/\*|\*/|<!--|-->", None, "comments begin with `#`", _COMMENT),
    Misspelling("--", "#", "comments begin with `#`", _COMMENT),
    Misspelling(";", "", "statements do not end with `;`", "remove it; a statement ends where the next one begins"),
    Misspelling(r"\\", "", "lines need no joining", "remove it; line ends mean nothing"),
    Misspelling(r"\?", "", "`?` means nothing here", "remove it; questions stand in quotes, after `ask`"),
    Misspelling("@", "", "`@` means nothing here", "remove it"),
)

_ABSENT = r"(?:null|none|nil|empty|blank|absent|undefined|unset|unknown)"
_THERE = r"(?:set|there|given|known|defined|available)"

PHRASES = (
    Misspelling(rf"is\s+(?:not\s+missing|not\s+{_ABSENT})", "is present"),
    Misspelling(rf"is\s+(?:not\s+present|not\s+{_THERE}|{_ABSENT})", "is missing"),
    Misspelling(rf"is\s+{_THERE}", "is present"),
    Misspelling(rf"not\s+(?:missing|{_ABSENT})|exists|is_present", "is present"),
    Misspelling(rf"not\s+(?:present|{_THERE})|is_missing|is_null", "is missing"),
    Misspelling(r"is\s+not\s+equal\s+to|not\s+equals?(?:\s+to)?|not\s*=|is\s+different\s+from|ne|neq", "!="),
    Misspelling(r"is\s+equal(?:s)?\s+to|is\s+the\s+same\s+as|is\s+exactly|equals?(?:\s+to)?|eq", "="),
    Misspelling(r"is\s+(?:less|lower|smaller)\s+than\s+or\s+equal\s+to|is\s+at\s+most|at\s+most|lte|le", "<="),
    Misspelling(
        r"is\s+(?:greater|more|higher|larger)\s+than\s+or\s+equal\s+to|is\s+at\s+least|at\s+least|gte|ge", ">="
    ),
    Misspelling(r"(?:is\s+)?(?:less|lower|smaller)\s+than|is\s+(?:below|under)|below|under|lt", "<"),
    Misspelling(r"(?:is\s+)?(?:greater|more|higher|larger)\s+than|is\s+(?:above|over)|above|over|exceeds|gt", ">"),
    Misspelling(r"is\s+not\s+(?:in|one\s+of|any\s+of)|not\s+one\s+of|not_in|none\s+of", "not in"),
    Misspelling(r"is\s+in|is\s+(?:one|any)\s+of|one\s+of|any\s+of", "in"),
    Misspelling(r"is\s+between", "between"),
    Misspelling(r"is\s+not", "!="),
    Misspelling(r"is(?=\s+(?!missing\b|present\b)[\w\"-])", "="),
    Misspelling(r"starts?_?with|start\s+with|begins?\s+with|has\s+prefix", "starts with"),
    Misspelling(
        r"not\s+(?:between|contains|starts)",
        None,
        "`not` stands before the whole predicate here",
        "write `not (attribute contains …)`; only `not in` has its own spelling",
    ),
    Misspelling(r"(?:does|is|do)n't|does\s+not", None, "`not` stands before the whole predicate", "write `not (…)`"),
    Misspelling(r"(?:does\s+)?(?:has|have|includes?|contain)", "contains"),
    Misspelling(r"ends?\s*_?with", None, "texts are compared whole or by how they start", _NO_PATTERN),
    Misspelling(r"matches|match|like|regex|regexp|glob", None, _PATTERN, _NO_PATTERN),
    Misspelling(r"plus|minus|times|mod|div", None, "there is no arithmetic", "work the constant out"),
    Misspelling(r"until|through|up\s+to", "to"),
    Misspelling(r"xor", None, "there is no `xor`", "write `(a and not b) or (b and not a)`"),
    Misspelling(r"unless", "and not"),
    Misspelling(r"but", "and"),
)

# Pattern → right, for what follows the colon of a declaration.
KINDS = {
    r"one_of|oneof|one-of|enum(?:eration)?(?:\s+of)?|choice(?:\s+of)?": "one of",
    r"any\s+of": "one of",
    r"(?:list|array|sets|seq(?:uence)?)\s+of\s+(?:texts?|strings?)|set\s+of\s+strings": "set of text",
    r"(?:list|array)(?:\s+of)?": "set of",
    r"str(?:ing)?": "text",
    r"int": "integer",
    r"float|double|decimal|numeric": "number",
    r"bool": "boolean",
}

WORDS = (
    Misspelling(
        r"elif|elsif|elseif|else\s+if|else\s+when",
        None,
        "a rule has no branches",
        "write another rule; all rules count",
    ),
    Misspelling(r"if|where|given\s+that|provided", "when"),
    Misspelling(r"unless", "when", help="write `when not (…)`"),
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
