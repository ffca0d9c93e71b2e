"""Mistakes that people make in `.lumyn` files, each with what to write instead.

A mistake is a function that knows it by what the parser stopped on, and returns None where it is another one. They are
tried in order. What only swaps one spelling for another stands in the tables of misspellings.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from lumyn_compiler.diagnostic import Diagnostic, Label, Suggestion
from lumyn_compiler.failure import END, OTHER, Failure
from lumyn_compiler.misspellings import KINDS, PHRASES, SIGNS, WORDS, Misspelling
from lumyn_compiler.source import Span
from lumyn_compiler.suggest import nearest
from lumyn_runtime.vocabulary import SEVERITIES, VERDICTS, spell_number, spell_text

__all__ = ["MISTAKES"]

Mistake = Callable[[Failure], Diagnostic | None]


# Files of another language


def merge_conflict(failure: Failure) -> Diagnostic | None:
    """Markers that a merge left."""
    text, start = failure.source.text, failure.found.span.start
    line_start = text.rfind("\n", 0, start) + 1
    line = failure.text_from(line_start)
    if re.match(r"<{7}(?!<)|={7}(?!=)|>{7}(?!>)|\|{7}(?!\|)", line) is None:
        return None
    return Diagnostic(
        "L101",
        "merge conflict marker",
        Span(line_start, line_start + len(line)),
        help="choose one side of the conflict, and remove the markers",
    )


def other_language(failure: Failure) -> Diagnostic | None:
    """YAML or JSON where a statement should begin."""
    if failure.statement is not None or not failure.first_on_line:
        return None
    line = failure.rest_of_line
    span = Span(failure.found.span.start, failure.found.span.start + len(line.rstrip()))
    if re.match(r"---|%YAML|-\s+\w|[\w.-]+\s*:(?:\s|$)", line):
        return Diagnostic(
            "L101",
            "this is YAML in a `.lumyn` file",
            span,
            help="call a YAML policy `policy.yml`; `lumyn policy convert` makes a `.lumyn` file of it",
        )
    if re.match(r"[\[{]\s*(?:[\"{\[]|$)", line):
        return Diagnostic("L101", "this is JSON in a `.lumyn` file", span, help="a policy is a list of statements")
    return None


def markdown_fence(failure: Failure) -> Diagnostic | None:
    """A line of back quotes around code."""
    line = failure.rest_of_line
    if not failure.first_on_line or not line.startswith("```"):
        return None
    span = Span(failure.found.span.start, failure.found.span.start + len(line.rstrip()))
    return Diagnostic("L103", "Markdown fence in a policy", span, help="remove it", suggestion=Suggestion(span, ""))


def block_of_another_language(failure: Failure) -> Diagnostic | None:
    """Statements such as `allow if …` or `if …`."""
    word = failure.found.text.lower()
    if failure.statement is not None or word not in {*_VERDICT_OF, "if", "import", "package"}:
        return None
    verdict = _VERDICT_OF.get(word, "ESCALATE")
    return Diagnostic(
        "L101",
        f"no statement begins with `{failure.found.text}`",
        failure.found.span,
        help=f"a rule says it so: `rule ID for ACTION when … then {verdict} because REASON`",
    )


_VERDICT_OF = (
    dict.fromkeys(("allow", "permit", "approve", "accept", "grant", "trust"), "TRUST")
    | dict.fromkeys(("deny", "forbid", "block", "reject", "refuse", "abstain"), "ABSTAIN")
    | dict.fromkeys(("review", "escalate"), "ESCALATE")
    | {"query": "QUERY"}
)


# Texts


def unclosed_text(failure: Failure) -> Diagnostic | None:
    """A quote that opens a text and no other on its line, or one too many at the end of a text."""
    if failure.found.kind != OTHER or failure.found.text != '"':
        return None
    line = failure.rest_of_line
    previous = failure.previous
    if previous is not None and previous.kind == "TEXT" and failure.touches_previous and not line[1:].strip(" \t"):
        return Diagnostic(
            "L102",
            "stray quote after a text",
            failure.found.span,
            help='remove it; inside a text a quote is written `\\"`',
            suggestion=Suggestion(failure.found.span, ""),
        )
    text = line.rstrip(" \t")
    span = Span(failure.found.span.start, failure.found.span.start + len(text))
    return Diagnostic(
        "L102",
        "text without its closing quote",
        span,
        help='end it with `"` on the same line; inside a text a quote is written `\\"` and a line end `\\n`',
        suggestion=Suggestion(span, f'{text}"') if not text.endswith("\\") and text.count('"') == 1 else None,
    )


def foreign_quotes(failure: Failure) -> Diagnostic | None:
    """Single, curly, angle and back quotes."""
    closers = _QUOTES.get(failure.found.text)
    if failure.found.kind != OTHER or closers is None:
        return None
    line = failure.rest_of_line
    length = next((place for place, letter in enumerate(line) if place and letter in closers), None)
    start = failure.found.span.start
    span = failure.found.span if length is None else Span(start, start + length + 1)
    return Diagnostic(
        "L103",
        f"`{failure.found.text}` is no quote that a text begins with",
        span,
        help='texts stand in plain double quotes: `"…"`',
        suggestion=None if length is None else Suggestion(span, spell_text(line[1:length])),
    )


_QUOTES = {"'": "'’", "`": "`'", "“": '”“"', "”": '”"', "„": "“”", "‘": "’'", "’": "’'", "«": "»", "‹": "›"}


def text_after_text(failure: Failure) -> Diagnostic | None:
    """A text in triple quotes, or two texts where one should stand."""
    previous = failure.previous
    if failure.found.kind != "TEXT" or previous is None or previous.kind != "TEXT" or not failure.touches_previous:
        return None
    return Diagnostic(
        "L102",
        "two texts without a blank between them",
        previous.span.through(failure.found.span),
        help='a text stands in one pair of quotes, on one line; inside it a quote is written `\\"`',
    )


def unquoted_text(failure: Failure) -> Diagnostic | None:
    """Words where a text in quotes should stand, or a value of several words."""
    found, previous = failure.found, failure.previous
    if "TEXT" in failure.expected and "NAME" not in failure.expected and (found.kind.islower() or found.kind == "NAME"):
        start = found.span.start
    elif (
        found.kind == "NAME"
        and previous is not None
        and previous.kind == "NAME"
        and (failure.back(2) or found).kind in _COMPARISONS
        and _close_keyword(failure) is None
    ):
        start = previous.span.start
    else:
        return None
    words = re.split(r"\s#|\s(?:and|or|then|else|require|because)\b|[\"(),]", failure.text_from(start))[0].rstrip()
    span = Span(start, start + len(words))
    return Diagnostic(
        "L101",
        "a text of several words stands in quotes" if " " in words else "a text stands in quotes",
        span,
        help=f"write `{spell_text(words)}`",
        suggestion=Suggestion(span, spell_text(words)),
    )


_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})


def reason_for_because(failure: Failure) -> Diagnostic | None:
    """`then TRUST reason X`, which begins a statement."""
    if failure.statement != "reason" or len(failure.before) > 2:
        return None
    keyword = failure.before[0]
    text = failure.source.text
    before = text[text.rfind("\n", 0, keyword.span.start) + 1 : keyword.span.start]
    if not re.search(r"\b(?:then|else|default)\s+\w+\s+$", before):
        return None
    return Diagnostic(
        "L101",
        "reason codes follow `because`",
        keyword.span,
        help="write `because`; `reason` declares the sentence for a code",
        suggestion=Suggestion(keyword.span, "because"),
    )


def number_for_text(failure: Failure) -> Diagnostic | None:
    """`version 1.0`."""
    match = re.match(r"[\w.+-]*\d[\w.+-]*(?=\s|$)", failure.rest_of_line)
    if failure.expected != {"TEXT"}:
        return None
    if match is None:
        return None
    span = Span(failure.found.span.start, failure.found.span.start + match.end())
    what = "a version" if failure.previous is not None and failure.previous.kind == "version" else "a text"
    quoted = spell_text(match.group())
    return Diagnostic(
        "L101", f"{what} stands in quotes", span, help=f"write `{quoted}`", suggestion=Suggestion(span, quoted)
    )


# Numbers


def malformed_number(failure: Failure) -> Diagnostic | None:
    """Numbers with separators, signs, units, or parts left out."""
    found, previous = failure.found, failure.previous
    start = found.span.start
    if failure.touches_previous and previous is not None and previous.kind == "NUMBER":
        start = previous.span.start
    text = failure.text_from(start)
    match = _NUMBER_LIKE.match(text)
    if match is None or found.kind not in (OTHER, "NUMBER", "NAME", ",", ":"):
        return None
    written = match.group()
    if start + len(written) <= found.span.start:
        return None
    problem = next(((say, mend) for pattern, say, mend in _NUMBERS if re.fullmatch(pattern, written)), None)
    if problem is None and found.kind != OTHER:
        return None
    say, mend = problem or ("this is not written as a number", None)
    span = Span(start, start + len(written))
    right = mend(written) if mend is not None else None
    return Diagnostic(
        "L105",
        say,
        span,
        help=f"write `{right}`" if right is not None else "numbers look like `25`, `-0.5` or `1e-7`",
        suggestion=None if right is None else Suggestion(span, right),
    )


_NUMBER_LIKE = re.compile(r"[$€£¥]?[+-]?[$€£¥]?(?:\d[\w.,:+-]*(?<!,)%?|\.\d[\w.]*%?)")


def _percent(text: str) -> str:
    return spell_number(round(float(text.rstrip("%")) / 100, 12))


# (pattern of the whole number as written, what is wrong, how it is mended if that is plain)
_NUMBERS: tuple[tuple[str, str, Callable[[str], str] | None], ...] = (
    (r"\d{4}-\d\d?-\d\d?(?:T.*)?", "a date is a text, and texts stand in quotes", spell_text),
    (r"\d\d?:\d\d(?::\d\d)?", "a time is a text, and texts stand in quotes", spell_text),
    (
        r"-?\d+(?:\.\d+)?\.{2,3}-?\d+(?:\.\d+)?",
        "a range is written `from … to …`",
        lambda text: "from {} to {}".format(*re.split(r"\.{2,3}", text)),
    ),
    (r"\d+(?:\.\d+){2,}", "a number has one point at most", spell_text),
    (r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", "numbers are written without separators", lambda text: text.replace(",", "")),
    (r"-?\d+(?:_\d+)+(?:\.\d+)?", "numbers are written without separators", lambda text: text.replace("_", "")),
    (r"-?\d+,\d+", "a number has a point, no comma", lambda text: text.replace(",", ".")),
    (r"[$€£¥]-?\d+(?:\.\d+)?", "amounts are written without a currency sign", lambda text: text[1:]),
    (r"-?\d+(?:\.\d+)?%", "there are no percentages", _percent),
    (r"\+\d+(?:\.\d+)?", "numbers have no plus sign", lambda text: text[1:]),
    (r"-?\.\d+", "a number begins with a digit", lambda text: text.replace(".", "0.")),
    (r"-?\d+\.", "after a point comes a digit", lambda text: text.rstrip(".")),
    (r"-?0+\d+(?:\.\d+)?", "numbers do not begin with a zero", lambda text: re.sub(r"^(-?)0+(?=\d)", r"\1", text)),
    (r"0[xX][0-9a-fA-F]+", "numbers are written in decimal digits", lambda text: str(int(text, 16))),
    (r"0[bB][01]+", "numbers are written in decimal digits", lambda text: str(int(text, 2))),
    (r"0[oO][0-7]+", "numbers are written in decimal digits", lambda text: str(int(text, 8))),
    (
        r"-?\d+(?:\.\d+)?[A-Za-z]+",
        "a number has no unit",
        lambda text: text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ),
)


# Signs


def foreign_sign(failure: Failure) -> Diagnostic | None:
    """Signs of other languages: `&&`, `==`, `=>`, `//`."""
    start, run = _sign_run(failure)
    for wrong in SIGNS:
        match = re.match(wrong.pattern, run)
        if match is not None and match.end() > failure.found.span.start - start:
            return _misspelt(failure, wrong, match.group(), start)
    return None


def _sign_run(failure: Failure) -> tuple[int, str]:
    """The signs around the place without a blank between them: where they begin, and the text from there on."""
    start = failure.found.span.start
    for lexeme in reversed(failure.before):
        if lexeme.span.end != start or lexeme.kind not in _COMPARISONS | {":"}:
            break
        start = lexeme.span.start
    return start, failure.text_from(start)


def _misspelt(failure: Failure, wrong: Misspelling, written: str, start: int) -> Diagnostic:
    written = written.rstrip()
    span = Span(start, start + len(written))
    code = "L103" if failure.found.kind == OTHER else "L101"
    message = wrong.message or f"there is no `{written}`"
    return Diagnostic(
        code,
        message,
        span,
        help=wrong.help or f"write `{wrong.right}`",
        suggestion=None if wrong.right is None else Suggestion(span, wrong.right),
    )


def brackets(failure: Failure) -> Diagnostic | None:
    """Lists in brackets or braces, and blocks in braces."""
    found = failure.found
    if found.kind != OTHER or found.text not in "[]{}":
        return None
    closer = {"[": "]", "{": "}"}.get(found.text)
    length = failure.rest_of_line.find(closer) if closer is not None else -1
    start = found.span.start
    if "(" in failure.expected and length > 0:
        span = Span(start, start + length + 1)
        inside = failure.rest_of_line[1:length].strip()
        return Diagnostic(
            "L103",
            "a list stands in parentheses",
            span,
            help=f"write `({inside})`",
            suggestion=Suggestion(span, f"({inside})"),
        )
    wish = "statements need no braces" if found.text in "{}" else "lists stand in parentheses: `(a, b)`"
    return Diagnostic("L103", f"`{found.text}` means nothing here", found.span, help=wish)


def stray_colon(failure: Failure) -> Diagnostic | None:
    """A colon after a rule's name, after `when`, after a stage."""
    if failure.found.kind != ":":
        return None
    return Diagnostic(
        "L101",
        "there is no colon here",
        failure.found.span,
        help="remove it; a colon stands only between the names of evidence and their kind",
        suggestion=Suggestion(failure.found.span, ""),
    )


def stray_equals(failure: Failure) -> Diagnostic | None:
    """`mode = enforce`, `stage = X`, `given evidence ticket_id = "1"`."""
    previous = failure.previous
    if failure.found.kind != "=" or previous is None or failure.statement in ("let", "condition"):
        return None
    if previous.kind not in failure.clauses and failure.statement not in ("test", "evidence"):
        return None
    colon = failure.statement == "evidence"
    return Diagnostic(
        "L101",
        "there is no `=` here",
        failure.found.span,
        help="write a colon before the kind" if colon else "remove it",
        suggestion=Suggestion(failure.found.span, ":" if colon else ""),
    )


def trailing_comma(failure: Failure) -> Diagnostic | None:
    """A comma behind the last of a list, or two in a row."""
    found, previous = failure.found, failure.previous
    if previous is None or previous.kind != "," or found.kind in (OTHER, "NUMBER"):
        return None
    doubled = found.kind == ","
    return Diagnostic(
        "L101",
        "two commas in a row" if doubled else "a list ends without a comma",
        previous.span,
        help="remove one" if doubled else "remove it",
        suggestion=Suggestion(previous.span, ""),
    )


def list_commas(failure: Failure) -> Diagnostic | None:
    """A list with a comma in the place of `and`, or none where one should stand."""
    found, previous = failure.found, failure.previous
    if failure.expected == {"and"}:
        return Diagnostic(
            "L101",
            "`between` has two values, joined with `and`",
            found.span,
            help="write `between 1 and 5`",
            suggestion=Suggestion(found.span, " and" if found.kind == "," else "and")
            if found.text in (",", "to")
            else None,
        )
    if found.kind == "(" and previous is not None and previous.kind == "between":
        return Diagnostic(
            "L101", "`between` has no parentheses", found.span, help="write `between 1 and 5`; both ends are included"
        )
    if found.kind == "," and {"and", "or"} <= failure.expected:
        return Diagnostic(
            "L101",
            "conditions are joined with `and` or `or`, not with a comma",
            found.span,
            help="write `and`",
            suggestion=Suggestion(found.span, " and"),
        )
    if "," not in failure.expected:
        return None
    if found.kind in ("and", "or") and "and" not in failure.expected:
        return Diagnostic(
            "L101",
            f"a list has commas, no `{found.text}`",
            found.span,
            help="write `,`",
            suggestion=Suggestion(found.span, ","),
        )
    if not _goes_on_with_list(failure):
        return None
    assert previous is not None, "a comma is expected after something only"
    return Diagnostic(
        "L101",
        f"a comma is missing before `{found.text}`",
        found.span,
        help=f"write `{previous.text}, {found.text}`",
        suggestion=Suggestion(Span(previous.span.end, previous.span.end), ","),
    )


def _goes_on_with_list(failure: Failure) -> bool:
    """Whether what was found looks like one more of the list before it."""
    found = failure.found
    if found.kind not in ("NAME", "QUOTED_NAME", "PREFIX", "TEXT", "NUMBER"):
        return False
    if _close_keyword(failure) is not None or found.text in VERDICTS:
        return False
    match failure.list_opener:
        case "(":
            return True
        case "for":
            return found.kind == "PREFIX" or "." in found.text
        case "because":
            return found.text.isupper()
        case "require" | "redact":
            return found.kind == "NAME" and ("." in found.text or found.text == "amount_usd")
        case "evidence":
            return found.kind == "NAME" and not re.match(r"\s*(?:$|#|from|to)", failure.text_from(found.span.end))
        case _:
            return False


def empty_list(failure: Failure) -> Diagnostic | None:
    """`in ()`."""
    previous = failure.previous
    if failure.found.kind != ")" or previous is None or previous.kind != "(":
        return None
    condition = "not" in failure.expected
    return Diagnostic(
        "L101",
        "there is nothing in these parentheses",
        previous.span.through(failure.found.span),
        help="write a condition between them" if condition else "a list has one value or more",
    )


def parentheses(failure: Failure) -> Diagnostic | None:
    """One parenthesis too many, or too few."""
    found = failure.found
    if found.kind == ")" and not failure.expected & {"NAME", "TEXT", "NUMBER"} and failure.statement is not None:
        return Diagnostic(
            "L101",
            "closing parenthesis without an opening one",
            found.span,
            help="remove it, or open one before",
            suggestion=Suggestion(found.span, ""),
        )
    if (
        ")" not in failure.expected
        or found.kind in ("NAME", "TEXT", "NUMBER", OTHER, ",", "(")
        or found.kind in _COMPARISONS
    ):
        return None
    opener = _open_parenthesis(failure)
    return Diagnostic(
        "L101",
        "closing parenthesis missing" if found.kind == END else f"closing parenthesis missing before `{found.text}`",
        found.span,
        help="write `)`",
        labels=() if opener is None else (Label(opener, "opened here"),),
    )


def _open_parenthesis(failure: Failure) -> Span | None:
    """The innermost parenthesis that is open at the place, if it is not too far back."""
    closed = 0
    for lexeme in reversed(failure.before):
        closed += (lexeme.kind == ")") - (lexeme.kind == "(")
        if closed < 0:
            return lexeme.span
    return None


def list_without_parentheses(failure: Failure) -> Diagnostic | None:
    """`in low, medium`."""
    found = failure.found
    if failure.expected != {"("} or found.kind not in ("NAME", "TEXT", "NUMBER"):
        return None
    item = r"(?:[\w.-]+|\"[^\"]*\")"
    match = re.match(rf"{item}(?:\s*,\s*{item})*", failure.rest_of_line)
    assert match is not None, "what was found is an item"
    span = Span(found.span.start, found.span.start + match.end())
    return Diagnostic(
        "L101",
        "a list stands in parentheses",
        span,
        help=f"write `({match.group()})`",
        suggestion=Suggestion(span, f"({match.group()})"),
    )


def foreign_character(failure: Failure) -> Diagnostic | None:
    """Blanks, letters and signs that look like those of the language, or mean the same elsewhere."""
    character = failure.found.text
    if failure.found.kind != OTHER or character.isascii():
        return None
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    plain = unicodedata.normalize("NFKC", character)
    if character.isspace() or unicodedata.category(character) == "Zs":
        return _replaced(
            failure, f"{name} (U+{ord(character):04X}) in the place of a blank", " ", "write a plain blank"
        )
    if plain.isascii() and plain.isprintable() and plain.strip():
        return _replaced(failure, f"`{character}` ({name}) is not plain `{plain}`", plain, f"write `{plain}`")
    if character in "−–—‐‑":
        return _replaced(failure, f"`{character}` ({name}) is not plain `-`", "-", "write `-`")
    if not character.isalnum():
        return None
    start = failure.found.span.start
    if failure.touches_previous and failure.previous is not None and failure.previous.kind == "NAME":
        start = failure.previous.span.start
    match = re.match(r"[\w.-]+", failure.text_from(start))
    assert match is not None, "a letter is a letter of some word"
    *first, last = match.group().split(".")
    return Diagnostic(
        "L103",
        f"`{character}` ({name}) stands only in the quoted part of a name",
        Span(start, start + match.end()),
        help=f"write `{'.'.join([*first, spell_text(last)])}`",
        suggestion=Suggestion(Span(start, start + match.end()), ".".join([*first, spell_text(last)])),
    )


def _replaced(failure: Failure, message: str, right: str, wish: str) -> Diagnostic:
    span = failure.found.span
    return Diagnostic("L103", message, span, help=wish, suggestion=Suggestion(span, right))


def stray_dot(failure: Failure) -> Diagnostic | None:
    """A name that ends with a dot or has two in a row, `for *`, a full stop after a statement."""
    if failure.found.kind != OTHER or failure.found.text not in ".*":
        return None
    if failure.found.text == "*" and failure.previous is not None and failure.list_opener == "for":
        whole = failure.previous.kind == "for"
        return Diagnostic(
            "L103",
            "`*` stands only at the end of an action type, after a dot",
            failure.found.span,
            help="write `any action`" if whole else "write `support.*` for every action that begins so",
            suggestion=Suggestion(failure.found.span, "any action") if whole else None,
        )
    if failure.found.text == "*" or failure.rest_of_line.startswith("..."):
        return None
    return Diagnostic(
        "L103",
        "a dot stands only between two parts of a name",
        failure.found.span,
        help="remove it, or name the part behind it",
        suggestion=Suggestion(failure.found.span, ""),
    )


def arithmetic(failure: Failure) -> Diagnostic | None:
    """`amount_usd * 2`."""
    previous = failure.previous
    negative = failure.found.kind == "NUMBER" and failure.found.text.startswith("-")
    if previous is None or previous.kind not in ("NAME", "NUMBER", ")") or failure.found.text[:1] not in "+-*/%^":
        return None
    if failure.found.kind != OTHER and not negative:
        return None
    return Diagnostic(
        "L101" if negative else "L103",
        "there is no arithmetic",
        failure.found.span,
        help="a predicate compares one attribute with one constant; work the constant out, or send another attribute",
    )


# Words


def capitals(failure: Failure) -> Diagnostic | None:
    """Keywords in capitals."""
    for lexeme, known in ((failure.found, failure.keywords), (failure.previous, _TAKEN_FOR_NAMES)):
        if lexeme is not None and lexeme.kind == "NAME" and lexeme.text.lower() in known:
            word = lexeme.text.lower()
            if word == lexeme.text:
                continue
            return Diagnostic(
                "L101",
                f"keywords are written small: `{word}`",
                lexeme.span,
                help=f"write `{word}`",
                suggestion=Suggestion(lexeme.span, word),
            )
    return None


# Keywords that stand where a name may stand too, so that the parser only stops on what follows them.
_TAKEN_FOR_NAMES = ("not", "any", "always", "one", "set", "request", "evidence")


def attributes_compared(failure: Failure) -> Diagnostic | None:
    """Function calls, comparisons in a row."""
    found, previous, before = failure.found, failure.previous, failure.back(2)
    if found.kind == "(" and previous is not None and previous.kind == "NAME" and failure.touches_previous:
        if previous.text in KINDS:
            return None
        return Diagnostic(
            "L101",
            f"there is no function `{previous.text}`",
            previous.span,
            help='a predicate asks about one attribute as it was sent: `evidence.country = "de"`',
        )
    if found.kind in _COMPARISONS and before is not None and before.kind in _COMPARISONS:
        return Diagnostic(
            "L101",
            "a predicate compares once",
            found.span,
            help="write `amount_usd between 1 and 5`, or two predicates joined with `and`",
        )
    return None


def misspelt_phrase(failure: Failure) -> Diagnostic | None:
    """Operators in other words: `is null`, `equals`, `not missing`."""
    if failure.statement is None:
        return None
    start, previous = failure.found.span.start, failure.previous
    if previous is not None and previous.kind in ("is", "not"):
        start = previous.span.start
    elif not {"=", "and"} & failure.expected:
        return None
    text = failure.text_from(start)
    for wrong in PHRASES:
        match = re.match(rf"(?:{wrong.pattern})(?![\w.])", text, re.IGNORECASE)
        if match is not None and (start < failure.found.span.start or start + match.end() > failure.found.span.start):
            return _misspelt(failure, wrong, match.group(), start)
    return None


def misspelt_kind(failure: Failure) -> Diagnostic | None:
    """Kinds in other words: `enum (a, b)`, `list of text`, `number 0..1`."""
    if failure.statement != "evidence" or ":" not in (lexeme.kind for lexeme in failure.before):
        return None
    colon = next(lexeme for lexeme in reversed(failure.before) if lexeme.kind == ":")
    after = failure.text_from(colon.span.end)
    start = colon.span.end + len(after) - len(after.lstrip())
    for pattern, right in KINDS.items():
        match = re.match(rf"(?:{pattern})(?![\w.])", after.lstrip(), re.IGNORECASE)
        if match is not None:
            return _misspelt(failure, Misspelling(pattern, right), match.group(), start)
    return None


def misspelt_word(failure: Failure) -> Diagnostic | None:
    """Keywords with a slip of the keyboard, and those of other languages."""
    found = failure.found
    if found.kind != "NAME" and not found.kind.islower():
        return None
    for wrong in WORDS:
        match = re.match(rf"(?:{wrong.pattern})(?![\w.])", failure.rest_of_line, re.IGNORECASE)
        fits = not wrong.right or wrong.right.split()[0] in failure.keywords
        if match is not None and fits and found.kind not in failure.keywords:
            return _misspelt(failure, wrong, match.group(), found.span.start)
    close = _close_keyword(failure)
    if close is None:
        return None
    return Diagnostic(
        "L101",
        f"unknown word `{found.text}`",
        found.span,
        help=f"did you mean `{close}`?",
        suggestion=Suggestion(found.span, close),
    )


def _close_keyword(failure: Failure) -> str | None:
    """The keyword that was meant by a misspelt one."""
    found = failure.found
    return nearest(found.text, failure.keywords) if found.kind == "NAME" and "." not in found.text else None


# Clauses


def clause_out_of_order(failure: Failure) -> Diagnostic | None:
    """Clauses twice, or in another order than a rule has them."""
    clause = failure.found.kind
    if failure.statement not in ("rule", "never", "always") or clause not in _CLAUSES or failure.interrupts:
        return None
    span = failure.found.span
    if clause == "else" and re.match(r"else\s+(?:if|when)\b", failure.rest_of_line):
        return Diagnostic("L101", "a rule has no branches", span, help="write another rule; all rules that match count")
    if clause in failure.clauses and clause in _ONCE:
        return Diagnostic(
            "L101",
            f"a second `{clause}`",
            span,
            help="join the conditions with `and`" if clause == "when" else "a rule has one; write another rule",
            labels=(Label(failure.clauses[clause], "the first one"),),
        )
    if clause == "else" and "then" in failure.clauses:
        return Diagnostic("L101", "a rule has no branches", span, help="write another rule; all rules that match count")
    later = [word for word in _CLAUSES[_CLAUSES.index(clause) + 1 :] if word in failure.clauses]
    if not later or failure.statement != "rule" or failure.expected & {"NAME", "TEXT"}:
        return None
    return Diagnostic(
        "L101",
        f"`{clause}` stands before `{later[0]}`",
        span,
        help="a rule has its parts in this order: `for`, `when`, `require`, `then` or `else`, `ask`, `oblige`",
        labels=(Label(failure.clauses[later[0]], f"`{later[0]}` stands here"),),
    )


_CLAUSES = ("for", "when", "require", "then", "else", "ask", "oblige")
_ONCE = frozenset({"for", "when", "then", "else"})


def missing_word(failure: Failure) -> Diagnostic | None:
    """A small word or sign that was left out before what follows it."""
    found, previous = failure.found, failure.previous
    if previous is None or failure.interrupts:
        return None
    for word, fits in _BEFORE.items():
        if word in failure.expected and fits(failure):
            at = previous.span.end
            return Diagnostic(
                "L101",
                f"`{word}` is missing before `{found.text}`",
                found.span,
                help=f"write `{word} {found.text}`",
                suggestion=Suggestion(Span(at, at), word if word == ":" else f" {word}"),
            )
    return None


_FIRST_OF_KINDS = frozenset({"text", "number", "integer", "boolean", "one", "set", "scalar"})

# Word that may be missing → whether what was found is what follows it.
_BEFORE: dict[str, Callable[[Failure], bool]] = {
    "then": lambda failure: failure.found.text in VERDICTS,
    "because": lambda failure: failure.found.kind == "NAME" and failure.found.text.isupper(),
    "for": lambda failure: failure.found.kind in ("NAME", "PREFIX", "TEXT", "any"),
    "version": lambda failure: failure.found.kind in ("TEXT", "NUMBER"),
    ":": lambda failure: failure.found.text in _FIRST_OF_KINDS,
    "=": lambda failure: failure.found.kind in ("NAME", "TEXT", "NUMBER"),
    "severity": lambda failure: failure.found.text in SEVERITIES or failure.found.kind == "TEXT",
    "about": lambda failure: failure.found.kind == "NAME",
    "from": lambda failure: failure.found.kind == "NUMBER",
    "of": lambda failure: failure.found.kind in ("(", "NAME"),
    "action": lambda failure: failure.found.kind != OTHER,
    "request": lambda failure: "." in failure.found.text,
}


MISTAKES: tuple[Mistake, ...] = (
    merge_conflict,
    other_language,
    markdown_fence,
    block_of_another_language,
    unclosed_text,
    foreign_quotes,
    text_after_text,
    trailing_comma,
    misspelt_kind,
    capitals,
    misspelt_phrase,
    clause_out_of_order,
    reason_for_because,
    number_for_text,
    malformed_number,
    foreign_sign,
    brackets,
    attributes_compared,
    arithmetic,
    stray_dot,
    foreign_character,
    stray_colon,
    stray_equals,
    misspelt_word,
    unquoted_text,
    empty_list,
    list_commas,
    list_without_parentheses,
    parentheses,
    missing_word,
)
