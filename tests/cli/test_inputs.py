"""What every command makes of the policies that it is given."""

import json
from pathlib import Path

import pytest

from lumyn_compiler import compile_text
from tests.cli.samples import POLICY, Run, Shell

ARTIFACT = compile_text(POLICY).artifact
EITHER = pytest.mark.parametrize(
    "command", [("hash",), ("inspect",), ("eval", "--in", "request.json")], ids=lambda command: command[0]
)


@EITHER
@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"", "truncated", "it ends within the header"),
        (ARTIFACT[:3], "truncated", "it ends within the header"),
        (ARTIFACT[:-1], "truncated", "the body does not end where a body ends, and its hash is another one"),
        (bytes(range(256)), "not-an-artifact", "it does not begin with `lpack 1 blake3:`"),
        (POLICY.encode(), "not-an-artifact", "it does not begin with `lpack 1 blake3:`"),
        (ARTIFACT.replace(b"0.7", b"0.9"), "hash-mismatch", "the body is not the one that the header was written for"),
    ],
    ids=["empty", "short", "cut", "random", "source", "changed"],
)
def test_a_file_called_lpack_is_an_artifact_whatever_is_in_it(
    workspace: Path, run: Run, command: tuple[str, ...], content: bytes, code: str, detail: str
) -> None:
    """It is never read as a source, whose errors would make no sense; the error says what to do."""
    (workspace / "policy.LPACK").write_bytes(content)

    ended = run(command[0], "policy.LPACK", *command[1:])

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr == f"Error: policy.LPACK: {code}: {detail}; compile its policy again\n"


@EITHER
def test_an_artifact_under_another_name_is_one_too(workspace: Path, run: Run, command: tuple[str, ...]) -> None:
    """Its beginning tells, as it does on standard input."""
    (workspace / "policy.bin").write_bytes(ARTIFACT)

    assert run(command[0], "policy.bin", *command[1:]).exit_code == 0
    assert run(command[0], "-", *command[1:], stdin=ARTIFACT).exit_code == 0


@pytest.mark.parametrize(
    "command", [("check",), ("fmt",), ("compile", "-o", "x"), ("policy", "convert"), ("policy", "validate", "--path")]
)
@pytest.mark.parametrize("content", [b"", ARTIFACT])
def test_a_command_that_needs_a_source_refuses_what_is_called_lpack(
    workspace: Path, run: Run, command: tuple[str, ...], content: bytes
) -> None:
    """By its name, even where it is empty."""
    (workspace / "policy.lpack").write_bytes(content)

    ended = run(*command, "policy.lpack")

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "policy.lpack is an artifact; this needs the source that it was compiled from" in ended.stderr


SEVERAL = pytest.mark.parametrize("command", ["check", "hash", "fmt --check"])


@SEVERAL
@pytest.mark.parametrize(
    ("files", "code"),
    [
        ("policy.lumyn absent.lumyn other.lumyn", 3),
        ("absent.lumyn broken.lumyn other.lumyn", 3),
        ("broken.lumyn other.lumyn absent.lumyn", 3),
        ("broken.lumyn other.lumyn", 1),
        ("damaged.lpack other.lumyn", 1),
        ("policy.lumyn other.lumyn", 0),
    ],
)
def test_one_bad_file_does_not_hide_the_others(shell: Shell, command: str, files: str, code: int) -> None:
    """Each is reported, in their order; the exit code is that of the worst."""
    shell("lumyn fmt policy.lumyn; sed 's/shop-refunds/other/' policy.lumyn > other.lumyn; touch damaged.lpack")
    shell("echo 'policy x version' > broken.lumyn")

    ended = shell(f"lumyn {command} {files}")

    assert ended.returncode == code, ended.stderr
    assert ("can't read absent.lumyn: no such file or folder" in ended.stderr) is ("absent" in files)
    assert ("broken.lumyn:1:" in ended.stdout + ended.stderr) is ("broken" in files)
    assert ("damaged.lpack" in ended.stderr) is ("damaged" in files)
    if command == "hash":
        assert "  other.lumyn\n" in ended.stdout


def test_the_hashes_that_there_are_come_as_json_too(workspace: Path, run: Run) -> None:
    """What could not be hashed is not among them."""
    ended = run("hash", "--json", "absent.lumyn", "policy.lumyn")

    assert ended.exit_code == 3
    assert ended.stdout == f'{{\n  "policy.lumyn": "{compile_text(POLICY).policy_hash}"\n}}\n'


def test_the_summary_counts_the_files_that_were_checked(workspace: Path, run: Run) -> None:
    """Of one that was not read, "no errors" would be too much to say."""
    assert run("check", "policy.lumyn", "absent.lumyn").stderr.endswith("\n1 of 2 files: no errors\n")
    assert run("check", "absent.lumyn").stderr == "Error: can't read absent.lumyn: no such file or folder\n"


def test_a_file_that_can_not_be_checked_is_in_the_report_that_programs_read(workspace: Path, run: Run) -> None:
    """In its order, with a code of its own; the exit code and standard error are those of text."""
    ended = run("check", "--format", "json", "absent.lumyn", "policy.lumyn")

    [found] = json.loads(ended.stdout)
    assert (found["code"], found["file"], found["severity"]) == ("L007", "absent.lumyn", "error")
    assert found["message"] == "can't read absent.lumyn: no such file or folder"
    assert (ended.exit_code, ended.stderr.splitlines()[0]) == (3, f"Error: {found['message']}")
    for form in ("sarif", "github"):
        assert "L007" in run("check", "--format", form, "absent.lumyn").stdout


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("check", ""), "FILE..."),
        (("compile", "", "-o", "x"), "SOURCE"),
        (("compile", "policy.lumyn", "-o", ""), "'-o' / '--out'"),
        (("compile", "policy.lumyn", "--emit", "ir", "-o", ""), "'-o' / '--out'"),
        (("eval", "", "--in", "request.json"), "POLICY"),
        (("eval", "policy.lumyn", "--in", ""), "'--in'"),
        (("fmt", ""), "FILE..."),
        (("hash", ""), "FILE..."),
        (("inspect", ""), "POLICY"),
        (("policy", "convert", ""), "SOURCE"),
        (("policy", "convert", "policy.lumyn", "-o", ""), "'-o' / '--out'"),
        (("policy", "validate", "--path", ""), "'--path'"),
    ],
)
def test_an_empty_name_of_a_file_is_wrong_usage(
    workspace: Path, run: Run, command: tuple[str, ...], option: str
) -> None:
    """A variable that was never set is not the working directory."""
    ended = run(*command)

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert f"Invalid value for {option}: it is empty; name a file, or - for the standard stream" in (
        ended.stderr.replace("'FILE...'", "FILE...").replace("'SOURCE'", "SOURCE").replace("'POLICY'", "POLICY")
    )
