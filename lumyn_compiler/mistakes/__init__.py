"""Mistakes that people make in `.lumyn` files, each with what to write instead.

A mistake is a function that knows it by what the parser stopped on, and returns None where it is another one.
"""

from __future__ import annotations

from collections.abc import Callable

from lumyn_compiler.diagnostic import Diagnostic
from lumyn_compiler.failure import Failure
from lumyn_compiler.mistakes.clauses import (
    clause_out_of_order,
    missing_word,
    reason_for_because,
    rule_id,
    text_left_out,
)
from lumyn_compiler.mistakes.languages import block_of_another_language, markdown_fence, merge_conflict, other_language
from lumyn_compiler.mistakes.lists import (
    between_values,
    brackets,
    empty_list,
    list_commas,
    list_without_parentheses,
    parentheses,
    trailing_comma,
)
from lumyn_compiler.mistakes.numbers import (
    amount_currency,
    arithmetic,
    malformed_number,
    number_in_list,
    percent_sign,
    spaced_number,
    unit_after_number,
)
from lumyn_compiler.mistakes.predicates import (
    attribute_left_out,
    attributes_compared,
    constant_first,
    presence_first,
    unknown_operator,
)
from lumyn_compiler.mistakes.presence import presence_in_other_words
from lumyn_compiler.mistakes.ranges import compared_kind, dotted_range
from lumyn_compiler.mistakes.scopes import action_type_signs, every_action, named_actions
from lumyn_compiler.mistakes.signs import (
    foreign_character,
    foreign_sign,
    stray_colon,
    stray_dot,
    stray_equals,
    stray_star,
)
from lumyn_compiler.mistakes.texts import (
    foreign_quotes,
    number_for_text,
    quotes_out_of_step,
    text_after_text,
    unclosed_text,
    unquoted_text,
)
from lumyn_compiler.mistakes.words import (
    capitals,
    misspelt_kind,
    misspelt_phrase,
    misspelt_word,
    optional_kind,
)

__all__ = ["MISTAKES", "Mistake"]

Mistake = Callable[[Failure], Diagnostic | None]

# Tried in this order: the more a mistake knows of what was found, the earlier it stands.
MISTAKES: tuple[Mistake, ...] = (
    merge_conflict,
    other_language,
    markdown_fence,
    block_of_another_language,
    unclosed_text,
    spaced_number,
    number_in_list,
    foreign_quotes,
    text_after_text,
    quotes_out_of_step,
    trailing_comma,
    misspelt_kind,
    optional_kind,
    capitals,
    every_action,
    named_actions,
    action_type_signs,
    rule_id,
    presence_first,
    constant_first,
    attribute_left_out,
    compared_kind,
    dotted_range,
    unit_after_number,
    amount_currency,
    presence_in_other_words,
    misspelt_phrase,
    text_left_out,
    clause_out_of_order,
    reason_for_because,
    number_for_text,
    malformed_number,
    foreign_sign,
    brackets,
    attributes_compared,
    percent_sign,
    arithmetic,
    stray_star,
    stray_dot,
    foreign_character,
    stray_colon,
    stray_equals,
    misspelt_word,
    unquoted_text,
    empty_list,
    between_values,
    list_commas,
    list_without_parentheses,
    parentheses,
    unknown_operator,
    missing_word,
)
