"""`lumyn compile`: compile a policy into an artifact."""

import json
import re

import click

from lumyn.cli.endings import Refused
from lumyn.cli.findings import format_option, show
from lumyn.cli.inputs import (
    analyse_source,
    compile_source,
    file,
    read_source,
    refuse_the_source_itself,
    spelling_option,
    write,
)
from lumyn.cli.terminal import count, escape, json_text, say
from lumyn.files import STANDARD_STREAM

__all__ = ["command"]


@click.command(
    short_help="Compile a policy into an artifact.",
    epilog="Example: lumyn compile policy.lumyn -o policy.lpack",
)
@click.argument("source", type=file)
@click.option(
    "-o",
    "--out",
    type=file,
    help="The artifact to write; - is standard output, and the hash then goes to standard error.",
)
@click.option("--expect-hash", metavar="HASH", help="Fail, and write nothing, if the policy hash is another one.")
@click.option(
    "--emit", type=click.Choice(["tree", "ir", "table"]), help="Write a stage as JSON instead of the artifact."
)
@click.option("--source-map", is_flag=True, help="Also write OUT.map: where each rule stands in the source.")
@spelling_option
@format_option
def command(
    *,
    source: str,
    out: str | None,
    expect_hash: str | None,
    emit: str | None,
    source_map: bool,
    spelling: str | None,
    form: str,
) -> None:
    """Compile SOURCE, a .lumyn or YAML policy, into an artifact, and print its policy hash.

    The hash goes to standard output; errors, warnings and a summary go to standard error. With errors nothing is written.
    The artifact is written before its hash is printed.
    """
    _refuse_odd_options(source, out, emit, expect_hash, source_map=source_map)
    content = read_source(source)
    if emit is not None:
        write((out or STANDARD_STREAM, _stage(source, content, spelling, emit, form).encode()))
        return
    assert out is not None
    compilation = compile_source(source, content, spelling, form)
    policy_hash = compilation.policy_hash
    if expect_hash is not None:
        _expect(expect_hash, policy_hash)
    _refuse_to_lift(out)
    source_maps = [(f"{out}.map", compilation.source_map)] if source_map else []
    write(*source_maps, (out, compilation.artifact))
    click.echo(policy_hash, err=out == STANDARD_STREAM)
    if form == "text":
        policy, table, size = compilation.policy, compilation.table, len(compilation.artifact)
        counted = [
            count(len(table.rules), "rule"),
            count(len(table.sections), "section"),
            count(size, "byte"),
            count(len(compilation.warnings), "warning"),
        ]
        say(f"{policy.policy_id} {policy.policy_version}: {', '.join(counted)}")


def _refuse_to_lift(out: str) -> None:
    """A lockdown is not ended by the way, by whoever builds the policy that is locked down."""
    from lumyn.lockdown import was_put_aside

    if out != STANDARD_STREAM and was_put_aside(out):
        raise Refused(
            f"{escape(out)} is locked down, and nothing was written; end that with `lumyn policy lockdown --undo` first, or"
            " write to another file"
        )


def _refuse_odd_options(
    source: str, out: str | None, emit: str | None, expect_hash: str | None, *, source_map: bool
) -> None:
    if out is None and emit is None:
        raise click.UsageError("say where the artifact goes: -o FILE, or -o - for standard output")
    if emit is not None and (source_map or expect_hash is not None):
        raise click.UsageError(
            "--emit writes a stage and no artifact, so --source-map and --expect-hash do not go with it"
        )
    if expect_hash == "":
        raise click.UsageError("--expect-hash is empty; give it the policy hash that was reviewed")
    if source_map and out == STANDARD_STREAM:
        raise click.UsageError("--source-map needs a file name after -o")
    if out is not None:
        refuse_the_source_itself(source, out)
        if source_map:
            refuse_the_source_itself(source, f"{out}.map", "--source-map")


def _expect(expected: str, policy_hash: str) -> None:
    """Refuse any other policy hash, and tell one that is only written otherwise from one of another policy."""
    if expected == policy_hash:
        return
    spelled = expected.strip().lower().removeprefix("blake3:")
    if f"blake3:{spelled}" == policy_hash:
        raise Refused(f"the policy hash is the expected one, but has to be written just so: {policy_hash}")
    form = "" if _POLICY_HASH.fullmatch(expected) else "; a policy hash is blake3: and 64 digits, 0 to 9 and a to f"
    raise Refused(f"the policy hash is {policy_hash}, not {escape(expected)}{form}")


_POLICY_HASH = re.compile("blake3:[0-9a-f]{64}")


def _stage(source: str, content: bytes, spelling: str | None, emit: str, form: str) -> str:
    """The tree as written, the checked policy, or the table, as JSON."""
    from lumyn_compiler.serialize import checked_to_json, policy_to_json
    from lumyn_runtime.encode import encode_table

    analysis = analyse_source(source, content, spelling)
    show(analysis.report, form=form, err=True)
    if analysis.policy is None or analysis.checked is None or analysis.table is None:
        raise click.exceptions.Exit(1)
    match emit:
        case "tree":
            return policy_to_json(analysis.policy)
        case "ir":
            return checked_to_json(analysis.checked)
        case _:
            return json_text(json.loads(encode_table(analysis.table))) + "\n"
