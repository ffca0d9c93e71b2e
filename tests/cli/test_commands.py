"""What holds for every command."""

import subprocess
import sys

import click
import pytest

from lumyn.cli import lumyn
from lumyn.cli.lazy import LazyGroup
from tests.cli.catalogue import COMMANDS
from tests.cli.samples import Run

BY_NAME = pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[" ".join(name) for name, _ in COMMANDS])


@BY_NAME
def test_the_list_of_commands_says_what_each_says_itself(name: tuple[str, ...], command: click.Command) -> None:
    """The list is kept apart, so that it can be shown without importing the commands."""
    group = lumyn if len(name) == 1 else dict(COMMANDS)[name[:-1]]
    assert isinstance(group, LazyGroup)

    assert command.get_short_help_str(limit=100) == group.helps[name[-1]]


@BY_NAME
def test_every_command_has_help_with_an_example(name: tuple[str, ...], command: click.Command, run: Run) -> None:
    """`-h` and `--help` print it on standard output."""
    ended = run(*name, "--help")

    assert ended.exit_code == 0
    assert ended.stdout == run(*name, "-h").stdout
    assert ended.stdout.startswith(f"Usage: lumyn {' '.join(name)} ")
    if not isinstance(command, LazyGroup):
        assert f"Example: lumyn {' '.join(name)} " in ended.stdout


@BY_NAME
def test_every_option_has_help(name: tuple[str, ...], command: click.Command) -> None:
    """One sentence at least."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help is not None, parameter.name
            assert parameter.help.endswith("."), parameter.name


@BY_NAME
def test_an_unknown_option_is_wrong_usage(name: tuple[str, ...], command: click.Command, run: Run) -> None:
    """Exit code 2, and nothing on standard output."""
    ended = run(*name, "--no-such-option")

    assert (ended.exit_code, ended.stdout) == (2, "")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        (("complie",), "compile"),
        (("chekc",), "check"),
        (("policy", "valdiate"), "validate"),
        (("lockdown",), "policy lockdown"),
        (("validate",), "policy validate"),
    ],
)
def test_a_misspelt_command_gets_a_suggestion(run: Run, wrong: tuple[str, ...], meant: str) -> None:
    """The nearest name there is."""
    ended = run(*wrong)

    assert ended.exit_code == 2
    assert f"did you mean '{meant}'?" in ended.stderr


def test_a_word_like_no_command_gets_none(run: Run) -> None:
    """And is wrong usage all the same."""
    ended = run("xyzzy")

    assert ended.exit_code == 2
    assert "No such command 'xyzzy'." in ended.stderr


HEAVY = {"lumyn_compiler", "lark", "attr", "attrs", "cattrs", "yaml"}


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], HEAVY | {"lumyn_runtime", "blake3", "json"}),
        (["--version"], HEAVY | {"lumyn_runtime", "blake3", "json"}),
        (["policy", "--help"], HEAVY | {"lumyn_runtime", "blake3", "json"}),
        (["hash", "policy.lpack"], HEAVY),
    ],
)
def test_a_quick_command_imports_little(workspace: object, run: Run, arguments: list[str], forbidden: set[str]) -> None:
    """What it does not need, it does not load."""
    assert run("compile", "policy.lumyn", "-o", "policy.lpack").exit_code == 0
    program = f"""
import sys
from lumyn.cli import lumyn
try:
    lumyn.main({arguments!r}, prog_name="lumyn")
finally:
    print(*sys.modules, file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout
    assert not forbidden & {name.partition(".")[0] for name in ended.stderr.split()}
