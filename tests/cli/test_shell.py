"""The real command in a real shell."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.samples import POLICY, Shell

COMMAND = Path(sys.executable).with_name("lumyn")


def on_a_terminal(*arguments: str, **environ: str) -> str:
    """What the command prints on a terminal, errors included."""
    master, slave = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    try:
        subprocess.run(
            [COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            env={**kept, **environ},
            check=False,
        )
        os.set_blocking(master, False)
        return os.read(master, 1 << 20).decode()
    finally:
        os.close(slave)
        os.close(master)


def test_the_commands_work_together(shell: Shell) -> None:
    """Compile, hash and decide, in one line."""
    ended = shell(
        "h=$(lumyn compile - -o policy.lpack < policy.lumyn) && lumyn hash policy.lpack | grep -qF $h"
        " && lumyn eval policy.lpack --in - < request.json | grep verdict"
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == '  "verdict": "TRUST",\n'


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("lumyn check policy.lumyn", 0),
        ("echo nonsense | lumyn check -", 1),
        ("lumyn check", 2),
        ("lumyn check absent.lumyn", 3),
        ("lumyn compile policy.lumyn -o /dev/full", 3),
        ("lumyn compile policy.lumyn -o - > /dev/full", 3),
        ("lumyn compile policy.lumyn -o x.lpack > /dev/full; code=$?; lumyn hash x.lpack && exit $code", 3),
        ("lumyn inspect policy.lumyn > /dev/full", 3),
        ("lumyn check - <&-", 3),
    ],
)
def test_exit_codes_tell_the_four_endings_apart(shell: Shell, line: str, code: int) -> None:
    """Fine, no, wrong usage, and the environment's fault; never a traceback."""
    ended = shell(line)

    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr


DATA = pytest.mark.parametrize(
    "line",
    [
        "lumyn --help",
        "lumyn --version",
        "lumyn compile policy.lumyn -o policy.lpack",
        "lumyn compile policy.lumyn -o -",
        "lumyn compile policy.lumyn --emit table",
        "lumyn eval policy.lumyn --in request.json",
        "lumyn hash policy.lumyn other.lumyn",
        "lumyn inspect policy.lumyn",
        "lumyn policy convert policy.lumyn",
        "lumyn policy validate --path policy.lumyn",
        "lumyn schema decision_request.v0",
    ],
)


@DATA
def test_a_reader_that_has_had_enough_gets_no_answer_and_no_message(shell: Shell, line: str) -> None:
    """Nobody knows the answer then, so the exit code is neither "fine" nor "no"; there is nobody to tell either."""
    shell("cp policy.lumyn other.lumyn")
    ended = shell(f"({line}; echo $? >&3) 2>errors 3>code | (exec <&-; sleep 1); cat errors >&2; exit $(cat code)")

    assert ended.returncode == 3
    assert not re.search("rror|Traceback|pipe", ended.stderr)


@DATA
@pytest.mark.parametrize(("where", "detail"), [(">&-", "it is closed"), ("> /dev/full", "no space left on device")])
def test_data_that_can_not_be_written_are_the_environments_fault(
    shell: Shell, line: str, where: str, detail: str
) -> None:
    """A script must not take what it has not got for an answer."""
    shell("cp policy.lumyn other.lumyn")
    ended = shell(f"{line} {where}")

    assert ended.returncode == 3
    assert ended.stderr.splitlines()[-1] == f"Error: can't write to standard output: {detail}"
    assert "Traceback" not in ended.stderr


def test_a_closed_standard_output_harms_no_file(shell: Shell) -> None:
    """The artifact is written all the same, and nothing else gets into it."""
    ended = shell(
        "lumyn compile policy.lumyn -o a.lpack >&-; lumyn compile policy.lumyn -o b.lpack; cmp a.lpack b.lpack"
    )

    assert ended.returncode == 0, ended.stderr


def test_a_command_that_says_nothing_needs_no_standard_output(shell: Shell) -> None:
    """It is what can't be said that fails."""
    assert shell("lumyn policy convert policy.lumyn -o policy.yml >&-").returncode == 0


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", "2> >(exec <&-)"])
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("lumyn compile policy.lumyn -o policy.lpack", 0),
        ("echo nonsense | lumyn hash -", 1),
        ("lumyn nonsense", 2),
        ("lumyn hash absent", 3),
    ],
)
def test_remarks_that_nobody_hears_change_no_answer(shell: Shell, line: str, code: int, where: str) -> None:
    """They are beside the data."""
    assert shell(f"{line} {where}").returncode == code


def test_data_and_remarks_are_apart(shell: Shell) -> None:
    """Standard output can be piped on whatever is said beside it."""
    ended = shell("lumyn compile policy.lumyn -o policy.lpack 2>/dev/null")

    assert re.fullmatch(r"blake3:[0-9a-f]{64}\n", ended.stdout)


def test_any_locale_will_do(shell: Shell) -> None:
    """What the locale can't encode is UTF-8 all the same."""
    ended = shell(
        'sed -i "s/Say thank you/Sag danke schön/" policy.lumyn; LC_ALL=C PYTHONIOENCODING=ascii lumyn fmt - < policy.lumyn'
    )

    assert ended.returncode == 0, ended.stderr
    assert "Sag danke schön" in ended.stdout


def test_a_terminal_gets_colours(workspace: Path) -> None:
    """A pipe does not."""
    assert "\x1b[31mABSTAIN\x1b[0m" in on_a_terminal("inspect", "policy.lumyn", TERM="xterm")

    piped = subprocess.run([COMMAND, "inspect", "policy.lumyn"], capture_output=True, check=True)
    assert b"\x1b" not in piped.stdout


def test_colours_can_be_refused(workspace: Path) -> None:
    """NO_COLOR, set to anything, says so: https://no-color.org."""
    shown = on_a_terminal("inspect", "policy.lumyn", TERM="xterm", NO_COLOR="1")

    assert "ABSTAIN" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    "command", [("inspect",), ("inspect", "--json"), ("compile", "--emit", "table"), ("fmt", "--check")]
)
def test_text_of_a_policy_can_not_act_on_a_terminal(workspace: Path, command: tuple[str, ...]) -> None:
    """Control and bidirectional characters are shown as escapes, in texts as in names of files."""
    name = "\x1b[2Jpolicy.lumyn"
    Path(name).write_text(POLICY.replace("Say thank you.", "\\u001b[2J \\u202e!"))

    shown = on_a_terminal(*command, name, TERM="xterm", NO_COLOR="1")

    assert "\\u001b[2J" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
