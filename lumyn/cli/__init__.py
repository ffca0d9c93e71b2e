"""The `lumyn` command.

Exit codes: 0 fine; 1 the answer is no (a diagnostic, another hash, a file to be formatted); 2 wrong usage; 3 the
environment failed (a file that can't be read or written). Data goes to standard output, everything else to standard error.
"""

import os

import click

from lumyn import __version__
from lumyn.cli.lazy import LazyGroup
from lumyn.cli.streams import open_streams

__all__ = ["lumyn", "main"]

_HELPS = {
    "compile": "Compile a policy into an artifact.",
    "check": "Report errors and warnings of policies.",
    "fmt": "Rewrite policies in their canonical form.",
    "hash": "Print the policy hash of artifacts and sources.",
    "inspect": "Show what an artifact decides, by action type.",
    "eval": "Decide requests with a policy, keeping nothing.",
    "policy": "Validate a workspace's policy, or convert one.",
    "schema": "Print a JSON Schema.",
}


@click.group(
    cls=LazyGroup,
    package="lumyn.cli",
    helps=_HELPS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 the answer is no, 2 wrong usage, 3 a file can't be read or written.",
)
@click.version_option(__version__, prog_name="lumyn")
@click.pass_context
def lumyn(ctx: click.Context) -> None:
    """Compile policies, and decide with them."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main() -> None:
    """Run the command line and exit."""
    open_streams()
    lumyn.main(prog_name="lumyn")
