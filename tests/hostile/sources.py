"""Sources that are made to hurt: huge, deep, multiplying, repetitive; each with the codes that it must be refused with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import attrs

__all__ = ["HOSTILE", "Hostile", "rules_of_many_actions", "rules_of_many_attributes", "rules_of_one_action"]

HEADER = 'policy p version "1"\nmode enforce\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\n'
YAML_HEADER = """schema_version: policy.v0
policy_id: p
policy_version: "1"
defaults: {mode: enforce, default_verdict: ESCALATE, default_reason_code: NO_MATCH_DEFAULT_ESCALATE}
"""
MIB = 2**20


@attrs.frozen
class Hostile:
    """A hostile source.

    codes: of errors, one of which has to be among what is found; empty where the source has to compile
    name:  of a file, whose ending tells the spelling
    """

    codes: frozenset[str]
    name: str
    make: Callable[[], str]


HOSTILE: dict[str, Hostile] = {}


def _refused(*codes: str, ending: str = "lumyn") -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a source with the codes of which it must be refused with one."""

    def register(make: Callable[[], str]) -> Callable[[], str]:
        name = make.__name__.removeprefix("_")
        HOSTILE[name] = Hostile(frozenset(codes), f"{name}.{ending}", make)
        return make

    return register


def _with_rule(condition: str, *declarations: str) -> str:
    """A policy of one rule."""
    lines = [HEADER, *declarations, "stage ESCALATIONS", f"rule R for any action when {condition}"]
    return "\n".join([*lines, "then ESCALATE because R\n"])


@_refused("L001")
def _too_large() -> str:
    return HEADER + "# " + "x" * (8 * MIB)


@_refused("L001")
def _nothing_but_comments() -> str:
    return "# a line\n" * (8 * MIB // 9)


@_refused("L003")
def _nested_parentheses() -> str:
    return _with_rule("(" * 10_000 + "a.b is missing" + ")" * 10_000)


@_refused("L003", "L101")
def _open_parentheses() -> str:
    return _with_rule("(" * 1_000_000)


@_refused("L003")
def _nested_negations() -> str:
    return _with_rule("not " * 10_000 + "a.b is missing")


@_refused("L003")
def _nested_negations_in_parentheses() -> str:
    return _with_rule("not (" * 10_000 + "a.b is missing" + ")" * 10_000)


def _alternatives(count: int) -> Iterator[str]:
    """Declarations and a condition whose `or`s multiply out to 2 ** count conjunctions."""
    names = [f"e{position}" for position in range(2 * count)]
    yield " and ".join(
        f"(evidence.{left} = 1 or evidence.{right} = 1)" for left, right in zip(names[::2], names[1::2], strict=True)
    )
    yield f"evidence {', '.join(names)} : number"


@_refused("L004")
def _multiplying_alternatives() -> str:
    return _with_rule(*_alternatives(24))


@_refused("L004")
def _multiplying_alternatives_of_many_factors() -> str:
    return _with_rule(*_alternatives(1_000))


@_refused("L005")
def _many_rules_that_multiply_to_the_limit() -> str:
    condition, declaration = _alternatives(12)
    rules = [f"rule R{number} for any action when {condition} then ESCALATE because R" for number in range(20)]
    return "\n".join([HEADER, declaration, "stage ESCALATIONS", *rules])


@_refused("L005")
def _large_conditions_under_many_actions() -> str:
    questions = " or ".join(f"amount_usd = {number}" for number in range(5_000))
    rules = [f"rule A for any action when {questions} then ESCALATE because R"]
    rules += [f"rule B{number} for a.x{number} when always then ESCALATE because R" for number in range(2_000)]
    return "\n".join([HEADER, "stage ESCALATIONS", *rules])


@_refused("L004")
def _many_rules_that_multiply() -> str:
    condition, declaration = _alternatives(24)
    rules = [f"rule R{number} for any action when {condition} then ESCALATE because R" for number in range(200)]
    return "\n".join([HEADER, declaration, "stage ESCALATIONS", *rules])


@_refused("L004")
def _sets_that_multiply() -> str:
    lists = ["(" + ", ".join(f'"m{number}_{member}"' for member in range(50)) + ")" for number in range(6)]
    return _with_rule(" and ".join(f"subject.roles contains any {members}" for members in lists))


@_refused("L004")
def _negated_alternatives_that_multiply() -> str:
    names = [f"e{position}" for position in range(60)]
    pairs = zip(names[::2], names[1::2], strict=True)
    condition = " or ".join(f"(evidence.{left} = 1 and evidence.{right} = 1)" for left, right in pairs)
    return _with_rule(f"not ({condition})", f"evidence {', '.join(names)} : number")


def _doubling(sign: str, levels: int) -> str:
    """Named conditions each of which mentions the one before twice."""
    named = ["condition c0 = amount_usd > 5"]
    named += [f"condition c{level} = c{level - 1} {sign} c{level - 1}" for level in range(1, levels)]
    return _with_rule(f"c{levels - 1}", *named)


@_refused("L006")
def _laughing_conditions() -> str:
    return _doubling("and", 60)


@_refused("L006")
def _laughing_conditions_of_many_levels() -> str:
    return _doubling("or", 10_000)


@_refused("L006", "L004")
def _laughing_conditions_about_many_attributes() -> str:
    return _with_rule(
        "c29",
        f"evidence {', '.join(f'e{level}' for level in range(60))} : number",
        "condition c0 = evidence.e0 = 1",
        *(
            f"condition c{n} = (c{n - 1} and evidence.e{n} = 1) or (c{n - 1} and evidence.e{n} = 2)"
            for n in range(1, 30)
        ),
    )


@_refused("L006", "L003")
def _a_long_chain_of_conditions() -> str:
    chain = [f"condition c{level} = not c{level - 1}" for level in range(1, 20_000)]
    return _with_rule("c19999", "condition c0 = amount_usd > 5", *chain)


@_refused("L208")
def _a_long_circle_of_conditions() -> str:
    chain = [f"condition c{level} = c{level - 1}" for level in range(1, 20_000)]
    return _with_rule("c1", "condition c0 = c19999", *chain)


@_refused("L006")
def _a_condition_of_many_predicates() -> str:
    return _with_rule(" and ".join(["amount_usd > 5"] * 100_000))


@_refused("L006")
def _a_list_of_many_constants() -> str:
    return _with_rule("subject.id in (" + ", ".join(f'"user-{number}"' for number in range(200_000)) + ")")


@_refused("L006", "L004", "L005")
def _a_condition_of_many_different_predicates() -> str:
    return _with_rule(" or ".join(f"amount_usd = {number}" for number in range(100_000)))


@_refused("L103", "L209")
def _an_action_type_of_a_megabyte() -> str:
    return f"{HEADER}stage ESCALATIONS\nrule R for {'a.' * (MIB // 2)}b when always then ESCALATE because R"


@_refused("L005")
def _many_actions_under_many_rules_for_any() -> str:
    rules = [f"rule A{n} for any action when amount_usd > {n} then ESCALATE because R" for n in range(8_000)]
    rules += [f"rule B{n} for a.x{n} when amount_usd < {n + 1} then ESCALATE because R" for n in range(8_000)]
    return "\n".join([HEADER, "stage ESCALATIONS", *rules])


@_refused("L005")
def _a_rule_for_thousands_of_actions_beside_rules_for_any() -> str:
    wide = ", ".join(f"a{n}.b" for n in range(3_000))
    rules = [f"rule R for {wide} when amount_usd > 5 then ESCALATE because R"]
    rules += [f"rule A{n} for any action when amount_usd > {n} then ESCALATE because R" for n in range(160)]
    return "\n".join([HEADER, "stage ESCALATIONS", *rules])


@_refused("L203")
def _many_unknown_names_of_the_same_letters() -> str:
    random = Random(1)
    letters = [*"abcdefghijklmnopqrstuvwxyz" * 3]
    names = ["".join(random.sample(letters, len(letters))) for _ in range(7_000)]
    unknown = " or ".join(f'evidence.{name} = "x"' for name in names[1_000:])
    return _with_rule(unknown, f"evidence {', '.join(names[:1_000])} : text")


@_refused("L005")
def _many_rules_about_many_attributes() -> str:
    names = [f"e{position}" for position in range(20_000)]
    rules = [f"rule {name} for any action when evidence.{name} = 1 then ESCALATE because R" for name in names]
    return "\n".join([HEADER, f"evidence {', '.join(names)} : number", "stage ESCALATIONS", *rules])


@_refused("L204")
def _a_verdict_of_a_megabyte() -> str:
    return f"{HEADER}stage ESCALATIONS\nrule R for any action when always then {'V' * MIB} because R"


@_refused("L203")
def _an_unknown_attribute_of_a_megabyte() -> str:
    return _with_rule(f"evidence.{'a' * MIB} is missing", "evidence abc : text")


@_refused("L201")
def _an_unknown_constant_of_a_megabyte() -> str:
    return _with_rule(f"amount_usd > {'n' * MIB}", f"let {'m' * MIB} = 5")


@_refused("L105", "L303")
def _a_number_of_a_megabyte() -> str:
    return _with_rule(f"amount_usd > {'1' * MIB}")


@_refused("L105", "L303")
def _a_number_of_a_huge_exponent() -> str:
    return _with_rule(f"amount_usd > 1e{'9' * MIB}")


@_refused("L102")
def _a_text_that_never_ends() -> str:
    return _with_rule('subject.id = "' + "x" * (4 * MIB))


@_refused("L102", "L101")
def _many_stray_quotes() -> str:
    return HEADER + '"\n' * 100_000


@_refused("L103", "L101")
def _many_meaningless_characters() -> str:
    return HEADER + "$ & § " * 100_000


@_refused("L104")
def _many_wrong_escapes() -> str:
    return _with_rule("subject.id in (" + ", ".join(['"\\q"'] * 20_000) + ")")


@_refused("L204")
def _many_unknown_verdicts() -> str:
    rules = [f"rule R{number} for a.b when always then TRUSTED because R" for number in range(20_000)]
    return "\n".join([HEADER, "stage ESCALATIONS", *rules])


@_refused("L203")
def _many_unknown_attributes() -> str:
    names = [f"risk_of_kind_{number}" for number in range(5_000)]
    rules = [f"rule {name} for a.b when evidence.{name[1:]} = 1 then ESCALATE because R" for name in names]
    return "\n".join([HEADER, f"evidence {', '.join(names)} : number", "stage ESCALATIONS", *rules])


@_refused("L201")
def _many_unknown_constants() -> str:
    lets = [f"let constant_{number} = {number}" for number in range(5_000)]
    return _with_rule("amount_usd in (" + ", ".join(f"konstant_{n}" for n in range(5_000)) + ")", *lets)


@_refused("L304")
def _many_words_that_are_no_members() -> str:
    members = ", ".join(f"member_{number}" for number in range(5_000))
    others = ", ".join(f"nember_{number}" for number in range(5_000))
    return _with_rule(f"evidence.e in ({others})", f"evidence e : one of ({members})")


@_refused("L202", "L401")
def _many_duplicates() -> str:
    return (
        HEADER
        + "let a = 1\n" * 100_000
        + "stage ESCALATIONS\n"
        + ("rule R for a.b when always then ESCALATE because R\n" * 20_000)
    )


@_refused("L101", "L112")
def _many_statements_out_of_place() -> str:
    return HEADER + "rule R when then because\n" * 50_000


@_refused("L107", ending="yml")
def _yaml_that_laughs() -> str:
    levels = ["a0: &a0 [lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return YAML_HEADER + "\n".join(levels)


@_refused("L107", "L110", ending="yml")
def _yaml_of_many_anchors() -> str:
    return YAML_HEADER + "rules:\n" + "".join(f"  - &a{number} {number}\n" for number in range(100_000))


@_refused("L003", ending="yml")
def _yaml_lists_in_lists() -> str:
    return YAML_HEADER + "rules: " + "[" * 10_000 + "]" * 10_000


@_refused("L003", "L106", ending="yml")
def _yaml_lists_that_never_end() -> str:
    return YAML_HEADER + "rules: " + "[" * 500_000


@_refused("L003", "L106", ending="yml")
def _yaml_blocks_in_blocks() -> str:
    return YAML_HEADER + "rules:\n" + "".join(" " * depth + "-\n" for depth in range(1, 3_000))


@_refused("L003", "L106", ending="yml")
def _yaml_dashes_in_a_row() -> str:
    return YAML_HEADER + "rules:\n" + "- " * 100_000 + "x"


@_refused("L108", ending="yml")
def _yaml_keys_written_twice() -> str:
    return YAML_HEADER + "policy_id: q\n" * 50_000


@_refused("L109", ending="yml")
def _yaml_of_many_unknown_keys() -> str:
    return YAML_HEADER + "".join(f"unknown_{number}: 1\n" for number in range(50_000))


@_refused("L203", ending="yml")
def _yaml_conditions_of_many_unknown_keys() -> str:
    keys = "".join(f"      amount_usd_{number}_gt: 1\n" for number in range(20_000))
    return f"{YAML_HEADER}rules:\n  - id: R\n    stage: ESCALATIONS\n    if:\n{keys}"


@_refused("L109", "L106", ending="yml")
def _yaml_key_of_a_megabyte() -> str:
    return YAML_HEADER + f"? {'k' * MIB}\n: 1\n"


@_refused("L107", ending="yml")
def _yaml_tags() -> str:
    return YAML_HEADER + "rules: !!python/object/apply:os.system ['true']\n"


@_refused("L110", "L106", "L302", "L303", ending="yml")
def _yaml_number_of_a_megabyte() -> str:
    return YAML_HEADER + f"thresholds: {{x: {'1' * MIB}}}\n"


@_refused("L001", ending="yml")
def _yaml_too_large() -> str:
    return YAML_HEADER + "# " + "x" * (8 * MIB)


@_refused("L106", "L110", "L111", ending="yml")
def _yaml_of_many_documents() -> str:
    return YAML_HEADER + "---\n" * 100_000


@_refused()
def _a_question_of_a_megabyte() -> str:
    return f'{HEADER}stage REQUIREMENTS\nrule R for a.b require subject.id ask "{"why " * (MIB // 4)}" else QUERY because R'


@_refused()
def _a_rule_id_of_a_megabyte() -> str:
    return f"{HEADER}stage ESCALATIONS\nrule {'R' * MIB} for a.b when always then ESCALATE because R"


@_refused()
def _a_list_of_thousands_of_constants() -> str:
    return _with_rule("subject.id in (" + ", ".join(f'"user-{number}"' for number in range(20_000)) + ")")


@_refused()
def _sets_that_contain_all_of_thousands() -> str:
    return _with_rule("subject.roles contains all (" + ", ".join(f'"r{number}"' for number in range(4_000)) + ")")


@_refused()
def _sets_of_thousands_of_members() -> str:
    return _with_rule("subject.roles contains any (" + ", ".join(f'"r{number}"' for number in range(2_000)) + ")")


@_refused()
def _a_comment_of_eight_megabytes() -> str:
    source = _with_rule("amount_usd > 5")
    return source + "#" * (8 * MIB - len(source))


@_refused()
def _parentheses_around_everything() -> str:
    return _with_rule("(" * 50 + "amount_usd > 5" + ")" * 50)


@_refused()
def _a_rule_with_thousands_of_questions() -> str:
    names = [f"e{number}" for number in range(4_000)]
    asks = [f'ask about evidence.{name} "{name}?"' for name in names]
    rule = "stage REQUIREMENTS\nrule R for a.b when subject.id is missing then QUERY because R"
    return "\n".join([HEADER, f"evidence {', '.join(names)} : text", rule, *asks])


@_refused("L004")
def _requirements_that_multiply_with_a_condition() -> str:
    names = [f"e{number}" for number in range(4_000)]
    condition = " and ".join(f'evidence.{name} = "x"' for name in names[::2])
    requires = [f"require evidence.{name}" for name in names[1::2]]
    rule = f"stage REQUIREMENTS\nrule R for a.b when {condition}"
    return "\n".join([HEADER, f"evidence {', '.join(names)} : text", rule, *requires, "else QUERY because R"])


@_refused(ending="yml")
def _yaml_queries_by_the_thousand() -> str:
    names = [f"e{number}" for number in range(4_000)]
    queries = ", ".join(f"{{field: evidence.{name}, text: {name}}}" for name in names)
    then = f"{{verdict: QUERY, reason_codes: [R], queries: [{queries}]}}"
    required = f"required_evidence: {{a.b: [{', '.join(names)}]}}\n"
    return f"{YAML_HEADER}{required}rules:\n  - {{id: R, stage: REQUIREMENTS, then: {then}}}\n"


@_refused()
def _many_rules_that_trust_past_many_stronger_ones() -> str:
    numbers = range(1_000)
    evidence = ", ".join(f"e{number}" for number in numbers)
    blocks = [f"rule B{n} for a.b when evidence.e{n} = true then ABSTAIN because B" for n in numbers]
    trusts = [f"rule T{n} for a.b when amount_usd <= {n + 1} then TRUST because T" for n in numbers]
    stages = ["stage HARD_BLOCKS", *blocks, "stage TRUST_PATHS", *trusts]
    return "\n".join([HEADER, f"evidence {evidence} : boolean", *stages])


def rules_of_one_action(count: int) -> str:
    """A policy that is large and right: every rule is about another value of one attribute."""
    rules = [f'rule R{n} for a.b when subject.id = "user-{n}" then ESCALATE because R' for n in range(count)]
    return "\n".join([HEADER, "stage ESCALATIONS", *rules])


def rules_of_many_actions(count: int) -> str:
    """A policy that is large and right: every rule is for another action."""
    rules = [f"rule R{n} for a.x{n} when amount_usd > {n} then ESCALATE because R" for n in range(count)]
    return "\n".join([HEADER, "stage ESCALATIONS", *rules])


def rules_of_many_attributes(count: int) -> str:
    """A policy that is large and right: every ten rules are about other evidence, for another action."""
    names = [f"e{n}" for n in range(count // 10)]
    rules = [f"rule R{n} for a.x{n // 10} when evidence.e{n // 10} > {n} then ESCALATE because R" for n in range(count)]
    return "\n".join([HEADER, f"evidence {', '.join(names)} : number", "stage ESCALATIONS", *rules])
