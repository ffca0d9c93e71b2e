"""`lumyn checkpoint`: what the log is now, in three lines to be kept elsewhere."""

import click

from lumyn.cli.workspaces import found, opened_archive, workspace_option

__all__ = ["command"]


@click.command(
    short_help="Print what the log is now, to be kept elsewhere.",
    epilog="Example: lumyn checkpoint >> elsewhere/checkpoints",
)
@workspace_option
def command(*, folder: str) -> None:
    """Print a checkpoint of the log: its name, its size and its root. `lumyn verify --checkpoint FILE` compares.

    It is also added to the workspace's own checkpoints, in .lumyn/checkpoints.
    """
    from lumyn.checkpoint_file import add_checkpoint
    from lumyn.store.checkpoint import write_checkpoint

    workspace = found(folder)
    with opened_archive(folder) as archive:
        checkpoint = add_checkpoint(workspace.checkpoints, archive.checkpoint)
    click.echo(write_checkpoint(checkpoint), nl=False)
