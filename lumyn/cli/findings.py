"""Diagnostics in the form that was asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from lumyn_compiler.diagnostic import Report

__all__ = ["format_option", "show"]

Command = TypeVar("Command", bound=Callable[..., object])


def format_option(command: Command) -> Command:
    """`--format`, of whatever a command finds wrong with a policy."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "sarif", "github"]),
        default="text",
        show_default=True,
        help="How errors and warnings are written.",
    )(command)


def show(*reports: "Report", form: str, err: bool) -> None:
    """Write diagnostics to standard output or error.

    Colours are in the text whatever the stream; they are taken out where it is no terminal.
    """
    from lumyn_compiler.render import render_github, render_json, render_sarif, render_text

    match form:
        case "json":
            text = render_json(*reports)
        case "sarif":
            text = render_sarif(*reports)
        case "github":
            text = render_github(*reports)
        case _:
            text = render_text(*reports, colour=True)
    click.echo(text, nl=False, err=err)
