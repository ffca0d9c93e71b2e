"""The map from a compiled policy to its source."""

import json

from lumyn_compiler.operators import Operator
from lumyn_compiler.pipeline import Spelling, compile_text, parse
from lumyn_compiler.policy import Default, Header, Literal, Policy, Predicate, Rule, Scope, Word
from lumyn_compiler.source import Source, Span
from lumyn_compiler.source_map import source_map

HEAD = 'policy p version "1"\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\nevidence id : text\n'
TEXT = (
    HEAD
    + """\
stage REQUIREMENTS
  rule R1 for support.refund
    when amount.currency != "USD" and (amount_usd > 5
      or amount.value is missing)
      and always_small
    require evidence.id, evidence.fx_rate_to_usd
    require amount.value ask "How much?"
    else QUERY because SOME

  rule R2 for any action
    when amount_usd > 5 or amount_usd < 1
    then QUERY because SOME
    ask about amount.value "How much?"

  rule R3 for any action
    when always
    then QUERY because SOME
    ask about amount.value "How much?"

condition always_small = amount_usd < 1000
"""
)


def test_a_map_has_each_rule_with_its_place_and_its_clauses() -> None:
    """As their author grouped them: one entry a part of the `and`, one a `require`."""
    compilation = compile_text(TEXT, name="policies/refund.lumyn")
    value = json.loads(compilation.source_map)
    assert value == {
        "policy_hash": compilation.policy_hash,
        "rules": {
            "R1": {
                "file": "policies/refund.lumyn",
                "line": 5,
                "when": [
                    {"text": 'amount.currency != "USD"', "line": 6},
                    {"text": "amount_usd > 5 or amount.value is missing", "line": 6},
                    {"text": "always_small", "line": 8},
                ],
                "requires": [
                    {"text": "evidence.id, evidence.fx_rate_to_usd", "line": 9},
                    {"text": "amount.value", "line": 10},
                ],
            },
            "R2": {
                "file": "policies/refund.lumyn",
                "line": 13,
                "when": [{"text": "amount_usd > 5 or amount_usd < 1", "line": 14}],
                "requires": [],
            },
            "R3": {"file": "policies/refund.lumyn", "line": 18, "when": [], "requires": []},
        },
    }


def test_a_map_is_in_utf_8() -> None:
    """For people to read."""
    text = TEXT.replace('"USD"', '"été"')
    assert "été".encode() in compile_text(text).source_map


def test_a_condition_without_a_spelling_is_shown_as_in_its_source() -> None:
    """A policy from elsewhere may have names that `.lumyn` can't write; that is no reason not to compile it."""
    source = Source("policy.yml", "limit one:\n  3")
    when = Predicate(Word("amount_usd"), Operator.GT, (Word("limit one"),), span=Span(0, 14))
    rule = Rule(Word("R1"), Word("ESCALATIONS"), Scope(()), when, (), Word("ESCALATE"), (Word("X"),))
    policy = Policy(Header(Word("p"), Literal("1")), None, Default(Word("ESCALATE"), Word("X")), rules=(rule,))
    value = json.loads(source_map(policy, source, "blake3:0"))
    assert value["rules"]["R1"]["when"] == [{"text": "limit one: 3", "line": 1}]


def test_a_yaml_policy_is_mapped_to_its_own_lines() -> None:
    """With its conditions in the words of the language."""
    text = (
        'schema_version: policy.v0\npolicy_id: p\npolicy_version: "1"\n'
        "defaults: {mode: enforce, default_verdict: ESCALATE, default_reason_code: NO_MATCH_DEFAULT_ESCALATE}\n"
        "rules:\n  - id: E1\n    stage: ESCALATIONS\n    if: {amount_usd_gt: 200, amount_currency_is: USD}\n"
        "    then: {verdict: ESCALATE, reason_codes: [SOME]}\n"
    )
    policy, found = parse(Source("policy.yml", text), Spelling.YAML)
    assert not found
    value = json.loads(source_map(policy, Source("policy.yml", text), "blake3:0"))
    assert value["rules"]["E1"] == {
        "file": "policy.yml",
        "line": 6,
        "when": [{"text": "amount_usd > 200", "line": 8}, {"text": 'amount.currency = "USD"', "line": 8}],
        "requires": [],
    }
