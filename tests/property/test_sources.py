"""Whatever a source holds, it compiles or it is a CompileError that can be shown."""

from __future__ import annotations

import json

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lumyn_compiler.diagnostic import CompileError
from lumyn_compiler.pipeline import compile_text
from lumyn_compiler.render import render_github, render_json, render_text
from lumyn_compiler.sarif import render_sarif
from tests.generators.choices import Chance, Choices, Drawn
from tests.generators.compiling import prune
from tests.generators.policies import make_policy
from tests.generators.spelling import spell
from tests.profiles import examples


def words(text: str) -> tuple[str, ...]:
    """The parts between single spaces; other white space counts as any letter."""
    return tuple(text.split(" "))


TOKENS = (
    *words(
        "policy version mode default because evidence redact reason let condition stage rule for any action when require "
        "ask about then else oblige severity always never at least test given request amount expect and or not in is "
        "missing present between starts with contains all one of set text number integer boolean scalar from to ( ) , : = "
        "!= < <= > >= == && || ! ; { } [ ] - . .. ... * # \" ' ` $ \\ % + / enforce TRUST ESCALATE QUERY ABSTAIN "
        "HARD_BLOCKS DEFAULT R001 R support.refund support.* evidence.a evidence.ticket_id amount_usd subject.roles 25 -0 "
        'risk.failure_similarity 1e-7 1e999 9007199254740993 0x10 .5 5. 1_000 "text" "\\u0041" "\\q" true null '
        '"\\u{110000}" "\\ud800" REASON INVALID_EVIDENCE é \ufeff \u202e \x00 \ud800 \u2028 \t \r \n \U0001f600 log'
    ),
    *(" ", "\n", "# allow(W104): why\n", "# allow(W999)\n", '"open\n', "\r\n", "#"),
)

YAML_TOKENS = (
    *words(
        "schema_version policy.v0 policy_id policy_version defaults mode default_verdict default_reason_code thresholds "
        "rules required_evidence extensions lumyn evidence reasons redact claims id stage when action_type action_type_in "
        "if if_all if_any then verdict reason_codes queries obligations amount_usd_gt amount_currency_is evidence.a_gte "
        "_is null ~ true NO 025 1e3 0x1F .inf .nan 2026-01-01 : - ? [ ] { } , & * ! !!int | > % @ ` ' \" # --- ... << *a "
        "&a TRUST ESCALATE \t \x00 \ufeff \ud800 \u2028 é"
    ),
    *(" ", "\n", "\n  ", "\n    - ", ": ", "- ", "\n---\n"),
)

YAML = """\
schema_version: policy.v0
policy_id: lumyn-support
policy_version: "0.1.0"
defaults:
  mode: enforce
  default_verdict: ESCALATE
  default_reason_code: NO_MATCH_DEFAULT_ESCALATE
thresholds:
  limit: 200
required_evidence:
  support.refund: [ticket_id, order_id]
rules:
  - id: R001
    stage: REQUIREMENTS
    when: {action_type: support.refund}
    then:
      verdict: QUERY
      reason_codes: [MISSING_EVIDENCE]
      queries:
        - {field: evidence.ticket_id, text: "Which?"}
  - id: R008
    stage: ESCALATIONS
    when:
      action_type_in: [support.refund, billing.credit]
    if:
      amount_usd_gt: limit
      evidence.risk_is: high
    then: {verdict: ESCALATE, reason_codes: [OVER]}
  - id: R009
    stage: HARD_BLOCKS
    if_any:
      - amount_currency_ne: USD
      - evidence.score_gte: 0.5
      - evidence.flag_is: true
    then:
      verdict: ABSTAIN
      reason_codes: [BAD]
      obligations:
        - {kind: log, severity: info, text: "Log it."}
extensions:
  lumyn:
    evidence: {risk: "one of (low, high)"}
"""


def mutated(choices: Choices, text: str, tokens: tuple[str, ...]) -> str:
    """The text with some pieces cut, doubled, moved, replaced or put in."""
    for _ in range(choices.pick((1, 1, 2, 4, 12))):
        start = choices.below(len(text) + 1)
        end = min(len(text), start + choices.pick((0, 0, 1, 1, 5, 40)))
        match choices.below(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + choices.pick(tokens) + text[end:]
            case 3:
                text = f"{text[:start]} {choices.pick(tokens)} {text[end:]}"
            case _:
                to = choices.below(len(text) + 1)
                text = text[:to] + text[start:end] + text[to:]
    return text


def refusal(source: str | bytes, name: str) -> CompileError | None:
    """The error of a source, if it has any; every other exception goes through."""
    try:
        compile_text(source, name=name)
    except CompileError as error:
        return error
    return None


def compile_anything(source: str | bytes, name: str) -> None:
    """Compile; every error has a place in the source, and can be shown in every form."""
    error = refusal(source, name)
    if error is None:
        event("compiles")
        return
    event(f"first: {error.report.errors[0].code}")
    length = len(error.report.source.text)
    for found in error.report.diagnostics:
        spans = [found.span, *(label.span for label in found.labels)]
        spans += [found.suggestion.span] if found.suggestion is not None else []
        assert all(0 <= span.start <= span.end <= max(length, 1) for span in spans), found
        assert found.message
        assert not found.message.endswith("."), found
    assert str(error).startswith(f"{name}:")
    render_text(error.report, colour=True).encode()
    render_github(error.report).encode()
    json.loads(render_json(error.report))
    json.loads(render_sarif(error.report))


@settings(max_examples=examples(200))
@given(st.data())
def test_a_mutated_policy_compiles_or_is_an_error(data: st.DataObject) -> None:
    """Hypothesis makes the policy, chance the many small mistakes in it."""
    choices = Chance(data.draw(st.integers(0, 2**32)))
    text = spell(prune(make_policy(choices, rules_max=6)).policy, choices)
    for _ in range(4):
        compile_anything(mutated(choices, text, TOKENS), "policy.lumyn")


@settings(max_examples=examples(200))
@given(st.data())
def test_any_row_of_tokens_compiles_or_is_an_error(data: st.DataObject) -> None:
    """Without any sense."""
    choices = Drawn(data.draw)
    tokens = [choices.pick(TOKENS) for _ in range(choices.between(0, 40))]
    compile_anything(choices.pick((" ", "", "\n")).join(tokens), "policy.lumyn")


@settings(max_examples=examples(200))
@given(st.integers(0, 2**32))
def test_a_mutated_yaml_policy_compiles_or_is_an_error(seed: int) -> None:
    """Of every YAML construct, wanted and unwanted."""
    choices = Chance(seed)
    for _ in range(4):
        compile_anything(mutated(choices, YAML, YAML_TOKENS), "policy.yml")


@settings(max_examples=examples(200))
@given(st.binary(max_size=200), st.text(max_size=200), st.sampled_from(["policy.lumyn", "policy.yml"]))
def test_any_bytes_and_any_text_compile_or_are_an_error(data: bytes, text: str, name: str) -> None:
    """UTF-8 or not."""
    compile_anything(data, name)
    compile_anything(text, name)
