"""The runtime starts quickly, because it needs almost nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from lumyn_compiler import compile_file

STARTER = Path(__file__).parents[2] / "lumyn" / "starter" / "support" / "policy.lumyn"


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


def strangers(modules: set[str]) -> set[str]:
    """Top-level modules that are not Python's own."""
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names) - {"__main__"}


def test_importing_the_runtime_needs_the_standard_library_and_blake3_alone(added: set[str]) -> None:
    """Every other module that an import of it loads is Python's own."""
    assert strangers(added) == {"lumyn_runtime"}


def test_deciding_needs_no_more(tmp_path: Path) -> None:
    """Nor does anything that is imported late, to load an artifact or to decide."""
    artifact = tmp_path / "policy.lpack"
    artifact.write_bytes(compile_file(STARTER).artifact)
    request = {"action": {"type": "support.refund", "amount": {"value": 12, "currency": "USD"}}, "evidence": {}}
    modules = modules_after(
        f"import lumyn_runtime; policy = lumyn_runtime.load({str(artifact)!r}); policy.evaluate({request!r});"
        f"policy.attributes('support.refund'); policy.attribute_values({request!r})"
    )

    assert strangers(modules) == {"lumyn_runtime", "blake3"}


@pytest.mark.parametrize("costly", ["dataclasses", "typing", "json", "enum", "re", "inspect", "pathlib", "logging"])
def test_the_runtime_does_without_costly_modules(added: set[str], costly: str) -> None:
    """Each of these costs milliseconds in every process that decides."""
    assert costly not in added
