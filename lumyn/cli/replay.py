"""`lumyn replay`: decide again what was decided, and compare."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import click

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import file, load_policy, read, shown_name
from lumyn.cli.kept_checkpoints import kept_checkpoints
from lumyn.cli.several import Several
from lumyn.cli.terminal import escape, json_text, say
from lumyn.cli.workspaces import endings
from lumyn.errors import JsonError, ReplayError

if TYPE_CHECKING:
    from lumyn.replay import Difference
    from lumyn.store.checkpoint import Checkpoint

__all__ = ["command"]

# As large as a pack may be; a record is far smaller.
BYTES_MAX = 256 * 2**20


@click.command(
    short_help="Decide again what was decided, and compare.",
    epilog="Example: lumyn replay decision_pack.zip --checkpoint checkpoint.txt",
)
@click.argument("paths", metavar="FILE...", type=file, nargs=-1, required=True)
@click.option("--checkpoint", type=file, help="Of the log, kept elsewhere: the pack has to be of that log.")
@click.option("--policy", type=file, help="The policy that decided it, where FILE is a record and no pack.")
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
def command(*, paths: tuple[str, ...], checkpoint: str | None, policy: str | None, as_json: bool) -> None:
    """Verify each FILE, a decision pack, and decide again; no workspace, no log and no network are needed.

    FILE may also be a Decision Record, with its policy, an artifact or a source, after --policy. The exit code is 1 where
    deciding again gives another record, and where anything of the pack is not as the log had it. Several with --json are
    written a line each.
    """
    several = Several()
    # Once, and only where a pack asks for it: standard input can't be read again.
    kept = cache(lambda: () if checkpoint is None else kept_checkpoints(checkpoint))
    for path in paths:
        if len(paths) > 1 and not as_json:
            say(f"{shown_name(path)}:")
        with several.one():
            content = read(path, BYTES_MAX)
            with endings(), _named(path):
                if content.startswith(b"PK"):
                    if policy is not None:
                        raise click.UsageError("a pack holds its policy, so --policy does not go with it")
                    shown = _replayed_pack(content, kept())
                else:
                    if checkpoint is not None:
                        raise click.UsageError("a record proves nothing of a log; --checkpoint needs a pack")
                    shown = _replayed_record(path, content, policy)
            if as_json:
                click.echo(json_text(shown.values, indent=2 if len(paths) == 1 else None))
            else:
                _say(shown)
            if shown.differences:
                raise click.exceptions.Exit(1)
    several.end()


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Say of which file it is what can't be replayed."""
    try:
        yield
    except ReplayError as problem:
        raise Refused(escape(f"{shown_name(path)}: {problem}")) from problem


class _Replayed(NamedTuple):
    """What was found of one file.

    verified, unverified: of a pack, a sentence each
    values:               all of it as JSON values
    """

    decision_id: str
    verdict: str
    differences: "tuple[Difference, ...]"
    uncompared: Sequence[str]
    values: dict[str, object]
    verified: Sequence[str] = ()
    unverified: Sequence[str] = ()


def _replayed_pack(content: bytes, kept: "Sequence[Checkpoint]") -> _Replayed:
    from lumyn.replay_pack import replay_pack

    report = replay_pack(content, kept)
    return _Replayed(
        report.decision_id,
        report.verdict,
        report.differences,
        report.uncompared,
        report.to_dict(),
        report.verified,
        report.unverified,
    )


def _replayed_record(path: str, content: bytes, policy: str | None) -> _Replayed:
    from lumyn.canonical import canonical
    from lumyn.replay import UNCOMPARED, replay_record
    from lumyn.strict_json import parse

    try:
        record = parse(content)
    except JsonError as problem:
        raise Refused(escape(f"{shown_name(path)}: neither a pack nor a record: {problem}")) from problem
    if policy is None:
        raise click.UsageError(
            f"{escape(shown_name(path))} is no pack; if it is a Decision Record, name the policy that decided it with --policy"
        )
    differences = replay_record(canonical(record), load_policy(policy, None))
    assert isinstance(record, dict)
    decision_id, verdict = str(record["decision_id"]), str(record["verdict"])
    values: dict[str, object] = {
        "decision_id": decision_id,
        "verdict": verdict,
        "differences": [{"path": one.path, "recorded": one.recorded, "found": one.found} for one in differences],
        "uncompared": UNCOMPARED,
        "is_same": not differences,
        "is_same_bytes": False,
    }
    return _Replayed(decision_id, verdict, differences, UNCOMPARED, values)


def _say(shown: _Replayed) -> None:
    for sentence in shown.verified:
        say(f"verified: {sentence}")
    for sentence in shown.unverified:
        say(f"not verified: {sentence}")
    for what in shown.uncompared:
        say(f"not compared: {what}")
    if shown.differences:
        click.echo(escape(f"{shown.decision_id}: deciding again gives another record:"))
        for difference in shown.differences:
            click.echo(f"  {escape(str(difference))}")
    else:
        same = "same verdict, rules, reasons, queries, obligations and digests" if shown.uncompared else _SAME_BYTES
        click.echo(escape(f"{shown.decision_id}: {shown.verdict}: {same}"))


_SAME_BYTES = "same record, byte for byte"
