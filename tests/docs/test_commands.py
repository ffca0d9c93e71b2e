"""The tables of commands, in README.md and docs/cli.md, have every command and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lumyn.cli.lazy import LazyGroup
from tests.cli.catalogue import COMMANDS

ROOT = Path(__file__).parents[2]
LISTED = [(" ".join(name), command) for name, command in COMMANDS if not isinstance(command, LazyGroup)]


@pytest.mark.parametrize("path", ["README.md", "docs/cli.md"])
def test_the_table_of_commands_has_every_command_once(path: str) -> None:
    """In the first cell of a row."""
    table = re.findall(r"^\| command \|.*\n((?:\|.*\n)+)", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    cells = [row.split("|")[1] for rows in table for row in rows.splitlines()]
    named = [name for cell in cells for name in re.findall(r"`lumyn ([a-z ]+)`", cell)]

    assert sorted(named) == sorted(name for name, _ in LISTED)


def test_the_table_says_of_each_command_what_its_help_says() -> None:
    """In the list that `lumyn --help` prints."""
    rows = dict(
        re.findall(
            r"^\| \[`lumyn ([a-z ]+)`\]\(#[a-z-]+\) \| (.+) \|$",
            (ROOT / "docs/cli.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )

    assert rows == {name: command.get_short_help_str(limit=100) for name, command in LISTED}
