"""What is wrong with a document: a code, the place underlined, and what to do."""

import pytest

from lumyn_compiler.yaml_nodes import ERRORS_MAX
from tests.compiler.yaml_samples import HEAD, findings, rule_with, underlined

EXTENSIONS = "rules: []\nextensions: {{lumyn: {{{}}}}}"


def test_an_empty_document_is_told_how_to_begin() -> None:
    """One error instead of one a key."""
    assert underlined("# nothing\n") == [("L111", "", "the document is empty")]


@pytest.mark.parametrize(
    ("text", "shape"),
    [("- a", "a list"), ("5", "the number 5"), ("text", "a text"), ("true", "true")],
)
def test_a_document_is_a_mapping(text: str, shape: str) -> None:
    """Whatever else it is."""
    assert underlined(text) == [("L110", text, f"the policy takes a mapping, not {shape}")]


def test_every_missing_key_is_told() -> None:
    """At the first key of the mapping that lacks it."""
    found = underlined("schema_version: policy.v0\ndefaults: {mode: enforce}\n")
    assert found == [
        ("L111", "schema_version", "the policy has no `policy_id`"),
        ("L111", "schema_version", "the policy has no `policy_version`"),
        ("L111", "schema_version", "the policy has no `rules`"),
        ("L111", "mode", "`defaults` has no `default_verdict`"),
        ("L111", "mode", "`defaults` has no `default_reason_code`"),
    ]


@pytest.mark.parametrize(
    ("rest", "code", "place", "message"),
    [
        ("rules: {}", "L110", "{}", "`rules` takes a list, not a mapping"),
        ("rules:", "L110", "rules", "`rules` has no value"),
        ("rules: [x]", "L110", "x", "the rule takes a mapping, not a text"),
        ("thresholds: [1]\nrules: []", "L110", "[1]", "`thresholds` takes a mapping, not a list"),
        ("thresholds: {a: x}\nrules: []", "L110", "x", "threshold `a` takes a number, not a text"),
        ('thresholds: {a: "1"}\nrules: []', "L110", '"1"', "threshold `a` takes a number, not a text"),
        ("thresholds: {a: true}\nrules: []", "L110", "true", "threshold `a` takes a number, not true"),
        ("thresholds: {a: }\nrules: []", "L110", "a", "threshold `a` has no value"),
        ("thresholds: {1: 2}\nrules: []", "L110", "1", "a key of `thresholds` is a text, not the number 1"),
        ("thresholds: {a b: 2}\nrules: []", "L209", "a b", "a threshold can't be called `a b`"),
        ("thresholds: {'true': 2}\nrules: []", "L209", "'true'", "a threshold can't be called `true`"),
        ("thresholds: {a: .nan}\nrules: []", "L105", ".nan", "`.nan` is no number"),
        (
            "thresholds: {a: 9007199254740993}\nrules: []",
            "L303",
            "9007199254740993",
            "a number of this magnitude is never compared: the largest is 9007199254740992",
        ),
        (
            "thresholds: {a: 0x20000000000001}\nrules: []",
            "L303",
            "0x20000000000001",
            "a number of this magnitude is never compared: the largest is 9007199254740992",
        ),
        (
            "thresholds: {a: -.inf}\nrules: []",
            "L303",
            "-.inf",
            "a number of this magnitude is never compared: the largest is 9007199254740992",
        ),
        (
            "thresholds: {a: 1e-999}\nrules: []",
            "L303",
            "1e-999",
            "this number is so small that it would be read as 0",
        ),
        ("rulse: []\nrules: []", "L109", "rulse", "the policy has no key `rulse`"),
        (EXTENSIONS.format("x: 1"), "L109", "x", "`extensions.lumyn` has no key `x`"),
        ("rules: []\nextensions: {other: 1, lumyn: {}}", "L109", "other", "`extensions` has no key `other`"),
        ("rules: []\nextensions: {}", "L111", "{}", "`extensions` has no `lumyn`"),
        (EXTENSIONS.format("evidence: {a: numbr of}"), "L101", "of", None),
        (EXTENSIONS.format("evidence: {a: one of (low}"), "L101", "", None),
        (EXTENSIONS.format("evidence: {a: 5}"), "L110", "5", "the kind of `a` takes a text, not the number 5"),
        (
            EXTENSIONS.format("evidence: {a: text let x = 5}"),
            "L112",
            "text let x = 5",
            "the kind of `a` is more than one statement",
        ),
        (
            EXTENSIONS.format("evidence: {evidence.a: text}"),
            "L209",
            "evidence.a",
            "keys of the evidence stand here without `evidence.`",
        ),
        (EXTENSIONS.format("evidence: {a..b: text}"), "L209", "a..b", "`evidence.a..b` can't be the name of evidence"),
        (EXTENSIONS.format("reasons: {A: 5}"), "L110", "5", "reason `A` takes a text, not the number 5"),
        (EXTENSIONS.format("redact: [a]"), "L203", "a", "unknown attribute `a`"),
        (EXTENSIONS.format("redact: [evidence.a]"), "L203", "evidence.a", "unknown attribute `evidence.a`"),
        (EXTENSIONS.format("redact: evidence.a"), "L110", "evidence.a", "`redact` takes a list, not a text"),
        (
            EXTENSIONS.format("claims: [let x = 5]"),
            "L112",
            "let x = 5",
            "an item of `claims` is a claim, which begins with `never` or `always`",
        ),
        (EXTENSIONS.format("claims: [never TRUST for]"), "L101", "", None),
        ("required_evidence: {a.b: []}\nrules: []", "L405", "[]", "nothing is required of `a.b`"),
        (
            "required_evidence: {a.b: [evidence.x]}\nrules: []",
            "L209",
            "evidence.x",
            "keys of the evidence stand here without `evidence.`",
        ),
    ],
)
def test_a_fault_of_the_document(rest: str, code: str, place: str, message: str | None) -> None:
    """One fault, one finding."""
    [(found, shown, said)] = underlined(HEAD + rest)
    assert (found, shown) == (code, place)
    assert message is None or said == message


@pytest.mark.parametrize(
    ("change", "code", "place", "message"),
    [
        (("policy.v0", "policy.v1"), "L207", "policy.v1", "unknown schema version `policy.v1`"),
        (("policy.v0", "0"), "L110", "0", "`schema_version` takes a text, not the number 0"),
        (('"1"', "1.0"), "L110", "1.0", "`policy_version` takes a text, not the number 1.0"),
        (("policy_id: p", "policy_id: 001"), "L110", "001", "`policy_id` takes a text, not the number 001"),
        (("policy_id: p", "policy_id: ''"), "L110", "''", "`policy_id` is empty"),
        (("policy_id: p", "policy_id: ~"), "L110", "~", "`policy_id` has no value"),
        (("ESCALATE,", "[ESCALATE],"), "L110", "[ESCALATE]", "`default_verdict` takes a text, not a list"),
        (("mode:", "modus:"), "L109", "modus", "`defaults` has no key `modus`"),
    ],
)
def test_a_fault_of_the_head(change: tuple[str, str], code: str, place: str, message: str) -> None:
    """Numbers in the place of texts want quotes."""
    assert underlined(f"{HEAD}rules: []".replace(*change)) == [(code, place, message)]


@pytest.mark.parametrize(
    ("ifs", "code", "place", "message"),
    [
        ("if: {}", "L406", "{}", "`if` is empty"),
        ("if: ", "L110", "if", "`if` has no value"),
        ("if: [{amount_usd_gt: 1}]", "L110", "[{amount_usd_gt: 1}]", "`if` takes a mapping, not a list"),
        ("if_all: []", "L406", "[]", "`if_all` is empty"),
        ("if_any: []", "L406", "[]", "`if_any` is empty"),
        ("if_any: [{}]", "L406", "{}", "an item of `if_any` is empty"),
        ("if_all: {amount_usd_gt: 1}", "L110", "{amount_usd_gt: 1}", "`if_all` takes a list, not a mapping"),
        ("if_any: [x]", "L110", "x", "an item of `if_any` takes a mapping, not a text"),
        ("if: {amount_usd_gtt: 1}", "L109", "amount_usd_gtt", "condition `amount_usd_gtt` does not end in an operator"),
        ("if: {amount: 1}", "L109", "amount", "condition `amount` does not end in an operator"),
        ("if: {_is: 1}", "L109", "_is", "condition `_is` does not end in an operator"),
        ("if: {amount_value_gt: 1}", "L203", "amount_value", "unknown attribute `amount_value`"),
        ("if: {evidence._is: x}", "L209", "evidence.", "`evidence.` can't be the name of evidence"),
        ("if: {action.type_is: x}", "L203", "action.type", "unknown attribute `action.type`"),
        ("if: {ticket_id_is: x}", "L203", "ticket_id", "unknown attribute `ticket_id`"),
        (
            "if: {amount_usd_gt: [1]}",
            "L110",
            "[1]",
            "`amount_usd_gt` takes a number or the name of a threshold, not a list",
        ),
        (
            "if: {amount_usd_gt: true}",
            "L110",
            "true",
            "`amount_usd_gt` takes a number or the name of a threshold, not true",
        ),
        ("if: {amount_usd_gt: null}", "L110", "null", "`amount_usd_gt` has no value"),
        ('if: {amount_usd_gt: "25"}', "L110", '"25"', "`25` in quotes is a text, not a number"),
        ("if: {amount_usd_gt: limt}", "L201", "limt", "there is no threshold `limt`"),
        ("if: {amount_usd_is: limt}", "L201", "limt", "there is no threshold `limt`"),
        ("if: {evidence.a_gt: limt}", "L201", "limt", "there is no threshold `limt`"),
        (
            "if: {evidence.a_is: [x]}",
            "L110",
            "[x]",
            "`evidence.a_is` takes a text, a number, true or false, not a list",
        ),
        (
            "if: {evidence.a_is: ''}",
            "L110",
            "''",
            "`evidence.a_is` takes no blank text, which counts as missing",
        ),
        ("if: {evidence.a_in: x}", "L110", "x", "`evidence.a_in` takes a list, not a text"),
        ("if: {evidence.a_in: []}", "L110", "[]", "`evidence.a_in` lists nothing"),
        ("if: {evidence.a_in: [null]}", "L110", "null", "an item of `evidence.a_in` has no value"),
        ("if: {evidence.a_present: yes}", "L110", "yes", "`evidence.a_present` takes true or false, not a text"),
        ("if: {evidence.a_present: 1}", "L110", "1", "`evidence.a_present` takes true or false, not the number 1"),
        ("when2: {}", "L109", "when2", "the rule has no key `when2`"),
    ],
)
def test_a_fault_of_a_condition(ifs: str, code: str, place: str, message: str) -> None:
    """One fault, one finding."""
    assert underlined(HEAD + rule_with(ifs, "thresholds: {limit: 3}")) == [(code, place, message)]


@pytest.mark.parametrize(
    ("change", "code", "place", "message"),
    [
        (("id: R1", "id: 001"), "L110", "001", "`id` takes a text, not the number 001"),
        (("stage: ESCALATIONS", "stage:"), "L110", "stage", "`stage` has no value"),
        (("{action_type: shop.refund}", "{}"), "L110", "{}", "`when` names no type of action"),
        (("{action_type: shop.refund}", ""), "L110", "when", "`when` has no value"),
        (("{action_type: shop.refund}", "shop.refund"), "L110", "shop.refund", "`when` takes a mapping, not a text"),
        (
            ("shop.refund}", "a.b, action_type_in: [a.b]}"),
            "L110",
            "action_type",
            "`when` has both `action_type` and `action_type_in`",
        ),
        (("action_type: shop.refund", "action_type_in: []"), "L110", "[]", "`action_type_in` lists nothing"),
        (
            ("action_type: shop.refund", "action_type_in: shop.refund"),
            "L110",
            "shop.refund",
            "`action_type_in` takes a list, not a text",
        ),
        (("shop.refund", "shop.*"), "L209", "shop.*", "`shop.*` is not the type of one action"),
        (("{verdict: ESCALATE,", "{"), "L111", "reason_codes", "`then` has no `verdict`"),
        (("[ASKED]", "ASKED"), "L110", "ASKED", "`reason_codes` takes a list, not a text"),
        (("[ASKED]", "[A, [B]]"), "L110", "[B]", "an item of `reason_codes` takes a text, not a list"),
        (("[ASKED]", "[A], queries: {}"), "L110", "{}", "`queries` takes a list, not a mapping"),
        (("[ASKED]", "[A], queries: [{field: subject.id}]"), "L111", "field", "a query has no `text`"),
        (
            ("[ASKED]", "[A], queries: [{field: subject.id, text: a, txt: b}]"),
            "L109",
            "txt",
            "a query has no key `txt`",
        ),
        (
            ("[ASKED]", "[A], queries: [{field: evidence.zz, text: a}]"),
            "L203",
            "evidence.zz",
            "unknown attribute `evidence.zz`",
        ),
        (("[ASKED]", "[A], obligations: [{kind: log, text: a}]"), "L111", "kind", "an obligation has no `severity`"),
        (("[ASKED]", "[A], obligations: [log]"), "L110", "log", "an obligation takes a mapping, not a text"),
        (
            ("stage: ESCALATIONS", "stage: REQUIREMENTS"),
            "L405",
            "shop.refund",
            "rule `R1` requires nothing of `shop.refund`, so it could never match",
        ),
    ],
)
def test_a_fault_of_a_rule(change: tuple[str, str], code: str, place: str, message: str) -> None:
    """One fault, one finding."""
    assert underlined((HEAD + rule_with("")).replace(*change)) == [(code, place, message)]


def test_a_rule_requires_the_same_of_all_of_its_actions() -> None:
    """It could not say which list a request is held to."""
    required = "required_evidence: {a.b: [x], a.c: [x, y], a.d: [y, x]}\n"
    rules = "rules: [{{id: R, stage: REQUIREMENTS, {}then: {{verdict: QUERY, reason_codes: [M]}}}}]"
    two = rules.format("when: {action_type_in: [a.b, a.c]}, ")
    message = "rule `R` requires one thing of `a.b` and another of `a.c`"
    assert ("L405", "a.c", message) in underlined(HEAD + required + two)
    assert underlined(HEAD + required + rules.format("")) == [("L405", "R", message)]
    same = rules.format("when: {action_type_in: [a.c, a.d]}, ")
    assert [code for code, _, _ in underlined(HEAD + required + same)] == ["W107"]


def test_a_rule_that_follows_required_evidence_wants_some() -> None:
    """Without any, it could never match."""
    rules = "rules: [{id: R, stage: REQUIREMENTS, then: {verdict: QUERY, reason_codes: [M]}}]"
    message = "rule `R` requires nothing, because there is no `required_evidence`"
    assert underlined(HEAD + rules) == [("L405", "R", message)]


def test_required_evidence_that_no_rule_asks_for_is_a_warning() -> None:
    """The author believes it to be required."""
    found = underlined(f"{HEAD}required_evidence: {{a.b: [x]}}\nrules: []")
    assert found == [("W107", "x", "no rule asks for the required evidence of `a.b`")]


def test_requirements_do_not_multiply_without_bound() -> None:
    """A thousand rules for any action would each require all that a thousand actions do."""
    required = "".join(f"  a.b{number}: [x]\n" for number in range(1_000))
    rule = "  - {id: R, stage: REQUIREMENTS, then: {verdict: QUERY, reason_codes: [M]}}\n"
    [(code, place, message)] = underlined(f"{HEAD}required_evidence:\n{required}rules:\n{rule * 1_000}")
    assert (code, place) == ("L004", "R")
    assert message == "up to rule `R`, evidence is required in more than 200,000 places"


@pytest.mark.parametrize(
    ("ifs", "place", "other", "message"),
    [
        (
            "if: {evidence.a_gt: 1, evidence.a_is: x}",
            "x",
            "evidence.a_gt: 1",
            "`evidence.a` is taken for text here, and for number elsewhere",
        ),
        (
            "if_any: [{evidence.a_is: true}, {evidence.a_in: [1, x]}]",
            "1",
            "true",
            "`evidence.a` is taken for number here, and for boolean elsewhere",
        ),
        (
            "if: {evidence.a_in: [x, 1]}",
            "1",
            "x",
            "`evidence.a` is taken for number here, and for text elsewhere",
        ),
        (
            "if: {evidence.a_is: true, evidence.a_ne: limit}",
            "limit",
            "true",
            "`evidence.a` is taken for text here, and for boolean elsewhere",
        ),
        (
            "if: {evidence.a_is: limit}",
            "limit",
            "limit",
            "`limit` is a text or the threshold of that name, and nothing tells which",
        ),
    ],
)
def test_uses_that_disagree_about_a_kind(ifs: str, place: str, other: str, message: str) -> None:
    """The other use is labelled."""
    source, [found] = findings(HEAD + rule_with(ifs, "thresholds: {limit: 3}"))
    assert (found.code, source.slice(found.span), found.message) == ("L307", place, message)
    assert [source.slice(label.span) for label in found.labels] == [other]


@pytest.mark.parametrize(
    ("change", "wish"),
    [
        (("rules:", "rulse: 1\nrules:"), "remove it; `rules` is there already"),
        (("if:", "iff:"), "did you mean `if`?"),
        (("amount_usd_gt", "amount_usd_gtt"), "did you mean `amount_usd_gt`?"),
        (("amount_usd_gt", "amount_used_gt"), "did you mean `amount_usd`?"),
        (("amount_usd_gt", "score_gt"), "did you mean `evidence.score`?"),
        (("limit}", "limits}"), "did you mean `limit`?"),
        (("policy.v0", "policy.v2"), "this is how `policy.v0` is read, and there is no other"),
        (("gt: limit", "present: on"), "write `true`; YAML 1.2 has no other word for it"),
        (("gt: limit", "is: [limit]"), "`_in` takes a list"),
        (("policy_id: p", "policy_id: 5"), "put it in quotes"),
    ],
)
def test_help_says_what_was_probably_meant(change: tuple[str, str], wish: str) -> None:
    """The nearest known key, or how to write it."""
    text = (HEAD + rule_with("if: {amount_usd_gt: limit}", "thresholds: {limit: 3}")).replace(*change)
    assert [found.help for found in findings(text)[1]] == [wish]


def test_suggestions_mend_the_document() -> None:
    """Each put in its place, the document has no fault left."""
    text = (HEAD + rule_with("if: {amount_usd_gt: 5}")).replace("policy_id: p", "policy_id: 5").replace('"1"', "1")
    text = text.replace("rules:", "ruels:").replace("policy.v0", "policy.v00")
    while diagnostics := findings(text)[1]:
        suggestion = next(found.suggestion for found in diagnostics if found.suggestion is not None)
        text = text[: suggestion.span.start] + suggestion.replacement + text[suggestion.span.end :]
    assert text == (HEAD + rule_with("if: {amount_usd_gt: 5}")).replace("policy_id: p", 'policy_id: "5"')


def test_many_faults_are_told_at_once() -> None:
    """Every part is looked at, whatever is wrong with the others."""
    text = HEAD + rule_with("if: {amount: 1}").replace("[ASKED]", "ASKED").replace("{action_type: shop.refund}", "{}")
    assert sorted(code for code, _, _ in underlined(f"{text}thresholds: {{a: x}}\nx: 1\n")) == [
        "L109",
        "L109",
        "L110",
        "L110",
        "L110",
    ]


def test_faults_are_told_up_to_a_limit() -> None:
    """However many rules have the same one."""
    rule = "  - {id: R, stage: S, iff: 1, then: {verdict: V}}\n"
    assert len(underlined(f"{HEAD}rules:\n{rule * 1_000}")) == ERRORS_MAX
    keys = "".join(f"k{number}: 1\n" for number in range(1_000))
    assert len(underlined(HEAD + keys)) == ERRORS_MAX


def test_long_names_are_shortened_in_messages() -> None:
    """A megabyte of key is not a megabyte of message."""
    for rest in (f"? {'k' * 1_000_000}\n: 1\n", f"thresholds: {{a: {'1' * 1_000_000}}}\n", f'redact: "{"x" * 9999}"\n'):
        assert all(len(message) < 300 for _, _, message in underlined(HEAD + rest))
