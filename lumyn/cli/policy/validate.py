"""`lumyn policy validate`: say whether the workspace's policy compiles."""

from pathlib import Path

import click

from lumyn.cli.endings import Unavailable
from lumyn.cli.findings import format_option
from lumyn.cli.inputs import compile_source, file, read_source, spelling_option
from lumyn.cli.terminal import escape, json_text
from lumyn.cli.workspaces import workspace_option

__all__ = ["command"]

# Where `lumyn init` and its `--yaml` put a policy.
USUAL_PATHS = (".lumyn/policy.lumyn", ".lumyn/policy.yml")


@click.command(
    short_help="Say whether the workspace's policy compiles.",
    epilog="Example: lumyn policy validate --path policies/refunds.yml",
)
@click.option("--path", type=file, help="The policy; .lumyn/policy.lumyn or .lumyn/policy.yml if left out.")
@click.option("--json", "as_json", is_flag=True, help="Write id, version and hash as JSON.")
@spelling_option
@format_option
@workspace_option
def command(*, path: str | None, as_json: bool, spelling: str | None, form: str, folder: str) -> None:
    """Compile the workspace's policy, write nothing, and print its id, version and hash.

    Errors and warnings go to standard error.
    """
    chosen = path if path is not None else _usual_path(folder)
    compilation = compile_source(chosen, read_source(chosen), spelling, form)
    policy, policy_hash = compilation.policy, compilation.policy_hash
    if as_json:
        values = {"policy_id": policy.policy_id, "policy_version": policy.policy_version, "policy_hash": policy_hash}
        click.echo(json_text(values))
    else:
        click.echo(f"{escape(policy.policy_id)} {escape(policy.policy_version)} {policy_hash}")


def _usual_path(folder: str) -> str:
    usual = [str(Path(folder) / path) for path in USUAL_PATHS]
    match [path for path in usual if Path(path).is_file()]:
        case [path]:
            return path
        case []:
            raise Unavailable(escape(f"there is neither {' nor '.join(usual)} here; name the policy with --path"))
        case found:
            raise click.UsageError(escape(f"there are both {' and '.join(found)} here; say which with --path"))
