"""What authors are told of what they got wrong: a folder for every mistake.

`<CODE>/<case>/policy.lumyn` (or `policy.yml`) has nothing wrong with it but that code; what is in `fine/` has nothing
wrong with it at all, and what is in `many/` more than one thing. `expected.txt` is what is printed; `make golden` writes
it. Sources that are too large to keep are made here.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from lumyn_compiler.convert import to_yaml
from lumyn_compiler.diagnostic import CODES, CompileError, Diagnostic, Report
from lumyn_compiler.pipeline import Spelling, compile_text, parse
from lumyn_compiler.reader import SOURCE_BYTES_MAX, read_source, unusable
from lumyn_compiler.render import render_text

FOLDER = Path(__file__).parent

HEADER = 'policy example version "1"\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\n'


def _too_large() -> bytes:
    return b"#" * (SOURCE_BYTES_MAX + 1)


def _too_large_a_table() -> bytes:
    """4,096 rows of one rule, each a mask over 140,000 classes of an attribute that others ask about."""
    pairs = range(12)
    names = ", ".join(f"a{pair}, b{pair}" for pair in pairs)
    alternatives = " and ".join(f"(evidence.a{pair} = true or evidence.b{pair} = true)" for pair in pairs)
    rules = (
        f"rule N{first} for support.refund when evidence.n in ({', '.join(map(str, range(first, first + 10_000)))})\n"
        f"then ESCALATE because B\n"
        for first in range(0, 70_000, 10_000)
    )
    return (
        f"{HEADER}evidence {names} : boolean\nevidence n : number\nstage ESCALATIONS\n"
        f"rule R1 for support.refund when {alternatives} then ESCALATE because A\n{''.join(rules)}"
    ).encode()


def _nothing() -> bytes:
    return b""


MADE: dict[str, Callable[[], bytes]] = {
    "L007/absent": _nothing,
    "L001/too-large": _too_large,
    "L005/rows-times-classes": _too_large_a_table,
}
KEPT = {f"{path.parent.parent.name}/{path.parent.name}": path for path in FOLDER.glob("*/*/policy.*")}
CASES = sorted({*KEPT, *MADE})

# About the form of a source: what the parser stops on.
SYNTAX = ("L101", "L102", "L103", "L104", "L105")
KINDS_OF_MISTAKES_MIN = 40

# What policy.v0 spells otherwise.
ELSEWHERE = re.compile(r"`(?:require|ask|rule|let|for|is missing|is present|=|!=|<=?|>=?)[` ]|\bbecause [A-Z]|in \(")


# What can't be read at all.
FORM = ("L00", "L10")


def _report(case: str) -> Report:
    if case.startswith("L007/"):
        return unusable("absent.lumyn", "can't read absent.lumyn: no such file or folder")
    if case in MADE:
        return _compile(MADE[case](), "policy.lumyn")
    if case.startswith("L701/"):
        return _translate(KEPT[case].read_bytes(), KEPT[case].name)
    return _compile(KEPT[case].read_bytes(), KEPT[case].name)


def _translate(data: bytes, name: str) -> Report:
    """What keeps a policy that compiles from being written as YAML."""
    source, found = read_source(data, name)
    assert source is not None
    assert not found
    policy, _ = parse(source, Spelling.LUMYN)
    return Report.of(source, to_yaml(policy, source)[1])


def _compile(data: bytes, name: str) -> Report:
    try:
        return compile_text(data, name).report
    except CompileError as error:
        return error.report


@pytest.mark.golden
@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_with_its_place_and_what_to_do(case: str, *, rewrite_golden: bool) -> None:
    """The text, the underlined place and the help are those that were reviewed."""
    expected = FOLDER / case / "expected.txt"
    text = render_text(_report(case))
    if rewrite_golden:
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_has_its_code_and_causes_no_other(case: str) -> None:
    """One mistake is one code, an error keeps the policy from compiling, and a warning does not."""
    report = _report(case)
    found = {diagnostic.code for diagnostic in report.diagnostics}
    match case.partition("/")[0]:
        case "fine":
            assert not found
        case "many":
            assert len(found) > 1
        case code:
            assert found == {code}
            assert bool(report.errors) == code.startswith("L")


def test_every_code_has_a_mistake_that_leads_to_it() -> None:
    """No diagnostic is without a fixture, and no fixture without a diagnostic."""
    assert {case.partition("/")[0] for case in CASES} - {"fine", "many"} == set(CODES)


def test_many_kinds_of_slips_are_known() -> None:
    """Syntax errors are explained by what people get wrong, not by what a parser expects."""
    kinds = {case for case in CASES if case.startswith(SYNTAX)}
    assert len(kinds) >= KINDS_OF_MISTAKES_MIN


@pytest.mark.parametrize("case", sorted(KEPT))
def test_an_explanation_is_short_and_in_words(case: str) -> None:
    """A message is one sentence without a full stop, and names no terminal of the grammar."""
    for diagnostic in _report(case).diagnostics:
        for text in (diagnostic.message, diagnostic.help or "help", *(label.text for label in diagnostic.labels)):
            assert text == text.strip()
            assert not text.endswith(".")
            assert "\n" not in text
        for terminal in ("$END", "__ANON", "QUOTED_NAME", "COMMA", "LPAR", "RPAR", "STATEMENT"):
            assert terminal not in diagnostic.message


@pytest.mark.parametrize("case", sorted(case for case in KEPT if KEPT[case].suffix == ".yml"))
def test_authors_of_yaml_are_told_what_yaml_has(case: str) -> None:
    """No help shows them how something is written in `.lumyn`; kinds and claims are, and `.lumyn` may be named."""
    for diagnostic in _report(case).diagnostics:
        assert not ELSEWHERE.search(diagnostic.help or ""), diagnostic


@pytest.mark.parametrize("case", sorted(KEPT))
def test_suggestions_mend_what_they_are_about(case: str) -> None:
    """With the suggested changes made, none of the errors that suggested them is left, and none takes their place."""
    before = _report(case)
    suggesting = [found for found in before.diagnostics if found.suggestion is not None]
    after = _with(before, *suggesting)
    assert not {*map(_finding, suggesting)} & {*map(_finding, after.diagnostics)}
    if suggesting == list(before.errors) and not case.startswith("many/"):
        assert not [found for found in after.errors if found.code.startswith(FORM)]


@pytest.mark.parametrize("case", sorted(KEPT))
def test_a_suggestion_alone_mends_what_it_is_about(case: str) -> None:
    """One of several is taken: its error is gone, and nothing that could be read before can't be read any more."""
    before = _report(case)
    for found in before.diagnostics:
        if found.suggestion is not None:
            told, left = _count(before), _count(_with(before, found))
            assert left[_finding(found)] < told[_finding(found)]
            if not case.startswith("many/"):
                assert not [finding for finding in left - told if finding[0].startswith(FORM)]


def _with(report: Report, *suggesting: Diagnostic) -> Report:
    """What is said of the source once the suggestions are taken."""
    text = report.source.text
    suggestions = [found.suggestion for found in suggesting if found.suggestion is not None]
    for suggestion in sorted(suggestions, key=lambda suggestion: suggestion.span.start, reverse=True):
        text = text[: suggestion.span.start] + suggestion.replacement + text[suggestion.span.end :]
    return _compile(text.encode(), report.source.name)


def _finding(found: Diagnostic) -> tuple[str, str]:
    return found.code, found.message


def _count(report: Report) -> Counter[tuple[str, str]]:
    return Counter(map(_finding, report.diagnostics))
