"""`lumyn compile`: the hash on standard output, everything else on standard error, and no half-written file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lumyn_compiler import compile_text
from tests.cli.samples import POLICY, Run, Shell

BROKEN = POLICY.replace("evidence.risk >= 0.7", "evidence.rsk >= 0.7")


def test_the_hash_is_on_standard_output(workspace: Path, run: Run) -> None:
    """So that a script can keep it; a summary goes to standard error."""
    ended = run("compile", "policy.lumyn", "-o", "policy.lpack")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout == f"{compile_text(POLICY).policy_hash}\n"
    assert ended.stderr.startswith("shop-refunds 1.0.0: 3 rules, 2 sections, ")
    assert (workspace / "policy.lpack").read_bytes() == compile_text(POLICY).artifact


def test_what_there_is_one_of_is_counted_so(workspace: Path, run: Run) -> None:
    """In the summary."""
    one = 'policy p version "1"\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\nlet unused = 1\n'

    assert ": 0 rules, 1 section, " in run("compile", "-", "-o", "policy.lpack", stdin=one).stderr
    assert run("compile", "-", "-o", "policy.lpack", stdin=one).stderr.endswith(" bytes, 1 warning\n")


def test_standard_input_and_output_can_be_used(workspace: Path, run: Run) -> None:
    """`-` is either; then the artifact is the data, and the hash goes to standard error."""
    ended = run("compile", "-", "-o", "-", stdin=POLICY)

    assert ended.exit_code == 0
    assert ended.stdout_bytes == compile_text(POLICY).artifact
    assert compile_text(POLICY).policy_hash in ended.stderr


def test_an_error_writes_nothing(workspace: Path, run: Run) -> None:
    """An artifact that was there stays; the exit code says that the answer is no."""
    (workspace / "policy.lumyn").write_text(BROKEN)
    (workspace / "policy.lpack").write_bytes(b"old")

    ended = run("compile", "policy.lumyn", "-o", "policy.lpack")

    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("policy.lumyn:19:10: error[L203]: unknown attribute `evidence.rsk`")
    assert (workspace / "policy.lpack").read_bytes() == b"old"


def test_errors_come_in_the_format_that_was_asked_for(workspace: Path, run: Run) -> None:
    """As JSON, SARIF or annotations, and nothing else beside them on standard error."""
    (workspace / "policy.lumyn").write_text(BROKEN)

    as_json = json.loads(run("compile", "policy.lumyn", "-o", "x.lpack", "--format", "json").stderr)
    as_sarif = json.loads(run("compile", "policy.lumyn", "-o", "x.lpack", "--format", "sarif").stderr)
    annotations = run("compile", "policy.lumyn", "-o", "x.lpack", "--format", "github").stderr

    assert "L203" in {found["code"] for found in as_json}
    assert "L203" in {found["ruleId"] for found in as_sarif["runs"][0]["results"]}
    assert annotations.startswith("::error file=policy.lumyn,line=19,")


def test_an_expected_hash_is_held(workspace: Path, run: Run) -> None:
    """The same hash is fine; another one fails, and nothing is written."""
    policy_hash = compile_text(POLICY).policy_hash

    assert run("compile", "policy.lumyn", "-o", "a.lpack", "--expect-hash", policy_hash).exit_code == 0
    other = f"blake3:{'0' * 64}"
    ended = run("compile", "policy.lumyn", "-o", "b.lpack", "--expect-hash", other)

    assert ended.exit_code == 1
    assert ended.stderr == f"Error: the policy hash is {policy_hash}, not {other}\n"
    assert not (workspace / "b.lpack").exists()


@pytest.mark.parametrize("other", ["blake3:0", "0" * 64, f"BLAKE3:{'A' * 64}", "sha256:0"])
def test_what_is_no_policy_hash_is_said_to_be_none(workspace: Path, run: Run, other: str) -> None:
    """It would never be that of any policy."""
    ended = run("compile", "policy.lumyn", "-o", "b.lpack", "--expect-hash", other)

    assert ended.exit_code == 1
    assert ended.stderr.endswith(f", not {other}; a policy hash is blake3: and 64 digits, 0 to 9 and a to f\n")


@pytest.mark.parametrize("spell", [str.upper, lambda text: text.removeprefix("blake3:"), lambda text: f"{text}\n"])
def test_the_right_hash_in_another_spelling_is_told_from_another_hash(
    workspace: Path, run: Run, spell: Callable[[str], str]
) -> None:
    """It is refused too: everywhere else a hash is compared as it stands."""
    policy_hash = compile_text(POLICY).policy_hash
    ended = run("compile", "policy.lumyn", "-o", "b.lpack", "--expect-hash", spell(policy_hash))

    assert ended.exit_code == 1
    assert ended.stderr == (
        f"Error: the policy hash is the expected one, but has to be written just so: {policy_hash}\n"
    )
    assert not (workspace / "b.lpack").exists()


@pytest.mark.parametrize(("stage", "key"), [("tree", "evidence"), ("ir", "kinds"), ("table", "sections")])
def test_every_stage_can_be_seen_as_json(workspace: Path, run: Run, stage: str, key: str) -> None:
    """The tree as written, the policy with its names resolved, and the table."""
    ended = run("compile", "policy.lumyn", "--emit", stage)

    assert ended.exit_code == 0, ended.output
    assert key in json.loads(ended.stdout)


def test_the_emitted_table_is_the_body_of_the_artifact(workspace: Path, run: Run) -> None:
    """Only its layout differs."""
    emitted = json.loads(run("compile", "policy.lumyn", "--emit", "table").stdout)

    assert emitted == json.loads(compile_text(POLICY).artifact.partition(b"\n")[2])


def test_a_source_map_lies_beside_the_artifact(workspace: Path, run: Run) -> None:
    """Under the artifact's name with `.map` at its end."""
    assert run("compile", "policy.lumyn", "-o", "policy.lpack", "--source-map").exit_code == 0

    assert (workspace / "policy.lpack.map").read_bytes() == compile_text(POLICY, "policy.lumyn").source_map


FAULTS = [
    pytest.param("mkdir a.lpack", "a.lpack", id="the artifact is a folder"),
    pytest.param("mkdir a.lpack.map", "a.lpack.map", id="the map is a folder"),
    pytest.param("ln -s a.lpack a.lpack", "a.lpack", id="the artifact is a link to itself"),
    pytest.param("ln -s absent/b a.lpack", "a.lpack", id="the artifact leads nowhere"),
    pytest.param("ln -s absent/b a.lpack.map", "a.lpack.map", id="the map leads nowhere"),
]


@pytest.mark.parametrize(("fault", "named"), FAULTS)
def test_a_map_and_its_artifact_are_written_together_or_not_at_all(shell: Shell, fault: str, named: str) -> None:
    """Or a new map would lie beside an old artifact. What stays is what was there."""
    shell("echo old > a.lpack; echo old > a.lpack.map")
    shell(f"rm {named}; {fault}")
    before = shell("ls -Al; cat a.lpack.map; cat a.lpack").stdout

    ended = shell("lumyn compile policy.lumyn -o a.lpack --source-map")

    assert ended.returncode == 3, ended.stderr
    assert f"can't write {named}: " in ended.stderr
    assert ended.stdout == ""
    assert shell("ls -Al; cat a.lpack.map; cat a.lpack").stdout == before


def test_the_map_changes_nothing_in_the_artifact(workspace: Path, run: Run) -> None:
    """Two artifacts, one with a map and one without, are the same bytes."""
    run("compile", "policy.lumyn", "-o", "a.lpack", "--source-map")
    run("compile", "policy.lumyn", "-o", "b.lpack")

    assert (workspace / "a.lpack").read_bytes() == (workspace / "b.lpack").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("policy.lumyn", "-o", "b", "--expect-hash", ""), "--expect-hash is empty"),
        (("policy.lumyn",), "say where the artifact goes"),
        (("policy.lumyn", "-o", "policy.lumyn"), "-o names the source itself"),
        (("policy.lumyn", "-o", "./policy.lumyn"), "-o names the source itself"),
        (("policy.lumyn", "-o", "-", "--source-map"), "--source-map needs a file name"),
        (("policy.lumyn", "--emit", "ir", "--source-map"), "--emit writes a stage and no artifact"),
        (("policy.lumyn", "--emit", "ir", "--expect-hash", "x"), "--emit writes a stage and no artifact"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(
    workspace: Path, run: Run, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2, and above all the source is not overwritten."""
    ended = run("compile", *arguments)

    assert ended.exit_code == 2
    assert message in ended.stderr
    assert (workspace / "policy.lumyn").read_text() == POLICY


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent.lumyn", "-o", "x"), "Error: can't read absent.lumyn: no such file or folder\n"),
        ((".", "-o", "x"), "Error: can't read .: is a folder, not a file\n"),
        (("policy.lumyn", "-o", "absent/x"), "Error: can't write absent/x: no such file or folder\n"),
        (("policy.lumyn", "-o", "."), "Error: can't write .: is a folder, not a file\n"),
    ],
)
def test_files_that_cannot_be_used_are_the_environments_fault(
    workspace: Path, run: Run, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 3, with the file and the reason."""
    ended = run("compile", *arguments)

    assert ended.exit_code == 3
    assert ended.stdout == ""
    assert ended.stderr.endswith(message)


def test_a_source_that_is_not_utf_8_is_a_finding(workspace: Path, run: Run) -> None:
    """With its place, as everything that is wrong with a policy."""
    (workspace / "policy.lumyn").write_bytes(POLICY.encode() + b"# caf\xe9\n")

    ended = run("compile", "policy.lumyn", "-o", "x.lpack")

    assert ended.exit_code == 1
    assert "error[L002]" in ended.stderr


def test_the_map_is_not_written_over_the_source(workspace: Path, run: Run) -> None:
    """Whatever the source is called."""
    (workspace / "q.map").write_text(POLICY)
    ended = run("compile", "q.map", "-o", "q", "--source-map")

    assert ended.exit_code == 2
    assert "--source-map names the source itself" in ended.stderr
    assert (workspace / "q.map").read_text() == POLICY


def test_a_source_may_have_a_name_that_is_not_utf_8() -> None:
    """In the map its odd bytes are escapes."""
    compilation = compile_text(POLICY, name="\udcff.lumyn")

    assert {rule["file"] for rule in json.loads(compilation.source_map)["rules"].values()} == {"\udcff.lumyn"}
