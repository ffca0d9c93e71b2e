"""policy.yml → Policy: what each part of a document becomes, and where it says it was written."""

import pytest

from lumyn_compiler.operators import Operator
from lumyn_compiler.policy import (
    AllOf,
    Always,
    AnyOf,
    Ask,
    Condition,
    Default,
    EvidenceDeclaration,
    Header,
    KindSpec,
    Let,
    Literal,
    Oblige,
    Operand,
    Predicate,
    ReasonDeclaration,
    Require,
    Rule,
    Scope,
    Word,
)
from lumyn_compiler.source import Source
from lumyn_compiler.yaml_source import build_policy_from_yaml
from tests.compiler.yaml_samples import HEAD, document, findings, rule_with


def predicate(attribute: str, operator: Operator, *operands: str | float | bool | Word) -> Predicate:
    """A predicate as it is written."""
    made: list[Operand] = [operand if isinstance(operand, Word) else Literal(operand) for operand in operands]
    return Predicate(Word(attribute), operator, tuple(made))


def when(ifs: str, rest: str = "") -> Condition | None:
    """The condition that a rule's `if`s become."""
    return document(rule_with(ifs, rest)).rules[0].when


def test_the_head() -> None:
    """Id, version, mode and default."""
    policy = document("rules: []")
    assert policy.header == Header(Word("p"), Literal("1"))
    assert policy.mode == Word("enforce")
    assert policy.default == Default(Word("ESCALATE"), Word("NO_MATCH_DEFAULT_ESCALATE"))


def test_thresholds_are_constants() -> None:
    """With their spelling, which is printed again."""
    policy = document("thresholds: {a: 0.70, b: 025}\nrules: []")
    assert policy.lets == (Let(Word("a"), Literal(0.7)), Let(Word("b"), Literal(25.0)))
    assert [let.value.spelling for let in policy.lets] == ["0.70", None]


def test_a_rule() -> None:
    """Everything that a rule can say."""
    policy = document(
        """\
rules:
  - id: R1
    stage: REQUIREMENTS
    when: {action_type_in: [shop.refund, shop.credit]}
    if: {amount_usd_gt: 5}
    then:
      verdict: QUERY
      reason_codes: [A, B]
      queries: [{field: subject.id, text: "Who?"}]
      obligations: [{kind: log, severity: info, text: "Write."}]
"""
    )
    assert policy.rules == (
        Rule(
            Word("R1"),
            Word("REQUIREMENTS"),
            Scope((Word("shop.refund"), Word("shop.credit"))),
            predicate("amount_usd", Operator.GT, 5.0),
            (),
            Word("QUERY"),
            (Word("A"), Word("B")),
            (Ask(Word("subject.id"), Literal("Who?")),),
            (Oblige(Word("log"), Word("info"), Literal("Write.")),),
        ),
    )


@pytest.mark.parametrize("stage", ["REQUIREMENTS", "HARD_BLOCKS", "ESCALATIONS", "TRUST_PATHS"])
def test_a_rule_whose_condition_is_always_matches_always(stage: str) -> None:
    """In every stage; without `when` it is for any action."""
    [rule] = document(
        f"rules: [{{id: R, stage: {stage}, if: always, then: {{verdict: TRUST, reason_codes: [A]}}}}]"
    ).rules
    assert rule.when == Always()
    assert rule.scope == Scope(())


def test_a_rule_without_conditions_is_one_that_may_be_forgotten() -> None:
    """It matches always, in every stage but REQUIREMENTS, and that is said."""
    source = Source(
        "policy.yml", HEAD + "rules: [{id: R, stage: TRUST_PATHS, then: {verdict: TRUST, reason_codes: [A]}}]"
    )
    policy, [found] = build_policy_from_yaml(source)
    assert policy.rules[0].when == Always()
    assert (found.code, source.slice(found.span)) == ("W114", "R")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("vendr_id_is: a", "vendor_id"),
        ("hti_is: true", "hit"),
        ("riks_lt: 5", "risk"),
        ("vendor_id_is: a", None),
        ("score_30d_lt: 5", None),
        ("had_is: true", None),
    ],
)
def test_evidence_that_is_spelled_nearly_like_what_is_required_may_be_a_slip(asked: str, near: str | None) -> None:
    """Digits are meant, and short names are near only where letters are swapped."""
    required = "required_evidence: {shop.refund: [vendor_id, hit, risk, score_90d]}\n"
    rule = "{id: Q, stage: REQUIREMENTS, when: {action_type: shop.refund}, then: {verdict: QUERY, reason_codes: [A]}}"
    text = rule_with(f"if: {{evidence.{asked}}}").replace("rules:\n", f"rules:\n  - {rule}\n")
    told = [found.help for found in findings(HEAD + required + text)[1] if found.code == "W115"]
    assert told == ([] if near is None else [f"did you mean `evidence.{near}`?"])


@pytest.mark.parametrize(
    ("entry", "condition"),
    [
        ("amount_usd_gt: 1", predicate("amount_usd", Operator.GT, 1.0)),
        ("amount_usd_gte: 1", predicate("amount_usd", Operator.GE, 1.0)),
        ("amount_usd_lt: 1", predicate("amount_usd", Operator.LT, 1.0)),
        ("amount.value_lte: 1", predicate("amount.value", Operator.LE, 1.0)),
        ("amount_currency_is: USD", predicate("amount.currency", Operator.EQ, "USD")),
        ("amount.currency_is: USD", predicate("amount.currency", Operator.EQ, "USD")),
        ("evidence.a_is: NO", predicate("evidence.a", Operator.EQ, "NO")),
        ("evidence.a_is: true", predicate("evidence.a", Operator.EQ, True)),
        ("evidence.a_is: 0x10", predicate("evidence.a", Operator.EQ, 16.0)),
        ("evidence.a_is: null", predicate("evidence.a", Operator.IS_MISSING)),
        ("evidence.a_ne: null", predicate("evidence.a", Operator.IS_PRESENT)),
        ("evidence.a_present: true", predicate("evidence.a", Operator.IS_PRESENT)),
        ("evidence.a_present: false", predicate("evidence.a", Operator.IS_MISSING)),
        ("evidence.a_in: [x, y]", predicate("evidence.a", Operator.IN, "x", "y")),
        ("evidence.card.risk_gt: 1", predicate("evidence.card.risk", Operator.GT, 1.0)),
        ("subject.type_is: agent", predicate("subject.type", Operator.EQ, Word("agent"))),
        (
            "evidence.a_ne: x",
            AnyOf((predicate("evidence.a", Operator.IS_MISSING), predicate("evidence.a", Operator.NE, "x"))),
        ),
    ],
)
def test_an_entry_is_a_predicate(entry: str, condition: Condition) -> None:
    """The last suffix counts, and `_ne` is true of what is missing too."""
    assert when(f"if: {{{entry}}}") == condition


def test_ifs_are_joined() -> None:
    """All of `if`, all of `if_all`, and one of `if_any`, whose items may have several entries."""
    one, two, three, four, five = (predicate("amount_usd", Operator.GT, float(number)) for number in range(1, 6))
    less = predicate("amount.value", Operator.LT, 9.0)
    assert when("if: {amount_usd_gt: 1, amount.value_lt: 9}") == AllOf((one, less))
    assert when("if_all: [{amount_usd_gt: 1}, {amount_usd_gt: 2, amount.value_lt: 9}]") == AllOf((one, two, less))
    assert when("if_any: [{amount_usd_gt: 1}]") == one
    assert when("if_any: [{amount_usd_gt: 1}, {amount_usd_gt: 2, amount.value_lt: 9}]") == AnyOf(
        (one, AllOf((two, less)))
    )
    joined = "if: {amount_usd_gt: 1}\n    if_all: [{amount_usd_gt: 2}, {amount_usd_gt: 3}]\n"
    assert when(joined + "    if_any: [{amount_usd_gt: 4}, {amount_usd_gt: 5}]") == AllOf(
        (one, two, three, AnyOf((four, five)))
    )


def test_a_threshold_stands_for_a_number_where_one_is_expected() -> None:
    """Beside an ordering, a built-in number, a declared one, or one that other uses show to be one."""
    thresholds = "thresholds: {limit: 3}"
    limit = Word("limit")
    assert when("if: {evidence.a_gt: limit}", thresholds) == predicate("evidence.a", Operator.GT, limit)
    assert when("if: {amount_usd_is: limit}", thresholds) == predicate("amount_usd", Operator.EQ, limit)
    assert when("if: {evidence.a_in: [1, limit]}", thresholds) == predicate("evidence.a", Operator.IN, 1.0, limit)
    declared = "\nextensions: {lumyn: {evidence: {a: integer, b: text}}}"
    assert when("if: {evidence.a_is: limit}", thresholds + declared) == predicate("evidence.a", Operator.EQ, limit)
    assert when("if: {evidence.b_is: limit}", thresholds + declared) == predicate("evidence.b", Operator.EQ, "limit")
    assert when("if: {evidence.c_in: [limit, x]}", thresholds) == predicate("evidence.c", Operator.IN, "limit", "x")


@pytest.mark.parametrize(
    ("ifs", "kind"),
    [
        ("evidence.a_gt: 1", "number"),
        ("evidence.a_is: 1", "number"),
        ("evidence.a_in: [1, 2]", "number"),
        ("evidence.a_is: x", "text"),
        ('evidence.a_is: "1"', "text"),
        ("evidence.a_in: [x]", "text"),
        ("evidence.a_is: false", "boolean"),
        ("evidence.a_ne: false", "boolean"),
        ("evidence.a_is: null", "scalar"),
        ("evidence.a_ne: null", "scalar"),
        ("evidence.a_present: true", "scalar"),
        ("evidence.a_present: true, evidence.a_is: x", "text"),
    ],
)
def test_a_kind_is_inferred_from_use(ifs: str, kind: str) -> None:
    """What asks only for presence says nothing."""
    assert document(rule_with(f"if: {{{ifs}}}")).evidence == (EvidenceDeclaration((Word("a"),), KindSpec(kind)),)


def test_a_kind_is_not_inferred_for_what_is_built_in_or_declared() -> None:
    """Declared kinds are read by the parser of `.lumyn`."""
    declared = 'extensions: {lumyn: {evidence: {a: number from 0 to 1, b: "one of (low, \\"very high\\")"}}}'
    policy = document(rule_with("if: {evidence.a_gt: 0, evidence.b_is: low, evidence.fx_rate_to_usd_gt: 2}", declared))
    assert policy.evidence == (
        EvidenceDeclaration((Word("a"),), KindSpec("number", Literal(0.0), Literal(1.0))),
        EvidenceDeclaration((Word("b"),), KindSpec("one of", members=(Word("low"), Literal("very high")))),
    )
    assert predicate("evidence.b", Operator.EQ, Word("low")) in getattr(policy.rules[0].when, "parts", ())


def test_claims_use_evidence_too() -> None:
    """Their kinds follow from what they ask."""
    asked = "evidence.a > 1 and evidence.b = true and evidence.c contains 'x' and evidence.d starts with 'x'"
    claim = f"never TRUST for any action when {asked}".replace("'", '"')
    policy = document(f"rules: []\nextensions: {{lumyn: {{claims: ['{claim} and evidence.e is missing']}}}}")
    kinds = {word.text: one.kind.name for one in policy.evidence for word in one.names}
    assert kinds == {"a": "number", "b": "boolean", "c": "set of text", "d": "text", "e": "scalar"}
    assert len(policy.claims) == 1


def test_required_evidence_becomes_requirements() -> None:
    """A query about a required attribute is its question; others are asked whenever the rule matches."""
    policy = document(
        """\
required_evidence: {shop.refund: [a, card.b], shop.credit: [card.b, a]}
rules:
  - id: R
    stage: REQUIREMENTS
    when: {action_type_in: [shop.refund, shop.credit]}
    then:
      verdict: QUERY
      reason_codes: [M]
      queries:
        - {field: subject.id, text: "Who?"}
        - {field: evidence.card.b, text: "First?"}
        - {field: evidence.card.b, text: "Second?"}
"""
    )
    [rule] = policy.rules
    assert rule.when is None
    assert rule.requires == (
        Require((Word("evidence.a"),)),
        Require((Word("evidence.card.b"),), Literal("First?")),
        Require((Word("evidence.card.b"),), Literal("Second?")),
    )
    assert rule.asks == (Ask(Word("subject.id"), Literal("Who?")),)
    assert [one.kind.name for one in policy.evidence] == ["scalar", "scalar"]


def test_a_requirement_without_actions_is_for_those_that_require_something() -> None:
    """A rule for any action would otherwise use the attributes of every action."""
    rules = "rules: [{id: R, stage: REQUIREMENTS, then: {verdict: QUERY, reason_codes: [M]}}]"
    [rule] = document(f"required_evidence: {{shop.refund: [a], shop.credit: [a]}}\n{rules}").rules
    assert rule.scope == Scope((Word("shop.refund"), Word("shop.credit")))


def test_reasons_and_redactions() -> None:
    """As declared in `.lumyn`."""
    said = "extensions: {lumyn: {reasons: {A: Because.}, redact: [subject.id, evidence.a], evidence: {a: text}}}"
    policy = document(f"rules: []\n{said}")
    assert policy.reasons == (ReasonDeclaration(Word("A"), Literal("Because.")),)
    assert policy.redact == (Word("subject.id"), Word("evidence.a"))


def test_every_node_says_where_it_was_written() -> None:
    """The text of its place is what the author wrote."""
    text = HEAD + rule_with(
        'if: {amount_currency_ne: "EUR", "evidence.a_gt": limit}',
        'thresholds: {limit: 3}\nextensions: {lumyn: {evidence: {b: "one of (low, high)"}, claims: [never TRUST for a.b]}}',
    )
    source = Source("policy.yml", text)
    policy, diagnostics = build_policy_from_yaml(source)
    assert diagnostics == []
    [rule], [claim] = policy.rules, policy.claims
    assert isinstance(rule.when, AllOf)
    ne, greater = rule.when.parts
    assert isinstance(ne, AnyOf)
    assert isinstance(greater, Predicate)
    assert isinstance(ne.parts[0], Predicate)
    assert isinstance(ne.parts[1], Predicate)
    assert [source.slice(part.span) for part in (ne, ne.parts[0].attribute, ne.parts[1].operands[0])] == [
        'amount_currency_ne: "EUR"',
        "amount_currency",
        '"EUR"',
    ]
    assert [source.slice(part.span) for part in (greater.attribute, *greater.operands)] == ["evidence.a", "limit"]
    kinds = [one.kind for one in policy.evidence]
    assert [source.slice(member.span) for member in kinds[0].members] == ["low", "high"]
    assert source.slice(kinds[1].span) == "evidence.a"
    assert [source.slice(word.span) for word in (claim.verdict, *claim.scope.patterns)] == ["TRUST", "a.b"]
    assert source.slice(rule.span).startswith("id: R1")
    assert source.slice(rule.span).endswith("reason_codes: [ASKED]}")
    assert all(source.slice(let.name.span) == "limit" for let in policy.lets)


def test_a_text_with_escapes_is_shown_as_a_whole() -> None:
    """Places inside it would not be those of the source."""
    text = HEAD + 'rules: []\nextensions: {lumyn: {evidence: {a: "one of (lo\\x77, high)"}}}'
    source = Source("policy.yml", text)
    policy, _ = build_policy_from_yaml(source)
    members = policy.evidence[0].kind.members
    assert list(members) == [Word("low"), Word("high")]
    assert {source.slice(member.span) for member in members} == {'"one of (lo\\x77, high)"'}
