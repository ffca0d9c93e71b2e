"""policy.v0 documents for tests: a head, and rules put under it."""

from __future__ import annotations

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.policy import Policy
from lumyn_compiler.source import Source
from lumyn_compiler.yaml_source import build_policy_from_yaml

__all__ = ["HEAD", "document", "findings", "rule_with", "underlined"]

HEAD = """\
schema_version: policy.v0
policy_id: p
policy_version: "1"
defaults: {mode: enforce, default_verdict: ESCALATE, default_reason_code: NO_MATCH_DEFAULT_ESCALATE}
"""


def document(rest: str) -> Policy:
    """The policy of a document without faults: the head, then `rest`."""
    policy, diagnostics = build_policy_from_yaml(Source("policy.yml", HEAD + rest))
    assert diagnostics == []
    return policy


def rule_with(ifs: str, rest: str = "") -> str:
    """A document with one rule that has these `if`s, in flow style on one line each."""
    return f"""\
rules:
  - id: R1
    stage: ESCALATIONS
    when: {{action_type: shop.refund}}
    {ifs}
    then: {{verdict: ESCALATE, reason_codes: [ASKED]}}
{rest}"""


def findings(text: str) -> tuple[Source, list[Diagnostic]]:
    """What is wrong with a document."""
    source = Source("policy.yml", text)
    return source, build_policy_from_yaml(source)[1]


def underlined(text: str) -> list[tuple[str, str, str]]:
    """Code, underlined text and message of everything that is wrong with a document."""
    source, diagnostics = findings(text)
    return [(found.code, source.slice(found.span), found.message) for found in diagnostics]
