"""The grammar and the parser's tables that are shipped with it."""

import json
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, reject
from lark import Lark, UnexpectedInput

import lumyn
from lumyn_compiler.format import UnwritableError, format_policy
from lumyn_compiler.grammar import GRAMMAR_PATH, PARSER_PATH, load_grammar, write_parser
from lumyn_compiler.policy import Policy
from lumyn_compiler.reader import read_source
from lumyn_compiler.source import Source
from lumyn_compiler.syntax import parse_statements
from tests.compiler.policies import policies

ROOT = Path(__file__).parents[2]
POLICIES = sorted([*Path(lumyn.__file__).parent.glob("starter/*/*.lumyn"), *ROOT.glob("examples/*/*.lumyn")])
FINE = sorted(ROOT.glob("tests/diagnostics/fine/*/policy.lumyn"))


def test_the_grammar_is_free_of_conflicts() -> None:
    """Strict mode refuses shift-reduce conflicts, and terminals that match the same text where both may stand."""
    Lark(GRAMMAR_PATH.read_text(), parser="lalr", strict=True)
    Lark(GRAMMAR_PATH.read_text(), parser="lalr", strict=True, start="statement")


def test_the_installed_grammar_is_the_one_at_the_top() -> None:
    """There is one definition of the language."""
    assert (ROOT / "grammar" / "lumyn.lark").read_bytes() == GRAMMAR_PATH.read_bytes()


def test_the_shipped_tables_are_those_of_the_grammar() -> None:
    """Whoever changes the grammar runs `make parser`."""
    stamp = json.loads(PARSER_PATH.read_bytes())["stamp"]
    assert stamp.endswith(f"grammar blake3:{blake3(GRAMMAR_PATH.read_bytes()).hexdigest()}")


def test_the_shipped_tables_parse_as_freshly_made_ones_do(tmp_path: Path) -> None:
    """They shift and reduce the same, however their states are numbered."""
    fresh_path = tmp_path / "parser.json"
    write_parser(fresh_path)
    fresh, shipped = _states(fresh_path), _states(PARSER_PATH)
    assert len(fresh) == len(shipped)
    paired = {_START: _START}
    rest = [_START]
    while rest:
        state = rest.pop()
        actions, others = fresh[state], shipped[paired[state]]
        assert actions.keys() == others.keys()
        for token, (action, target) in actions.items():
            other_action, other_target = others[token]
            assert action == other_action
            if action == "reduce":
                assert target == other_target
            elif target not in paired:
                paired[target] = other_target
                rest.append(target)
            else:
                assert paired[target] == other_target


_START = "start"


def _states(path: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Actions by state and token; states as text, with one name for the first."""
    table = load_grammar(path).parser.parser.parser._parse_table
    first = table.start_states["statement"]

    def name(state: int) -> str:
        return _START if state == first else str(state)

    return {
        name(state): {
            token: ("shift", name(target)) if isinstance(target, int) else ("reduce", repr(target))
            for token, (_, target) in actions.items()
        }
        for state, actions in table.states.items()
    }


@pytest.mark.parametrize("content", ['{"stamp": "of another grammar", "parser": {}}', "{}", None])
def test_tables_of_another_grammar_are_not_used(content: str | None, tmp_path: Path) -> None:
    """Nor are those of another Lark, or none: the parser is made from the grammar then."""
    path = tmp_path / "parser.json"
    if content is not None:
        path.write_text(content)
    made = load_grammar(path)
    assert made.statement_keywords == load_grammar().statement_keywords
    assert made.scanner.pattern == load_grammar().scanner.pattern


# The grammar as Lark alone understands it, with its own lexer.
_WHOLE = Lark(GRAMMAR_PATH.read_text(), parser="lalr", keep_all_tokens=True, maybe_placeholders=False)


@pytest.mark.parametrize("path", [*POLICIES, *FINE], ids=lambda path: path.parent.name)
def test_statements_are_parsed_as_the_grammar_says(path: Path) -> None:
    """One statement after the other gives the same trees as all at once."""
    source, _ = read_source(path.read_bytes(), path.name)
    assert source is not None
    parsed = parse_statements(source)
    assert not parsed.diagnostics
    assert _WHOLE.parse(source.text).children == list(parsed.statements)


@given(policies())
def test_every_construct_is_parsed_as_the_grammar_says(policy: Policy) -> None:
    """Where Lark alone, which takes some names for keywords, can parse a text, it gives the same trees."""
    try:
        text = format_policy(policy, None)
    except UnwritableError:
        reject()
    parsed = parse_statements(Source("a.lumyn", text))
    assert not parsed.diagnostics
    try:
        trees = _WHOLE.parse(text).children
    except UnexpectedInput:
        return
    assert trees == list(parsed.statements)
