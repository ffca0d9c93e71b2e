"""`lumyn inspect`: show what an artifact decides, by action type."""

from collections.abc import Iterator
from difflib import get_close_matches

import click

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import file, load_policy, spelling_option
from lumyn.cli.terminal import escape, json_text, say, verdict_text
from lumyn.inspection import ActionView, RuleView, actions_that_cover, describe
from lumyn_runtime.table import Table

__all__ = ["command"]

LINE_LENGTH_MAX = 100


@click.command(
    short_help="Show what an artifact decides, by action type.",
    epilog="Example: lumyn inspect policy.lpack --action support.refund",
)
@click.argument("policy", type=file)
@click.option(
    "--action",
    "actions",
    multiple=True,
    metavar="TYPE",
    help="Only what decides this action type; shop.* and * name such sections themselves.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@spelling_option
def command(*, policy: str, actions: tuple[str, ...], as_json: bool, spelling: str | None) -> None:
    """Show what POLICY, an artifact or a source, decides: by action type, the rules and when each of them matches.

    Every rule that matches counts; the strongest verdict wins: ABSTAIN, then QUERY, ESCALATE, TRUST.
    """
    loaded = load_policy(policy, spelling)
    table, policy_hash = loaded.table, loaded.policy_hash
    deciding = {action: actions_that_cover(table, action) for action in actions}
    if unknown := sorted(escape(action) for action, covering in deciding.items() if covering is None):
        raise Refused(f"the table has no section {', '.join(unknown)}")
    for action, covering in deciding.items():
        if covering not in (None, action):
            say(_where(action, covering, table))
    views = [view for view in describe(table) if not actions or view.actions in deciding.values()]
    if as_json:
        click.echo(json_text(_values(table, policy_hash, views)))
    else:
        click.echo("\n".join(_lines(table, policy_hash, views)))


def _where(action: str, covering: str | None, table: Table) -> str:
    """What to look at for an action type that the table does not name; it may be a misspelt one that it does."""
    if covering != "*":
        return f"{action} is decided by {covering}"
    named = [section.actions for section in table.sections if not section.actions.endswith("*")]
    near = get_close_matches(action, named, n=1)
    return f"{action} is decided as any other action{f'; did you mean {near[0]}?' if near else ''}"


def _values(table: Table, policy_hash: str, views: list[ActionView]) -> dict[str, object]:
    return {
        "policy_hash": policy_hash,
        "policy_id": table.policy_id,
        "policy_version": table.policy_version,
        "mode": table.mode,
        "default": {"verdict": str(table.default_verdict), "reason_code": table.default_reason},
        "redact": list(table.redact),
        "actions": [view.to_dict() for view in views],
    }


def _lines(table: Table, policy_hash: str, views: list[ActionView]) -> Iterator[str]:
    yield f"policy   {escape(table.policy_id)} {escape(table.policy_version)}"
    yield f"hash     {policy_hash}"
    yield f"mode     {table.mode}"
    yield f"default  {table.default_verdict} {table.default_reason}"
    if table.redact:
        yield f"redact   {', '.join(map(escape, table.redact))}"
    for view in views:
        yield ""
        yield click.style("any other action" if view.actions == "*" else escape(view.actions), bold=True)
        stage = ""
        for rule in view.rules:
            if rule.stage != stage:
                stage = rule.stage
                yield f"  {stage}"
            yield from _rule_lines(rule)
        if not view.rules:
            yield "  no rule: the default applies"


def _rule_lines(rule: RuleView) -> Iterator[str]:
    yield f"    {escape(rule.rule_id)}  {verdict_text(rule.verdict)}  {', '.join(rule.reason_codes)}"
    for number, row in enumerate(rule.when):
        yield f"      {'or' if number else 'when'} {_say_row(row)}"
    for query in rule.queries:
        yield f"      ask about {escape(query.field)}: {escape(query.text)}"
    for obligation in rule.obligations:
        yield f"      oblige {obligation.kind} {obligation.severity}: {escape(obligation.text)}"


def _say_row(row: tuple[str, ...]) -> str:
    """On one line, or where that is too long, a condition a line."""
    conditions = list(map(escape, row))
    line = " and ".join(conditions) or "always"
    return line if len(line) <= LINE_LENGTH_MAX else "\n        and ".join(conditions)
