"""Classes that no request has are told apart from those that one has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime.table import class_count

HEAD = 'policy p version "1" mode enforce default ESCALATE because NOTHING stage ESCALATIONS\n'

CURRENCIES = {
    "not mentioned": "",
    "USD": 'amount.currency = "USD" and ',
    "another": 'amount.currency = "EUR" and ',
    "both": 'amount.currency in ("EUR", "USD") and ',
    "a prefix": 'amount.currency starts with "U" and ',
    "a prefix and USD": '(amount.currency starts with "U" or amount.currency = "USD") and ',
}


def policy_of(condition: str) -> lumyn_runtime.CompiledPolicy:
    """A policy of one rule."""
    source = f"{HEAD}rule R for a.b when {condition} then ESCALATE because R"
    return lumyn_runtime.load(lumyn_compiler.compile_text(source).artifact)


def requests() -> Iterator[dict[str, object]]:
    """Every sort of amount, with values on both sides of what the policies ask, and products that are too large."""
    currencies = ("USD", "UAH", "U", "EUR", "GBP", None, "", 5)
    values = (1, 100, 2**53, None, "1", -1)
    rates = (0.5, 2, 1_000_000, None, "1", 0)
    for currency, value, rate in product(currencies, values, rates):
        amount = {"currency": currency, "value": value}
        yield {"action": {"type": "a.b", "amount": amount}, "evidence": {"fx_rate_to_usd": rate}}


@pytest.mark.parametrize("currency", CURRENCIES.values(), ids=CURRENCIES)
def test_amounts_fit_their_inputs(currency: str) -> None:
    """Exactly the classes are accepted that some request has."""
    policy = policy_of(f"{currency}amount_usd > 10")
    seen = {
        tuple(index for value in policy.attribute_values(request) or () for index in value.classes)
        for request in requests()
    }
    (section,) = (section for section in policy.table.sections if section.actions == "a.b")
    counts = [class_count(column, policy.table.attributes[column.attribute]) for column in section.columns]
    accepted, refused = set(), []
    for classes in product(*map(range, counts)):
        try:
            policy.evaluate_classes("a.b", classes)
        except ValueError as error:
            refused.append(str(error))
        else:
            accepted.add(classes)
    assert seen == accepted
    assert all(text.startswith("no request has these classes: amount_usd is ") for text in refused)


def test_a_set_that_is_missing_has_no_member() -> None:
    """Nor has one that is ill-typed; one that is there may have any."""
    policy = policy_of('subject.roles contains any ("a", "b")')
    for there in product((0, 1), repeat=2):
        assert policy.evaluate_classes("a.b", (0, *there)).matched_rules
        for absence in (1, 2):
            if not any(there):
                assert policy.evaluate_classes("a.b", (absence, *there)).matched_rules
                continue
            with pytest.raises(ValueError, match=r"subject\.roles is (missing|ill-typed), and yet has a member"):
                policy.evaluate_classes("a.b", (absence, *there))


@pytest.mark.parametrize("action_type", ["", "\u200b", None, 5, ["a.b"]])
def test_an_action_type_is_a_text(action_type: object) -> None:
    """Anything else is the caller's mistake."""
    policy = policy_of("amount_usd > 10")
    with pytest.raises(ValueError, match="an action type is a text that is not blank"):
        policy.attributes(action_type)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="an action type is a text that is not blank"):
        policy.evaluate_classes(action_type, [])  # type: ignore[arg-type]
