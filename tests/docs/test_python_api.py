"""docs/python-api.md describes what is public, all of it and nothing else."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import attrs
import pytest

import lumyn
import lumyn_compiler
import lumyn_runtime
from lumyn.event import JsonObject
from lumyn.store.search import Filters

PAGE = (Path(__file__).parents[2] / "docs" / "python-api.md").read_text(encoding="utf-8")
MODULES = (lumyn, lumyn_runtime, lumyn_compiler)
PARTS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
# The version has a sentence, not a section.
NAMES = [(module, name) for module in MODULES for name in module.__all__ if name != "__version__"]
# Methods stand under their class.
SECTIONS = {
    (module, name): text
    for module in MODULES
    for name, text in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PARTS[module.__name__], re.DOTALL | re.MULTILINE)
}
SIGNATURES = [
    (module, heading, shown)
    for module in MODULES
    for heading, text in re.findall(
        r"^####? ([\w.]+)\n(.*?)(?=^####? |\Z)", PARTS[module.__name__], re.DOTALL | re.MULTILINE
    )
    for name, shown in re.findall(r"^    (\w+)(\(.*)$", text, re.MULTILINE)
    if name == heading.rpartition(".")[2]
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_has_a_section_and_every_section_a_name(module: ModuleType) -> None:
    """Under the package's heading."""
    named = [name for of, name in SECTIONS if of is module]
    assert sorted(named) == sorted(name for of, name in NAMES if of is module)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_public_attribute_is_described(module: ModuleType, name: str) -> None:
    """In the section of its class, in backquotes."""
    described = re.findall(r"`(?:\w+\.)?(\w+)[(`]|#### \w+\.(\w+)", SECTIONS[module, name])
    assert set(_attributes(getattr(module, name))) <= {word for words in described for word in words}


@pytest.mark.parametrize(("module", "heading", "shown"), SIGNATURES)
def test_signatures_are_those_of_the_code(module: ModuleType, heading: str, shown: str) -> None:
    """Functions, methods, and classes that callers construct."""
    described: object = module
    for name in heading.split("."):
        described = getattr(described, name)
    assert shown == _signature(described)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_function_shows_its_signature(module: ModuleType, name: str) -> None:
    """And so do the methods that have a heading of their own."""
    functions = [name] if inspect.isfunction(getattr(module, name)) else []
    functions += re.findall(r"^#### (\w+\.\w+)$", SECTIONS[module, name], re.MULTILINE)
    assert set(functions) <= {heading for of, heading, _ in SIGNATURES if of is module}


def test_every_method_of_a_gateway_has_a_heading() -> None:
    """With its signature and an example, or the reason why there is none."""
    methods = {
        name for name, value in vars(lumyn.Gateway).items() if not (name.startswith("_") or isinstance(value, property))
    }
    assert {heading for of, heading, _ in SIGNATURES if heading.startswith("Gateway.")} == {
        f"Gateway.{name}" for name in methods
    }


def test_every_filter_of_a_search_is_described() -> None:
    """In the table under it."""
    table = SECTIONS[lumyn, "Gateway"].partition("| filter | |\n")[2].partition("\n\n")[0]
    described = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert described == {field.name for field in attrs.fields(Filters)}


def test_every_setting_is_described_with_its_default() -> None:
    """Of LumynConfig."""
    rows = dict(re.findall(r"^\| `(\w+)` \| `(.+)` \|$", SECTIONS[lumyn, "LumynConfig"], re.MULTILINE))

    assert {name: ast.literal_eval(said) for name, said in rows.items()} == attrs.asdict(lumyn.LumynConfig())


def _attributes(value: object) -> Iterator[str]:
    """Own names without an underscore: fields, properties, methods and members; not those of built-in classes."""
    for owner in value.__mro__ if inspect.isclass(value) else ():
        if owner.__module__.startswith("lumyn"):
            yield from (name for name in vars(owner) if not name.startswith("_"))
            yield from (name for name in vars(owner).get("__annotations__", {}) if not name.startswith("_"))


def _signature(value: object) -> str:
    """As it stands in the source; a class's without what its initialiser returns."""
    assert callable(value)
    spelled = str(inspect.signature(value)).replace(str(JsonObject), "JsonObject")
    spelled = re.sub(r"(: |-> )'([^']+)'", r"\1\2", spelled)
    spelled = re.sub(r"\b(?:[a-z_]+\.)+([A-Z])", r"\1", spelled)
    spelled = spelled.replace("(self, ", "(").replace("(self)", "()")
    return spelled.removesuffix(" -> None")
