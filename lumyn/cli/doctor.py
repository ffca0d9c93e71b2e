"""`lumyn doctor`: say how the workspace is."""

import click

from lumyn.cli.terminal import escape, json_text
from lumyn.cli.workspaces import endings, found, workspace_option

__all__ = ["command"]


@click.command(
    short_help="Say how the workspace is, and how to mend it.",
    epilog="Example: lumyn doctor --workspace refunds",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@workspace_option
def command(*, as_json: bool, folder: str) -> None:
    """Look at settings, policy, log, schema, disk and checkpoints, and count decisions; a line says ok, or how to mend it.

    The exit code is 1 where something is wrong. Whether the log was changed is for `lumyn verify` to say.
    """
    from lumyn.checkup import checks

    workspace = found(folder)
    with endings():
        found_checks = list(checks(workspace))
    if as_json:
        click.echo(json_text([check.to_dict() for check in found_checks]))
    else:
        width = max(len(check.name) for check in found_checks)
        for check in found_checks:
            mark = click.style("ok   ", fg="green") if check.is_ok else click.style("wrong", fg="red")
            click.echo(f"{mark}  {check.name:<{width}}  {escape(check.detail)}")
            if check.mend:
                click.echo(f"       {'mend it:':<{width}}  {escape(check.mend)}")
    if not all(check.is_ok for check in found_checks):
        raise click.exceptions.Exit(1)
