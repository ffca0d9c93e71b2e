"""The wheel and the sdist install into empty environments and work from any folder."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[1]
GRAMMAR = (ROOT / "grammar" / "lumyn.lark").read_bytes()
PACKAGES = ("lumyn", "lumyn_compiler", "lumyn_runtime")
STARTER = ROOT / "lumyn" / "starter" / "support" / "policy.lumyn"

MEGABYTE = 1_000_000

# One worker builds once for all of these.
pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]


@attrs.frozen
class Environment:
    """A Python environment without pip."""

    folder: Path

    def run(self, *command: str, cwd: Path, seed: str = "random") -> str:
        """Standard output of a command of this environment; it must end well and say nothing of an error."""
        environ = {"PATH": os.defpath, "PYTHONHASHSEED": seed, "HOME": str(cwd)}
        program = self.folder / "bin" / command[0]
        ended = subprocess.run([program, *command[1:]], cwd=cwd, env=environ, capture_output=True, check=False)
        assert ended.returncode == 0, ended.stderr.decode()
        return ended.stdout.decode()

    @property
    def site_packages(self) -> Path:
        """Where its packages are."""
        [folder] = self.folder.glob("lib/python*/site-packages")
        return folder


@attrs.frozen
class Distributions:
    """What `python -m build` makes: the sdist from the tree, and the wheel from the sdist."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Build both, once."""
    folder = tmp_path_factory.mktemp("dist")
    run_python("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Distributions(wheel, sdist)


@pytest.fixture(scope="session")
def wheel_environment(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with what it depends on."""
    return make_environment(tmp_path_factory.mktemp("wheel"), [str(distributions.wheel)])


@pytest.fixture(scope="session")
def sdist_environment(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The sdist, built by pip, with what it depends on."""
    return make_environment(tmp_path_factory.mktemp("sdist"), [str(distributions.sdist)])


@pytest.fixture(params=["wheel", "sdist"])
def environment(request: pytest.FixtureRequest) -> Environment:
    """Either of them."""
    made: Environment = request.getfixturevalue(f"{request.param}_environment")
    return made


def make_environment(folder: Path, requirements: Sequence[str], *options: str) -> Environment:
    """An environment with these requirements and nothing else."""
    run_python("-m", "venv", "--without-pip", str(folder))
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(folder))
    for requirement in requirements:
        run_python(*pip, "install", *options, requirement)
    return Environment(folder)


def run_python(*arguments: str) -> None:
    """Run the interpreter of this test; what it said is the error."""
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, check=False, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_wheel_holds_the_grammar_the_markers_of_types_and_the_page(distributions: Distributions) -> None:
    """As files, whatever they were in the tree; and nothing but the three packages."""
    with zipfile.ZipFile(distributions.wheel) as wheel:
        names = set(wheel.namelist())
        assert wheel.read("lumyn_compiler/lumyn.lark") == GRAMMAR
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    page = ROOT / "lumyn" / "api" / "page"
    shown = {path.relative_to(ROOT).as_posix() for path in (page / "style.css", *page.glob("templates/*.html"))}
    assert len(shown) > 5
    assert shown <= names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)


def test_the_sdist_holds_what_is_needed_to_work_on_it(distributions: Distributions) -> None:
    """The grammar, and the compiler's link to it; tests, documents and examples."""
    with tarfile.open(distributions.sdist) as sdist:
        files = {member.name.partition("/")[2]: member for member in sdist.getmembers()}
        for name in ("grammar/lumyn.lark", "lumyn_compiler/lumyn.lark"):
            content = sdist.extractfile(files[name])
            assert content is not None
            assert content.read() == GRAMMAR
    assert {"tests", "docs", "examples"} <= {name.partition("/")[0] for name in files}
    assert {"LICENSE", "README.md", "Makefile", "pyproject.toml", "tests/conftest.py"} <= files.keys()


def test_an_installed_lumyn_has_its_grammar(environment: Environment) -> None:
    """As a file of its own, wherever it was installed from."""
    installed = environment.site_packages / "lumyn_compiler" / "lumyn.lark"

    assert not installed.is_symlink()
    assert installed.read_bytes() == GRAMMAR


def test_an_installed_lumyn_compiles_to_the_same_bytes(environment: Environment, tmp_path: Path) -> None:
    """From any folder, under any hash seed, installed from a wheel, an sdist, or editable: one artifact."""
    (tmp_path / "policy.lumyn").write_bytes(STARTER.read_bytes())
    here = Environment(Path(sys.prefix))
    here.run("lumyn", "compile", "policy.lumyn", "-o", "editable.lpack", cwd=tmp_path)
    expected = (tmp_path / "editable.lpack").read_bytes()

    for seed in ("0", "1", "4294967295"):
        policy_hash = environment.run("lumyn", "compile", "policy.lumyn", "-o", "x.lpack", cwd=tmp_path, seed=seed)
        assert (tmp_path / "x.lpack").read_bytes() == expected
        assert expected.startswith(f"lpack 1 {policy_hash}".encode())


def test_an_installed_lumyn_has_help_and_a_version(environment: Environment, tmp_path: Path) -> None:
    """`lumyn` is on the path of the environment."""
    assert "Usage: lumyn" in environment.run("lumyn", "--help", cwd=tmp_path)
    assert environment.run("lumyn", "--version", cwd=tmp_path) == "lumyn, version 0.1.0\n"


def test_the_base_install_is_small(wheel_environment: Environment) -> None:
    """At most 15 packages and 20 MB, compiled files included."""
    site_packages = wheel_environment.site_packages
    packages = sorted(path.name for path in site_packages.glob("*.dist-info"))
    size = sum(path.stat().st_size for path in site_packages.rglob("*") if path.is_file())

    assert len(packages) <= 15, packages
    assert size <= 20 * MEGABYTE, size


def test_the_runtime_needs_blake3_and_nothing_else(
    distributions: Distributions, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """In an environment with blake3 alone it loads an artifact and decides; the compiler can't even be imported."""
    artifact = tmp_path / "policy.lpack"
    Environment(Path(sys.prefix)).run("lumyn", "compile", str(STARTER), "-o", str(artifact), cwd=tmp_path)
    folder = tmp_path_factory.mktemp("runtime")
    environment = make_environment(folder, ["blake3", str(distributions.wheel)], "--no-deps")
    program = f"""
import lumyn_runtime
table = lumyn_runtime.load({str(artifact)!r})
print(table.evaluate({{"action": {{"type": "support.close_ticket"}}, "evidence": {{}}}}).verdict)
print(table.evaluate({{"action": {{"type": "support.unheard_of"}}}}).verdict)
try:
    import lumyn_compiler.pipeline
except ModuleNotFoundError as problem:
    print(problem.name)
"""

    assert environment.run("python", "-I", "-c", program, cwd=tmp_path).split() == ["QUERY", "ESCALATE", "attrs"]
