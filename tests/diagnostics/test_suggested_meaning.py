"""What is suggested means what was meant: mended, a policy has the hash of the one that its author had in mind."""

import pytest

from lumyn_compiler.diagnostic import CompileError
from lumyn_compiler.pipeline import Compilation, compile_text

LUMYN = """\
policy example version "1"
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE
evidence score : {kind}
evidence country : text
evidence risk : one of (low, medium, high)
evidence approved : boolean
stage ESCALATIONS
  rule R1 for {scope}
    when {condition}
    then ESCALATE because A
"""

YAML = """\
schema_version: policy.v0
policy_id: example
policy_version: "1"
defaults: {{default_verdict: ESCALATE, default_reason_code: NO_MATCH_DEFAULT_ESCALATE}}
rules:
  - id: R1
    stage: ESCALATIONS
    when: {{{when}}}
    if: {{{condition}}}
    then: {{verdict: ESCALATE, reason_codes: {reasons}}}
"""


def _lumyn(condition: str = "evidence.score > 5", kind: str = "number", scope: str = "support.refund") -> str:
    return LUMYN.format(condition=condition, kind=kind, scope=scope)


def _yaml(
    condition: str = "amount_usd_gt: 5", when: str = "action_type: support.refund", reasons: str = "[ASKED]"
) -> str:
    return YAML.format(condition=condition, when=when, reasons=reasons)


def _compiled(text: str, name: str) -> tuple[Compilation | None, list[tuple[int, int, str]]]:
    """The policy, or the suggested changes, the last one first."""
    try:
        return compile_text(text, name), []
    except CompileError as error:
        suggestions = [found.suggestion for found in error.report.errors if found.suggestion is not None]
        return None, sorted(((s.span.start, s.span.end, s.replacement) for s in suggestions), reverse=True)


def _hash(text: str, name: str) -> str:
    compilation, _ = _compiled(text, name)
    assert compilation is not None, text
    return compilation.policy_hash


def _mended(text: str, name: str) -> str:
    """The source once there is nothing more to suggest."""
    changes = _compiled(text, name)[1]
    while changes:
        for start, end, right in changes:
            text = text[:start] + right + text[end:]
        changes = _compiled(text, name)[1]
    return text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("exists evidence.score", "evidence.score is present"),
        ("not exists evidence.score", "not evidence.score is present"),
        ("missing(evidence.score)", "evidence.score is missing"),
        ("evidence.score IS MISSING", "evidence.score is missing"),
        ('evidence.country NOT IN ("de")', 'evidence.country not in ("de")'),
        ("3 >= evidence.score", "evidence.score <= 3"),
        ("3 < evidence.score", "evidence.score > 3"),
        ('"de" != evidence.country', 'evidence.country != "de"'),
        ("1 < evidence.score < 5", "evidence.score > 1 and evidence.score < 5"),
        ("1 <= evidence.score <= 5", "evidence.score between 1 and 5"),
        ("5 >= evidence.score >= 1", "evidence.score between 1 and 5"),
        ("not 1 < evidence.score < 5", "not (evidence.score > 1 and evidence.score < 5)"),
        ("amount_usd > 9 or 1 < evidence.score < 5", "amount_usd > 9 or (evidence.score > 1 and evidence.score < 5)"),
        ("evidence.score = 1 or 2 or 3", "evidence.score in (1, 2, 3)"),
        ("evidence.score > 1 and < 5", "evidence.score > 1 and evidence.score < 5"),
        ('action.tags contains "a" or "b"', 'action.tags contains any ("a", "b")'),
        ('action.tags contains "a" and "b"', 'action.tags contains all ("a", "b")'),
        ("evidence.score in 1..5", "evidence.score between 1 and 5"),
        ("evidence.score between 1 .. 5", "evidence.score between 1 and 5"),
        ("evidence.risk in low, medium)", "evidence.risk in (low, medium)"),
        ("evidence.approved = yes", "evidence.approved = true"),
        ('evidence.approved = "False"', "evidence.approved = false"),
        ("evidence.approved in (on, off)", "evidence.approved in (true, false)"),
        ("amount_usd <= 25 USD", "amount_usd <= 25"),
        ("evidence.score => 5", "evidence.score >= 5"),
        ("evidence.score =< 5", "evidence.score <= 5"),
    ],
)
def test_a_condition_means_what_was_meant(written: str, meant: str) -> None:
    """Orders keep their direction, `or` stays `or`, and `not` spans what it spanned."""
    assert _hash(_mended(_lumyn(written), "policy.lumyn"), "policy.lumyn") == _hash(_lumyn(meant), "policy.lumyn")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("number from 0..9", "number from 0 to 9"),
        ("number 0..9", "number from 0 to 9"),
        ("number from 0-9", "number from 0 to 9"),
        ("integer >= 0", "integer from 0"),
        ("integer <= 9", "integer to 9"),
        ("number >= 0 and <= 9", "number from 0 to 9"),
        ("number between 0 and 9", "number from 0 to 9"),
        ("float", "number"),
        ("int", "integer"),
    ],
)
def test_a_kind_means_what_was_meant(written: str, meant: str) -> None:
    """With the bounds that were written."""
    assert _hash(_mended(_lumyn(kind=written), "policy.lumyn"), "policy.lumyn") == _hash(
        _lumyn(kind=meant), "policy.lumyn"
    )


@pytest.mark.parametrize("written", ["all actions", "every action", "ANY ACTION", "*"])
def test_any_action_is_any_action(written: str) -> None:
    """In the words of other languages."""
    assert _hash(_mended(_lumyn(scope=written), "policy.lumyn"), "policy.lumyn") == _hash(
        _lumyn(scope="any action"), "policy.lumyn"
    )


@pytest.mark.parametrize(
    "scope", ["support.*.refund", "*.refund", "support.refund*", "refund*", "Support.Refund", "refund"]
)
def test_no_scope_is_widened_by_a_suggestion(scope: str) -> None:
    """A rule for more actions than its author named is for its author to write."""
    assert _compiled(_lumyn(scope=scope), "policy.lumyn") == (None, [])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("amount_usd_le: 5", "amount_usd_lte: 5"),
        ("amount_usd_ge: 5", "amount_usd_gte: 5"),
        ("amount_usd_less_than: 5", "amount_usd_lt: 5"),
        ("amount_usd_at_least: 5", "amount_usd_gte: 5"),
        ("evidence.n_eq: 5", "evidence.n_is: 5"),
        ("evidence.n_neq: 5", "evidence.n_ne: 5"),
        ("evidence.n_is_not: 5", "evidence.n_ne: 5"),
        ('"evidence.n_equals": 5', "evidence.n_is: 5"),
        ("evidence.ok_is: yes", "evidence.ok_is: true"),
        ("evidence.ok_ne: Off", "evidence.ok_ne: false"),
        ("evidence.ok_present: no", "evidence.ok_present: false"),
    ],
)
def test_a_key_asks_what_was_meant(written: str, meant: str) -> None:
    """The nearest ending may be the opposite one."""
    assert _hash(_mended(_yaml(written), "policy.yml"), "policy.yml") == _hash(_yaml(meant), "policy.yml")


@pytest.mark.parametrize(
    "ending", ["nin", "not_in", "none_of", "not_gt", "between", "missing", "contains", "starts_with"]
)
def test_what_is_asked_in_another_form_is_not_suggested(ending: str) -> None:
    """An ending alone would ask something else."""
    assert _compiled(_yaml(f"evidence.n_{ending}: [a, b]"), "policy.yml") == (None, [])
    assert _compiled(_yaml(f"evidence.n_{ending}: 5"), "policy.yml") == (None, [])


def test_what_stands_for_a_list_is_a_list() -> None:
    """Of actions, and of reasons; and an action is an action."""
    meant = _hash(_yaml(), "policy.yml")
    assert _hash(_mended(_yaml(when="action_type_in: support.refund"), "policy.yml"), "policy.yml") == meant
    assert _hash(_mended(_yaml(when="action: support.refund"), "policy.yml"), "policy.yml") == meant
    assert _hash(_mended(_yaml(when="actions: [support.refund]"), "policy.yml"), "policy.yml") == meant
    assert _hash(_mended(_yaml(reasons="ASKED"), "policy.yml"), "policy.yml") == meant
