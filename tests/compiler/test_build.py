"""Statements become a policy: every construct, with its place."""

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

import pytest

from lumyn_compiler.build import build_policy
from lumyn_compiler.diagnostic import ERROR_COUNT_MAX
from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    Amount,
    AnyOf,
    Claim,
    ClaimForm,
    ConditionName,
    Default,
    Given,
    Header,
    KindSpec,
    Literal,
    Negation,
    Policy,
    Predicate,
    Scope,
    Word,
)
from lumyn_compiler.source import NOWHERE, Source, Span
from lumyn_compiler.syntax import parse_statements

HEADER = 'policy p version "1" default ESCALATE because NOTHING_MATCHED\n'

EVERYTHING = """
policy lumyn-support version "0.1.0"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE
evidence ticket_id, "card no" : text
evidence risk : one of (low, "very high")
evidence share : number from -0.5 to 1
evidence count : integer to 9
evidence tags : set of text
redact evidence.ticket_id
reason SMALL "It is \\"small\\"."
let limit_usd = 25.50
condition low_risk = evidence.risk in (low) and not (evidence.share > 0.5 or evidence.count is missing)
stage REQUIREMENTS
  rule R001 for support.refund, support.credit.*, "a.b"
    when low_risk and amount_usd between 1 and limit_usd
    require evidence.ticket_id, evidence."card no" ask "Which?"
    require evidence.risk
    else QUERY because MISSING, UNKNOWN
    ask about evidence.risk "How risky?"
    oblige log severity info "Look."
stage TRUST_PATHS
  rule "R 2" for any action
    when always
    then TRUST because SMALL
never TRUST for support.refund when amount_usd > 200
always ABSTAIN for any action
always at least ESCALATE for support.*
test "a test"
  given request support.refund amount 12.00 USD
  given evidence ticket_id "ZD-1", tags ("a", "b"), risk low
  given subject.roles ()
  expect TRUST because SMALL
""".replace("given subject.roles ()", 'given subject.roles ("agent")')


def build(text: str, *codes: str) -> Policy:
    """The policy of a source, in which just those codes are found."""
    source = Source("a.lumyn", text)
    parsed = parse_statements(source)
    assert not parsed.diagnostics
    policy, found = build_policy(source, parsed)
    assert [diagnostic.code for diagnostic in found] == list(codes)
    return policy


def underlined(text: str) -> list[tuple[str, str]]:
    """Code and place of what building finds wrong."""
    source = Source("a.lumyn", text)
    _, found = build_policy(source, parse_statements(source))
    return [(diagnostic.code, source.slice(diagnostic.span)) for diagnostic in found]


def condition(text: str) -> object:
    """What a condition is built to."""
    return build(f"{HEADER}condition c = {text}").conditions[0].condition


def test_every_construct_has_its_node() -> None:
    """Nothing that was written is lost."""
    policy = build(EVERYTHING)
    assert policy.header == Header(Word("lumyn-support"), Literal("0.1.0"))
    assert policy.mode == Word("enforce")
    assert policy.default == Default(Word("ESCALATE"), Word("NO_MATCH_DEFAULT_ESCALATE"))
    assert [(declaration.names, declaration.kind) for declaration in policy.evidence] == [
        ((Word("ticket_id"), Word("card no")), KindSpec("text")),
        ((Word("risk"),), KindSpec("one of", members=(Word("low"), Literal("very high")))),
        ((Word("share"),), KindSpec("number", Literal(-0.5), Literal(1.0))),
        ((Word("count"),), KindSpec("integer", None, Literal(9.0))),
        ((Word("tags"),), KindSpec("set of text")),
    ]
    assert policy.redact == (Word("evidence.ticket_id"),)
    assert [(reason.code, reason.text) for reason in policy.reasons] == [(Word("SMALL"), Literal('It is "small".'))]
    assert [(let.name, let.value, let.value.spelling) for let in policy.lets] == [
        (Word("limit_usd"), Literal(25.5), "25.50")
    ]
    first, second = policy.rules
    assert (first.rule_id, first.stage) == (Word("R001"), Word("REQUIREMENTS"))
    assert first.scope == Scope((Word("support.refund"), Word("support.credit.*"), Word("a.b")))
    assert [(require.attributes, require.ask) for require in first.requires] == [
        ((Word("evidence.ticket_id"), Word("evidence.card no")), Literal("Which?")),
        ((Word("evidence.risk"),), None),
    ]
    assert (first.verdict, first.reason_codes) == (Word("QUERY"), (Word("MISSING"), Word("UNKNOWN")))
    assert [(ask.attribute, ask.text) for ask in first.asks] == [(Word("evidence.risk"), Literal("How risky?"))]
    assert [(oblige.kind, oblige.severity, oblige.text) for oblige in first.obligations] == [
        (Word("log"), Word("info"), Literal("Look."))
    ]
    assert (second.rule_id, second.stage) == (Word("R 2"), Word("TRUST_PATHS"))
    assert (second.scope, second.when, second.requires) == (Scope(()), Always(), ())
    assert policy.claims == (
        Claim(
            ClaimForm.NEVER,
            Word("TRUST"),
            Scope((Word("support.refund"),)),
            Predicate(Word("amount_usd"), Operator.GT, (Literal(200.0),)),
        ),
        Claim(ClaimForm.ALWAYS, Word("ABSTAIN"), Scope(()), None),
        Claim(ClaimForm.AT_LEAST, Word("ESCALATE"), Scope((Word("support.*"),)), None),
    )
    (test,) = policy.tests
    assert (test.name, test.action_type) == (Literal("a test"), Word("support.refund"))
    assert test.amount == Amount(Literal(12.0), Word("USD"))
    assert test.evidence == (
        Given(Word("ticket_id"), Literal("ZD-1")),
        Given(Word("tags"), (Literal("a"), Literal("b"))),
        Given(Word("risk"), Word("low")),
    )
    assert test.attributes == (Given(Word("subject.roles"), (Literal("agent"),)),)
    assert (test.verdict, test.reason_codes) == (Word("TRUST"), (Word("SMALL"),))


def test_every_node_covers_exactly_its_text() -> None:
    """A word, a constant and a name are what stands at their place; a whole lies around its parts."""
    policy = build(EVERYTHING)
    for node, inner in _nodes([policy]):
        text = EVERYTHING[node.span.start : node.span.end]
        assert node is policy or text == text.strip()
        assert all(node.span.contains(part.span) for part in inner if part.span != NOWHERE), node
        match node:
            case Word(text=name) if '"' not in text:
                assert text == name
            case Literal(spelling=str(spelling)):
                assert text == spelling
            case Literal():
                assert text.startswith('"')
                assert text.endswith('"')


@runtime_checkable
class _Node(Protocol):
    """What every node of a policy has."""

    __slots__: tuple[str, ...]

    @property
    def span(self) -> Span:
        """Where it was written."""


def _nodes(values: Iterable[object]) -> Iterator[tuple[_Node, list[_Node]]]:
    """Every node of a policy with its direct parts."""
    for value in values:
        if isinstance(value, _Node):
            # A rule's stage stands before it.
            names = [name for name in value.__slots__ if name not in ("span", "covers", "stage", "__weakref__")]
            fields = [getattr(value, name) for name in names]
            parts = [part for field in fields for part in (field if isinstance(field, tuple) else (field,))]
            yield value, [part for part in parts if isinstance(part, _Node)]
            yield from _nodes(parts)


def test_wholes_cover_their_keywords() -> None:
    """From the first word to the last, parentheses around a condition left out."""
    policy = build(EVERYTHING)
    source = Source("a.lumyn", EVERYTHING)
    assert source.slice(policy.rules[1].span).startswith('rule "R 2" for')
    assert source.slice(policy.rules[1].span).endswith("because SMALL")
    named = policy.conditions[0].condition
    assert isinstance(named, AllOf)
    assert source.slice(named.span) == (
        "evidence.risk in (low) and not (evidence.share > 0.5 or evidence.count is missing)"
    )
    negation = named.parts[1]
    assert isinstance(negation, Negation)
    assert source.slice(negation.span) == "not (evidence.share > 0.5 or evidence.count is missing)"
    assert source.slice(negation.part.span) == "evidence.share > 0.5 or evidence.count is missing"


def test_and_binds_more_than_or_and_not_more_than_and() -> None:
    """As everywhere; parentheses say otherwise."""
    a, b, c = (ConditionName(Word(name)) for name in "abc")
    assert condition("a or b and not c") == AnyOf((a, AllOf((b, Negation(c)))))
    assert condition("(a or b) and c") == AllOf((AnyOf((a, b)), c))
    assert condition("a and b and c") == AllOf((a, b, c))
    assert condition("((a))") == a
    assert condition("not not a") == Negation(Negation(a))


@pytest.mark.parametrize(
    ("text", "operator", "operands"),
    [
        ("a = 1", Operator.EQ, (Literal(1.0),)),
        ("a != x", Operator.NE, (Word("x"),)),
        ("a < -2", Operator.LT, (Literal(-2.0),)),
        ("a <= 1e-7", Operator.LE, (Literal(1e-7),)),
        ("a > 0.35", Operator.GT, (Literal(0.35),)),
        ("a >= 1", Operator.GE, (Literal(1.0),)),
        ('a in ("x", y, 1)', Operator.IN, (Literal("x"), Word("y"), Literal(1.0))),
        ("a not in (true)", Operator.NOT_IN, (Literal(True),)),
        ("a between 1 and 2", Operator.BETWEEN, (Literal(1.0), Literal(2.0))),
        ("a is missing", Operator.IS_MISSING, ()),
        ("a is present", Operator.IS_PRESENT, ()),
        ('a starts with "x"', Operator.STARTS_WITH, (Literal("x"),)),
        ('a contains "x"', Operator.CONTAINS, (Literal("x"),)),
        ('a contains any ("x", "y")', Operator.CONTAINS_ANY, (Literal("x"), Literal("y"))),
        ('a contains all ("x")', Operator.CONTAINS_ALL, (Literal("x"),)),
    ],
)
def test_every_operator_has_its_predicate(text: str, operator: Operator, operands: tuple[Literal | Word, ...]) -> None:
    """With its constants in the order in which they were written."""
    assert condition(text) == Predicate(Word("a"), operator, operands)


def test_only_small_true_and_false_are_booleans() -> None:
    """In the place of a constant; `"true"` is a text."""
    assert condition('a in (true, false, "true", truth)') == Predicate(
        Word("a"), Operator.IN, (Literal(True), Literal(False), Literal("true"), Word("truth"))
    )
    assert build(f"{HEADER}let yes = true").lets[0].value == Literal(True)


def test_a_policy_must_say_what_it_is_and_what_its_default_is() -> None:
    """The mode may be left out."""
    assert build("", "L111", "L111").mode is None
    assert underlined("mode enforce") == [("L111", ""), ("L111", "")]


def test_nothing_is_missed_where_something_could_not_be_read() -> None:
    """What could not be read may have been the policy, the default or the stage."""
    assert underlined('policy p = "1"\nrule R1 for a.b when always then TRUST because A\n') == []


def test_statements_that_stand_once_count_once() -> None:
    """The first one is kept, the others are errors that point at it."""
    text = HEADER + 'policy q version "2"\nmode enforce\nmode advisory\nmode enforce\ndefault TRUST because A'
    policy = build(text, "L202", "L202", "L202", "L202")
    assert policy.header is not None
    assert policy.header.policy_id == Word("p")
    assert policy.mode == Word("enforce")
    assert policy.default is not None
    assert policy.default.verdict == Word("ESCALATE")


def test_a_rule_stands_in_the_stage_before_it() -> None:
    """Blocks of one stage may come in any order and more than once."""
    rule = "rule R{} for a.b when always then TRUST because A\n"
    text = f"{HEADER}stage ONE {rule.format(1)} stage TWO {rule.format(2)} {rule.format(3)} stage ONE {rule.format(4)}"
    assert [rule.stage.text for rule in build(text).rules] == ["ONE", "TWO", "TWO", "ONE"]


def test_only_the_first_rule_without_a_stage_is_told() -> None:
    """The others have the same cause."""
    rules = "".join(f"rule R{number} for a.b when always then TRUST because A\n" for number in range(3))
    assert underlined(HEADER + rules) == [("L112", "R0")]


@pytest.mark.parametrize(
    ("clauses", "found"),
    [
        ("then TRUST because A", [("L406", "R1")]),
        ("else TRUST because A", [("L406", "R1")]),
        ("when always else TRUST because A", [("L407", "else")]),
        ("require evidence.x then QUERY because A", [("L407", "then")]),
        ("when always require evidence.x then QUERY because A", [("L407", "then")]),
        ("when always require evidence.x else QUERY because A", []),
    ],
)
def test_what_a_rule_asks_decides_between_then_and_else(clauses: str, found: list[tuple[str, str]]) -> None:
    """`else` says what is answered when something required is missing."""
    assert underlined(f"{HEADER}stage S rule R1 for a.b {clauses}") == found


def test_names_that_could_not_be_used_are_no_names() -> None:
    """`when not` and `= true` would be read as something else."""
    assert underlined(f"{HEADER}condition not = a condition always = a let true = 1 let false = 2") == [
        ("L209", "not"),
        ("L209", "always"),
        ("L209", "true"),
        ("L209", "false"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("let a = high", [("L101", "high")]),
        ("let a = NaN", [("L105", "NaN")]),
        ("let a = 1_000", [("L105", "1_000")]),
        ("let a = TRUE", [("L101", "TRUE")]),
        ("condition c = a = null", [("L101", "null")]),
        ("condition c = a in (None, 1)", [("L101", "None")]),
        ("condition c = a < 5k", [("L105", "5k")]),
        ("condition c = a = False", [("L101", "False")]),
        ("condition c = true", [("L101", "true")]),
        ("condition c = NEVER", [("L101", "NEVER")]),
        ('test "x" given a null expect TRUST', [("L101", "null")]),
        ('test "x" given evidence a (1_000) expect TRUST', [("L105", "1_000")]),
    ],
)
def test_constants_of_other_languages_are_known(text: str, found: list[tuple[str, str]]) -> None:
    """They read as names here, so that the error is not that of an unknown name."""
    assert underlined(HEADER + text) == found


def test_words_that_are_declared_are_names_whatever_they_mean_elsewhere() -> None:
    """A member may be called `none`, a constant `null`."""
    text = f"{HEADER}evidence a : one of (none, low) let null = 5 condition true = a = none and b > null condition c = true"
    assert underlined(text) == []


def test_an_input_is_given_once() -> None:
    """The first value counts, the second is an error."""
    policy = build(f'{HEADER}test "x" given evidence a 1, b 2 given evidence a 3 expect TRUST', "L202")
    assert policy.tests[0].evidence == (Given(Word("a"), Literal(1.0)), Given(Word("b"), Literal(2.0)))
    assert underlined(f'{HEADER}test "x" given request a.b given request a.c expect TRUST') == [
        ("L202", "given request a.c")
    ]


def test_an_unknown_stage_is_found_even_without_rules() -> None:
    """One with rules is found where names are looked up."""
    assert underlined(f"{HEADER}stage HARD_BLOCK stage ESCALATIONS") == [("L205", "HARD_BLOCK")]


def test_very_many_errors_are_not_all_told() -> None:
    """However many there are in one text or in many statements."""
    assert len(underlined(HEADER + 'reason A "' + "\\q" * 10_000 + '"')) == ERROR_COUNT_MAX
    assert len(underlined(f"{HEADER}{'let a = NaN ' * 10_000}")) == ERROR_COUNT_MAX


def test_comments_are_kept_for_the_formatter() -> None:
    """And are no part of what a policy is."""
    with_comments = build(f"# one\n{HEADER}# two\n")
    assert [comment.text for comment in with_comments.comments] == ["# one", "# two"]
    assert with_comments == build(HEADER)
