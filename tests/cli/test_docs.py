"""docs/cli.md describes what there is."""

import re
from pathlib import Path

import click
import pytest

from lumyn.cli.lazy import LazyGroup
from tests.cli.catalogue import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
SECTIONS = dict(re.findall(r"^## lumyn ([a-z ]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
DOCUMENTED = {" ".join(name): command for name, command in COMMANDS if not isinstance(command, LazyGroup)}


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    """Under its full name."""
    assert SECTIONS.keys() == DOCUMENTED.keys()


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_option_is_described_where_its_command_is(name: str) -> None:
    """By the names that the command knows, and no other option is described there."""
    options = {
        spelling
        for parameter in DOCUMENTED[name].params
        if isinstance(parameter, click.Option)
        for spelling in parameter.opts
    }
    first_cells = re.findall(r"^\| `([^|\\]*)", SECTIONS[name], re.MULTILINE)
    described = {word for cell in first_cells for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", cell)}

    assert described == options


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_command_has_an_example(name: str) -> None:
    """A console block, which the tests of the documentation run."""
    assert f"$ lumyn {name} " in SECTIONS[name]
