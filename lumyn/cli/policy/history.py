"""`lumyn policy history`: the policies that decided."""

import click

from lumyn.cli.terminal import count, escape, json_text, say
from lumyn.cli.workspaces import opened_archive, workspace_option

__all__ = ["command"]


@click.command(
    short_help="List the policies that decided.",
    epilog="Example: lumyn policy history --json",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@workspace_option
def command(*, as_json: bool, folder: str) -> None:
    """List every policy that ever decided here, the first one first, and how many decisions it made.

    The log keeps the artifact of each.
    """
    import attrs

    with opened_archive(folder) as archive:
        policies = list(archive.policies())
    if as_json:
        click.echo(json_text([attrs.asdict(policy) for policy in policies]))
        return
    for policy in policies:
        name = escape(f"{policy.policy_id} {policy.policy_version}")
        click.echo(f"{policy.since}  {policy.policy_hash}  {name}  {count(policy.count, 'decision')}")
    if not policies:
        say("Nothing was decided yet.")
