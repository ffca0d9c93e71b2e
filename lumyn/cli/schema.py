"""`lumyn schema`: print a JSON Schema that ships with Lumyn."""

from pathlib import Path

import click

import lumyn

__all__ = ["command"]

_FOLDER = Path(lumyn.__file__).parent / "schemas"
_NAMES = sorted(path.stem for path in _FOLDER.glob("*.json"))


@click.command(
    short_help="Print a JSON Schema.",
    epilog="Example: lumyn schema decision_request.v0 > request.schema.json",
)
@click.argument("name", type=click.Choice(_NAMES))
def command(name: str) -> None:
    """Print the JSON Schema (draft 2020-12) of one of the formats that Lumyn reads."""
    click.echo((_FOLDER / f"{name}.json").read_text(encoding="utf-8"), nl=False)
