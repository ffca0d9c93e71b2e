"""`lumyn verify`: recompute everything that the log says of itself."""

import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import click

from lumyn.cli.inputs import file
from lumyn.cli.kept_checkpoints import kept_checkpoints
from lumyn.cli.terminal import count, escape, json_text, say
from lumyn.cli.workspaces import endings, found, workspace_option

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from lumyn.store.checkpoint import Checkpoint
    from lumyn.store.findings import Finding, Verified
    from lumyn.workspace import Workspace

__all__ = ["command"]


@click.command(
    short_help="Verify the log, against checkpoints too.",
    epilog="Example: lumyn verify --checkpoint elsewhere/checkpoints",
)
@click.option(
    "--checkpoint", "paths", multiple=True, type=file, help="Checkpoints that were kept elsewhere; again for more."
)
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
@workspace_option
def command(*, paths: tuple[str, ...], as_json: bool, folder: str) -> None:
    """Recompute every hash of the log from its bytes, and name every entry where bytes and hashes disagree.

    What an entry says has to fit as well: ids and times its header, inputs_digest its inputs, a policy its hash.
    Today's log has to extend the one of each checkpoint, and of the workspace's own. Only a checkpoint that was kept
    elsewhere shows that a history was rewritten by somebody who could write here. The exit code is 1 where anything is wrong.
    """
    workspace = found(folder)
    checkpoints = [checkpoint for path in paths for checkpoint in kept_checkpoints(path)]
    # An empty file is one that a gateway is just beginning.
    if workspace.checkpoints.exists() and workspace.checkpoints.stat().st_size:
        checkpoints += kept_checkpoints(str(workspace.checkpoints))
    with endings():
        findings, verified = _verified(workspace, checkpoints)
    wrong = [finding for finding in findings if finding.is_wrong]
    if as_json:
        click.echo(json_text(_values(findings, verified, checkpoints)))
    else:
        for finding in findings:
            click.echo(escape(str(finding)))
        erased = len(findings) - len(wrong)
        click.echo(
            f"{'wrong' if wrong else 'ok'}: {count(verified.size, 'entry')}, {count(len(checkpoints), 'checkpoint')}, "
            f"{erased:,} erased, {len(wrong):,} wrong"
        )
    if not paths:
        say("Without a --checkpoint that was kept elsewhere, a history rewritten as a whole looks like any other.")
    if wrong:
        raise click.exceptions.Exit(1)


def _verified(workspace: "Workspace", checkpoints: "list[Checkpoint]") -> "tuple[list[Finding], Verified]":
    """Everything that is found, with a bar on a terminal while that is looked for."""
    from lumyn.contents import Contents
    from lumyn.store.verify import verify

    with ExitStack() as stack:
        progress = None
        if sys.stderr.isatty():
            bar = stack.enter_context(click.progressbar(length=1, label="Verifying", file=sys.stderr))
            progress = partial(_move, bar)
        walk = verify(workspace.database, checkpoints=checkpoints, contents=Contents().problems, progress=progress)
        findings: list[Finding] = []
        while True:
            try:
                findings.append(next(walk))
            except StopIteration as ended:
                verified: Verified = ended.value
                return findings, verified


def _move(bar: "ProgressBar[int]", read_count: int, size: int) -> None:
    bar.length = size
    bar.update(read_count - bar.pos)


def _values(findings: "list[Finding]", verified: "Verified", checkpoints: "list[Checkpoint]") -> dict[str, object]:
    import attrs

    return {
        "is_ok": not any(finding.is_wrong for finding in findings),
        "store_id": verified.store_id,
        "size": verified.size,
        "root": verified.root.hex(),
        "checkpoint_count": len(checkpoints),
        "findings": [{**attrs.asdict(finding), "is_wrong": finding.is_wrong} for finding in findings],
    }
