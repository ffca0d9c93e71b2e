"""The compiler never writes what the loader would refuse."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lumyn_compiler import CompileError, compile_text
from lumyn_runtime import load
from lumyn_runtime.vocabulary import BLANK

TEXTS = st.one_of(
    st.just(""),
    st.text(st.sampled_from(BLANK), max_size=3),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    st.sampled_from(["p", "DEFAULT", "a.b", "a.*", "*", "evidence", "e\u0301", "-", "1"]),
)


def places(*usual: str) -> st.SearchStrategy[list[str]]:
    """What stands in each place, quoted: in most what is right there."""
    odd = st.dictionaries(st.integers(0, len(usual) - 1), TEXTS, min_size=1, max_size=2)
    return odd.map(lambda texts: [json.dumps(texts.get(place, text)) for place, text in enumerate(usual)])


def loads_or_is_refused(source: str, name: str) -> None:
    """An artifact that loads, or errors with places."""
    try:
        compilation = compile_text(source, name)
    except CompileError as error:
        assert error.report.errors  # noqa: PT017  it is what the error is for
    else:
        assert load(compilation.artifact).policy_hash == compilation.policy_hash


@given(places("p", "1", "e", "member", "A sentence.", "R", "agent-", "Who?", "Note it."))
def test_whatever_stands_in_quotes(texts: list[str]) -> None:
    """In every place of a `.lumyn` file that takes a text or a quoted name."""
    quoted = iter(texts)
    loads_or_is_refused(
        f"""policy {next(quoted)} version {next(quoted)}
mode enforce
default ESCALATE because NOTHING
evidence {next(quoted)} : one of ({next(quoted)}, other)
reason NOTHING {next(quoted)}
stage REQUIREMENTS
  rule {next(quoted)} for a.b
    when subject.id starts with {next(quoted)}
    require subject.type ask {next(quoted)}
    else QUERY because NOBODY
    oblige log severity info {next(quoted)}
""",
        "policy.lumyn",
    )


@given(places("p", "1", "a.b", "order", "R", "evidence.order", "Which?", "Note it.", "subject.id_is", "x"))
def test_whatever_stands_in_yaml(texts: list[str]) -> None:
    """In every place of a `policy.yml` that takes a text."""
    quoted = iter(texts)
    loads_or_is_refused(
        f"""schema_version: policy.v0
policy_id: {next(quoted)}
policy_version: {next(quoted)}
defaults: {{mode: enforce, default_verdict: ESCALATE, default_reason_code: NOTHING}}
required_evidence: {{{next(quoted)}: [{next(quoted)}]}}
rules:
  - id: {next(quoted)}
    stage: REQUIREMENTS
    when: {{action_type: a.b}}
    then:
      verdict: QUERY
      reason_codes: [NOTHING]
      queries: [{{field: {next(quoted)}, text: {next(quoted)}}}]
      obligations: [{{kind: log, severity: info, text: {next(quoted)}}}]
  - id: last
    stage: ESCALATIONS
    if: {{{next(quoted)}: {next(quoted)}}}
    then: {{verdict: ESCALATE, reason_codes: [NOTHING]}}
""",
        "policy.yml",
    )
