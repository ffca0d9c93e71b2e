"""`lumyn init`: make a workspace."""

from pathlib import Path

import click

from lumyn.cli.endings import Unavailable
from lumyn.cli.terminal import escape, say
from lumyn.cli.workspaces import endings

__all__ = ["command"]


@click.command(short_help="Make a workspace.", epilog="Example: lumyn init --starter billing refunds")
@click.argument("folder", default=".", type=click.Path(path_type=Path))
@click.option(
    "--starter",
    type=click.Choice(["support", "billing", "account"]),
    default="support",
    show_default=True,
    help="The policy to begin with.",
)
@click.option(
    "--yaml", "is_yaml", is_flag=True, help="Write the policy as .lumyn/policy.yml instead of .lumyn/policy.lumyn."
)
def command(*, folder: Path, starter: str, is_yaml: bool) -> None:
    """Make FOLDER, else the current folder, a workspace: settings, a starter policy, its artifact, and an empty log.

    Nothing that is there already is overwritten.
    """
    from lumyn.workspace import init

    with endings():
        if folder.exists() and not folder.is_dir():
            raise Unavailable(escape(f"can't make a workspace of {folder}: it is a file; name another folder"))
        workspace = init(folder, starter, "yaml" if is_yaml else "lumyn")
    click.echo(escape(str(workspace.folder)))
    (source,) = workspace.sources
    inside = "" if folder == Path() else f" --workspace {folder}"
    say(f"The policy is {source.relative_to(workspace.folder)}. After a change, compile it again:")
    say(f"  lumyn compile {folder / source.relative_to(workspace.folder)} -o {folder / workspace.config.policy_path}")
    say("Next, decide a request, and see what was decided:")
    say(f"  lumyn decide --in request.json{inside}")
    say(f"  lumyn log{inside}")
