"""`lumyn replay`: decide again what was decided, and compare."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from lumyn.cli.endings import Refused
from lumyn.cli.inputs import file, load_policy, read, shown_name
from lumyn.cli.kept_checkpoints import kept_checkpoints
from lumyn.cli.terminal import escape, json_text, say
from lumyn.cli.workspaces import endings
from lumyn.errors import JsonError, ReplayError

if TYPE_CHECKING:
    from lumyn.replay import Difference

__all__ = ["command"]

# As large as a pack may be; a record is far smaller.
BYTES_MAX = 256 * 2**20


@click.command(
    short_help="Decide again what was decided, and compare.",
    epilog="Example: lumyn replay decision_pack.zip --checkpoint checkpoint.txt",
)
@click.argument("path", metavar="FILE", type=file)
@click.option("--checkpoint", type=file, help="Of the log, kept elsewhere: the pack has to be of that log.")
@click.option("--policy", type=file, help="The policy that decided it, where FILE is a record and no pack.")
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
def command(*, path: str, checkpoint: str | None, policy: str | None, as_json: bool) -> None:
    """Verify FILE, a decision pack, and decide again; no workspace, no log and no network are needed.

    FILE may also be a Decision Record, with its policy, an artifact or a source, after --policy. The exit code is 1 where
    deciding again gives another record, and where anything of the pack is not as the log had it.
    """
    content = read(path, BYTES_MAX)
    with endings(), _named(path):
        if content.startswith(b"PK"):
            if policy is not None:
                raise click.UsageError("a pack holds its policy, so --policy does not go with it")
            _replay_pack(content, checkpoint, as_json=as_json)
        else:
            if checkpoint is not None:
                raise click.UsageError("a record proves nothing of a log; --checkpoint needs a pack")
            _replay_record(path, content, policy, as_json=as_json)


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Say of which file it is what can't be replayed."""
    try:
        yield
    except ReplayError as problem:
        raise Refused(escape(f"{shown_name(path)}: {problem}")) from problem


def _replay_pack(content: bytes, checkpoint: str | None, *, as_json: bool) -> None:
    from lumyn.replay_pack import replay_pack

    kept = () if checkpoint is None else kept_checkpoints(checkpoint)
    report = replay_pack(content, kept)
    if as_json:
        click.echo(json_text(report.to_dict()))
        _end(report.differences)
        return
    for sentence in report.verified:
        say(f"verified: {sentence}")
    for sentence in report.unverified:
        say(f"not verified: {sentence}")
    _say(report.decision_id, report.verdict, report.differences, report.uncompared)


def _replay_record(path: str, content: bytes, policy: str | None, *, as_json: bool) -> None:
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
    if as_json:
        found = [{"path": one.path, "recorded": one.recorded, "found": one.found} for one in differences]
        values = {
            "decision_id": decision_id,
            "verdict": verdict,
            "differences": found,
            "uncompared": UNCOMPARED,
            "is_same": not found,
            "is_same_bytes": False,
        }
        click.echo(json_text(values))
        _end(differences)
    else:
        _say(decision_id, verdict, differences, UNCOMPARED)


def _say(decision_id: str, verdict: str, differences: "tuple[Difference, ...]", uncompared: Sequence[str]) -> None:
    for what in uncompared:
        say(f"not compared: {what}")
    if differences:
        click.echo(escape(f"{decision_id}: deciding again gives another record:"))
        for difference in differences:
            click.echo(f"  {escape(str(difference))}")
    else:
        same = "same verdict, rules, reasons, queries, obligations and digests" if uncompared else _SAME_BYTES
        click.echo(escape(f"{decision_id}: {verdict}: {same}"))
    _end(differences)


_SAME_BYTES = "same record, byte for byte"


def _end(differences: "tuple[Difference, ...]") -> None:
    if differences:
        raise click.exceptions.Exit(1)
