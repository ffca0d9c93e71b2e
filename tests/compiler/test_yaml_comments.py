"""Comments of a YAML document, and waivers among them."""

import pytest

from lumyn_compiler import compile_text
from lumyn_compiler.source import Source
from lumyn_compiler.yaml_source import build_policy_from_yaml
from tests.compiler.yaml_samples import HEAD

TRUSTING = """\
rules:
  - id: H
    stage: HARD_BLOCKS
    when: {action_type: a.b}
    if: {evidence.risk_gt: 1}
    then: {verdict: ABSTAIN, reason_codes: [RISK]}
  - id: T
    stage: TRUST_PATHS
    when: {action_type: a.b}
    if: {amount_usd_lt: 5}
    then: {verdict: TRUST, reason_codes: [SMALL]}
"""


def comments(text: str) -> list[tuple[str, str]]:
    """Each comment with the text of its place."""
    source = Source("x.yml", text)
    policy, _ = build_policy_from_yaml(source)
    return [(comment.text, source.slice(comment.span)) for comment in policy.comments]


def test_comments_lie_between_texts() -> None:
    """Not within quotes, block scalars and words; a block scalar's first line may end in one."""
    text = f"""\
# head
{HEAD}# above
rules:  # beside
  - id: "R # no"   # after quotes
    stage: A#no  # after a word
    when: {{action_type: a.b, # in braces
      }}
    then:
      verdict: QUERY
      reason_codes: [] # after a bracket  \t
      queries:
        - field: subject.id
          text: |  # at a block
            # no
            text
        - field: subject.id
          text: >-
            # no
  # end
"""
    assert [comment for comment, _ in comments(text)] == [
        "# head",
        "# above",
        "# beside",
        "# after quotes",
        "# after a word",
        "# in braces",
        "# after a bracket",
        "# at a block",
        "# end",
    ]
    assert all(place.rstrip() == comment for comment, place in comments(text))


@pytest.mark.parametrize(
    "change",
    [
        ("- id: T", "- id: T  # allow(W104): small enough"),
        ("[SMALL]}", "[SMALL]}  # allow(W104): small enough"),
        ("  - id: T", "  # allow(W104): small enough\n  - id: T"),
        ("    if: {amount", "    # allow(W104): small enough\n    if: {amount"),
        ("{amount_usd_lt: 5}", "{  # allow(W104): small enough\n      amount_usd_lt: 5}"),
    ],
)
def test_a_waiver_covers_the_rule_on_whose_lines_it_stands(change: tuple[str, str]) -> None:
    """Or right above; as in `.lumyn`."""
    warned = compile_text(HEAD + TRUSTING, "policy.yml").warnings
    assert [warning.code for warning in warned] == ["W104"]
    assert compile_text(HEAD + TRUSTING.replace(*change), "policy.yml").warnings == ()


@pytest.mark.parametrize(
    "change",
    [
        ("- id: H", "- id: H  # allow(W104): elsewhere"),
        ("  - id: H", "  # allow(W104): elsewhere\n  - id: H"),
        ("rules:", "rules:  # allow(W104): elsewhere"),
    ],
)
def test_a_waiver_elsewhere_is_not_needed(change: tuple[str, str]) -> None:
    """The warning stays, and there is one more."""
    warned = compile_text(HEAD + TRUSTING.replace(*change), "policy.yml").warnings
    assert sorted(warning.code for warning in warned) == ["W104", "W111"]


def test_a_waiver_within_quotes_is_a_text() -> None:
    """It is said to people, and waives nothing."""
    text = TRUSTING.replace(
        "[SMALL]}", '[SMALL], obligations: [{kind: log, severity: info, text: "# allow(W104): x"}]}'
    )
    assert [warning.code for warning in compile_text(HEAD + text, "policy.yml").warnings] == ["W104"]


def test_a_waiver_covers_a_declaration() -> None:
    """Entries of thresholds and of evidence are statements of their own."""
    unused = """\
thresholds:
  a: 1  # allow(W107): for later
  b: 2
rules: []
extensions:
  lumyn:
    evidence:
      c: text  # allow(W107): for later
      d: text
"""
    warned = compile_text(HEAD + unused, "policy.yml").warnings
    assert [(warning.code, warning.message) for warning in warned] == [
        ("W107", "constant `b` is never used"),
        ("W107", "evidence `d` is never used"),
    ]
