"""`lumyn hash`: print the policy hash of artifacts and sources."""

import click

from lumyn.cli.inputs import file, load_policy, spelling_option
from lumyn.cli.several import Several
from lumyn.cli.terminal import escape, json_text

__all__ = ["command"]


@click.command(
    short_help="Print the policy hash of artifacts and sources.",
    epilog="Example: lumyn hash policy.lumyn policy.lpack",
)
@click.argument("files", nargs=-1, required=True, type=file, metavar="FILE...")
@spelling_option
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object, the hash of each file by its name.")
def command(*, files: tuple[str, ...], spelling: str | None, as_json: bool) -> None:
    """Print the policy hash and the name of each FILE: an artifact, which is verified, or a source, which is compiled.

    Two files with one hash decide the same.
    """
    several, hashes = Several(), {}
    for path in files:
        with several.one():
            hashes[path] = load_policy(path, spelling).policy_hash
            if not as_json:
                click.echo(f"{hashes[path]}  {escape(path)}")
    if as_json and hashes:
        click.echo(json_text(hashes))
    several.end()
