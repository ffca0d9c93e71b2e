"""What `import lumyn` offers, and that asking for nothing costs nothing."""

import subprocess
import sys

import pytest

import lumyn
import lumyn.config
import lumyn.gateway
import lumyn.process


def _loaded(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after a statement."""
    program = f"{statement}; import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_every_public_name_is_there() -> None:
    """Under the one that the documentation has, and no other is."""
    assert lumyn.Gateway is lumyn.gateway.Gateway
    assert lumyn.GatewaySettings is lumyn.gateway.GatewaySettings
    assert lumyn.LumynConfig is lumyn.config.LumynConfig
    assert lumyn.decide is lumyn.process.decide
    assert {getattr(lumyn, name).__name__ for name in ("DecisionRecord", "RequestError")} <= set(lumyn.__all__)
    assert set(lumyn.__all__) <= set(dir(lumyn))
    with pytest.raises(AttributeError, match="no attribute 'Gatewya'"):
        _ = lumyn.Gatewya


def test_names_are_loaded_when_they_are_asked_for() -> None:
    """The package alone brings neither gateway nor database; the compiler is for sources, not for artifacts."""
    assert {name for name in _loaded("import lumyn") if name.startswith("lumyn")} == {"lumyn", "lumyn.version"}
    assert not {"sqlite3", "attrs"} & _loaded("import lumyn")
    assert "lumyn_compiler" not in _loaded("import lumyn; lumyn.Gateway, lumyn.decide")
    assert not [name for name in _loaded("import lumyn_runtime") if name.split(".")[0] == "lumyn"]


def test_the_help_of_the_command_line_needs_no_gateway() -> None:
    """Nor what it would bring along."""
    asked = "import lumyn.cli; lumyn.cli.lumyn.main(['--help'], standalone_mode=False)"
    assert not {"lumyn.gateway", "sqlite3", "opentelemetry", "asyncio"} & _loaded(asked)
