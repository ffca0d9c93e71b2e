"""What must not be kept is in no record, and what is kept still says where it was."""

from __future__ import annotations

import copy
import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.canonical import canonical
from lumyn.decision import Decider
from lumyn.errors import RequestError
from lumyn.identity import Moment
from lumyn.memory import Remembered
from lumyn.normal_json import Limits
from lumyn.redact import PROFILES, RedactionKey, Redactor, stricter_profile
from lumyn.replay import replay_record
from lumyn.strict_json import JsonValue
from lumyn_compiler import compile_text
from lumyn_runtime import load
from tests.lumyn.test_request import REQUEST, read

CANARY = "canary-5ab3"
NOTHING = Remembered([]).recall(())
SECRET_KEYS = ("password", "apiKey", "API-KEY", "card_number", "Authorization", "access token", "CVV")
PERSONAL_KEYS = ("email", "firstName", "phone", "street", "comment")


def redacted(
    document: dict[str, Any], profile: str = "default", names: tuple[str, ...] = (), key: RedactionKey | None = None
) -> tuple[Any, tuple[str, ...]]:
    """The request as persisted, and what was removed; the original is as it was."""
    before = copy.deepcopy(document)
    made = Redactor(profile, names, key).redact(document)
    assert document == before
    return made.document, made.removed


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize("profile", ["default", "strict"])
def test_secrets_are_taken_out_at_any_depth(key: str, profile: str) -> None:
    """However their names are written, whatever they hold."""
    document = {**REQUEST, "evidence": {"a": [{"b": {key: CANARY}}], key: {"inner": [CANARY]}}}
    made, removed = redacted(document, profile)
    assert CANARY not in json.dumps(made)
    assert made["evidence"]["a"][0]["b"][key] == "redacted"
    assert f"/evidence/a/0/b/{key}" in removed
    assert f"/evidence/{key}" in removed


@pytest.mark.parametrize("key", PERSONAL_KEYS)
def test_people_are_taken_out_by_the_strict_profile(key: str) -> None:
    """And by no other."""
    document = {**REQUEST, "evidence": {key: CANARY}}
    assert CANARY not in json.dumps(redacted(document, "strict")[0])
    assert redacted(document, "default") == (document, ())


@pytest.mark.parametrize(
    ("key", "is_taken"),
    [
        ("stripe_api_key", True),
        ("StripeAPIKey", True),
        ("customerCardNumber", True),
        ("backup-passwords", True),
        ("CSRF_TOKEN", True),
        ("cvv2", True),
        ("secret_key", True),
        ("aws_secret_access_key", True),
        ("access_key", True),
        ("pwd", True),
        ("jwt", True),
        ("bearer", True),
        ("card_no", True),
        ("account_no", True),
        ("private_key_pem", True),
        ("connection_string", True),
        ("password_1", True),
        ("cardNumber2", True),
        ("ssn_last4", True),
        ("card_number_first6_last4", True),
        ("token_value", True),
        ("api_key_old", True),
        ("pass\u200bword", True),
        ("pass__word_", True),
        ("tokens_2", True),
        ("last4", False),
        ("_1", False),
        ("old_1_value", False),
        ("order_1", False),
        ("token_count_2", False),
        ("pin_tries_last", False),
        ("token_count", False),
        ("passwordAgeDays", False),
        ("spin", False),
        ("company", False),
        ("japan", False),
        ("order_id", False),
        ("", False),
        ("___", False),
    ],
)
def test_the_last_words_of_a_name_tell(key: str, is_taken: bool) -> None:
    """Also of several: what begins like a secret is something about one."""
    made, removed = redacted({**REQUEST, "evidence": {key: CANARY}})
    assert (made["evidence"][key], removed) == (("redacted", (f"/evidence/{key}",)) if is_taken else (CANARY, ()))


@pytest.mark.parametrize(
    ("value", "kept", "pointer"),
    [
        ({"card": CANARY}, {"card": "redacted"}, "/evidence/pay/card"),
        ([{"card": CANARY}], "redacted", "/evidence/pay"),
        ([[CANARY]], "redacted", "/evidence/pay"),
        (CANARY, "redacted", "/evidence/pay"),
        (4111, "redacted", "/evidence/pay"),
        (True, True, None),
        ({"other": "kept"}, {"other": "kept"}, None),
    ],
)
def test_what_stands_where_a_declared_name_leads_through_is_taken_out(
    value: JsonValue, kept: JsonValue, pointer: str | None
) -> None:
    """Of another shape than the policy expects: what was meant may be anywhere in it."""
    made, removed = redacted({**REQUEST, "evidence": {"pay": value}}, "off", ("evidence.pay.card",))
    assert (made["evidence"], removed) == ({"pay": kept}, () if pointer is None else (pointer,))


@pytest.mark.parametrize(
    "evidence",
    [
        {"a_" * 30_000 + "b": 1},
        {"1_" * 30_000: 1},
        {"old" + "_1" * 30_000: 1},
        {"é" * 60_000 + "a": 1},
        {"A" * 60_000 + "a": 1},
    ],
    ids=range(5),
)
def test_a_long_key_costs_what_it_is_long(evidence: dict[str, Any]) -> None:
    """And nothing of it stays in memory."""
    redactor = Redactor("default", (), None)
    before = process_time()
    assert redactor.redact({**REQUEST, "evidence": evidence}).removed == ()
    assert process_time() - before < 1
    assert all(len(key) < 100 for key in redactor._known)


def test_many_pointers_cost_one_look_each() -> None:
    """A list is copied once, and what was removed is not walked through."""
    count = 50_000
    document = {**REQUEST, "evidence": {"a": [0] * count}}
    before = process_time()
    made = Redactor("off", (), None).redact(document, [f"/evidence/a/{index}" for index in range(count)])
    assert process_time() - before < 5
    assert len(made.removed) == count
    assert set(made.document["evidence"]["a"]) == {"redacted"}  # type: ignore[call-overload, index, arg-type]
    assert document["evidence"] == {"a": [0] * count}


@pytest.mark.parametrize("index", ["0" * 5_000, "00", "01", "٣", "1" * 5_000, "-1", "+0", "1e0", ""])
def test_what_is_no_index_leads_nowhere(index: str) -> None:
    """An index has one spelling, and Python's numbers have more."""
    document = {**REQUEST, "evidence": {"xs": [1, 2]}}
    assert Redactor("off", (), None).redact(document, [f"/evidence/xs/{index}"]).removed == ()


def test_true_and_false_are_kept() -> None:
    """They give nothing away, whatever the name is."""
    document = {**REQUEST, "evidence": {"has_password": True, "pin": False}}
    assert redacted(document, "strict")[0]["evidence"] == document["evidence"]


def decider(profile: str = "off") -> Decider:
    """Of a policy whose memory goes by one attribute of evidence."""
    source = 'policy p version "1" mode enforce default ESCALATE because N evidence deep.sort : one of (a, b)'
    source += " stage ESCALATIONS rule A for support.refund when evidence.deep.sort = a then ESCALATE because A"
    policy = load(compile_text(source).artifact)
    return Decider(policy, mode=None, profile=profile, key=None, limits=Limits(), engine_version="0")


def naming(*pointers: str) -> dict[str, Any]:
    """A request that says that something was removed."""
    made = copy.deepcopy(REQUEST)
    made["evidence"] = {"a": [{"b/~": CANARY}], "deep": {"sort": "a", "x": CANARY}, "given": "redacted", "null": None}
    made["extensions"] = {"x": CANARY}
    made["context"]["redaction"] = {"fields_removed": list(pointers)}
    return made


def test_what_a_caller_says_to_have_removed_is_not_there() -> None:
    """It is taken out where it is, and named; what was never there is named, too."""
    pointers = [
        "/evidence/a/0/b~1~0",
        "/evidence/deep/x",
        "/evidence/gone",
        "/evidence/null",
        "/extensions/x",
        "/subject/id",
    ]
    one = decider()
    decision = one.decide(one.read(naming(*pointers)), lambda *_: NOTHING, Moment(0, "0" * 26))
    kept = json.loads(decision.content)["request"]
    assert CANARY not in json.dumps(kept)
    assert (kept["evidence"]["a"], kept["subject"]["id"]) == ([{"b/~": "redacted"}], "redacted")
    assert kept["context"]["redaction"]["fields_removed"] == sorted(pointers)
    assert replay_record(decision.content, one.policy) == ()


@pytest.mark.parametrize(
    "pointer",
    [
        "/action/type",
        "/action/amount/value",
        "/action/tags",
        "/tenant/tenant_id",
        "/evidence",
        "/evidence/deep/sort",
        "/evidence/deep",
        "/request_id",
        "/subject/type",
        "/context/digest",
        "/subject/roles/0",
    ],
)
def test_what_a_record_and_memory_go_by_is_not_a_callers_to_take_out(pointer: str) -> None:
    """A request that says so is refused, or it would be less like failures than it is."""
    with pytest.raises(RequestError, match=r"/context/redaction/fields_removed/1: says that .* was removed") as caught:
        decider().read(naming("/evidence/gone", pointer))
    assert CANARY not in str(caught.value)


def test_the_strict_profile_takes_free_text_and_addresses_of_subjects() -> None:
    """And what is left fits the schema."""
    subject = {**REQUEST["subject"], "ip": "10.0.0.1", "user_agent": CANARY}
    made, removed = redacted({**REQUEST, "subject": subject}, "strict")
    assert removed == ("/action/intent", "/subject/ip", "/subject/user_agent")
    assert read(made).document["subject"]["id"] == "support-agent"  # type: ignore[call-overload, index]


def test_off_takes_nothing_but_what_the_policy_names() -> None:
    """An operator may keep everything; a policy's own declarations hold all the same."""
    document = {**REQUEST, "evidence": {"password": "x", "card": {"owner": CANARY}}}
    assert redacted(document, "off") == (document, ())
    made, removed = redacted(document, "off", ("evidence.card.owner",))
    assert made["evidence"] == {"password": "x", "card": {"owner": "redacted"}}
    assert removed == ("/evidence/card/owner",)


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("amount_usd", "/action/amount/value"),
        ("amount.value", "/action/amount/value"),
        ("amount.currency", "/action/amount/currency"),
        ("action.tags", "/action/tags"),
        ("action.target.resource_id", "/action/target/resource_id"),
        ("subject.id", "/subject/id"),
        ("subject.roles", "/subject/roles"),
        ("tenant.environment", "/tenant/environment"),
        ("tenant.tenant_id", "/tenant/tenant_id"),
    ],
)
def test_any_attribute_can_be_declared(name: str, pointer: str) -> None:
    """What is left is still a request of the schema."""
    made, removed = redacted(REQUEST, "default", (name,))
    assert removed == (pointer,)
    assert read(made).document


def test_values_that_are_not_there_are_not_removed() -> None:
    """Neither missing ones nor null."""
    document = {**REQUEST, "evidence": {"card": None, "token": None}}
    assert redacted(document, "strict", ("evidence.card", "evidence.other.deep"))[1] == ("/action/intent",)


def test_equal_values_have_equal_stand_ins_under_a_key() -> None:
    """And only under the same key; no value can be guessed without it."""
    key = RedactionKey("2026", b"k" * 32)
    document = {**REQUEST, "evidence": {"a": {"token": CANARY}, "b": {"token": CANARY}, "c": {"token": "other"}}}
    made, _ = redacted(document, key=key)
    stand_ins = [made["evidence"][name]["token"] for name in "abc"]
    assert stand_ins[0] == stand_ins[1] != stand_ins[2]
    assert stand_ins[0].startswith("redacted:2026:")
    other, _ = redacted(document, key=RedactionKey("2026", b"o" * 32))
    assert other["evidence"]["a"]["token"] != stand_ins[0]
    assert "k" * 32 not in repr(key)


@given(
    st.recursive(
        st.just(CANARY),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("a", "b", *SECRET_KEYS)), inner, max_size=3)
        ),
    )
)
def test_nothing_under_a_secret_key_is_kept(evidence: Any) -> None:  # noqa: ANN401
    """In any nesting; redacting again changes nothing."""
    document = {**REQUEST, "evidence": {"password": evidence, "plain": "kept"}}
    made, _ = redacted(document)
    assert CANARY not in canonical(made).decode()
    assert made["evidence"]["plain"] == "kept"
    assert redacted(made)[0] == made


def test_the_stricter_profile_wins() -> None:
    """A caller can ask for more, never for less."""
    for one in PROFILES:
        assert stricter_profile(one, None) == one
        for other in PROFILES:
            assert stricter_profile(one, other) == max(one, other, key=PROFILES.index)
