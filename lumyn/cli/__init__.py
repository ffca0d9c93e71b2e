"""The `lumyn` command.

Exit codes: 0 fine; 1 the answer is no (a diagnostic, another hash, a log that was changed); 2 wrong usage; 3 the
environment failed (a file that can't be read or written, a record that is not known to be stored). Data goes to standard output, everything else to standard error.
"""

import os

import click

from lumyn import __version__
from lumyn.cli.lazy import LazyGroup
from lumyn.cli.streams import open_streams

__all__ = ["lumyn", "main"]

_HELPS = {
    "init": "Make a workspace.",
    "demo": "See decisions made, in a workspace of their own.",
    "decide": "Decide a request, and record the decision.",
    "serve": "Serve a workspace over HTTP.",
    "show": "Show a decision, and what was said of it.",
    "explain": "Say why a decision came out as it did.",
    "label": "Say what became of a decision.",
    "log": "List and search decisions.",
    "watch": "See decisions as they are made.",
    "export": "Write decisions for somebody else.",
    "replay": "Decide again what was decided, and compare.",
    "verify": "Verify the log, against checkpoints too.",
    "checkpoint": "Print what the log is now, to be kept elsewhere.",
    "erase": "Delete what a record or an event says.",
    "backup": "Write a verified copy of the log.",
    "doctor": "Say how the workspace is, and how to mend it.",
    "policy": "Validate, convert and list policies, and lock down.",
    "compile": "Compile a policy into an artifact.",
    "check": "Report errors and warnings of policies.",
    "fmt": "Rewrite policies in their canonical form.",
    "hash": "Print the policy hash of artifacts and sources.",
    "inspect": "Show what an artifact decides, by action type.",
    "eval": "Decide requests with a policy, keeping nothing.",
    "schema": "Print a JSON Schema.",
}


@click.group(
    cls=LazyGroup,
    package="lumyn.cli",
    helps=_HELPS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 the answer is no, 2 wrong usage, 3 a file or the log can't be read or written.",
)
@click.version_option(__version__, prog_name="lumyn")
@click.pass_context
def lumyn(ctx: click.Context) -> None:
    """Decide what agents may do, record it, and compile the policies that say so."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main() -> None:
    """Run the command line and exit."""
    open_streams()
    lumyn.main(prog_name="lumyn")
