"""Sources become statements; every error is found in one run."""

import gc
import re
import sys
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler.build import build_policy
from lumyn_compiler.diagnostic import ERROR_COUNT_MAX
from lumyn_compiler.source import Source
from lumyn_compiler.syntax import NESTING_MAX, Parsed, parse_statements

GOLDEN = Path(__file__).parent.parent / "golden"
RULE = "rule R1 for support.refund when always then TRUST because A\n"

# Words, signs and pieces of text from which wrong sources are made.
PIECES = (
    *[
        "policy",
        "version",
        "mode",
        "default",
        "because",
        "evidence",
        "redact",
        "reason",
        "let",
        "condition",
        "one",
        "of",
        "set",
        "from",
        "to",
        "stage",
        "rule",
    ],
    *[
        "for",
        "any",
        "action",
        "when",
        "require",
        "ask",
        "then",
        "else",
        "about",
        "oblige",
        "severity",
        "always",
        "or",
        "and",
        "not",
        "in",
        "between",
        "is",
    ],
    *[
        "missing",
        "present",
        "starts",
        "with",
        "contains",
        "all",
        "never",
        "at",
        "least",
        "test",
        "given",
        "request",
        "amount",
        "expect",
    ],
    *[
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "(",
        ")",
        ":",
        ",",
        ".",
        "..",
        "*",
        "&&",
        "||",
        "!",
        "'",
        "[",
        "]",
        "{",
        "}",
        ";",
        "//",
        "/*",
        "$",
        "%",
        "~",
        "-",
        "--",
        "+",
        "=>",
        "->",
        "<<<<<<<",
        "=======",
        "`",
    ],
    *[
        "a",
        "evidence.x",
        "support.refund",
        "support.*",
        "TRUST",
        "REFUND_SMALL",
        "1",
        "-2.5",
        "1e-7",
        "1,000",
        "25%",
        "007",
        "1_000",
        "3ds.check",
        "null",
    ],
    '"text"',
    '"',
    '"a\\"',
    "“x”",
    "é",
    "\u00a0",
    "\n",
    "\n  ",
    "# comment",
    "# allow(W104): why\n",
    'evidence."card no"',
    '"a b".c',
)


def _parse(text: str) -> Parsed:
    return parse_statements(Source("a.lumyn", text))


def _places(text: str) -> list[tuple[str, str]]:
    """Code and underlined text of every error."""
    return [(found.code, text[found.span.start : found.span.end]) for found in _parse(text).diagnostics]


def test_statements_come_in_source_order() -> None:
    """As trees that are named like the rules of the grammar."""
    parsed = _parse(f'policy p version "1" {RULE} mode enforce')
    assert [str(tree.data) for tree in parsed.statements] == ["policy", "rule", "mode"]


def test_line_ends_and_indentation_mean_nothing() -> None:
    """The same words on one line and on many give the same trees."""
    text = 'redact a, b reason R "x" rule R1 for any action when a = 1 and b in (1, 2) then TRUST because A'
    assert _parse(text).statements == _parse(text.replace(" ", "\n\t ")).statements


def test_words_are_read_whole() -> None:
    """`forsupport.refund` is one name, not `for` and another one."""
    assert _places("rule R1 forsupport.refund when always then TRUST because A") == [("L101", "forsupport.refund")]
    assert _places("default ESCALATE becauseA") == [("L101", "becauseA")]


@pytest.mark.parametrize(
    "text",
    [
        "redact reason, not, in, stage, test",
        "evidence for, when, version, rule : text",
        "let test = 5 let rule = 6",
        "condition c = evidence.x in (test, rule, stage, mode)",
        "rule rule for rule.rule when rule = rule and stage then then because because",
        'test "x" given evidence test 1, expect 2 given version rule expect expect because because',
        "evidence risk : one of (test, rule) mode enforce",
    ],
)
def test_keywords_are_names_where_only_names_can_stand(text: str) -> None:
    """People name things as they like."""
    assert not _parse(text).diagnostics


def test_comments_are_kept_with_their_places() -> None:
    """Without the white space at their end; a `#` inside of quotes begins none."""
    text = 'mode enforce # first \n# second\nreason A "# no" # third'
    assert [comment.text for comment in _parse(text).comments] == ["# first", "# second", "# third"]
    assert [text[c.span.start : c.span.end] for c in _parse(text).comments] == ["# first ", "# second", "# third"]


def test_after_an_error_reading_goes_on_at_the_next_statement() -> None:
    """One error a statement, however many statements."""
    text = f"mode = enforce\n{RULE}let x 5\n  stage X :\nlet y = 6\n"
    parsed = _parse(text)
    assert _places(text) == [("L101", "="), ("L101", "5"), ("L101", ":")]
    assert [str(tree.data) for tree in parsed.statements] == ["rule", "let"]


def test_a_statement_that_stops_short_does_not_swallow_the_next_one() -> None:
    """The keyword that begins the next line is no name."""
    text = f"let x =\n{RULE}condition c =\nlet y = 1\n"
    assert _places(text) == [("L101", "rule"), ("L101", "let")]
    assert [str(tree.data) for tree in _parse(text).statements] == ["rule", "let"]


def test_words_inside_a_broken_statement_do_not_begin_new_ones() -> None:
    """`always` behind `when` and `evidence` behind `given` begin lines too."""
    text = 'rule R1 for a.b\n  when\n  always and\n  then TRUST\ntest "x"\n  given =\n  evidence.y 1\n'
    assert _places(text) == [("L101", "and"), ("L101", "=")]


def test_very_many_errors_are_not_all_told() -> None:
    """The last one says so."""
    parsed = _parse("mode =\n" * 10_000)
    assert len(parsed.diagnostics) == ERROR_COUNT_MAX + 1
    assert parsed.diagnostics[-1].message == "reading stopped here, because there are too many errors before"


def test_the_end_of_the_source_may_come_too_early() -> None:
    """The error stands behind the last word, not behind the blanks after it."""
    found = _parse("rule R1 for support.refund when  \n\n  \n").diagnostics
    assert [(diagnostic.message, diagnostic.span.start) for diagnostic in found] == [
        ("expected a condition, but the source ends here", 31)
    ]


@pytest.mark.parametrize("opener", ["(", "not ", "not (", "( not "])
def test_nesting_goes_to_its_limit_and_no_further(opener: str) -> None:
    """Parentheses and `not`s count together."""
    repeats = NESTING_MAX // (("(" in opener) + ("not" in opener))
    for count, codes in ((repeats, set()), (repeats + 1, {"L003"})):
        text = f"condition c = {opener * count}a = 1{')' * opener.count('(') * count}"
        assert {found.code for found in _parse(text).diagnostics} == codes


def test_what_is_side_by_side_is_not_nested() -> None:
    """A `not` ends with its operand, a parenthesis where it is closed."""
    part = "not (not a = 1) and b not in (1, 2) and (c = 1 or not (d is missing))"
    assert not _parse(f"condition c = {' and '.join([part] * 200)}").diagnostics


@pytest.mark.parametrize("opener", ["(", "not ", "a = 1 and (", "not\n("])
def test_hopeless_nesting_is_refused_at_once(opener: str) -> None:
    """Ten thousand levels take no second and no stack."""
    started = time.process_time()
    found = _parse(f"condition c = {opener * 10_000}").diagnostics
    assert [diagnostic.code for diagnostic in found] == ["L003"]
    assert time.process_time() - started < 1


def test_the_deepest_condition_is_built_on_a_small_stack() -> None:
    """The limit on nesting leaves callers most of the stack."""
    level = "not (a = 1 or b = 2 and "
    source = Source("a", f"condition c = {level * (NESTING_MAX // 2)}c = 3{')' * (NESTING_MAX // 2)}")
    before = sys.getrecursionlimit()
    depth = _frames()
    try:
        sys.setrecursionlimit(depth + 350)
        policy, _ = build_policy(source, parse_statements(source))
    finally:
        sys.setrecursionlimit(before)
    assert len(policy.conditions) == 1


def _frames() -> int:
    """How deep the stack is."""
    return sum(1 for _ in traceback.walk_stack(None))


def test_time_grows_with_the_source_and_no_faster() -> None:
    """Statements, errors, comments and blanks: ten times as many take about ten times as long.

    Without the collector, which goes over whatever else the process holds, the more often the longer a source is.
    """
    for unit in (RULE, "# comment\n", "\n \t", 'reason A "text" '):
        small, large = (_seconds(unit * count) for count in (200, 2_000))
        assert large < 40 * small + 0.05


def _seconds(text: str) -> float:
    gc.disable()
    try:
        started = time.process_time()
        _parse(text)
        return time.process_time() - started
    finally:
        gc.enable()


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_no_source_makes_the_parser_raise(pieces: list[str], glue: str) -> None:
    """Every error has words and a place in the source, and what could be read is built."""
    source = Source("a.lumyn", glue.join(pieces))
    parsed = parse_statements(source)
    _, found = build_policy(source, parsed)
    for diagnostic in (*parsed.diagnostics, *found):
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(source.text)
        assert diagnostic.message
        if diagnostic.suggestion is not None:
            assert diagnostic.suggestion.span.end <= len(source.text)


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    """Characters of any script, alone or after the beginning of a rule."""
    for start in ("", "rule R1 for a.b when x = "):
        assert _parse(start + text).diagnostics or not (start + text.partition("#")[0]).strip(" \t\n")


@pytest.mark.parametrize("follows", ["", ".", "0", "(", "é", " is unknown"])
def test_a_source_that_ends_after_any_of_its_words_is_explained(follows: str) -> None:
    """Half-written sources, as an editor sees them: every construct is cut off after every word and every sign."""
    for path in sorted(GOLDEN.glob("*/policy.lumyn")):
        text = path.read_text()
        for word in re.finditer(r"[\w.]+|[^\w\s]", text):
            source = Source(path.name, text[: word.end()] + follows)
            _, found = build_policy(source, parse_statements(source))
            assert all(diagnostic.span.end <= len(source.text) for diagnostic in found)


@given(st.data())
def test_a_word_changed_in_a_good_source_is_explained(data: st.DataObject) -> None:
    """Dropped, doubled, replaced or swapped words never end in anything but statements and errors."""
    words = (RULE + 'evidence a, b : one of (low, high)\ntest "x"\n given evidence a low\n expect TRUST\n').split(" ")
    place = data.draw(st.integers(0, len(words) - 1))
    words[place : place + 1] = data.draw(st.lists(st.sampled_from(PIECES), max_size=2))
    source = Source("a.lumyn", " ".join(words))
    parsed = parse_statements(source)
    assert parsed.statements or parsed.diagnostics
