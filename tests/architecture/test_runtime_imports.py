"""The runtime starts quickly, because it needs almost nothing."""

import subprocess
import sys

import pytest


def modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after a statement."""
    program = f"import sys; {statement}; print(*sys.modules)"
    # -I leaves out PYTHON* variables and the user's site; -S leaves out what .pth files of the environment import.
    paths = [path for path in sys.path if path]
    program = f"import sys; sys.path[:] = {paths!r}; {program}"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.fixture(scope="module")
def added() -> set[str]:
    """What `import lumyn_runtime` brings along, over an interpreter that has imported blake3."""
    return modules_after("import blake3, lumyn_runtime") - modules_after("import blake3")


def test_the_runtime_needs_the_standard_library_and_blake3_alone(added: set[str]) -> None:
    """Every other top-level module that an import of it loads is Python's own."""
    others = {name.partition(".")[0] for name in added} - set(sys.stdlib_module_names)

    assert others == {"lumyn_runtime"}


@pytest.mark.parametrize("costly", ["dataclasses", "typing", "json", "enum", "re", "inspect", "pathlib", "logging"])
def test_the_runtime_does_without_costly_modules(added: set[str], costly: str) -> None:
    """Each of these costs milliseconds in every process that decides."""
    assert costly not in added
