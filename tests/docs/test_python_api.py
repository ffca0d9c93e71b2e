"""docs/python-api.md describes what is public, all of it and nothing else."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import lumyn_compiler
import lumyn_runtime

PAGE = (Path(__file__).parents[2] / "docs" / "python-api.md").read_text(encoding="utf-8")
MODULES = (lumyn_runtime, lumyn_compiler)
NAMES = [(module, name) for module in MODULES for name in module.__all__]
# Methods stand under their class.
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^###? |\Z)", PAGE, re.DOTALL | re.MULTILINE))
SIGNATURES = re.findall(r"^    (\w+)(\(.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_has_a_section_and_every_section_a_name(module: ModuleType) -> None:
    """Under the package's heading."""
    (part,) = re.findall(rf"^## {module.__name__}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert sorted(re.findall(r"^### (\w+)$", part, re.MULTILINE)) == sorted(module.__all__)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_public_attribute_is_described(module: ModuleType, name: str) -> None:
    """In the section of its class, in backquotes."""
    described = re.findall(r"`(?:\w+\.)?(\w+)[(`]|#### \w+\.(\w+)", SECTIONS[name])
    assert set(_attributes(getattr(module, name))) <= {word for words in described for word in words}


@pytest.mark.parametrize(("name", "shown"), SIGNATURES)
def test_signatures_are_those_of_the_code(name: str, shown: str) -> None:
    """Functions, methods, and classes that callers construct."""
    found = [getattr(module, name) for module in MODULES if name in module.__all__]
    found += [getattr(owner, name) for owner in (lumyn_runtime.CompiledPolicy,) if hasattr(owner, name)]
    (described,) = found
    assert shown == _signature(described)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_function_shows_its_signature(module: ModuleType, name: str) -> None:
    """And so do the methods that have a heading of their own."""
    functions = [name] if inspect.isfunction(getattr(module, name)) else []
    functions += re.findall(r"^#### \w+\.(\w+)$", SECTIONS[name], re.MULTILINE)
    assert set(functions) <= {shown for shown, _ in SIGNATURES}


def _attributes(value: object) -> Iterator[str]:
    """Own names without an underscore: fields, properties, methods and members; not those of built-in classes."""
    for owner in value.__mro__ if inspect.isclass(value) else ():
        if owner.__module__.startswith("lumyn"):
            yield from (name for name in vars(owner) if not name.startswith("_"))
            yield from (name for name in vars(owner).get("__annotations__", {}) if not name.startswith("_"))


def _signature(value: object) -> str:
    """As it stands in the source; a class's without what its initialiser returns."""
    assert callable(value)
    spelled = re.sub(r"(: |-> )'([^']+)'", r"\1\2", str(inspect.signature(value)))
    spelled = spelled.replace("(self, ", "(")
    return spelled.removesuffix(" -> None")
