"""What is suggested means what was meant: mended, a policy has the hash of the one that its author had in mind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumyn_compiler.diagnostic import CompileError
from lumyn_compiler.pipeline import Compilation, compile_text
from tests.profiles import examples

LUMYN = """\
policy example version "1"
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE
evidence score : {kind}
evidence country : text
evidence risk : one of (low, medium, high)
evidence stock : one of (available, unknown, sold)
evidence approved : boolean
evidence share : number from 0 to 1
evidence percent : number from 0 to 100
evidence count : integer
evidence labels : set of text
let limit = 5
condition low_risk = evidence.risk = low
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


CONDITIONS = [
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
    ("evidence.stock is available", "evidence.stock = available"),
    ("evidence.stock is unknown", "evidence.stock = unknown"),
    ("evidence.stock is not available", "evidence.stock != available"),
    ("evidence.stock is null", "evidence.stock is missing"),
    ("evidence.count is unknown", "evidence.count is missing"),
    ("evidence.country is blank", "evidence.country is missing"),
    ("not evidence.country is null", "not evidence.country is missing"),
    ("evidence.labels is absent", "evidence.labels is missing"),
    ("evidence.approved is true", "evidence.approved = true"),
    ("evidence.risk isnt low", "evidence.risk != low"),
    ("evidence.risk isn't in (low)", "evidence.risk not in (low)"),
    ("evidence.risk isn't missing", "evidence.risk is present"),
    ("evidence.score > 1 000", "evidence.score > 1000"),
    ("evidence.score > 1 000,50", "evidence.score > 1000.5"),
    ("evidence.score ! = 5", "evidence.score != 5"),
    ("evidence.country is not existing", "evidence.country is missing"),
    ("evidence.count is not exists", "evidence.count is missing"),
    ("evidence.score > 1,000,000", "evidence.score > 1000000"),
    ("evidence.score > 1.500.000", "evidence.score > 1500000"),
    ("evidence.score > 1.000,50", "evidence.score > 1000.5"),
    ("evidence.score > 1'000", "evidence.score > 1000"),
    ("evidence.score > 1,5", "evidence.score > 1.5"),
    ("evidence.share > 30%", "evidence.share > 0.3"),
    ("evidence.share between 5 % and 50 %", "evidence.share between 0.05 and 0.5"),
    ("(evidence.score = 1)) and evidence.count = 2", "evidence.score = 1 and evidence.count = 2"),
    ('action.tags contains any ("a" or "b")', 'action.tags contains any ("a", "b")'),
    ('action.tags contains all ("a" and "b")', 'action.tags contains all ("a", "b")'),
    ("evidence.risk in (low or medium)", "evidence.risk in (low, medium)"),
    ("evidence.risk not in (low or medium)", "evidence.risk not in (low, medium)"),
    ('evidence.country = "de', 'evidence.country = "de"'),
    ("evidence.scroe > 5", "evidence.score > 5"),
    ('evidence.country in ["a]", "b"]', 'evidence.country in ("a]", "b")'),
    ('evidence.country in "a\\"b", "c"', 'evidence.country in ("a\\"b", "c")'),
]


@pytest.mark.parametrize(("written", "meant"), CONDITIONS)
def test_a_condition_means_what_was_meant(written: str, meant: str) -> None:
    """Orders keep their direction, `or` stays `or`, and `not` spans what it spanned."""
    assert _hash(_mended(_lumyn(written), "policy.lumyn"), "policy.lumyn") == _hash(_lumyn(meant), "policy.lumyn")


@given(*[st.sampled_from([pair for pair in CONDITIONS if " or " not in pair[1]])] * 2)
@settings(max_examples=examples(100))
def test_two_mistakes_are_mended_like_one(first: tuple[str, str], second: tuple[str, str]) -> None:
    """Taken together, suggestions mean what both authors meant, or something is left to say in words."""
    text = _mended(_lumyn(f"{first[0]} and {second[0]}"), "policy.lumyn")
    compilation, suggestions = _compiled(text, "policy.lumyn")
    assert not suggestions
    if compilation is not None:
        assert compilation.policy_hash == _hash(_lumyn(f"({first[1]}) and ({second[1]})"), "policy.lumyn")


@pytest.mark.parametrize(
    "written",
    [
        # A `not` is true of what is missing, and `is not true` may or may not be meant so.
        "not evidence.approved is true",
        "not evidence.approved == true",
        "not evidence.risk is not low",
        "not (evidence.score > 5 and evidence.approved is true)",
        "not (evidence.risk in (low, high) or evidence.score = 1 and evidence.approved is true)",
        # Presence, or a value of that name; an empty list is there.
        "evidence.country is unknown",
        "evidence.country is none",
        "evidence.approved is set",
        "evidence.approved is given",
        "evidence.labels is null",
        "evidence.labels is blank",
        "evidence.labels is empty",
        "evidence.country = none",
        # Grouping, and what is joined how.
        "(evidence.score > 1) or evidence.count = 2) and evidence.count = 3",
        "not evidence.score > 1) and evidence.count = 3",
        "evidence.score = 1, evidence.count = 2",
        'evidence.labels contains any ("a" and "b")',
        'evidence.labels contains all ("a" or "b")',
        # Where a text ends.
        'evidence.country = "de and evidence.score > 1',
        'evidence.country in ("de, "fr")',
        'evidence.country in ("de", "fr)',
        'evidence.country = "de" and evidence.country != "fr then',
        # Numbers.
        "evidence.score in (100,000, 5)",
        "evidence.score > 1,500",
        "evidence.score in (1 000, 5)",
        "evidence.percent > 30%",
        "evidence.percent > 50 %",
        "evidence.score > 30%",
        "evidence.score > 1.2.3",
        "evidence.score > 2024-01-01",
        # Two attributes.
        "evidence.country = amount.currency",
        "evidence.country = evidence.country",
        "evidence.country in (amount.currency, evidence.other)",
        "evidence.country = country",
        "evidence.labels contains evidence.country",
        "evidence.risk = evidence.stock",
        "evidence.approved = evidence.other",
        # Signs that are joined or negate.
        "evidence.score = 5; evidence.count = 1",
        "!evidence.approved = true",
        "!(evidence.score > 5)",
        "evidence.country = 'it's'",
        # Names of something else.
        "evidence.appr = true",
        "evidence.score > limi_of_all",
        "evidence.ok = true",
        "evidence.limit > 5",
        "limit > 5",
        "limit",
        "low_risk = true",
        "evidence.low_risk",
        "amount > 5",
        "evidence.score > 5 ok",
        "evidence.score > 5\n ok",
        "evidence.score > 5\n ok evidence.count = 1",
        "evidence.risk no low",
        "evidence.approved no true",
        "evidence.score is not between 1 and 5",
        "evidence.score not between 1 and 5",
        'evidence.country not starts with "a"',
    ],
)
def test_what_only_its_author_knows_is_not_suggested(written: str) -> None:
    """There is an error, and its help says in words what may be meant."""
    with pytest.raises(CompileError) as caught:
        compile_text(_lumyn(written), "policy.lumyn")
    assert [found.suggestion for found in caught.value.report.errors if found.suggestion is not None] == []
    assert all(found.help for found in caught.value.report.errors)


@pytest.mark.parametrize("value", ["yes", "25%", "1,500", '"abc : text', "1.2.3"])
def test_a_constant_that_only_its_author_knows_is_not_suggested(value: str) -> None:
    """No attribute tells what it is compared with."""
    text = _lumyn().replace("let limit = 5", f"let limit = {value}")
    assert _compiled(text, "policy.lumyn") == (None, [])


@pytest.mark.parametrize("kind", ["optional text", "required number", "number from 0% to 50%", "number from 1,500"])
def test_a_kind_that_only_its_author_knows_is_not_suggested(kind: str) -> None:
    """Neither is what a declaration should say."""
    assert _compiled(_lumyn(kind=kind), "policy.lumyn") == (None, [])


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
        ("int from 0 to 9", "integer from 0 to 9"),
        ("nubmer to 9", "number to 9"),
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
    "written", ["action support.refund", "actions support.refund", "support:refund", "support/refund"]
)
def test_an_action_is_named_as_requests_name_it(written: str) -> None:
    """Its parts joined by dots."""
    meant = _hash(_lumyn(scope="support.refund"), "policy.lumyn")
    assert _hash(_mended(_lumyn(scope=written), "policy.lumyn"), "policy.lumyn") == meant


@pytest.mark.parametrize(
    "scope",
    [
        "support.*.refund",
        "*.refund",
        "support.refund*",
        "refund*",
        "Support.Refund",
        "refund",
        "not support.refund",
        "support.refund, not support.credit",
        "any support.refund",
        "support .refund",
    ],
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
        ("evidence.n_less_equal: 5", "evidence.n_lte: 5"),
        ("evidence.n_greater_or_equal: 5", "evidence.n_gte: 5"),
        ("evidence.n_gte_eq: 5", "evidence.n_gte: 5"),
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


@pytest.mark.parametrize(
    "condition",
    [
        "evidence.n_Not_in: [a]",
        "evidence.n_none_in: [a]",
        "evidence.n_is_is: 5",
        "evidence.n_is_not_in: [a]",
        "evidence.n_in_not: 5",
        "evidence.known_not: 5",
        "evidence.known_gte_is: 5",
        "risk_gte: 5",
        "knwon_is: 5",
        "amount_gt: 5",
        "currency_is: USD",
    ],
)
def test_a_key_that_only_its_author_knows_is_not_suggested(condition: str) -> None:
    """`known_not` is declared, and so is `risk`, which is no beginning of `risk.failure_similarity`."""
    declared = "extensions: {lumyn: {evidence: {known: number, known_not: text, risk: number}}}\n"
    with pytest.raises(CompileError) as caught:
        compile_text(_yaml(condition) + declared, "policy.yml")
    [found] = caught.value.report.errors
    assert found.suggestion is None
    assert "risk.failure" not in str(found.help)


def test_what_stands_for_a_list_is_a_list() -> None:
    """Of actions, and of reasons; and an action is an action."""
    meant = _hash(_yaml(), "policy.yml")
    assert _hash(_mended(_yaml(when="action_type_in: support.refund"), "policy.yml"), "policy.yml") == meant
    assert _hash(_mended(_yaml(when="action: support.refund"), "policy.yml"), "policy.yml") == meant
    assert _hash(_mended(_yaml(when="actions: [support.refund]"), "policy.yml"), "policy.yml") == meant
    assert _hash(_mended(_yaml(reasons="ASKED"), "policy.yml"), "policy.yml") == meant
